//! Answers queries from the store.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Error, Inner,
    approval::Approvals,
    attention, awaited, chain,
    command::Query,
    describe, explain, lock, mappings, quarantine, rails,
    standing::{Standing, Standings},
    view::{
        Attempt, AuditRow, AuditView, OperationView, PersonRow, PersonView, PlanHead, ReviewRow, ReviewView,
        View, WaitsFor, Why,
    },
};
use crate::{
    model::{
        Fingerprint, Kind, LifecycleEvent, LifecycleState, LinkOwner, Operation, OperationState, PersonId,
        PlanSummary, RecordSet, Reference, RuleName,
    },
    store::{Brief, StoredPlan},
};

/// Answers one query.
pub(super) fn answer(inner: &Inner, query: &Query) -> Result<View, Error> {
    Ok(match query {
        Query::Today => View::Today(attention::today(inner)?),
        Query::Review => View::Review(review(inner)?),
        Query::Operation(id) => View::Operation(operation(inner, *id)?),
        Query::Awaited(operations) => View::Awaited {
            awaited: awaited::awaited(inner, operations)?,
            operations: operations.clone(),
        },
        Query::Run => View::Run(lock(&inner.run).clone()),
        Query::Rails => View::Rails(rails::shown::rails(inner)?),
        Query::Rights => View::Rights(inner.governance().refusals()),
        Query::Audit {
            offset,
            limit,
            filter,
        } => View::Audit(audit_window(inner, *offset, *limit, filter)?),
        Query::Chain => View::Chain(chain::verify(inner)?),
        Query::AuditRecord(sequence) => audit_record(inner, *sequence)?,
        Query::People => View::People(people(inner)?.into_iter().map(|(row, _)| row).collect()),
        Query::Person(person) => View::Person(self::person(inner, *person)?),
        Query::Rules => View::Rules(mappings::rules(inner)),
        Query::Names(block) => View::Names {
            block: block.clone(),
            names: mappings::names(inner, block)?,
        },
        Query::Try(_) | Query::Impact { .. } => {
            return Err(Error::Refused("this question is answered elsewhere".to_owned()));
        }
    })
}

/// How many rows room is made for at once, whatever a store says.
const MOST_AT_ONCE: usize = 2_000_000;

/// The rows of the current plan, kept for as long as nothing changes: Today and Review are made of them.
#[derive(Clone)]
pub(super) struct PlanRows {
    version: i64,
    made: Timestamp,
    /// When the next operation becomes due.
    until: Option<Timestamp>,
    pub(super) plan: Arc<StoredPlan>,
    pub(super) rows: Arc<Vec<ReviewRow>>,
}

impl PlanRows {
    /// Returns the rows of the current plan, if there is one.
    pub(super) fn of(inner: &Inner) -> Result<Option<Self>, Error> {
        // held while they are made: who asks meanwhile gets the same rows
        let mut kept = lock(&inner.rows);
        let now = inner.setup.clock.now();
        let version = inner.setup.store.version()?;
        let holds = |kept: &Self| {
            kept.version == version && kept.made <= now && kept.until.is_none_or(|until| now < until)
        };
        if !kept.as_ref().is_some_and(holds) {
            *kept = None;
            *kept = Self::make(inner, version, now)?;
        }
        Ok(kept.clone())
    }

    fn make(inner: &Inner, version: i64, now: Timestamp) -> Result<Option<Self>, Error> {
        let store = &inner.setup.store;
        let Some(plan) = store.current_plan()? else {
            return Ok(None);
        };
        let mut rows = Vec::new();
        let standings = Standings::load(inner, &plan)?;
        let releases = store.releases(plan.id)?;
        let stopped = rails::stopped(&plan, &releases);
        let quarantines = store.quarantines()?;
        let tries = quarantines.iter().filter_map(|one| one.next);
        let mut until: Option<Timestamp> = standings.until();
        until = until.into_iter().chain(tries.filter(|next| *next > now)).min();
        let room = std::cell::Cell::new(0);
        let count = &mut |most: usize| room.set(most.min(MOST_AT_ONCE));
        store.briefs(plan.id, count, &mut |stored| {
            // room for all at once: a list that grows leaves twice its size behind
            rows.reserve_exact(room.take());
            until = until
                .into_iter()
                .chain(stored.operation.due.filter(|at| *at > now))
                .min();
            let mut standing = standings.of_brief(&stored);
            if let Some(rail) = stopped.get(&stored.operation.fingerprint)
                && standing.state.is_open()
            {
                standing.note = rails::noted(&standing.note, rail);
            }
            let operation = &stored.operation;
            let concerned = (&operation.system, &operation.rule);
            if standing.note.is_empty()
                && let Some(words) = quarantine::waits(&quarantines, concerned, standing.state, now)
            {
                standing.note = words;
            }
            rows.push(row(stored.operation, standing, now));
        })?;
        block(&mut rows, &plan, inner)?;
        name_departments(&mut rows, inner)?;
        Ok(Some(Self {
            version,
            made: now,
            until,
            plan: Arc::new(plan),
            rows: Arc::new(rows),
        }))
    }

