//! Says which operations of a plan still hold, by reading the systems again and storing
//! nothing but the audit of it.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::json;

use super::{
    Engine, Error, Inner, PlanError,
    carrying::Lender,
    exclusion, lock, no_plan,
    planfile::{
        PlanFile, check,
        compare::{Difference, Summary, compare},
    },
    planning, reading, trail,
};
use crate::{
    audit,
    model::{
        After, Anchor, Comparison, Fingerprint, Kind, LinkOwner, Operation, PlanId, Precondition, Read,
        RecordView, Reference, SystemName, Value, dn,
    },
    planning::compare::key,
};

/// A plan to look at again.
#[derive(Debug, Clone)]
pub enum Named {
    /// The current one.
    Current,
    /// One of the store, by its number.
    Plan(PlanId),
    /// One in a file.
    File(Box<PlanFile>),
}

/// Whether an operation would be planned again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It would, exactly as it is.
    Holds,
    /// The target is as the operation would make it.
    AlreadyDone,
    /// The same change would be planned with other values.
    Changed,
    /// Nothing like it would be planned.
    Gone,
}

impl Standing {
    /// Returns the words for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::AlreadyDone => "already done",
            Self::Changed => "changed",
            Self::Gone => "gone",
        }
    }
}

/// An operation, looked at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Which operation.
    #[serde(flatten)]
    pub operation: Summary,
    /// Whether it still holds.
    pub standing: Standing,
    /// What differs, if it has changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<Difference>,
}

impl Engine {
    /// Reads the systems and says of each operation of a plan, due and scheduled, whether it still holds. Refused
    /// while a run goes on; what is read is forgotten again.
    pub async fn revalidate(&self, named: Named) -> Result<Vec<Checked>, PlanError> {
        self.may(crate::model::Right::View)?;
        let _one_at_a_time = self.inner.planning.lock().await;
        if lock(&self.inner.control).is_some() {
            return Err(exclusion::run_meanwhile().into());
        }
        let last_run = |inner: &Inner| exclusion::without_runs(inner, || Ok(inner.setup.store.last_run()?));
        let before = self.inner.blocking(last_run).await?;
        let reads = reading::read_all(&self.inner, false, &Lender::default()).await;
        let inner = self.inner.clone();
        tokio::task::spawn_blocking(move || {
            if last_run(&inner)? != before {
                return Err(exclusion::run_meanwhile().into());
            }
            let checked = check_all(&inner, &reads, &named);
            let entry = entry_of(&inner, &checked);
            let mut trail = trail::reads(&inner, &reads);
            trail.push(entry);
            inner.setup.store.append(&trail).map_err(Error::from)?;
            checked
        })
        .await
        .unwrap_or_else(|_| {
            let text = "revalidating stopped unexpectedly; nothing was changed";
            Err(PlanError::Failed(vec![text.to_owned()]))
        })
    }

    /// Returns the operations of a plan, due and scheduled, in the order of the run.
    pub async fn operations_of(&self, named: Named) -> Result<Vec<Operation>, Error> {
        self.may(crate::model::Right::View)?;
        self.inner.blocking(move |inner| operations(inner, &named)).await
    }
}

