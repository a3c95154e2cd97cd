//! Turns an operation into a write: references become DNs or ids, deferred values become what is there now.

mod directory;

use std::borrow::Cow;

pub(super) use self::directory::{Directory, Found};
use crate::{
    connectors::{AttributeWrite, ObjectRef, Write, Written},
    model::{
        After, Change, Kind, Operation, OperationState, PersonId, Precondition, Reference, RuleName,
        SystemName, Value,
    },
};

/// What a write cannot be made of, in words for the operation's reason.
pub(super) type Unresolved = String;

/// The attributes of an object with their values, and the names of those that are secrets.
type Given = (Vec<(String, Value<'static>)>, Vec<String>);

/// The accounts an operation must know of to be told: its own object's, those its values refer to.
pub(super) fn named(operation: &Operation) -> Vec<(PersonId, RuleName)> {
    let mut named = referred(operation);
    named.extend(operation.person.map(|person| (person, operation.rule.clone())));
    named
}

/// The accounts an operation must know of to be written: a new object, and one that it names by its anchor, need no
/// account to be found.
fn consulted(operation: &Operation) -> Vec<(PersonId, RuleName)> {
    if operation.target.anchor.is_some() || operation.kind == Kind::Create {
        referred(operation)
    } else {
        named(operation)
    }
}

/// The accounts that the values of an operation refer to.
fn referred(operation: &Operation) -> Vec<(PersonId, RuleName)> {
    let mut named: Vec<(PersonId, RuleName)> = Vec::new();
    for change in &operation.changes {
        let after = match &change.after {
            After::Known(value) => Some(value),
            After::Deferred(deferred) => {
                named.push((deferred.person, deferred.rule.clone()));
                None
            }
            After::Secret { .. } => None,
        };
        for value in std::iter::once(&change.before).chain(after) {
            if let Value::Reference(Reference::Account { person, rule }) = value {
                named.push((*person, rule.clone()));
            }
        }
    }
    named
}

/// The attributes that a write leaves out of its operation: references to accounts that were not there.
fn left_out<'o>(operation: &'o Operation, write: &Write) -> Vec<&'o str> {
    let is_written = |name: &str| match write {
        Write::Create { attributes, .. } | Write::Restore { attributes, .. } => {
            attributes.iter().any(|(written, _)| written == name)
        }
        Write::Change { attributes, .. } => attributes.iter().any(|written| written.attribute == name),
        Write::Delete { .. } | Write::Membership { .. } => true,
    };
    let names = operation.changes.iter().filter_map(|change| {
        let refers = matches!(change.after, After::Known(Value::Reference(_)));
        refers.then_some(change.attribute.as_str())
    });
    names.filter(|name| !is_written(name)).collect()
}

/// Where an operation stands after its write, and how that came about: `words`, and what was left out. What was
/// approved and is not there yet is not verified.
pub(super) fn ending(
    operation: &Operation,
    write: &Write,
    written: &Written,
    words: &str,
) -> (OperationState, String) {
    let left_out = left_out(operation, write);
    if !left_out.is_empty() {
        let names = left_out.join(", ");
        let later = "the account it refers to is not there yet, and a later plan writes it";
        return (
            OperationState::Applied,
            format!("{words}, without {names}: {later}"),
        );
    }
    let state = if written.verified {
        OperationState::Verified
    } else {
        OperationState::Applied
    };
    (state, words.to_owned())
}

/// Which place of an account that a run has moved the target's own references are taken to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Referring {
    /// Where it is.
    Current,
    /// Where it was: directories follow a move a while later, or never.
    Former,
}

impl Directory {
    fn object(&self, operation: &Operation) -> Result<ObjectRef, Unresolved> {
        let class = operation.class.first().cloned().unwrap_or_default();
        if let Some(anchor) = &operation.target.anchor {
            let moved = self.moved.get(&(operation.system.clone(), anchor.clone()));
            let location = moved.unwrap_or(&operation.target.location).clone();
            return Ok(ObjectRef {
                anchor: anchor.clone(),
                location,
                class,
            });
        }
        let person = operation.person.ok_or("it belongs to nobody")?;
        let account = self.account(person, &operation.rule)?;
        Ok(ObjectRef {
            anchor: account.anchor.clone(),
            location: account.location.clone(),
            class,
        })
    }

    fn value(&self, system: &SystemName, value: &Value<'static>) -> Result<Value<'static>, Unresolved> {
        match value {
            Value::Reference(Reference::Account { person, rule }) => {
                let account = self.account(*person, rule)?;
                let by_location = self.uses_locations.get(system).copied().unwrap_or(false);
                let text = if by_location {
                    account.location.clone()
                } else {
                    account.anchor.as_str().to_owned()
                };
                Ok(Value::from(text))
            }
            Value::Reference(Reference::Object(anchor)) => Ok(Value::from(anchor.as_str().to_owned())),
            other => Ok(other.clone()),
        }
    }

    fn after(&self, system: &SystemName, after: &After) -> Result<Value<'static>, Unresolved> {
        match after {
            After::Known(value) => self.value(system, value),
            After::Deferred(deferred) => {
                let account = self.account(deferred.person, &deferred.rule)?;
                let value = account
                    .written
                    .iter()
                    .rev()
                    .find(|(name, _)| name.eq_ignore_ascii_case(&deferred.attribute))
                    .map(|(_, value)| value.clone())
                    .ok_or_else(|| {
                        format!(
                            "`{}` of `{}` is not there yet: plan again",
                            deferred.attribute, deferred.rule
                        )
                    })?;
                match &deferred.prediction {
                    Some(expected) if *expected != value => Err(format!(
                        "`{}` of `{}` became another value than the one approved",
                        deferred.attribute, deferred.rule
                    )),
                    _ => Ok(value),
                }
            }
            After::Secret { policy, .. } => Err(format!(
                "a secret by the policy `{policy}` is only set when an account is made"
            )),
        }
    }

