//! Compares two plans, account by account.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{AttributeImpact, Error, Example, Impact};
use crate::{
    engine::{Inner, describe, query},
    model::{
        After, Anchor, Change, Fingerprint, Kind, Operation, PersonId, Plan, Reference, SystemName, Value,
    },
    planning::why::MASK,
};

/// How many examples of an attribute are given.
pub(super) const EXAMPLES: usize = 5;

/// An account: of somebody under a rule, or one that nobody owns.
type Account<'p> = (&'p SystemName, Option<PersonId>, Option<&'p Anchor>);

/// What two plans do to one account, as far as they differ.
#[derive(Default)]
struct Pair<'p> {
    without: Vec<&'p Operation>,
    with: Vec<&'p Operation>,
}

/// Tells what the second plan does otherwise.
pub(super) fn compare(inner: &Inner, without: &Plan, with: &Plan) -> Result<Impact, Error> {
    let (old, new) = (ids(without), ids(with));
    let (dropped, added) = (adoptions(without, &new), adoptions(with, &old));
    let mut pairs = pairs(without, with, &old, &new);
    for operation in &dropped {
        pairs
            .entry(account(operation))
            .or_default()
            .without
            .push(operation);
    }
    for operation in &added {
        pairs.entry(account(operation)).or_default().with.push(operation);
    }
    let names = Names::of(inner, &pairs)?;
    let mut attributes: BTreeMap<String, AttributeImpact> = BTreeMap::new();
    let mut accounts = 0;
    for pair in pairs.values() {
        let differences = pair.differences(&names);
        accounts += usize::from(!differences.is_empty());
        for (attribute, example) in differences {
            let entry = attributes
                .entry(attribute.clone())
                .or_insert_with(|| AttributeImpact {
                    attribute,
                    accounts: 0,
                    examples: Vec::new(),
                });
            entry.accounts += 1;
            if entry.examples.len() < EXAMPLES {
                entry.examples.push(example);
            }
        }
    }
    let mut attributes: Vec<_> = attributes.into_values().collect();
    attributes.sort_by_key(|it| std::cmp::Reverse(it.accounts));
    Ok(Impact {
        accounts,
        attributes,
        kinds: kinds(without, with),
        findings: (without.findings.len(), with.findings.len()),
        rails: exceeded(without, with),
        read: None,
    })
}

fn ids(plan: &Plan) -> HashSet<Fingerprint> {
    let others = all(plan).map(|it| it.fingerprint);
    others.chain(plan.adoptions.fingerprints()).collect()
}

/// The adoptions of a plan that another one does not have.
fn adoptions(plan: &Plan, other: &HashSet<Fingerprint>) -> Vec<Operation> {
    let adoptions = plan.adoptions.iter();
    adoptions.filter(|it| !other.contains(&it.fingerprint)).collect()
}

fn all(plan: &Plan) -> impl Iterator<Item = &Operation> {
    plan.operations.iter().chain(&plan.scheduled)
}

/// Groups what only one of the plans has by account, in an order that is always the same.
fn pairs<'p>(
    without: &'p Plan,
    with: &'p Plan,
    old: &HashSet<Fingerprint>,
    new: &HashSet<Fingerprint>,
) -> BTreeMap<Account<'p>, Pair<'p>> {
    let mut pairs: BTreeMap<Account<'p>, Pair<'p>> = BTreeMap::new();
    for operation in all(without).filter(|it| !new.contains(&it.fingerprint)) {
        pairs
            .entry(account(operation))
            .or_default()
            .without
            .push(operation);
    }
    for operation in all(with).filter(|it| !old.contains(&it.fingerprint)) {
        pairs.entry(account(operation)).or_default().with.push(operation);
    }
    pairs
}

fn account(operation: &Operation) -> Account<'_> {
    let anchor = operation.target.anchor.as_ref();
    (
        &operation.system,
        operation.person,
        anchor.filter(|_| operation.person.is_none()),
    )
}

impl Pair<'_> {
    /// Lists what differs: (attribute, without and with the edit).
    fn differences(&self, names: &Names) -> Vec<(String, Example)> {
        let subject = self.without.iter().chain(&self.with).map(|it| &it.subject).next();
        let name = subject.cloned().unwrap_or_default();
        let mut differences = Vec::new();
        let mut note = |attribute: &str, before: String, after: String| {
            if before != after {
                let example = Example {
                    name: name.clone(),
                    before,
                    after,
                };
                differences.push((attribute.to_owned(), example));
            }
        };
        let (old, new) = (fate(&self.without), fate(&self.with));
        note(AttributeImpact::ACCOUNT, old.clone(), new.clone());
        note("groups", groups(&self.without), groups(&self.with));
        // of an account that is created in one plan only, that it is created says it all
        let created = |fate: &str| fate.contains(Kind::Create.word());
        if created(&old) == created(&new) {
            note("container", container(&self.without), container(&self.with));
            for attribute in changed(&self.without, &self.with) {
                let (old, new) = (find(&self.without, attribute), find(&self.with, attribute));
                let current = old
                    .or(new)
                    .map(|change| names.shown(&change.before, change.marked));
                let result = |change: Option<&Change>| {
                    change.map_or_else(
                        || current.clone().unwrap_or_default(),
                        |change| names.after(change),
                    )
                };
                note(attribute, result(old), result(new));
            }
        }
        differences
    }
}