/// The record of what was found.
fn entry_of(inner: &Inner, checked: &Result<Vec<Checked>, PlanError>) -> audit::Entry {
    let Ok(checked) = checked else {
        return inner.entry(
            "revalidate",
            "",
            "the systems could not be compared with the plan",
        );
    };
    let count = |standing| checked.iter().filter(|one| one.standing == standing).count();
    let all = [
        Standing::Holds,
        Standing::AlreadyDone,
        Standing::Changed,
        Standing::Gone,
    ];
    let words: Vec<_> = all
        .into_iter()
        .map(|standing| (count(standing), standing.word()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{word}: {count}"))
        .collect();
    let summary = if words.is_empty() {
        "nothing to look at".to_owned()
    } else {
        words.join(", ")
    };
    let mut entry = inner.entry("revalidate", "", summary);
    let broken = checked.iter().filter(|one| one.standing != Standing::Holds);
    let broken: Vec<_> = broken
        .map(|one| json!({ "operation": one.operation.id, "standing": one.standing }))
        .collect();
    entry.details = json!({ "operations": checked.len(), "do-not-hold": broken });
    entry
}

fn operations(inner: &Inner, named: &Named) -> Result<Vec<Operation>, Error> {
    let store = &inner.setup.store;
    let plan = match named {
        Named::Current => store.current_plan()?.ok_or_else(no_plan)?.id,
        Named::Plan(id) => {
            let kept = store.plan(*id)?;
            let text = || {
                format!("there is no plan {id}, or it is not kept any more: name a newer one, or a plan file")
            };
            kept.ok_or_else(|| Error::Refused(text()))?.id
        }
        Named::File(file) => {
            check::genuine(inner, file)?;
            let all = file.operations.iter().chain(&file.scheduled);
            return Ok(all.cloned().collect());
        }
    };
    let mut operations = Vec::new();
    store.operations(plan, &mut |stored| operations.push(stored.operation))?;
    Ok(operations)
}

fn check_all(inner: &Inner, reads: &reading::Reads, named: &Named) -> Result<Vec<Checked>, PlanError> {
    let operations = operations(inner, named)?;
    let judged = super::completeness::judge(inner, reads, &[])?;
    if !judged.troubles.is_empty() {
        return Err(PlanError::Failed(judged.troubles));
    }
    let fresh = planning::compute(inner, reads)?.plan;
    let fresh: Vec<Operation> = fresh.all().map(|(operation, _)| operation.into_owned()).collect();
    let comparison = compare(&operations, &fresh);
    let changed: HashMap<Fingerprint, Vec<Difference>> = comparison
        .changed
        .into_iter()
        .map(|changed| (changed.was, changed.differs))
        .collect();
    let gone: HashSet<Fingerprint> = comparison.gone.iter().map(|gone| gone.id).collect();
    let targets = Targets::new(inner, reads);
    Ok(operations
        .iter()
        .map(|operation| {
            let id = operation.fingerprint;
            let (standing, differs) = match changed.get(&id) {
                Some(differs) => (Standing::Changed, differs.clone()),
                None if !gone.contains(&id) => (Standing::Holds, Vec::new()),
                None if targets.has_outcome(operation) => (Standing::AlreadyDone, Vec::new()),
                None => (Standing::Gone, Vec::new()),
            };
            Checked {
                operation: Summary::of(operation),
                standing,
                differs,
            }
        })
        .collect())
}

/// What is there now.
struct Targets<'a> {
    inner: &'a Inner,
    accounts: HashMap<(&'a SystemName, &'a str), RecordView<'a>>,
    groups: HashMap<(&'a SystemName, &'a str), RecordView<'a>>,
    reads: &'a [Read],
}

impl<'a> Targets<'a> {
    fn new(inner: &'a Inner, reads: &'a reading::Reads) -> Self {
        Self {
            inner,
            accounts: by_anchor(&reads.accounts),
            groups: by_anchor(&reads.groups),
            reads: &reads.accounts,
        }
    }

    /// Whether the target is as an operation would make it. A value that cannot be compared counts as another one.
    fn has_outcome(&self, operation: &Operation) -> bool {
        let anchor = operation.target.anchor.as_ref();
        let place = anchor.map(|anchor| (&operation.system, anchor.as_str()));
        match operation.kind {
            Kind::Create => self.has_been_created(operation),
            Kind::Delete => place.is_some_and(|place| !self.accounts.contains_key(&place)),
            Kind::AddMember | Kind::RemoveMember => {
                let group = place.and_then(|place| self.groups.get(&place));
                group.is_some_and(|group| {
                    self.is_member(operation, *group) == Some(operation.kind == Kind::AddMember)
                })
            }
            Kind::Restore => place.is_some_and(|place| self.accounts.contains_key(&place)),
            Kind::Update | Kind::Enable | Kind::Disable | Kind::Move => {
                let record = place.and_then(|place| self.accounts.get(&place));
                record.is_some_and(|record| self.is_as_wanted(operation, *record))
            }
            Kind::Adopt | Kind::Unlink => self.is_linked(operation) == Some(operation.kind == Kind::Adopt),
            Kind::Task => false,
        }
    }

    /// Whether the account of an operation is linked to its person, if that can be told.
    fn is_linked(&self, operation: &Operation) -> Option<bool> {
        let links = self.inner.setup.store.accounts_of(operation.person?).ok()?;
        let owner = LinkOwner::Account(operation.rule.clone());
        let anchor = operation.target.anchor.as_ref()?;
        Some(
            links
                .iter()
                .any(|link| link.owner == owner && link.anchor == *anchor),
        )
    }

    /// Whether an object has one of the values that a create expects nowhere.
    fn has_been_created(&self, operation: &Operation) -> bool {
        let Precondition::Absent(keys) = &operation.precondition else {
            return false;
        };
        let Some(read) = self.reads.iter().find(|read| read.system == operation.system) else {
            return false;
        };
        let schema = read.records.schema();
        keys.iter().any(|(attribute, wanted)| {
            let Some(column) = schema.position(attribute) else {
                return false;
            };
            let comparison = schema.columns[column].comparison;
            wanted.as_text().is_some_and(|wanted| {
                let wanted = key(&wanted, comparison);
                let has = |record: RecordView<'_>| {
                    record
                        .cell(column)
                        .each()
                        .any(|one| key(one, comparison) == wanted)
                };
                read.records.iter().any(has)
            })
        })
    }

    fn is_as_wanted(&self, operation: &Operation, record: RecordView<'_>) -> bool {
        let container = operation.target.container.as_deref();
        let is_there = container.is_none_or(|container| {
            dn::parent(record.location()).is_none_or(|parent| dn::same(parent, container))
        });
        let is_usable = operation
            .usable
            .is_none_or(|usable| record.enabled().is_none_or(|enabled| enabled == usable));
        is_there
            && is_usable
            && operation.changes.iter().all(|change| match &change.after {
                After::Known(value) => self.has(operation, record, &change.attribute, value),
                After::Deferred(_) | After::Secret { .. } => false,
            })
    }

    fn has(&self, operation: &Operation, record: RecordView<'_>, attribute: &str, value: &Value<'_>) -> bool {
        let schema = record.schema();
        let Some(at) = schema.position(attribute) else {
            return false;
        };
        let column = &schema.columns[at];
        let mut there: Vec<_> = record
            .cell(at)
            .each()
            .map(|one| key(one, column.comparison).into_owned())
            .collect();
        let mut wanted = Vec::new();
        for one in value.each() {
            let text = match one {
                Value::Reference(reference) => self.text_of(&operation.system, reference, column.comparison),
                other => other.as_text().map(std::borrow::Cow::into_owned),
            };
            let Some(text) = text else { return false };
            wanted.push(key(&text, column.comparison).into_owned());
        }
        if !column.ordered {
            there.sort_unstable();
            wanted.sort_unstable();
        }
        there == wanted
    }

    /// Whether the account of a membership is in the group, if that can be told.
    fn is_member(&self, operation: &Operation, group: RecordView<'_>) -> Option<bool> {
        let change = operation.changes.first()?;
        let Value::Reference(reference) = (match (&change.before, &change.after) {
            (member @ Value::Reference(_), _) | (_, After::Known(member)) => member,
            _ => return None,
        }) else {
            return None;
        };
        let at = group.schema().position("member")?;
        let comparison = group.schema().columns[at].comparison;
        let member = self.text_of(&operation.system, reference, comparison)?;
        let member = key(&member, comparison);
        Some(group.cell(at).each().any(|one| key(one, comparison) == member))
    }

    /// What a system writes for a reference: a place where names are compared, else an id.
    fn text_of(&self, system: &SystemName, reference: &Reference, comparison: Comparison) -> Option<String> {
        let anchor: Anchor = match reference {
            Reference::Object(anchor) => anchor.clone(),
            Reference::Account { person, rule } => {
                let links = self.inner.setup.store.accounts_of(*person).ok()?;
                let owner = LinkOwner::Account(rule.clone());
                links.into_iter().find(|link| link.owner == owner)?.anchor
            }
        };
        if comparison != Comparison::DistinguishedName {
            return Some(anchor.to_string());
        }
        let record = self.accounts.get(&(system, anchor.as_str()))?;
        Some(record.location().to_owned())
    }
}

fn by_anchor(reads: &[Read]) -> HashMap<(&SystemName, &str), RecordView<'_>> {
    reads
        .iter()
        .flat_map(|read| {
            read.records
                .iter()
                .map(|record| ((&read.system, record.anchor()), record))
        })
        .collect()
}