    /// What the target has where it refers to accounts: also while it has not followed a move yet.
    fn before(
        &self,
        system: &SystemName,
        value: &Value<'static>,
        referring: Referring,
    ) -> Result<Value<'static>, Unresolved> {
        if let (Value::Reference(Reference::Account { person, rule }), Referring::Former) = (value, referring)
            && self.uses_locations.get(system).copied().unwrap_or(false)
            && let Some(former) = self.former.get(&(*person, rule.clone()))
        {
            return Ok(Value::from(former.clone()));
        }
        self.value(system, value)
    }

    /// The operation without the references to accounts that are not there: nobody goes without an account because
    /// somebody else's could not be made. See [`Operation::can_do_without`].
    pub(super) fn as_far_as_possible<'o>(&self, operation: &'o Operation) -> Cow<'o, Operation> {
        let can_be_left_out = |change: &Change| match &change.after {
            After::Known(Value::Reference(Reference::Account { person, rule })) => {
                self.account(*person, rule).is_err() && operation.can_do_without(*person, rule)
            }
            _ => false,
        };
        if !operation.changes.iter().any(can_be_left_out) {
            return Cow::Borrowed(operation);
        }
        let mut possible = operation.clone();
        possible.changes.retain(|change| !can_be_left_out(change));
        if possible.changes.is_empty() {
            // nothing would be left to write: what is missing is told instead
            return Cow::Borrowed(operation);
        }
        Cow::Owned(possible)
    }

    /// The attributes of an object that is made or brought back, and those of them that are secrets.
    fn given(&self, operation: &Operation) -> Result<Given, Unresolved> {
        let mut attributes = Vec::with_capacity(operation.changes.len());
        let mut secrets = Vec::new();
        for change in &operation.changes {
            if let After::Secret { .. } = &change.after {
                secrets.push(change.attribute.clone());
                continue;
            }
            let value = self.after(&operation.system, &change.after)?;
            attributes.push((change.attribute.clone(), value));
        }
        Ok((attributes, secrets))
    }

    /// Makes the write of an operation.
    pub(super) fn write(&self, operation: &Operation, referring: Referring) -> Result<Write, Unresolved> {
        let system = &operation.system;
        match operation.kind {
            Kind::Create => {
                let (attributes, secrets) = self.given(operation)?;
                let absent = match &operation.precondition {
                    Precondition::Absent(keys) => keys.clone(),
                    _ => Vec::new(),
                };
                Ok(Write::Create {
                    class: operation.class.clone(),
                    container: operation.target.container.clone(),
                    attributes,
                    enabled: operation.usable,
                    absent,
                    secrets,
                })
            }
            Kind::Restore => {
                let (attributes, secrets) = self.given(operation)?;
                Ok(Write::Restore {
                    object: self.object(operation)?,
                    attributes,
                    enabled: operation.usable,
                    secrets,
                })
            }
            Kind::Delete => Ok(Write::Delete {
                object: self.object(operation)?,
            }),
            Kind::AddMember | Kind::RemoveMember => {
                let change = operation.changes.first().ok_or("it names no member")?;
                let add = operation.kind == Kind::AddMember;
                let member = match (&change.before, &change.after) {
                    (_, After::Known(value)) if add => value,
                    (value, _) => value,
                };
                let Value::Reference(Reference::Account { person, rule }) = member else {
                    return Err("the member is no account".to_owned());
                };
                let account = self.account(*person, rule)?;
                let class = String::new();
                Ok(Write::Membership {
                    group: self.object(operation)?,
                    member: ObjectRef {
                        anchor: account.anchor.clone(),
                        location: account.location.clone(),
                        class,
                    },
                    add,
                })
            }
            Kind::Update | Kind::Enable | Kind::Disable | Kind::Move => {
                let mut attributes = Vec::with_capacity(operation.changes.len());
                for change in &operation.changes {
                    attributes.push(AttributeWrite {
                        attribute: change.attribute.clone(),
                        before: self.before(system, &change.before, referring)?,
                        after: self.after(system, &change.after)?,
                    });
                }
                Ok(Write::Change {
                    object: self.object(operation)?,
                    attributes,
                    enabled: operation.usable.map(|usable| (!usable, usable)),
                    container: operation.target.container.clone(),
                })
            }
            Kind::Adopt | Kind::Unlink => Err("it changes a link, nothing is written".to_owned()),
            Kind::Task => Err("tasks are done by people".to_owned()),
        }
    }
}
