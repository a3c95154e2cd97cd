//! Turns an operation into a write: references become DNs or ids, deferred values become what is there now.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{Error, Inner};
use crate::{
    connectors::{AttributeWrite, ObjectRef, Write, Written},
    model::{
        After, Anchor, Change, Kind, LinkOwner, Operation, OperationState, PersonId, PlanId, Precondition,
        Reference, RuleName, SystemName, Value,
    },
    store::Placed,
};

/// What a write cannot be made of, in words for the operation's reason.
pub(super) type Unresolved = String;

/// The attributes of an object with their values, and the names of those that are secrets.
type Given = (Vec<(String, Value<'static>)>, Vec<String>);

/// An account as far as a run needs to know it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub anchor: Anchor,
    pub location: String,
    /// Attributes that were written in this run and that other operations ask for.
    pub written: Vec<(String, Value<'static>)>,
}

/// Which systems name objects by where they are.
fn uses_locations(inner: &Inner) -> HashMap<SystemName, bool> {
    let systems = inner.setup.systems.iter().map(|system| &system.connector);
    systems
        .map(|connector| (connector.system().clone(), connector.has_containers()))
        .collect()
}

/// The accounts an operation must know of to be written: its own object's, those its values refer to.
pub(super) fn named(operation: &Operation) -> Vec<(PersonId, RuleName)> {
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
    named.extend(operation.person.map(|person| (person, operation.rule.clone())));
    named
}

/// What an operation that was applied has left behind.
fn left_behind(operation: &Operation, placed: Placed) -> Written {
    Written {
        anchor: placed.anchor,
        location: placed.location,
        verified: true,
        already: true,
        attributes: operation.changes.iter().filter_map(written_value).collect(),
    }
}

/// What an applied change has certainly left behind.
fn written_value(change: &Change) -> Option<(String, Value<'static>)> {
    match &change.after {
        After::Known(value) if !matches!(value, Value::Reference(_)) => {
            Some((change.attribute.clone(), value.clone()))
        }
        _ => None,
    }
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

/// Where linked accounts are, kept up to date during a run.
pub(super) struct Directory {
    accounts: HashMap<(PersonId, RuleName), Account>,
    /// Where objects are now that this run has moved.
    moved: HashMap<(SystemName, Anchor), String>,
    /// Where accounts were that this run has moved.
    former: HashMap<(PersonId, RuleName), String>,
    uses_locations: HashMap<SystemName, bool>,
    /// Which attributes of new accounts are asked for; all of them if that is not known.
    asked: Option<HashSet<(RuleName, String)>>,
}

/// An account that a plan has found and wants to adopt.
#[derive(Debug)]
pub(super) struct Found {
    person: PersonId,
    rule: RuleName,
    anchor: Anchor,
    location: String,
}

impl Found {
    /// Returns the account that an operation adopts; nothing for operations of other kinds.
    pub(super) fn of(operation: &Operation) -> Option<Self> {
        (operation.kind == Kind::Adopt).then_some(())?;
        Some(Self {
            person: operation.person?,
            rule: operation.rule.clone(),
            anchor: operation.target.anchor.clone()?,
            location: operation.target.location.clone(),
        })
    }
}

/// Which attributes operations take over from accounts that are written before them.
fn asked<'o>(operations: impl Iterator<Item = &'o Operation>) -> HashSet<(RuleName, String)> {
    let changes = operations.flat_map(|operation| &operation.changes);
    let deferred = changes.filter_map(|change| match &change.after {
        After::Deferred(deferred) => Some((deferred.rule.clone(), deferred.attribute.to_ascii_lowercase())),
        _ => None,
    });
    deferred.collect()
}

impl Directory {
    /// Loads the linked accounts and those a plan has found, for a run of some of its operations, with what earlier
    /// runs of it have written since it was made.
    pub(super) fn load<'o>(
        inner: &Inner,
        plan: PlanId,
        operations: impl Iterator<Item = &'o Operation>,
        found: Vec<Found>,
    ) -> Result<Self, Error> {
        let store = &inner.setup.store;
        let rules = inner.rules();
        let rules = &rules.accounts;
        let systems: HashMap<_, _> = rules
            .iter()
            .map(|rule| (rule.name.clone(), rule.system.clone()))
            .collect();
        let mut locations: HashMap<(SystemName, String), String> = HashMap::new();
        let mut names: Vec<_> = systems.values().collect();
        names.sort_unstable();
        names.dedup();
        for system in names {
            if let Some(records) = store.last_records(system, false)? {
                for record in records.iter() {
                    locations.insert(
                        (system.clone(), record.anchor().to_owned()),
                        record.location().to_owned(),
                    );
                }
            }
        }
        let mut accounts = HashMap::new();
        for link in &store.memory()?.links {
            let LinkOwner::Account(rule) = link.owner else {
                continue;
            };
            let Some(system) = systems.get(rule) else {
                continue;
            };
            let location = locations
                .get(&(system.clone(), link.anchor.to_owned()))
                .cloned()
                .unwrap_or_default();
            accounts.insert(
                (link.person, rule.clone()),
                Account {
                    anchor: link.anchor.into(),
                    location,
                    written: Vec::new(),
                },
            );
        }
        let mut directory = Self {
            accounts,
            moved: HashMap::new(),
            former: HashMap::new(),
            uses_locations: uses_locations(inner),
            asked: Some(asked(operations)),
        };
        // others may refer to them already, and what they hold now is told in terms of people; what needs them adopted
        // waits for that
        for found in found {
            directory.note_found(found);
        }
        directory.catch_up(inner, plan)?;
        Ok(directory)
    }

    /// Loads only the accounts that one operation, or one screen, names, and what the current plan's runs have
    /// made of them.
    pub(super) fn of(inner: &Inner, wanted: &[(PersonId, RuleName)]) -> Result<Self, Error> {
        let store = &inner.setup.store;
        let rules = inner.rules();
        let mut accounts = HashMap::new();
        for (person, rule) in wanted {
            let owner = LinkOwner::Account(rule.clone());
            let links = store.accounts_of(*person)?;
            let Some(link) = links.into_iter().find(|link| link.owner == owner) else {
                continue;
            };
            let known = rules.accounts.iter().find(|known| known.name == *rule);
            let records = match known {
                Some(known) => inner.last_records(&known.system)?,
                None => None,
            };
            let location = records
                .and_then(|records| {
                    let mut records = records.iter();
                    let record = records.find(|record| record.anchor() == link.anchor.as_str())?;
                    Some(record.location().to_owned())
                })
                .unwrap_or_default();
            let account = Account {
                anchor: link.anchor,
                location,
                written: Vec::new(),
            };
            accounts.insert((*person, rule.clone()), account);
        }
        let mut directory = Self {
            accounts,
            moved: HashMap::new(),
            former: HashMap::new(),
            uses_locations: uses_locations(inner),
            asked: None,
        };
        for (person, rule) in wanted {
            if directory.accounts.contains_key(&(*person, rule.clone())) {
                continue;
            }
            let adoption = super::query::adoption_of(inner, *person, rule)?;
            if let Some(found) = adoption.as_ref().and_then(Found::of) {
                directory.note_found(found);
            }
        }
        if let Some(plan) = store.current_plan()? {
            for placed in store.placed(plan.id)? {
                let is_named = directory
                    .accounts
                    .values()
                    .any(|account| account.anchor == placed.anchor);
                if is_named && let Some(stored) = store.operation(plan.id, placed.operation)? {
                    directory.note(&stored.operation, &left_behind(&stored.operation, placed));
                }
            }
        }
        Ok(directory)
    }

    fn note_found(&mut self, found: Found) {
        let key = (found.person, found.rule);
        self.accounts.entry(key).or_insert(Account {
            anchor: found.anchor,
            location: found.location,
            written: Vec::new(),
        });
    }

    /// Notes what earlier runs of a plan have written: they were cut off or stopped, and this one builds on them.
    fn catch_up(&mut self, inner: &Inner, plan: PlanId) -> Result<(), Error> {
        let placed = inner.setup.store.placed(plan)?;
        if placed.is_empty() {
            return Ok(());
        }
        let wanted: HashSet<_> = placed.iter().map(|placed| placed.operation).collect();
        let mut operations = HashMap::new();
        inner.setup.store.operations(plan, &mut |stored| {
            if wanted.contains(&stored.operation.fingerprint) {
                operations.insert(stored.operation.fingerprint, stored.operation);
            }
        })?;
        for placed in placed {
            if let Some(operation) = operations.get(&placed.operation) {
                self.note(operation, &left_behind(operation, placed));
            }
        }
        Ok(())
    }

    /// Notes what a write left behind.
    pub(super) fn note(&mut self, operation: &Operation, written: &Written) {
        if matches!(operation.kind, Kind::AddMember | Kind::RemoveMember) {
            return;
        }
        self.moved.insert(
            (operation.system.clone(), written.anchor.clone()),
            written.location.clone(),
        );
        if let Some(person) = operation.person {
            let key = (person, operation.rule.clone());
            let account = self.accounts.entry(key.clone()).or_insert_with(|| Account {
                anchor: written.anchor.clone(),
                location: String::new(),
                written: Vec::new(),
            });
            if !account.location.is_empty() && account.location != written.location {
                self.former.insert(key, account.location.clone());
            }
            account.anchor = written.anchor.clone();
            account.location.clone_from(&written.location);
            let is_asked = |name: &str| {
                let asked = self.asked.as_ref();
                asked.is_none_or(|asked| {
                    !asked.is_empty() && asked.contains(&(operation.rule.clone(), name.to_ascii_lowercase()))
                })
            };
            let wanted = written.attributes.iter().filter(|(name, _)| is_asked(name));
            account.written.extend(wanted.cloned());
        }
    }

    fn account(&self, person: PersonId, rule: &RuleName) -> Result<&Account, Unresolved> {
        self.accounts
            .get(&(person, rule.clone()))
            .ok_or_else(|| format!("it needs an account of `{rule}` that is not there yet"))
    }

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

    /// Returns where an account is.
    pub(super) fn location(&self, person: PersonId, rule: &RuleName) -> Option<String> {
        self.accounts
            .get(&(person, rule.clone()))
            .map(|account| account.location.clone())
    }
}
