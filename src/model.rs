//! The plain types every floor of the house shares: values, records, people, operations, decisions, plans.
//!
//! Nothing here does anything: no I/O, no clock, no async. The decisions behind the types are recorded where the
//! types are ([`value`]: three kinds of nothing; [`record`]: one arena a read; [`operation`]: what an approval
//! holds for; [`read`]: why absence needs a complete read).

pub mod decision;
pub mod dn;
pub mod file_time;
pub mod held_read;
pub mod links;
pub mod memory;
pub mod name;
pub mod operation;
pub mod person;
pub mod plan;
pub mod policy;
pub mod quarantine;
pub mod read;
pub mod record;
pub mod remains;
pub mod role;
pub mod sid;
pub mod situation;
pub mod value;

pub use decision::{Actor, Decision, Verdict};
pub use held_read::{Acceptance, HeldRead};
pub use links::{Adoptions, LinkView, Links, Why};
pub use memory::{
    Grant, Memory, MemoryChange, OpenEvent, Reservation, Seed, SettledChange, SettledError, Timer,
};
pub use name::{Anchor, RuleName, SystemName};
pub use operation::{
    After, Change, Deferred, Fingerprint, Kind, Operation, OperationState, Precondition, Risk, Target,
};
pub use person::{LifecycleEvent, LifecycleState, Link, LinkOwner, PersonId};
pub use plan::{Plan, PlanId, PlanSummary, RailReading};
pub use policy::{Demand, Demands, Needs};
pub use quarantine::{Cause, Quarantine};
pub use read::{Completeness, Coverage, Read, ReadKind, RecordProblem};
pub use record::{Cell, Column, Comparison, RecordSet, RecordView, Schema, ValueType};
pub use remains::Remains;
pub use role::{Right, Role, Roles};
pub use situation::{Candidate, Finding, FindingKind, Situation};
pub use value::{Reference, Value};
