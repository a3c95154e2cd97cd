//! Operations: one change to one object in one system.
//!
//! An approval holds for an operation's [`Fingerprint`] and nothing else. The fingerprint covers what would be
//! written and to what; it leaves out what only explains or orders the write (trace, risk, waits-for), so a
//! decision survives a new plan exactly as long as the write would be the same.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    name::{Anchor, RuleName, SystemName},
    person::{LifecycleEvent, PersonId},
    situation::Situation,
    value::{Reference, Value},
};

/// SHA-256 over the canonical form of an operation; also its id, so that it is the same in every plan.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Returns the first eight hexadecimal digits: what people see and type.
    pub fn short(&self) -> String {
        hex::encode(&self.0[..4])
    }

    /// Reads the 64 hexadecimal digits that `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut octets = [0; 32];
        hex::decode_to_slice(text, &mut octets).ok()?;
        Some(Self(octets))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a fingerprint has 64 hexadecimal digits"))
    }
}

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A new object.
    Create,
    /// Other attribute values.
    Update,
    /// Makes an account usable (and moves it where usable accounts are).
    Enable,
    /// Makes an account unusable (and moves it where unusable accounts are).
    Disable,
    /// Another container or another name.
    Move,
    /// Removes the object.
    Delete,
    /// Brings back an object that was deleted: the same one, with the id it had.
    Restore,
    /// One more member in a group.
    AddMember,
    /// One member fewer in a group.
    RemoveMember,
    /// Work for a person, handed to somebody.
    Task,
    /// Links an account that is there to the person it matches. Nothing is written to the target.
    Adopt,
    /// Takes the link of an account away. Nothing is written to the target.
    Unlink,
}

impl Kind {
    /// All kinds, in the order in which summaries list them.
    pub const ALL: [Self; 12] = [
        Self::Create,
        Self::Update,
        Self::Enable,
        Self::Disable,
        Self::Move,
        Self::Delete,
        Self::Restore,
        Self::AddMember,
        Self::RemoveMember,
        Self::Task,
        Self::Adopt,
        Self::Unlink,
    ];

    /// Returns the word used on the screen, in filters and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Move => "move",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::AddMember => "add-member",
            Self::RemoveMember => "remove-member",
            Self::Task => "task",
            Self::Adopt => "adopt",
            Self::Unlink => "unlink",
        }
    }

    /// Reports whether it changes nothing but a link, and writes nothing to any target.
    pub const fn is_about_link(self) -> bool {
        matches!(self, Self::Adopt | Self::Unlink)
    }
}

/// A value that only the target, or an earlier operation, will make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deferred {
    /// Whose account will have it.
    pub person: PersonId,
    /// Under which account rule.
    pub rule: RuleName,
    /// Which attribute of that account.
    pub attribute: String,
    /// What it will be unless something unforeseen happens; another value sends the operation back to review.
    pub prediction: Option<Value<'static>>,
}

/// What an attribute will be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum After {
    /// This value; [`Value::Absent`] clears the attribute.
    Known(Value<'static>),
    /// A value that is not known yet; in a box, as it is rare and large.
    Deferred(Box<Deferred>),
    /// A secret drawn when it is written. The operation holds the policy's name, never a value.
    Secret {
        /// The policy it is drawn by.
        policy: String,
        /// Whom it is handed to.
        recipient: String,
    },
}

/// One attribute before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The attribute, as the target spells it.
    pub attribute: String,
    /// What the target has.
    pub before: Value<'static>,
    /// What it will have.
    pub after: After,
    /// Whether the values are masked on screen and in exports.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marked: bool,
}

/// The object an operation changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its immutable id; `None` for a create.
    pub anchor: Option<Anchor>,
    /// Where it is (DN, path); for a create, where it will be, as far as that is known.
    pub location: String,
    /// The container it will be in (create, move, enable, disable), where the system has containers.
    pub container: Option<String>,
    /// What people call it, where its place does not tell (a group of a system that has ids only). It only explains,
    /// and is no part of the fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What must be true of the target right before the write, after the operations this one waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precondition {
    /// No object has one of these (attribute, value): match rules and unique names.
    Absent(Vec<(String, Value<'static>)>),
    /// The object is there, where it was, in this state, and the changed attributes are as they were.
    Unchanged {
        /// Whether the account is usable; `None` where the system has no such state.
        enabled: Option<bool>,
    },
    /// The group is there, and the member is (remove) or is not (add) in it.
    Membership,
}

/// What makes an operation worth a second look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Touches a privileged account or group.
    Privileged,
    /// Cannot be undone by usher.
    Irreversible,
    /// Takes something away from somebody.
    Destructive,
}