    /// Counts the plan; what was applied since it was made is no longer counted.
    pub(super) fn head(&self) -> PlanHead {
        let mut summary = PlanSummary {
            findings: self.plan.findings.len(),
            ..PlanSummary::default()
        };
        for row in self.rows.iter() {
            if matches!(row.state, OperationState::Applied | OperationState::Verified) {
                continue;
            }
            if row.scheduled {
                summary.scheduled += 1;
                continue;
            }
            *summary.kinds.entry(row.kind).or_default() += 1;
            let event = row.event.map_or("none", LifecycleEvent::word);
            match summary.events.get_mut(event) {
                Some(count) => *count += 1,
                None => drop(summary.events.insert(event.to_owned(), 1)),
            }
        }
        PlanHead {
            id: self.plan.id,
            seal: self.plan.seal,
            made: self.plan.now,
            summary,
            rails: self.plan.rails.clone(),
        }
    }
}

fn review(inner: &Inner) -> Result<ReviewView, Error> {
    let Some(kept) = PlanRows::of(inner)? else {
        return Ok(ReviewView::default());
    };
    Ok(ReviewView {
        plan: Some(kept.head()),
        rows: kept.rows.clone(),
        findings: Arc::new(kept.plan.findings.clone()),
    })
}

fn row(operation: Brief<'_>, standing: Standing, now: Timestamp) -> ReviewRow {
    ReviewRow {
        what: describe::gist(&operation).into(),
        id: operation.fingerprint,
        person: operation.person,
        subject: operation.subject.into(),
        system: operation.system,
        rule: operation.rule,
        kind: operation.kind,
        event: operation.event,
        situation: operation.situation,
        state: standing.state,
        note: standing.note.into(),
        lack: standing.lack,
        due: operation.due.filter(|due| *due > now),
        scheduled: operation.due.is_some_and(|due| due > now),
        risk: operation.risk,
        department: compact_str::CompactString::default(),
    }
}

/// Returns the operation of the current plan that adopts somebody's account under a rule, if there is one.
pub(super) fn adoption_of(
    inner: &Inner,
    person: PersonId,
    rule: &RuleName,
) -> Result<Option<Operation>, Error> {
    let Some(kept) = PlanRows::of(inner)? else {
        return Ok(None);
    };
    let mut rows = kept.rows.iter();
    let row = rows.find(|row| row.kind == Kind::Adopt && row.person == Some(person) && row.rule == *rule);
    let Some(row) = row else { return Ok(None) };
    let stored = inner.setup.store.operation(kept.plan.id, row.id)?;
    Ok(stored.map(|stored| stored.operation))
}

/// Operations that wait for something rejected, held or stopped by a guard rail are blocked.
fn block(rows: &mut [ReviewRow], plan: &StoredPlan, inner: &Inner) -> Result<(), Error> {
    // what is stuck, and the account that it would have given
    let about = |kind, person: Option<PersonId>, rule: &RuleName| (kind, person, rule.clone());
    let mut stuck: HashMap<Fingerprint, (Kind, Option<PersonId>, RuleName)> = rows
        .iter()
        .filter(|row| {
            matches!(
                row.state,
                OperationState::Rejected | OperationState::Held | OperationState::Blocked
            )
        })
        .map(|row| (row.id, about(row.kind, row.person, &row.rule)))
        .collect();
    if stuck.is_empty() {
        return Ok(());
    }
    inner.setup.store.operations(plan.id, &mut |stored| {
        let operation = &stored.operation;
        let is_blocked_by = |other: &Fingerprint| {
            let other = stuck.get(other);
            other.is_some_and(|(kind, person, rule)| operation.needs(*kind, *person, rule))
        };
        if operation.waits_for.iter().any(is_blocked_by) {
            let about = about(operation.kind, operation.person, &operation.rule);
            stuck.insert(operation.fingerprint, about);
        }
    })?;
    for row in rows {
        if stuck.contains_key(&row.id)
            && matches!(row.state, OperationState::Proposed | OperationState::Approved)
        {
            row.state = OperationState::Blocked;
        }
    }
    Ok(())
}

