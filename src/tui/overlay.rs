//! What lies on top of the panes: the list of commands, questions, confirmations, a page of text.

pub mod answer;
pub mod ask;
pub mod commands;
pub mod draw;
pub mod rails;
pub mod systems;
pub mod undo;

use crate::model::Fingerprint;

pub use self::ask::{Ask, Field, Purpose};

use super::{input::Input, key::Key};

/// Something on top.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// The help or the palette.
    Commands(commands::Commands),
    /// The filter, typed in the footer's line.
    Filter {
        /// What is typed.
        input: Input,
        /// What the filter was before.
        before: String,
    },
    /// A question that is answered by a line of text or two.
    Ask(Ask),
    /// The guard rails.
    Rails(rails::Rails),
    /// What waits at the systems.
    Systems(systems::Systems),
    /// What taking back would do.
    Undo(undo::Undo),
    /// A question that wants a yes, or a number.
    Confirm(Confirm),
    /// A text to read.
    Page {
        /// What it is.
        title: String,
        /// The text.
        lines: Vec<String>,
        /// The first line that is seen.
        offset: usize,
    },
}

/// What is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// Apply these.
    Apply(Vec<Fingerprint>),
    /// Approve these; `y` with what they wait for, `n` without.
    Approve {
        /// What was asked for.
        operations: Vec<Fingerprint>,
        /// What that waits for.
        awaited: Vec<Fingerprint>,
    },
    /// Approve these, with nothing more to be asked.
    ApproveThese(Vec<Fingerprint>),
    /// Stop the run.
    Stop,
    /// Save what is in the editor.
    Configure,
    /// Leave the editor without saving.
    Discard,
    /// Put the last saved change of a rule back.
    PutBack,
    /// Leave.
    Quit,
}

/// A question that wants a yes, or a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// What is confirmed.
    pub then: Then,
    /// The title.
    pub title: String,
    /// What will happen.
    pub lines: Vec<String>,
    /// The number that is to be typed; `None` wants only `y`.
    pub number: Option<usize>,
    /// What is typed.
    pub input: Input,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl Overlay {
    /// Returns the text field that has the focus, if one has.
    pub fn field(&mut self) -> Option<&mut Input> {
        match self {
            Self::Commands(commands) => Some(&mut commands.input),
            Self::Filter { input, .. } => Some(input),
            Self::Ask(ask) => ask.field(),
            Self::Confirm(confirm) if confirm.number.is_some() => Some(&mut confirm.input),
            _ => None,
        }
    }

    /// Handles an editing key in the text field; reports whether it was one.
    pub fn edit(&mut self, key: Key) -> bool {
        self.field().is_some_and(|field| field.key(key))
    }
}
