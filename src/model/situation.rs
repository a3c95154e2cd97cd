//! How things stand, as words: one situation for every (person, account rule) and every record nobody owns.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    name::{Anchor, RuleName, SystemName},
    person::PersonId,
};

/// How a (person, account rule), or a record that nobody owns, stands. Exactly one each per plan.
///
/// | situation | what it means | what it leads to |
/// |---|---|---|
/// | `new` | Should have an account and has none | it is created |
/// | `upcoming` | Will have an account later: the person has not started | it is created when it is due |
/// | `found` | Has an account that matches and is linked to nobody | it is adopted, which waits for a decision; its changes wait for that |
/// | `confirmed` | Has the linked account | it is brought where it should be, if it is not there |
/// | `drifted` | Has the linked account, and somebody else changed it since usher wrote or read it last | the change is taken back, which waits for a decision |
/// | `ambiguous` | Several accounts match, or the one that matches matches others too | nothing until a person links the right one |
/// | `taken` | The only account that matches is linked to somebody else | nothing until a person links another one, or takes the wrong link away |
/// | `missing` | Had a linked account; a complete read no longer finds it | nothing until a person links another one, or removes the link to have it made again |
/// | `leaving` | Should have no usable account and has one: ended, or out of scope | it is disabled or deleted, as the rule says |
/// | `vanished` | No source names the person any more, and the account is still usable | it is disabled and later deleted, as the rule says of leavers |
/// | `retired` | Should have no usable account, and the account is disabled | it is deleted when its grace period is over, if the rule says so |
/// | `closed` | Should have no account, and the linked one is gone | nothing; the link stays, so that nobody else gets it by mistake |
/// | `out-of-scope` | Out of the scope of the rule, and without an account that the rule would touch | nothing |
/// | `candidate` | An account that nobody owns and that somebody matches who is ambiguous or missing | nothing until a person has decided about that somebody |
/// | `orphan` | An account that nobody owns and nobody matches | nothing; it is listed until a person links, protects or deletes it |
/// | `protected` | Matched by a protection rule | nothing, ever |
/// | `unknown` | It cannot be told: the target was not read in full, or the facts of the person cannot be read | nothing until it can be told |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Situation {
    /// Should have an account and has none: it is created.
    New,
    /// Will have an account later: the person has not started: it is created when it is due.
    Upcoming,
    /// Has an account that matches and is linked to nobody: it is adopted, which waits for a decision; its changes wait for that.
    Found,
    /// Has the linked account: it is brought where it should be, if it is not there.
    Confirmed,
    /// Has the linked account, and somebody else changed it since usher wrote or read it last: the change is taken back, which waits for a decision.
    Drifted,
    /// Several accounts match, or the one that matches matches others too: nothing until a person links the right one.
    Ambiguous,
    /// The only account that matches is linked to somebody else: nothing until a person links another one, or takes the wrong link away.
    Taken,
    /// Had a linked account; a complete read no longer finds it: nothing until a person links another one, or removes the link to have it made again.
    Missing,
    /// Should have no usable account and has one: ended, or out of scope: it is disabled or deleted, as the rule says.
    Leaving,
    /// No source names the person any more, and the account is still usable: it is disabled and later deleted, as the rule says of leavers.
    Vanished,
    /// Should have no usable account, and the account is disabled: it is deleted when its grace period is over, if the rule says so.
    Retired,
    /// Should have no account, and the linked one is gone: nothing; the link stays, so that nobody else gets it by mistake.
    Closed,
    /// Out of the scope of the rule, and without an account that the rule would touch: nothing.
    OutOfScope,
    /// An account that nobody owns and that somebody matches who is ambiguous or missing: nothing until a person has decided about that somebody.
    Candidate,
    /// An account that nobody owns and nobody matches: nothing; it is listed until a person links, protects or deletes it.
    Orphan,
    /// Matched by a protection rule: nothing, ever.
    Protected,
    /// It cannot be told: the target was not read in full, or the facts of the person cannot be read: nothing until it can be told.
    Unknown,
}