fn operation(inner: &Inner, id: Fingerprint) -> Result<Option<OperationView>, Error> {
    let store = &inner.setup.store;
    let Some(plan) = store.current_plan()? else {
        return Ok(None);
    };
    let Some(stored) = store.operation(plan.id, id)? else {
        return Ok(None);
    };
    let standings = Standings::of_some(inner, &plan, &[id])?;
    let mut standing = standings.of(&stored);
    let releases = store.releases(plan.id)?;
    if let Some(rail) = rails::stopped(&plan, &releases).get(&id) {
        standing.note = rails::noted(&standing.note, rail);
    }
    let now = inner.setup.clock.now();
    let concerned = (&stored.operation.system, &stored.operation.rule);
    if standing.note.is_empty()
        && let Some(words) = quarantine::waits(&store.quarantines()?, concerned, standing.state, now)
    {
        standing.note = words;
    }
    let operation = stored.operation;
    let mut waits_for = Vec::new();
    for other in &operation.waits_for {
        let found = store.operation(plan.id, *other)?;
        waits_for.push(WaitsFor {
            id: *other,
            what: found.as_ref().map_or_else(
                || "an operation of an earlier plan".to_owned(),
                |found| {
                    format!(
                        "{} in {}",
                        describe::operation(&found.operation),
                        found.operation.system
                    )
                },
            ),
            state: found.map(|found| found.state),
        });
    }
    let attempts = store
        .journal(id)?
        .into_iter()
        .filter(|entry| entry.state != OperationState::Running)
        .map(|entry| Attempt {
            at: entry.at,
            state: entry.state,
            message: entry.message,
        })
        .collect();
    let whys = whys(inner, &operation)?;
    let operation = explain::masked(operation, &whys);
    let names = reference_names(inner, &operation)?;
    let (given, by) = standings.approvals(id);
    Ok(Some(OperationView {
        lines: describe::lines(&operation, &|reference| names.get(reference).cloned()),
        state: standing.state,
        note: standing.note,
        demand: standings.demand(id).clone(),
        approvals: Approvals {
            given,
            by,
            lack: standing.lack,
        },
        scheduled: operation.due.is_some_and(|due| due > inner.setup.clock.now()),
        decisions: store.decisions(id)?,
        waits_for,
        command: command(inner, &operation),
        undo: {
            let rules = inner.rules();
            let rule = rules.accounts.iter().find(|rule| rule.name == operation.rule);
            let system = inner.system(&operation.system);
            let restores = system.is_some_and(|system| system.connector.restores());
            describe::undo(&operation, rule, restores)
        },
        attempts,
        whys,
        operation,
    }))
}

/// How the values came about; nothing where the rules no longer fit what was read for the plan.
fn whys(inner: &Inner, operation: &Operation) -> Result<Vec<Why>, Error> {
    match explain::whys(inner, operation) {
        Err(Error::Refused(_)) => Ok(Vec::new()),
        other => other,
    }
}

/// The write in the system's own words, as far as it can be told before it is due.
fn command(inner: &Inner, operation: &Operation) -> String {
    let Some(system) = inner.system(&operation.system) else {
        return String::new();
    };
    if operation.kind.is_about_link() {
        return "nothing is sent: only the link is changed here".to_owned();
    }
    match explain::write(inner, operation) {
        Ok(write) => system.connector.command(&write),
        Err(reason) => format!("known once {reason}"),
    }
}

/// Where the accounts are that an operation refers to.
fn reference_names(inner: &Inner, operation: &Operation) -> Result<HashMap<Reference, String>, Error> {
    let mut wanted = Vec::new();
    for change in &operation.changes {
        let mut note = |value: &crate::model::Value<'static>| {
            if let crate::model::Value::Reference(reference) = value {
                wanted.push(reference.clone());
            }
        };
        note(&change.before);
        if let crate::model::After::Known(value) = &change.after {
            note(value);
        }
    }
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    explain::locations(inner, &wanted)
}

fn audit_window(inner: &Inner, offset: usize, limit: usize, filter: &str) -> Result<AuditView, Error> {
    let store = &inner.setup.store;
    let (total, records) = store.audit(offset, limit, filter)?;
    let head = store
        .audit(0, 1, "")?
        .1
        .first()
        .map(|record| record.hash.clone())
        .unwrap_or_default();
    let rows = records
        .into_iter()
        .map(|record| AuditRow {
            run: record.entry.details["run"].as_i64(),
            operation: record.entry.details["operation"]
                .as_str()
                .and_then(Fingerprint::parse),
            sequence: record.sequence,
            at: record.entry.at,
            actor: record.entry.actor.user,
            action: record.entry.action,
            subject: record.entry.subject,
            summary: record.entry.summary,
            hash: record.hash,
        })
        .collect();
    Ok(AuditView {
        total,
        offset,
        rows,
        head,
    })
}

