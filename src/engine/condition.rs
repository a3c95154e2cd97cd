//! How the line to a system is during a run, for people.

use std::time::Duration;

use serde::Serialize;

/// From what on silence is worth a word; before, it is the usual wait for an answer.
pub(super) const WORTH_A_WORD: Duration = Duration::from_secs(2);

/// How the line to a system is, where that is worth a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// What is going on.
    pub state: LineState,
    /// For how many seconds.
    pub seconds: u64,
    /// How often the system was tried in vain.
    pub attempts: u32,
    /// How many writes are looked for whose answer got lost.
    pub unsettled: usize,
    /// After how many more seconds the run gives the system up, if it waits for it.
    pub left: Option<u64>,
    /// What the system said last, or what was seen of it.
    pub reason: String,
}

/// What is going on with the line to a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineState {
    /// Requests wait for their answers.
    Silent,
    /// A connection is tried to be had, or the system is asked again.
    Connecting,
    /// It is tried again.
    Waiting {
        /// In how many seconds.
        next: u64,
    },
    /// It answers, and lost answers are made up for.
    Settling,
    /// It answers again; the seconds say how long it did not.
    Over,
    /// Nothing more is sent to it in this run.
    GivenUp,
}

impl Condition {
    /// Says it in a few words: `no answer for 12 s`.
    pub fn short(&self) -> String {
        let time = span(self.seconds);
        match self.state {
            LineState::Silent => format!("no answer for {time}"),
            LineState::Connecting => format!("reconnecting, down for {time}"),
            LineState::Waiting { next } => format!("down for {time}, tried again in {}", span(next)),
            LineState::Settling => self.looked_for(),
            LineState::Over => format!("goes on after {time}"),
            LineState::GivenUp => format!("given up after {time}"),
        }
    }

    /// Says all of it in a sentence.
    pub fn long(&self) -> String {
        let mut parts = vec![self.short()];
        if self.attempts > 0 && self.state != LineState::GivenUp {
            parts.push(format!("attempt {}", self.attempts));
        }
        if self.unsettled > 0 && self.state != LineState::Settling {
            parts.push(self.looked_for());
        }
        parts.extend(self.left.map(|left| format!("waits {} more at most", span(left))));
        let words = parts.join(", ");
        if self.reason.is_empty() {
            words
        } else {
            format!("{words}: {}", self.reason)
        }
    }

    fn looked_for(&self) -> String {
        match self.unsettled {
            1 => "1 lost answer is looked up".to_owned(),
            count => format!("{count} lost answers are looked up"),
        }
    }
}

/// Says a span of time: `8 s`, `4 min 10 s`, `2 h 5 min`.
pub fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_known_is_said() {
        let mut condition = Condition {
            state: LineState::Waiting { next: 4 },
            seconds: 72,
            attempts: 7,
            unsettled: 2,
            left: Some(528),
            reason: "ldap://a cannot be reached: connection refused".to_owned(),
        };
        assert_eq!(
            condition.long(),
            "down for 1 min 12 s, tried again in 4 s, attempt 7, 2 lost answers are looked up, waits 8 min 48 s more \
             at most: ldap://a cannot be reached: connection refused"
        );
        condition.state = LineState::Silent;
        assert_eq!(condition.short(), "no answer for 1 min 12 s");
        condition = Condition {
            state: LineState::Settling,
            seconds: 0,
            attempts: 0,
            unsettled: 1,
            left: None,
            reason: String::new(),
        };
        assert_eq!(condition.long(), "1 lost answer is looked up");
    }
}