impl Situation {
    /// All situations, in the order in which the console lists them.
    pub const ALL: [Self; 17] = [
        Self::New,
        Self::Upcoming,
        Self::Found,
        Self::Confirmed,
        Self::Drifted,
        Self::Ambiguous,
        Self::Taken,
        Self::Missing,
        Self::Leaving,
        Self::Vanished,
        Self::Retired,
        Self::Closed,
        Self::OutOfScope,
        Self::Candidate,
        Self::Orphan,
        Self::Protected,
        Self::Unknown,
    ];

    /// Returns the word used on the screen, in filters and in JSON.
    pub const fn word(self) -> &'static str {
        self.words().0
    }

    /// Returns what it means, in words.
    pub const fn meaning(self) -> &'static str {
        self.words().1
    }

    /// Returns what it leads to, in words.
    pub const fn leads_to(self) -> &'static str {
        self.words().2
    }

    /// The word, what it means, what it leads to.
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::New => ("new", "Should have an account and has none", "it is created"),
            Self::Upcoming => (
                "upcoming",
                "Will have an account later: the person has not started",
                "it is created when it is due",
            ),
            Self::Found => (
                "found",
                "Has an account that matches and is linked to nobody",
                "it is adopted, which waits for a decision; its changes wait for that",
            ),
            Self::Confirmed => (
                "confirmed",
                "Has the linked account",
                "it is brought where it should be, if it is not there",
            ),
            Self::Drifted => (
                "drifted",
                "Has the linked account, and somebody else changed it since usher wrote or read it last",
                "the change is taken back, which waits for a decision",
            ),
            Self::Ambiguous => (
                "ambiguous",
                "Several accounts match, or the one that matches matches others too",
                "nothing until a person links the right one",
            ),
            Self::Taken => (
                "taken",
                "The only account that matches is linked to somebody else",
                "nothing until a person links another one, or takes the wrong link away",
            ),
            Self::Missing => (
                "missing",
                "Had a linked account; a complete read no longer finds it",
                "nothing until a person links another one, or removes the link to have it made again",
            ),
            Self::Leaving => (
                "leaving",
                "Should have no usable account and has one: ended, or out of scope",
                "it is disabled or deleted, as the rule says",
            ),
            Self::Vanished => (
                "vanished",
                "No source names the person any more, and the account is still usable",
                "it is disabled and later deleted, as the rule says of leavers",
            ),
            Self::Retired => (
                "retired",
                "Should have no usable account, and the account is disabled",
                "it is deleted when its grace period is over, if the rule says so",
            ),
            Self::Closed => (
                "closed",
                "Should have no account, and the linked one is gone",
                "nothing; the link stays, so that nobody else gets it by mistake",
            ),
            Self::OutOfScope => (
                "out-of-scope",
                "Out of the scope of the rule, and without an account that the rule would touch",
                "nothing",
            ),
            Self::Candidate => (
                "candidate",
                "An account that nobody owns and that somebody matches who is ambiguous or missing",
                "nothing until a person has decided about that somebody",
            ),
            Self::Orphan => (
                "orphan",
                "An account that nobody owns and nobody matches",
                "nothing; it is listed until a person links, protects or deletes it",
            ),
            Self::Protected => ("protected", "Matched by a protection rule", "nothing, ever"),
            Self::Unknown => (
                "unknown",
                "It cannot be told: the target was not read in full, or the facts of the person cannot be read",
                "nothing until it can be told",
            ),
        }
    }
}

impl FromStr for Situation {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|situation| situation.word() == word);
        found.ok_or_else(|| format!("there is no situation `{word}`: `usher situations` lists them"))
    }
}

/// What kind of finding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Several accounts match one person, or one account several people.
    Ambiguous,
    /// The only account that matches is linked to somebody else.
    Taken,
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
            Self::Taken => "taken",
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
    /// Between whom or what a person has to decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// What happened, to what, and what to do.
    pub message: String,
}

/// One of several records or people between which a person has to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The record, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Anchor>,
    /// Where the record is, or where the person's facts come from.
    pub location: String,
    /// What the record or the person is called.
    pub name: String,
    /// The person, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Whether it is the record that was linked, and is not there any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_gone: bool,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.anchor, &self.person) {
            (Some(anchor), _) if self.is_gone => write!(f, "gone: {} ({anchor})", self.location),
            (Some(anchor), _) => write!(f, "{} ({anchor})", self.location),
            (None, Some(person)) => write!(f, "{} ({person})", self.location),
            (None, None) => f.write_str(&self.location),
        }
    }
}
