//! How things stand, as words: one situation for every (person, account rule) and every record nobody owns.

use serde::{Deserialize, Serialize};

use super::{
    name::{Anchor, RuleName, SystemName},
    person::PersonId,
};

/// How a (person, account rule), or a record that nobody owns, stands. Exactly one each per plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Situation {
    /// Should have an account and has none: it will be created.
    New,
    /// Will have an account, later: the person has not started.
    Upcoming,
    /// Has an account that matches and was not linked: it is linked now.
    Found,
    /// Has the linked account.
    Confirmed,
    /// Has the linked account, and somebody else changed it since usher wrote or read it last.
    Drifted,
    /// Several accounts match, or one account matches several people: waits for a person.
    Ambiguous,
    /// Had a linked account; a complete read no longer finds it.
    Missing,
    /// Should have no account and has one: leaver, out of scope.
    Leaving,
    /// Should have no usable account; the account is there, disabled, until its grace period ends.
    Retired,
    /// Out of the rule's scope (or never entitled) and without an account: nothing to do.
    OutOfScope,
    /// An account that no person owns.
    Orphan,
    /// Matched by a protection rule: never touched.
    Protected,
    /// The target was not read, so nothing can be said.
    Unknown,
}

impl Situation {
    /// All situations, in the order in which the console lists them.
    pub const ALL: [Self; 13] = [
        Self::New,
        Self::Upcoming,
        Self::Found,
        Self::Confirmed,
        Self::Drifted,
        Self::Ambiguous,
        Self::Missing,
        Self::Leaving,
        Self::Retired,
        Self::OutOfScope,
        Self::Orphan,
        Self::Protected,
        Self::Unknown,
    ];

    /// Returns the word used on the screen, in filters and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Upcoming => "upcoming",
            Self::Found => "found",
            Self::Confirmed => "confirmed",
            Self::Drifted => "drifted",
            Self::Ambiguous => "ambiguous",
            Self::Missing => "missing",
            Self::Leaving => "leaving",
            Self::Retired => "retired",
            Self::OutOfScope => "out-of-scope",
            Self::Orphan => "orphan",
            Self::Protected => "protected",
            Self::Unknown => "unknown",
        }
    }
}

/// What kind of finding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Several accounts match one person, or one account several people.
    Ambiguous,
    /// An account that no person owns.
    Orphan,
    /// A linked account is gone although nobody deleted it here.
    Missing,
    /// A record of a source or target could not be taken over.
    Refused,
    /// A value could not be computed or is not allowed at the target.
    Invalid,
    /// A reference (manager) points at nobody, or at somebody who left.
    DanglingReference,
    /// A change was suppressed because the account is protected.
    Protected,
}

impl FindingKind {
    /// Returns the word used on the screen, in filters and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::Orphan => "orphan",
            Self::Missing => "missing",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::DanglingReference => "dangling-reference",
            Self::Protected => "protected",
        }
    }
}

/// A situation that wants a person, not an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// Whom it concerns, if a person is known.
    pub person: Option<PersonId>,
    /// The name to show: of the person, or of the record.
    pub subject: String,
    /// The account rule, if one is concerned.
    pub rule: Option<RuleName>,
    /// The system it is about.
    pub system: SystemName,
    /// The records it is about, by anchor.
    pub anchors: Vec<Anchor>,
    /// What happened, to what, and what to do.
    pub message: String,
}