impl Risk {
    /// All risks.
    pub const ALL: [Self; 3] = [Self::Privileged, Self::Irreversible, Self::Destructive];

    /// Returns the word used on the screen, in filters and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Irreversible => "irreversible",
            Self::Destructive => "destructive",
        }
    }
}

/// One change to one object in one system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// What an approval holds for.
    pub fingerprint: Fingerprint,
    /// Whose account it is; `None` for groups made by rule and for objects nobody owns.
    pub person: Option<PersonId>,
    /// The name to show.
    pub subject: String,
    /// The account rule (or entitlement) that wants it.
    pub rule: RuleName,
    /// The system that is written to.
    pub system: SystemName,
    /// The object class, as the target spells it; the first is the structural one.
    pub class: Vec<String>,
    /// What kind of change.
    pub kind: Kind,
    /// How the (person, account rule) stands.
    pub situation: Situation,
    /// What happened to the person, if anything did.
    pub event: Option<LifecycleEvent>,
    /// What is changed. For a membership this is the group.
    pub target: Target,
    /// The attributes that change. For a membership: `member`, a reference to the account.
    pub changes: Vec<Change>,
    /// Whether the account is usable afterwards (create, enable, disable); `None` where that does not change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usable: Option<bool>,
    /// What must be true right before the write.
    pub precondition: Precondition,
    /// Operations that come before this one; see [`Operation::needs`].
    pub waits_for: Vec<Fingerprint>,
    /// When it is due; `None` is now. Operations due later are scheduled and no changes yet.
    pub due: Option<Timestamp>,
    /// What makes it worth a second look.
    pub risk: Vec<Risk>,
    /// Why, in one sentence with the source's place: `people.csv line 482: last_day 2026-11-21 (inclusive)`.
    pub why: String,
    /// The applied operation that this one takes back. It only explains, and is no part of the fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Fingerprint>,
}

impl Operation {
    /// Whether it can be applied only when another operation that it waits for was applied: one of this kind, for
    /// this person, under this rule.
    ///
    /// What cuts somebody off comes after the others in a run, and is done however they end: nobody keeps access
    /// because a group could not be changed, or because an admin rejected another change. But for one thing: until an
    /// account is adopted, nobody knows that it is this person's. And nobody goes without an account because somebody
    /// else's could not be made: see [`Operation::can_do_without`].
    pub fn needs(&self, other: Kind, person: Option<PersonId>, rule: &RuleName) -> bool {
        let gives_account = matches!(other, Kind::Create | Kind::Adopt | Kind::Restore);
        if gives_account && person.is_some_and(|person| self.can_do_without(person, rule)) {
            return false;
        }
        self.kind != Kind::Disable || other == Kind::Adopt
    }

    /// Whether it can be applied without the account of somebody else that it refers to: the reference is left out
    /// then, and written by a later plan, when that account is there.
    pub fn can_do_without(&self, person: PersonId, rule: &RuleName) -> bool {
        let refers = |change: &Change| {
            matches!(
                &change.after,
                After::Known(Value::Reference(Reference::Account { person: other, rule: of }))
                    if *other == person && of == rule
            )
        };
        let (refer, others) = self.changes.iter().fold((0, 0), |(refer, others), change| {
            if refers(change) {
                (refer + 1, others)
            } else {
                (refer, others + 1)
            }
        });
        let is_own = self.person == Some(person);
        let leaves_something =
            matches!(self.kind, Kind::Create | Kind::Restore) || (self.kind == Kind::Update && others > 0);
        !is_own && refer > 0 && leaves_something
    }
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationState {
    /// Waits for a decision.
    Proposed,
    /// May be applied.
    Approved,
    /// Will not be applied.
    Rejected,
    /// Waits until a date.
    Held,
    /// Waits for something that was rejected, held or stopped by a guard rail.
    Blocked,
    /// Is being written: the intent is on disk, the outcome is not known.
    Running,
    /// Was written.
    Applied,
    /// Was written and read back.
    Verified,
    /// Was refused by the target; the reason is in the journal.
    Failed,
    /// The target moved since the plan: back to review.
    Conflict,
    /// The answer got lost; settled by re-reading before anything else.
    Unknown,
}

impl OperationState {
    /// Returns the word used on the screen, in filters and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Held => "held",
            Self::Blocked => "blocked",
            Self::Running => "running",
            Self::Applied => "applied",
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::Conflict => "conflict",
            Self::Unknown => "unknown",
        }
    }

    /// Reports whether a person may still decide.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Proposed | Self::Approved | Self::Rejected | Self::Held | Self::Blocked
        )
    }
}
