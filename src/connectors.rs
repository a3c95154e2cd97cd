//! Connectors: what usher reads from and writes to.
//!
//! A connector speaks one protocol and knows nothing of people, rules or plans: it turns a system into records and
//! a [`Write`] into the system's own requests. Whether a write is allowed was decided before it gets here; whether
//! it still fits is checked here, right before it is sent (assertion, `If-Match`, or re-read and compare), because
//! only the connector can make that check and the write one step.

pub mod active_directory;
pub mod csv;
pub mod every;
mod guard;
pub mod ldap;
mod line;
pub mod scim;
pub mod secret;
pub mod section;
pub mod tls;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use self::{guard::MayWrite, line::Line};
use crate::model::{Anchor, Coverage, Read, RecordSet, Remains, Schema, SystemName, Value};

/// A future that a connector hands out.
pub type Task<'a, T> = BoxFuture<'a, T>;

/// What a read should bring.
#[derive(Debug, Clone, Default)]
pub struct ReadRequest {
    /// Only these attributes; empty means all that the connector reads by default.
    pub attributes: Vec<String>,
    /// The classes of the objects that are made in the system, a list a rule, the structural class first: what they
    /// demand is read with the rest, and what objects have of them.
    pub classes: Vec<Vec<String>>,
    /// What the last good read said of how new its data was ([`crate::model::Coverage::as_of`]).
    pub as_of: Option<String>,
    /// What is known already, where only what changed since need be read.
    pub since: Option<Since>,
}

/// What an incremental read builds on: the last good read.
#[derive(Debug, Clone)]
pub struct Since {
    /// What that read was asked; from where to go on ([`Coverage::cursor`]).
    pub coverage: Coverage,
    /// What it brought, with all that was added since.
    pub records: Arc<RecordSet>,
}

/// Told about the number of records read so far; called at most a few times a second.
pub type Progress<'a> = &'a (dyn Fn(usize) + Send + Sync);

/// What a system is and can do, as found out by asking it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// What answers: `OpenLDAP 2.5`, `SCIM 2.0`, `CSV, UTF-8, separator ;`.
    pub product: String,
    /// What it can do, each in a few words: `paged results`, `assertion control`, `no PATCH`.
    pub capabilities: Vec<String>,
    /// How many records there are, where that can be told cheaply.
    pub records: Option<usize>,
    /// The server's clock minus ours, in seconds, where it tells the time.
    pub clock_difference: Option<i64>,
    /// What will give trouble, each with what to do.
    pub warnings: Vec<String>,
}

/// An object to write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRef {
    /// Its immutable id.
    pub anchor: Anchor,
    /// Where it was when it was planned (DN, path); may have moved since.
    pub location: String,
    /// Its class, as the target spells it (`groupOfNames`, `User`).
    pub class: String,
}

/// One attribute of a write, fully resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeWrite {
    /// The attribute (SCIM: the path).
    pub attribute: String,
    /// What the target has, as planned; the precondition.
    pub before: Value<'static>,
    /// What it will have; [`Value::Absent`] clears it. References are resolved to DNs or ids.
    pub after: Value<'static>,
}

