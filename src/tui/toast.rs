//! Short-lived messages above the footer.

use jiff::{SignedDuration, Timestamp};

use crate::engine::event::Level;

const SHOWN: usize = 3;
const TIME: SignedDuration = SignedDuration::from_secs(6);

/// A short-lived message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// How loud.
    pub level: Level,
    /// One sentence.
    pub text: String,
    /// When it goes; `None` is at the next key, so that no error goes unseen.
    pub until: Option<Timestamp>,
}

/// At most three of them.
#[derive(Debug, Clone, Default)]
pub struct Toasts(Vec<Toast>);

impl Toasts {
    /// Shows a message.
    pub fn show(&mut self, level: Level, text: impl Into<String>, now: Timestamp) {
        let text = text.into();
        self.0.retain(|toast| toast.text != text);
        let until = (level != Level::Error).then(|| now + TIME);
        self.0.push(Toast { level, text, until });
        if self.0.len() > SHOWN {
            self.0.remove(0);
        }
    }

    /// Takes away what was shown long enough; reports whether anything was.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        let before = self.0.len();
        self.0.retain(|toast| toast.until.is_none_or(|until| until > now));
        before != self.0.len()
    }

    /// Takes away what waits for a key.
    pub fn acknowledge(&mut self) {
        self.0.retain(|toast| toast.until.is_some());
    }

    /// Returns when the next one goes.
    pub fn next_end(&self) -> Option<Timestamp> {
        self.0.iter().filter_map(|toast| toast.until).min()
    }

    /// Returns the messages, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Toast> {
        self.0.iter()
    }
}
