//! Questions that are answered by a line of text or two.

use crate::{
    model::{Fingerprint, RuleName, SystemName},
    tui::{
        input::Input,
        key::{Code, Key},
    },
};

/// What the answer is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// The reason of a rejection, and until when it holds.
    Reject(Vec<Fingerprint>),
    /// The date until which operations are held, and why.
    Hold(Vec<Fingerprint>),
    /// The reason for which a guard rail is released.
    Release {
        /// The rail.
        rail: String,
        /// For which of the operations it stops; `None` is all.
        operations: Option<Vec<Fingerprint>>,
    },
    /// The reason for which a read is accepted.
    Accept {
        /// The system.
        system: SystemName,
        /// The read's name.
        read: String,
    },
    /// The reason for which nothing more is written to a system.
    Quarantine {
        /// The system.
        system: SystemName,
    },
    /// The reason for which a quarantine ends.
    EndQuarantine {
        /// The system.
        system: SystemName,
        /// The rule of it, if only that is in quarantine.
        rule: Option<RuleName>,
    },
}

/// A line to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it is: `why`.
    pub label: &'static str,
    /// What to write, shown while it is empty.
    pub hint: String,
    /// What is written.
    pub input: Input,
}

/// A question that is answered by a line of text or two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What the answer is for.
    pub purpose: Purpose,
    /// The title.
    pub title: String,
    /// What it is about.
    pub lines: Vec<String>,
    /// The lines to be written.
    pub fields: Vec<Field>,
    /// Which of them is being written.
    pub at: usize,
    /// What is wrong with an answer.
    pub error: Option<String>,
}

impl Field {
    /// Makes an empty field.
    pub fn new(label: &'static str, hint: &str) -> Self {
        Self {
            label,
            hint: hint.to_owned(),
            input: Input::default(),
        }
    }
}

impl Ask {
    /// Makes a question.
    pub fn new(purpose: Purpose, title: String, lines: Vec<String>, fields: Vec<Field>) -> Self {
        Self {
            purpose,
            title,
            lines,
            fields,
            at: 0,
            error: None,
        }
    }

    /// Returns what is written in a field, without blanks around it.
    pub fn text(&self, label: &str) -> &str {
        let field = self.fields.iter().find(|field| field.label == label);
        field.map_or("", |field| field.input.text().trim())
    }

    /// Returns the field that is being written.
    pub fn field(&mut self) -> Option<&mut Input> {
        self.fields.get_mut(self.at).map(|field| &mut field.input)
    }

    /// Takes a key that writes, or goes to another field.
    pub fn key(&mut self, key: Key) {
        let last = self.fields.len().saturating_sub(1);
        match key.code {
            Code::Tab if self.at == last => self.at = 0,
            Code::Tab | Code::Down => self.at = (self.at + 1).min(last),
            Code::BackTab if self.at == 0 => self.at = last,
            Code::BackTab | Code::Up => self.at = self.at.saturating_sub(1),
            _ => {
                if self.field().is_some_and(|field| field.key(key)) {
                    self.error = None;
                }
            }
        }
    }
}
