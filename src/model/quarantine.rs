//! Quarantine: a system, or an account rule, that is not written to until the cause is gone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::name::{RuleName, SystemName};

/// Why nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The system refuses the credentials.
    Credentials,
    /// The system refuses the credentials when it is read; it is not asked before its time, nor written to before it
    /// is read again.
    RefusedRead,
    /// Too large a share of what was tried has failed.
    Share,
    /// Too many operations fail, references not counted.
    Failures,
    /// Too many operations fail, references counted.
    References,
    /// It was not read, or what it takes values from was not.
    Unread,
    /// Somebody said so.
    ByHand,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Credentials,
        Self::RefusedRead,
        Self::Share,
        Self::Failures,
        Self::References,
        Self::Unread,
        Self::ByHand,
    ];

    /// Returns the word used in the store, in JSON and in the audit.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::RefusedRead => "refused-read",
            Self::Share => "share",
            Self::Failures => "failures",
            Self::References => "references",
            Self::Unread => "unread",
            Self::ByHand => "by-hand",
        }
    }
}

/// A system, or one rule of it, to which nothing is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    /// The system.
    pub system: SystemName,
    /// The rule; `None` is everything in the system.
    pub rule: Option<RuleName>,
    /// Why.
    pub cause: Cause,
    /// The same in words: what happened.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// How often it was tried since then whether the cause is gone.
    pub tries: u32,
    /// When the next run may try; `None` is not before a person releases it.
    pub next: Option<Timestamp>,
}

impl Quarantine {
    /// Reports whether an operation of this rule in this system is concerned.
    pub fn concerns(&self, system: &SystemName, rule: &RuleName) -> bool {
        self.system == *system && self.rule.as_ref().is_none_or(|own| own == rule)
    }

    /// Reports whether a run may try now whether the cause is gone.
    pub fn may_be_tried(&self, now: Timestamp) -> bool {
        self.cause != Cause::RefusedRead && self.is_time(now)
    }

    /// Reports whether the system may be asked for its records now.
    pub fn may_be_read(&self, now: Timestamp) -> bool {
        self.cause != Cause::RefusedRead || self.is_time(now)
    }

    fn is_time(&self, now: Timestamp) -> bool {
        self.next.is_some_and(|next| next <= now)
    }

    /// Returns what is in quarantine: `directory`, or `rule staff in directory`.
    pub fn place(&self) -> String {
        match &self.rule {
            Some(rule) => format!("rule {rule} in {}", self.system),
            None => self.system.to_string(),
        }
    }
}