fn audit_record(inner: &Inner, sequence: u64) -> Result<View, Error> {
    let mut json = String::new();
    inner.setup.store.audit_from(sequence, &mut |record| {
        if record.sequence == sequence {
            json = serde_json::to_string_pretty(&record).unwrap_or_default();
        }
        false
    })?;
    Ok(View::AuditRecord { sequence, json })
}

/// Everybody as last settled, and their attributes.
pub(super) fn people(inner: &Inner) -> Result<Vec<(PersonRow, usize)>, Error> {
    let memory = inner.setup.store.memory()?;
    let mut accounts: HashMap<PersonId, usize> = HashMap::new();
    for link in &memory.links {
        if matches!(link.owner, LinkOwner::Account(_)) {
            *accounts.entry(link.person).or_default() += 1;
        }
    }
    let Some(settled) = &memory.settled else {
        return Ok(Vec::new());
    };
    let mut rows: Vec<_> = settled
        .iter()
        .filter_map(|record| {
            let person = PersonId(Uuid::try_parse(record.anchor()).ok()?);
            let get = |name: &str| record.get(name).first().unwrap_or("").to_owned();
            let name = match get("displayName") {
                name if name.is_empty() => format!("{} {}", get("givenName"), get("familyName")),
                name => name,
            };
            let row = PersonRow {
                person,
                name: name.trim().to_owned(),
                state: state(&get("%state")),
                department: get("department"),
                title: get("title"),
                accounts: accounts.get(&person).copied().unwrap_or(0),
            };
            Some((row, record.index()))
        })
        .collect();
    rows.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    Ok(rows)
}

fn state(word: &str) -> LifecycleState {
    match word {
        "pre-hire" => LifecycleState::PreHire,
        "on-leave" => LifecycleState::OnLeave,
        "ended" => LifecycleState::Ended,
        "gone" => LifecycleState::Gone,
        _ => LifecycleState::Active,
    }
}

/// Names the departments of the people as they were last settled.
fn name_departments(rows: &mut [ReviewRow], inner: &Inner) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let Some(settled) = inner.setup.store.settled()? else {
        return Ok(());
    };
    let Some(column) = settled.schema().position("department") else {
        return Ok(());
    };
    let people: HashMap<PersonId, usize> = settled
        .iter()
        .filter_map(|record| Some((PersonId(Uuid::try_parse(record.anchor()).ok()?), record.index())))
        .collect();
    for row in rows {
        let at = row.person.and_then(|person| people.get(&person));
        if let Some(department) = at.and_then(|at| settled.get(*at).cell(column).first()) {
            row.department = department.into();
        }
    }
    Ok(())
}

fn person(inner: &Inner, id: PersonId) -> Result<Option<PersonView>, Error> {
    let Some((row, at)) = people(inner)?.into_iter().find(|(row, _)| row.person == id) else {
        return Ok(None);
    };
    let settled = inner.setup.store.settled()?;
    let mut attributes = settled
        .map(|settled| attributes(&settled, at))
        .unwrap_or_default();
    explain::mask_marked(inner, &mut attributes);
    let mut accounts: Vec<(RuleName, String, String)> = Vec::new();
    for link in inner.setup.store.accounts_of(id)? {
        if let LinkOwner::Account(rule) = &link.owner {
            let reference = Reference::Account {
                person: id,
                rule: rule.clone(),
            };
            let place = explain::locations(inner, std::slice::from_ref(&reference))?;
            accounts.push((
                rule.clone(),
                place.get(&reference).cloned().unwrap_or_default(),
                link.why.clone(),
            ));
        }
    }
    let operations = review(inner)?
        .rows
        .iter()
        .filter(|row| row.person == Some(id))
        .cloned()
        .collect();
    Ok(Some(PersonView {
        row,
        attributes,
        accounts,
        operations,
    }))
}

fn attributes(settled: &RecordSet, at: usize) -> Vec<(String, String)> {
    let record = settled.get(at);
    let columns = settled.schema().columns.iter().enumerate();
    columns
        .filter(|(_, column)| !column.name.starts_with('%'))
        .map(|(at, column)| {
            (
                column.name.clone(),
                record.cell(at).each().collect::<Vec<_>>().join(" · "),
            )
        })
        .collect()
}