/// What becomes of the account as a whole: `create`, `disable`; nothing if it stays as it is.
fn fate(operations: &[&Operation]) -> String {
    let mut words: Vec<_> = operations
        .iter()
        .filter(|it| {
            matches!(
                it.kind,
                Kind::Create | Kind::Enable | Kind::Disable | Kind::Delete | Kind::Adopt
            )
        })
        .map(|it| it.kind.word())
        .collect();
    words.sort_unstable();
    words.dedup();
    words.join(", ")
}

fn groups(operations: &[&Operation]) -> String {
    let mut words: Vec<_> = operations
        .iter()
        .filter_map(|it| match it.kind {
            Kind::AddMember => Some(format!("+{}", describe::what(it))),
            Kind::RemoveMember => Some(format!("-{}", describe::what(it))),
            _ => None,
        })
        .collect();
    words.sort_unstable();
    words.join(" ")
}

fn container(operations: &[&Operation]) -> String {
    let moved = operations.iter().find_map(|it| it.target.container.clone());
    moved.unwrap_or_default()
}

fn is_about_attributes(operation: &Operation) -> bool {
    !matches!(operation.kind, Kind::AddMember | Kind::RemoveMember)
}

fn changed<'o>(without: &[&'o Operation], with: &[&'o Operation]) -> Vec<&'o str> {
    let mut names: Vec<&str> = Vec::new();
    for operation in without.iter().chain(with).filter(|it| is_about_attributes(it)) {
        for change in &operation.changes {
            if !names.contains(&change.attribute.as_str()) {
                names.push(&change.attribute);
            }
        }
    }
    names
}

fn find<'o>(operations: &[&'o Operation], attribute: &str) -> Option<&'o Change> {
    operations
        .iter()
        .filter(|it| is_about_attributes(it))
        .flat_map(|it| &it.changes)
        .find(|change| change.attribute == attribute)
}

fn kinds(without: &Plan, with: &Plan) -> Vec<(Kind, usize, usize)> {
    // as the plan itself is counted: what is due later is no change yet
    let count = |plan: &Plan, kind: Kind| match kind {
        Kind::Adopt => plan.adoptions.len(),
        _ => plan.operations.iter().filter(|it| it.kind == kind).count(),
    };
    Kind::ALL
        .into_iter()
        .map(|kind| (kind, count(without, kind), count(with, kind)))
        .filter(|(_, old, new)| old != new)
        .collect()
}

/// The guard rails that only the second plan exceeds.
fn exceeded(without: &Plan, with: &Plan) -> Vec<crate::model::RailReading> {
    let before: HashSet<&str> = without
        .rails
        .iter()
        .filter(|rail| rail.is_exceeded())
        .map(|rail| rail.rail.as_str())
        .collect();
    with.rails
        .iter()
        .filter(|rail| rail.is_exceeded() && !before.contains(rail.rail.as_str()))
        .cloned()
        .collect()
}

/// The names of the people that changes refer to.
struct Names(HashMap<PersonId, String>);

impl Names {
    fn of(inner: &Inner, pairs: &BTreeMap<Account<'_>, Pair<'_>>) -> Result<Self, Error> {
        let refers = |operation: &&'_ Operation| {
            operation.changes.iter().any(|change| {
                matches!(change.before, Value::Reference(_))
                    || matches!(change.after, After::Known(Value::Reference(_)))
            })
        };
        let mut operations = pairs.values().flat_map(|it| it.without.iter().chain(&it.with));
        if !operations.any(refers) {
            return Ok(Self(HashMap::new()));
        }
        let people = query::people(inner)?;
        Ok(Self(
            people
                .into_iter()
                .map(|(row, _)| (row.person, row.name))
                .collect(),
        ))
    }

    fn shown(&self, value: &Value<'_>, marked: bool) -> String {
        match value {
            _ if marked && !value.is_nothing() => MASK.to_owned(),
            Value::Reference(Reference::Account { person, .. }) => self
                .0
                .get(person)
                .cloned()
                .unwrap_or_else(|| describe::text(value)),
            value => describe::text(value),
        }
    }

    fn after(&self, change: &Change) -> String {
        match &change.after {
            After::Known(value) => self.shown(value, change.marked),
            After::Deferred(deferred) => format!("(`{}` of the new account)", deferred.attribute),
            After::Secret { policy, .. } => format!("(secret by `{policy}`)"),
        }
    }
}