/// One change to one object, with every value resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Write {
    /// Makes a new object.
    Create {
        /// Its classes (LDAP object classes, SCIM resource type).
        class: Vec<String>,
        /// The container, where the system has them.
        container: Option<String>,
        /// All attributes, the naming one first where the system has one.
        attributes: Vec<(String, Value<'static>)>,
        /// Whether it is usable at once; `None` where the system has no such state.
        enabled: Option<bool>,
        /// No object may have one of these.
        absent: Vec<(String, Value<'static>)>,
        /// The attributes that are given a secret as soon as the object is there ([`Connector::set_secrets`]). Where an
        /// account cannot be used without, it becomes usable only then.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        secrets: Vec<String>,
    },
    /// Changes attributes, the usable state and the place of one object, in this order, as far as given.
    Change {
        /// The object.
        object: ObjectRef,
        /// The attributes.
        attributes: Vec<AttributeWrite>,
        /// The usable state before and after.
        enabled: Option<(bool, bool)>,
        /// The new container.
        container: Option<String>,
    },
    /// Removes one object.
    Delete {
        /// The object.
        object: ObjectRef,
    },
    /// Brings back one object that was deleted, and sets again what it has lost.
    Restore {
        /// The object, where it will be.
        object: ObjectRef,
        /// The attributes it had, as far as they do not come back with it.
        attributes: Vec<(String, Value<'static>)>,
        /// Whether it is usable; `None` where the system has no such state.
        enabled: Option<bool>,
        /// The attributes that are given a secret as soon as the object is there, as for [`Write::Create`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        secrets: Vec<String>,
    },
    /// Adds or removes one member of one group.
    Membership {
        /// The group.
        group: ObjectRef,
        /// The member.
        member: ObjectRef,
        /// Add, or remove.
        add: bool,
    },
}

/// A secret for one attribute: drawn in memory, sent, never stored or shown, wiped when dropped.
#[derive(Debug, Clone)]
pub struct Secret {
    /// The attribute.
    pub attribute: String,
    /// The secret.
    pub value: SecretString,
}

/// What a successful write left behind, as read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The object's immutable id.
    pub anchor: Anchor,
    /// Where it is now.
    pub location: String,
    /// Whether the read-back agreed with what was written.
    pub verified: bool,
    /// Whether nothing had to be sent because the object already was as it should be.
    pub already: bool,
    /// The written attributes as the target now has them.
    pub attributes: Vec<(String, Value<'static>)>,
}

/// Why a write has no good end. Each message says what happened, to what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The target is not as it was planned; nothing was written.
    #[error("{0}")]
    Conflict(String),
    /// The target refused, and will refuse again; nothing was written.
    #[error("{0}")]
    Refused(String),
    /// The target cannot do it now; nothing was written. Trying again may help.
    #[error("{message}")]
    Busy {
        /// What happened.
        message: String,
        /// How long the target asks to wait, in seconds.
        retry_after: Option<u64>,
    },
    /// The answer got lost: it may have been written or not.
    #[error("{0}")]
    Unknown(String),
    /// The credentials are refused: no write to this system can succeed.
    #[error("{0}")]
    Credentials(String),
}

/// What became of a write whose answer got lost, found out by looking.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// It was written.
    Done(Written),
    /// It was not written.
    NotDone,
    /// It cannot be told; the reason.
    Unclear(String),
    /// The system could not be asked; the reason. Asking again may help.
    Unasked(String),
}

/// Why a system could not be opened or asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{system}: {message}")]
pub struct ConnectError {
    /// Which system.
    pub system: SystemName,
    /// What happened and what to do.
    pub message: String,
}

/// A connected system.
///
/// All methods may be called at once from several tasks; a connector keeps its own connections and limits what is
/// in flight. Dropping a returned future must leave the connector usable.
pub trait Connector: Send + Sync {
    /// Returns the system's name in the configuration.
    fn system(&self) -> &SystemName;

    /// Asks the system what it is and can do.
    fn probe(&self) -> Task<'_, Result<Probe, ConnectError>>;

    /// Returns the attributes of the system's accounts: names, types, comparison rules.
    fn schema(&self) -> Task<'_, Result<Schema, ConnectError>>;

