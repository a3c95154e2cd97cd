//! What a list shows of an operation.

use jiff::Timestamp;

use crate::model::{
    After, Fingerprint, Kind, LifecycleEvent, Operation, OperationState, PersonId, Risk, RuleName, Situation,
    SystemName, Value,
};

/// What a list shows of an operation: read without all the rest of it, which a list of a hundred thousand need not
/// wait for.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief<'a> {
    /// Which operation.
    pub fingerprint: Fingerprint,
    /// Whose account it is.
    pub person: Option<PersonId>,
    /// The name to show.
    pub subject: &'a str,
    /// Which rule wants it.
    pub rule: RuleName,
    /// Where it is written.
    pub system: SystemName,
    /// What kind of change.
    pub kind: Kind,
    /// How the (person, account rule) stands.
    pub situation: Situation,
    /// What happened to the person.
    pub event: Option<LifecycleEvent>,
    /// Where the object is, or will be.
    pub location: &'a str,
    /// Where it is moved to.
    pub container: Option<&'a str>,
    /// What people call the object.
    pub name: Option<&'a str>,
    /// The attributes that change; of a new object, which has all of its own, none.
    pub attributes: Vec<&'a str>,
    /// The first value of a new object that has no place of its own.
    pub first: Option<Value<'static>>,
    /// When it is due; `None` is now.
    pub due: Option<Timestamp>,
    /// What makes it worth a second look.
    pub risk: Vec<Risk>,
}

/// An operation of a stored plan as a list shows it, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredBrief<'a> {
    /// The operation.
    pub operation: Brief<'a>,
    /// Where it stands: from the journal if it was tried, else from the latest decision, else proposed.
    pub state: OperationState,
    /// Until when it is held or rejected.
    pub held_until: Option<Timestamp>,
}

impl<'a> Brief<'a> {
    /// Returns the brief of an operation.
    pub fn of(operation: &'a Operation) -> Self {
        let target = &operation.target;
        let is_new = operation.kind == Kind::Create;
        let first = operation
            .changes
            .first()
            .filter(|_| is_new && target.location.is_empty());
        let changed = operation.changes.iter().filter(|_| !is_new);
        Self {
            fingerprint: operation.fingerprint,
            person: operation.person,
            subject: &operation.subject,
            rule: operation.rule.clone(),
            system: operation.system.clone(),
            kind: operation.kind,
            situation: operation.situation,
            event: operation.event,
            location: &target.location,
            container: target.container.as_deref(),
            name: target.name.as_deref(),
            attributes: changed.map(|change| change.attribute.as_str()).collect(),
            first: first.and_then(|change| match &change.after {
                After::Known(value) => Some(value.clone()),
                _ => None,
            }),
            due: operation.due,
            risk: operation.risk.clone(),
        }
    }
}