    /// Reads people or accounts, or what changed of them if the request says since when and that can be told for
    /// certain. Never fails: how it ended is in the [`Read`], so that nobody takes a failed read for an empty system.
    fn read<'a>(&'a self, request: &'a ReadRequest, progress: Progress<'a>) -> Task<'a, Read>;

    /// Returns how long changes may be added to a read in full before everything is read again; `None` where every
    /// read is in full. See [`ReadRequest::since`].
    fn full_every(&self) -> Option<Duration> {
        None
    }

    /// Reads groups with their members (attributes `name` and `member`), if the system has groups.
    fn read_groups<'a>(&'a self, progress: Progress<'a>) -> Task<'a, Option<Read>>;

    /// Makes ready for writes that will come in a moment: connects, and asks what every write needs to know. What goes
    /// wrong is told by the writes.
    fn prepare(&self) -> Task<'_, ()> {
        Box::pin(async {})
    }

    /// Reads what changed of the groups since, if that can be told for certain; nothing where all of them are to be read.
    /// `accounts` are what was known of the accounts when these groups were read.
    fn read_group_changes<'a>(
        &'a self,
        _since: &'a Since,
        _accounts: &'a Arc<RecordSet>,
        _progress: Progress<'a>,
    ) -> Task<'a, Option<Read>> {
        Box::pin(async { None })
    }

    /// Writes one change after checking its precondition, and reads back what it wrote.
    fn write<'a>(&'a self, write: &'a Write) -> Task<'a, Result<Written, WriteError>>;

    /// The same, for a write that may be held on to: who hands it to another thread need not copy it.
    fn write_shared<'a>(&'a self, write: &'a Arc<Write>) -> Task<'a, Result<Written, WriteError>> {
        self.write(write)
    }

    /// Says what gives an account, or whoever is in a group, power over others that reads need not show, asked right
    /// before it is changed: what it is or is in, as the end of a sentence about it. Nothing if nothing does, or if the
    /// system knows of nothing like that.
    fn power<'a>(&'a self, _object: &'a ObjectRef) -> Task<'a, Result<Option<String>, WriteError>> {
        Box::pin(async { Ok(None) })
    }

    /// Makes a new object with its secrets in one step, where the system can do that; returns also whether they are set
    /// and it is as it is to be with them. What the system does not take so is made without.
    fn create_whole<'a>(
        &'a self,
        create: &'a Arc<Write>,
        _secrets: &'a [Secret],
    ) -> Task<'a, Result<(Written, bool), WriteError>> {
        Box::pin(async move { Ok((self.write_shared(create).await?, false)) })
    }

    /// Reports whether new accounts can be given secrets.
    fn takes_secrets(&self) -> bool {
        false
    }

    /// Gives a new account, or one that was brought back, its secrets, and makes it usable if its write says so. Doing it again with other secrets
    /// is no error: after an interruption nobody knows which were taken.
    fn set_secrets<'a>(
        &'a self,
        _create: &'a Write,
        _object: &'a ObjectRef,
        _secrets: &'a [Secret],
    ) -> Task<'a, Result<(), WriteError>> {
        Box::pin(async {
            Err(WriteError::Refused(format!(
                "{} takes no secrets from usher: take the secret out of the mapping",
                self.system()
            )))
        })
    }

    /// Reports whether the system may keep something of what was deleted, so that it can be brought back.
    fn restores(&self) -> bool {
        false
    }

    /// Says what is left of objects that were deleted, in the order in which they are given.
    fn remains<'a>(&'a self, objects: &'a [ObjectRef]) -> Task<'a, Result<Vec<Remains>, ConnectError>> {
        let gone = || Remains::Nothing("a deleted object is gone: its system restores nothing".to_owned());
        Box::pin(async move { Ok(objects.iter().map(|_| gone()).collect()) })
    }

    /// Is told which read the writes of a run build on ([`Coverage::as_of`]): what has less than that is not written to.
    fn builds_on(&self, _as_of: Option<&str>) {}

    /// Is asked right before each request that writes is sent, from now on: of a run that may not write any more, nothing
    /// leaves, and the write ends as [`WriteError::Busy`]. Connectors that write in one step need not ask.
    fn guard(&self, _may_write: MayWrite) {}

    /// Finds out what became of a write whose answer got lost.
    fn settle<'a>(&'a self, write: &'a Write) -> Task<'a, Settled>;

    /// Tells how the line to the system is at the moment. Connectors without one say nothing.
    fn line(&self) -> Line {
        Line::default()
    }

    /// Says the write in the system's own words, for people: `ldapmodify …`, `PATCH /Users/…`.
    fn command(&self, write: &Write) -> String;

    /// How many writes may be in flight at once.
    fn concurrency(&self) -> usize {
        8
    }

    /// Returns how long after a write was sent it may first be seen, also when its sender is gone: a create that is
    /// not found is looked for again for so long before it is sent once more.
    fn shows_writes_within(&self) -> Duration {
        Duration::from_secs(4)
    }

    /// Reports whether several memberships of one group may be written at once: the connector sends them together.
    fn gathers_memberships(&self) -> bool {
        false
    }

    /// Reports whether accounts live in containers (directories) or not.
    fn has_containers(&self) -> bool {
        false
    }
}
