//! What one account rule means for everybody: situations, and the operations that bring accounts where they should
//! be.

use ahash::{AHashMap, AHashSet};
use jiff::civil::Date;
use rayon::prelude::*;

use super::{
    Inputs,
    compare::{cells_agree, holds, same},
    compile::{Compiled, CompiledAccounts, CompiledValue},
    draft::{Draft, NO_RECORD, PersonRow, RulePlan},
    events::Events,
    matching::{self, Match},
    names::{Name, value_of},
    people::People,
    references::References,
    rules::{MappedValue, NullPolicy, OutOfScope},
    unique::Uniques,
    wanted::{Wanted, wanted},
};
use crate::{
    expression::{Expression, Moment},
    model::{
        After, Change, Comparison, Deferred, Finding, FindingKind, Fingerprint, Kind, LifecycleState, Link,
        LinkOwner, Operation, PersonId, Precondition, RecordView, Risk, Situation, Target, Timer, Value, dn,
    },
};

/// What planning one rule leaves behind beside its [`RulePlan`].
#[derive(Default)]
pub(super) struct Byproducts {
    pub findings: Vec<Finding>,
    pub links: Vec<Link>,
    pub timers: Vec<Timer>,
}

/// One person under one rule.
struct Case {
    wanted: Wanted,
    situation: Situation,
    in_scope: bool,
    fault: Option<String>,
}

pub(super) struct Stage<'a, 'b> {
    pub compiled: &'a Compiled,
    pub inputs: &'a Inputs<'a>,
    pub people: &'a People,
    pub events: &'a Events,
    pub before: &'b [RulePlan<'a>],
    pub rule: usize,
    /// Whether a record of the target is protected, by its place.
    pub protected: &'a [bool],
}

impl<'a: 'b, 'b> Stage<'a, 'b> {
    fn accounts(&self) -> &'a CompiledAccounts {
        &self.compiled.accounts[self.rule]
    }

    fn row(&self, person: usize, current: Option<RecordView<'a>>, in_scope: bool) -> PersonRow<'b> {
        PersonRow {
            compiled: self.compiled,
            people: self.people,
            person,
            before: self.before,
            current,
            own: &[],
            in_scope,
        }
    }

    fn moment(&self, person: usize) -> Moment<'a> {
        Moment {
            now: self.inputs.now,
            time_zone: self.people.zone_of(person),
        }
    }

    /// Plans the rule for everybody.
    pub(super) fn plan(&self, uniques: &mut Uniques<'a>, by: &mut Byproducts) -> RulePlan<'a> {
        let accounts = self.accounts();
        let read = self.inputs.read(&accounts.rule.system);
        let matches = matching::find(self.compiled, self.inputs, self.people, self.before, self.rule);
        let gone_since = self.gone_since();
        let cases: Vec<Case> = (0..self.people.len())
            .into_par_iter()
            .with_min_len(1024)
            .map(|person| {
                self.situate(
                    person,
                    &matches[person],
                    read,
                    gone_since.get(&(person as u32)).copied(),
                )
            })
            .collect();
        let mut plan = RulePlan {
            records: &read.records,
            record_of: matches.iter().map(record_of).collect(),
            situation: cases.iter().map(|case| case.situation).collect(),
            overlay: AHashMap::new(),
            created: AHashSet::new(),
            drafts: Vec::new(),
        };
        self.note(&matches, &cases, &gone_since, &plan, by);
        let creates = self.creates(&cases);
        let due: AHashSet<u32> = creates
            .iter()
            .filter(|person| cases[**person].situation == Situation::New)
            .map(|p| *p as u32)
            .collect();
        let references = References::new(self, &plan, &due);
        let changes: Vec<_> = (0..self.people.len())
            .into_par_iter()
            .with_min_len(1024)
            .filter_map(|person| {
                let record = plan.record(person)?;
                let outcome = self.change(person, record, &cases[person], &references);
                outcome.is_something().then_some((person, outcome))
            })
            .collect();
        let mut drafts = Vec::new();
        for (person, outcome) in changes {
            by.findings.extend(outcome.finding);
            if outcome.drifted {
                plan.situation[person] = Situation::Drifted;
            }
            if !outcome.overlay.is_empty() {
                plan.overlay.insert(person as u32, outcome.overlay);
            }
            drafts.extend(outcome.drafts);
        }
        for person in creates {
            match self.create(person, &cases[person], &references, uniques) {
                Ok((own, created)) => {
                    if cases[person].situation == Situation::New {
                        plan.created.insert(person as u32);
                    }
                    plan.overlay.insert(person as u32, own);
                    drafts.extend(created);
                }
                Err(message) => by
                    .findings
                    .push(self.finding(FindingKind::Invalid, person, vec![], message)),
            }
        }
        drop(references);
        for draft in &mut drafts {
            if let Some(person) = draft.person {
                draft.operation.situation = plan.situation[person as usize];
            }
        }
        plan.drafts = drafts;
        plan
    }

    /// When people that no source names any more were first missed.
    fn gone_since(&self) -> AHashMap<u32, Date> {
        let rule = &self.accounts().rule.name;
        self.inputs
            .memory
            .timers
            .iter()
            .filter(|timer| timer.rule == *rule)
            .filter_map(|timer| Some((*self.people.by_id.get(&timer.person)?, timer.base)))
            .collect()
    }

    fn situate(
        &self,
        person: usize,
        found: &Match,
        read: &crate::model::Read,
        gone_since: Option<Date>,
    ) -> Case {
        let accounts = self.accounts();
        let standing = self.people.standings[person];
        let record = match found {
            Match::Linked(at) | Match::Found(at, _) => Some(read.records.get(*at as usize)),
            _ => None,
        };
        let moment = self.moment(person);
        let mut fault = None;
        let in_scope = match &accounts.scope {
            None => true,
            Some(scope) => scope
                .holds(&self.row(person, record, true), &moment)
                .unwrap_or_else(|problem| {
                    fault = Some(format!(
                        "the scope of `{}` cannot be told: {}",
                        accounts.rule.name, problem.message
                    ));
                    false
                }),
        };
        let wanted = wanted(
            &accounts.rule,
            standing,
            in_scope,
            gone_since,
            self.people.today_of(person),
            self.people.zone_of(person),
        );
        let usable = |record: RecordView<'_>| record.enabled() != Some(false);
        let situation = if self.people.faulty[person] || fault.is_some() {
            Situation::Unknown
        } else {
            match (found, record) {
                (Match::Untold, _) => Situation::Unknown,
                (Match::Missing, _) => match wanted {
                    Wanted::Over { .. } | Wanted::Excluded => Situation::OutOfScope,
                    _ => Situation::Missing,
                },
                (Match::Ambiguous(_), _) => match wanted {
                    Wanted::Excluded => Situation::OutOfScope,
                    _ => Situation::Ambiguous,
                },
                (_, Some(record)) if self.protected[record.index()] => Situation::Protected,
                (_, Some(record)) => match wanted {
                    Wanted::Usable { .. } | Wanted::Unusable | Wanted::Upcoming { .. } => {
                        if matches!(found, Match::Linked(_)) {
                            Situation::Confirmed
                        } else {
                            Situation::Found
                        }
                    }
                    Wanted::Over { .. } if usable(record) => Situation::Leaving,
                    Wanted::Over { .. } => Situation::Retired,
                    Wanted::Excluded => match accounts.rule.out_of_scope {
                        OutOfScope::Keep => Situation::OutOfScope,
                        OutOfScope::Disable if !usable(record) => Situation::Retired,
                        OutOfScope::Disable | OutOfScope::Delete => Situation::Leaving,
                    },
                },
                (_, None) => match wanted {
                    // a read that is not complete cannot show that there is no account yet
                    Wanted::Usable { .. } | Wanted::Upcoming { .. } if !read.proves_absence() => {
                        Situation::Unknown
                    }
                    Wanted::Usable { .. } => Situation::New,
                    Wanted::Upcoming { create, .. } if create <= self.inputs.now => Situation::New,
                    Wanted::Upcoming { .. } => Situation::Upcoming,
                    Wanted::Unusable | Wanted::Over { .. } | Wanted::Excluded => Situation::OutOfScope,
                },
            }
        };
        Case {
            wanted,
            situation,
            in_scope,
            fault,
        }
    }

    /// Notes findings, links and timers.
    fn note(
        &self,
        matches: &[Match],
        cases: &[Case],
        gone_since: &AHashMap<u32, Date>,
        plan: &RulePlan<'_>,
        by: &mut Byproducts,
    ) {
        let rule = &self.accounts().rule;
        let owner = LinkOwner::Account(rule.name.clone());
        for (person, (found, case)) in matches.iter().zip(cases).enumerate() {
            if let Some(fault) = &case.fault {
                by.findings
                    .push(self.finding(FindingKind::Invalid, person, vec![], fault.clone()));
            }
            match found {
                Match::Ambiguous(several) if case.situation == Situation::Ambiguous => {
                    let (records, why) = several.as_ref();
                    let anchors: Vec<_> = records
                        .iter()
                        .map(|at| plan.records.get(*at as usize).owned_anchor())
                        .collect();
                    let places: Vec<_> = records
                        .iter()
                        .map(|at| plan.records.get(*at as usize).location())
                        .collect();
                    let message = if anchors.len() == 1 {
                        format!(
                            "{} matches several people by {why}: link it to the right one",
                            places[0]
                        )
                    } else {
                        format!(
                            "{} accounts match by {why}: {}; link the right one",
                            anchors.len(),
                            places.join(" · ")
                        )
                    };
                    by.findings
                        .push(self.finding(FindingKind::Ambiguous, person, anchors, message));
                }
                Match::Missing if case.situation == Situation::Missing => {
                    let message = format!(
                        "the linked account is gone from {}, and usher did not delete it: link another one, or remove the link to have it made again",
                        rule.system
                    );
                    by.findings
                        .push(self.finding(FindingKind::Missing, person, vec![], message));
                }
                Match::Found(record, by_rule) => {
                    let record = plan.records.get(*record as usize);
                    by.links.push(Link {
                        person: self.people.ids[person],
                        owner: owner.clone(),
                        anchor: record.owned_anchor(),
                        why: format!("matched by {}", matching::why(self.accounts(), *by_rule, record)),
                        since: self.inputs.now,
                    });
                }
                _ => {}
            }
            let is_gone = self.people.standings[person].state == LifecycleState::Gone;
            if is_gone && plan.record_of[person] != NO_RECORD {
                let today = self.people.today_of(person);
                by.timers.push(Timer {
                    person: self.people.ids[person],
                    rule: rule.name.clone(),
                    kind: "gone".to_owned(),
                    base: gone_since.get(&(person as u32)).copied().unwrap_or(today),
                });
            }
        }
    }

    /// The people whose account is to be made, now or later.
    fn creates(&self, cases: &[Case]) -> Vec<usize> {
        if !self.accounts().rule.actions.contains(&Kind::Create) {
            return Vec::new();
        }
        let wants = |case: &Case| matches!(case.situation, Situation::New | Situation::Upcoming);
        cases
            .iter()
            .enumerate()
            .filter(|(_, case)| wants(case))
            .map(|(person, _)| person)
            .collect()
    }

    /// What brings an existing account where it should be.
    fn change(
        &self,
        person: usize,
        record: RecordView<'a>,
        case: &Case,
        references: &References<'_>,
    ) -> Outcome {
        let rule = &self.accounts().rule;
        let mut outcome = Outcome::default();
        match (case.situation, case.wanted) {
            (Situation::Confirmed | Situation::Found, Wanted::Usable { until, .. }) => {
                self.keep_usable(person, record, case, references, &mut outcome);
                if let Some(until) = until.filter(|until| *until > self.inputs.now) {
                    self.disable(person, record, case, Some(until), &mut outcome);
                }
            }
            (Situation::Confirmed | Situation::Found, Wanted::Upcoming { enable, .. })
                if record.enabled() == Some(false) =>
            {
                self.enable(person, record, case, Some(enable), &mut outcome);
            }
            (Situation::Confirmed | Situation::Found, Wanted::Unusable) if record.enabled() == Some(true) => {
                self.disable(person, record, case, None, &mut outcome);
            }
            (Situation::Leaving | Situation::Retired, Wanted::Over { since, delete }) => {
                let disables = case.situation == Situation::Leaving && rule.leaver.disable;
                if disables && record.enabled().is_some() {
                    self.disable(person, record, case, since, &mut outcome);
                }
                if let Some(delete) = delete {
                    self.delete(person, record, case, Some(delete), &mut outcome);
                }
            }
            (Situation::Leaving, Wanted::Excluded) => match rule.out_of_scope {
                OutOfScope::Keep => {}
                OutOfScope::Disable => self.disable(person, record, case, None, &mut outcome),
                OutOfScope::Delete => self.delete(person, record, case, None, &mut outcome),
            },
            _ => {}
        }
        outcome
    }

    fn keep_usable(
        &self,
        person: usize,
        record: RecordView<'a>,
        case: &Case,
        references: &References<'_>,
        outcome: &mut Outcome,
    ) {
        let rule = &self.accounts().rule;
        let mut moved_by_enabling = false;
        if record.enabled() == Some(false)
            && (rule.leaver.rehire_restores || case.situation == Situation::Confirmed)
        {
            self.enable(person, record, case, None, outcome);
            moved_by_enabling = true;
        }
        let differences = match self.differences(person, record, case, references) {
            Ok(differences) => differences,
            Err(message) => {
                let anchors = vec![record.owned_anchor()];
                outcome.finding = Some(self.finding(FindingKind::Invalid, person, anchors, message));
                return;
            }
        };
        let container = self.container(person, record, case);
        if let Some(container) = container.filter(|_| !moved_by_enabling)
            && rule.actions.contains(&Kind::Move)
        {
            let why = format!("{}: belongs in {container}", self.place(person));
            let mut draft = self.draft(Kind::Move, person, Some(record), why);
            draft.operation.target.container = Some(container);
            outcome.drafts.push(draft);
        }
        if differences.changes.is_empty() || !rule.actions.contains(&Kind::Update) {
            return;
        }
        outcome.drifted = case.situation == Situation::Confirmed && self.events.unchanged[person];
        let names: Vec<_> = differences
            .changes
            .iter()
            .map(|change| change.attribute.as_str())
            .collect();
        let why = if outcome.drifted {
            format!(
                "changed in {} by somebody else: {}",
                rule.system,
                names.join(", ")
            )
        } else {
            format!("{}: {}", self.place(person), names.join(", "))
        };
        outcome.overlay = differences.overlay;
        let mut draft = self.draft(Kind::Update, person, Some(record), why);
        draft.operation.changes = differences.changes;
        draft.waits = differences.waits;
        outcome.drafts.push(draft);
    }

    /// The container the account should be in, if it is in another one.
    fn container(&self, person: usize, record: RecordView<'a>, case: &Case) -> Option<String> {
        let expression = self.accounts().container.as_ref()?;
        let row = self.row(person, Some(record), case.in_scope);
        let wanted = expression.evaluate(&row, &self.moment(person)).ok()?;
        let wanted = wanted.as_text()?;
        let there = is_right_below(record.location(), &wanted)
            || same(
                dn::parent(record.location())?,
                &wanted,
                Comparison::DistinguishedName,
            );
        (!there).then(|| wanted.into_owned())
    }

    fn enable(
        &self,
        person: usize,
        record: RecordView<'a>,
        case: &Case,
        due: Option<jiff::Timestamp>,
        outcome: &mut Outcome,
    ) {
        if !self.accounts().rule.actions.contains(&Kind::Enable) {
            return;
        }
        let why = match due {
            Some(_) => format!("{}: starts {}", self.place(person), self.start_text(person)),
            None => format!("{}: should have a usable account", self.place(person)),
        };
        let mut draft = self.draft(Kind::Enable, person, Some(record), why);
        draft.operation.due = due;
        draft.operation.usable = Some(true);
        draft.operation.target.container = self.container(person, record, case);
        outcome.drafts.push(draft);
    }

    fn disable(
        &self,
        person: usize,
        record: RecordView<'a>,
        case: &Case,
        due: Option<jiff::Timestamp>,
        outcome: &mut Outcome,
    ) {
        let accounts = self.accounts();
        if !accounts.rule.actions.contains(&Kind::Disable) {
            return;
        }
        let standing = self.people.standings[person];
        let why = match (case.wanted, standing.end) {
            (Wanted::Unusable, _) => format!("{}: on leave", self.place(person)),
            (Wanted::Excluded, _) => format!(
                "{}: left the scope of `{}`",
                self.place(person),
                accounts.rule.name
            ),
            (_, _) if standing.state == LifecycleState::Gone => {
                "no source names this person any more".to_owned()
            }
            (_, Some(end)) => format!("{}: last day {end} (inclusive)", self.place(person)),
            (_, None) => format!("{}: no longer active", self.place(person)),
        };
        let mut draft = self.draft(Kind::Disable, person, Some(record), why);
        draft.operation.due = due;
        draft.operation.usable = Some(false);
        if matches!(case.wanted, Wanted::Over { .. } | Wanted::Usable { .. })
            && let Some(expression) = &accounts.leaver_container
        {
            let row = self.row(person, Some(record), case.in_scope);
            let container = expression.evaluate(&row, &self.moment(person)).ok();
            // an account that is enabled before leaves this container first
            let comes_back = record.enabled() == Some(false);
            draft.operation.target.container = container
                .and_then(|value| value.as_text().map(std::borrow::Cow::into_owned))
                .filter(|container| {
                    comes_back
                        || dn::parent(record.location())
                            .is_some_and(|parent| !same(parent, container, Comparison::DistinguishedName))
                });
        }
        draft.operation.risk.push(Risk::Destructive);
        outcome.drafts.push(draft);
    }

    fn delete(
        &self,
        person: usize,
        record: RecordView<'a>,
        case: &Case,
        due: Option<jiff::Timestamp>,
        outcome: &mut Outcome,
    ) {
        let rule = &self.accounts().rule;
        if !rule.actions.contains(&Kind::Delete) {
            return;
        }
        let why = match case.wanted {
            Wanted::Excluded => format!("{}: left the scope of `{}`", self.place(person), rule.name),
            _ => format!(
                "the grace period of {} days is over",
                rule.leaver.delete_after_days.unwrap_or(0)
            ),
        };
        let mut draft = self.draft(Kind::Delete, person, Some(record), why);
        draft.operation.due = due;
        draft
            .operation
            .risk
            .extend([Risk::Irreversible, Risk::Destructive]);
        outcome.drafts.push(draft);
    }

    /// The attributes of an account that are not as they should be.
    fn differences(
        &self,
        person: usize,
        record: RecordView<'a>,
        case: &Case,
        references: &References<'_>,
    ) -> Result<Differences, String> {
        let accounts = self.accounts();
        let mut row = None;
        let moment = self.moment(person);
        let mut differences = Differences::default();
        for (mapping, compiled) in accounts.rule.attributes.iter().zip(&accounts.mappings) {
            if mapping.on_create_only || matches!(mapping.value, MappedValue::Secret { .. }) {
                continue;
            }
            let column = &accounts.schema.columns[compiled.column];
            let cell = record.cell(compiled.column);
            let after = match &compiled.value {
                CompiledValue::Secret { .. } => continue,
                CompiledValue::Reference(reference) => {
                    match references.differs(person, *reference, cell, column, mapping.null) {
                        None => continue,
                        Some((after, wait)) => {
                            differences.waits.extend(wait);
                            After::Known(after)
                        }
                    }
                }
                CompiledValue::Expression(expression) => {
                    if expression.is_unique_choice() {
                        continue;
                    }
                    if let Some(slot) = expression.as_slot()
                        && let Name::Own(own) = Name::of(slot)
                    {
                        // by far the commonest mapping: compared as it lies, nothing copied
                        let own = self.people.set.get(person).cell(usize::from(own));
                        if own.first().is_some_and(|text| !text.is_empty()) && cells_agree(own, cell, column)
                        {
                            continue;
                        }
                    }
                    let row = row.get_or_insert_with(|| self.row(person, Some(record), case.in_scope));
                    let value = expression
                        .evaluate(row, &moment)
                        .map_err(|fault| format!("{}: {}", mapping.attribute, fault.message))?;
                    if value.is_nothing() {
                        if let Some(deferred) = self.deferred(person, expression) {
                            differences.waits.extend(self.waits(person, expression));
                            After::Deferred(deferred)
                        } else if mapping.null == NullPolicy::Skip
                            || expression.ignores_nothing()
                            || cell.each().next().is_none()
                        {
                            continue;
                        } else {
                            After::Known(Value::Absent)
                        }
                    } else if holds(cell, &value, column) {
                        continue;
                    } else {
                        differences.waits.extend(self.waits(person, expression));
                        After::Known(value.into_owned())
                    }
                }
            };
            if let After::Known(value) = &after {
                differences.overlay.push((compiled.column, value.clone()));
            }
            let before = match &compiled.value {
                CompiledValue::Reference(_) => references.before(cell, column),
                _ => value_of(cell, column).into_owned(),
            };
            differences.changes.push(Change {
                attribute: column.name.clone(),
                before,
                after,
                marked: mapping.marked,
            });
        }
        Ok(differences)
    }

    /// A value that the account of an earlier rule will only have once it is made.
    fn deferred(&self, person: usize, expression: &Expression) -> Option<Deferred> {
        let Name::Account { rule, column } = Name::of(expression.as_slot()?) else {
            return None;
        };
        let (rule, column) = (usize::from(rule), usize::from(column));
        let plan = self.before.get(rule)?;
        plan.created.contains(&(person as u32)).then(|| Deferred {
            person: self.people.ids[person],
            rule: self.compiled.accounts[rule].rule.name.clone(),
            attribute: self.compiled.accounts[rule].schema.columns[column].name.clone(),
            prediction: None,
        })
    }

    /// The accounts of earlier rules that must be as planned before a value of theirs is written elsewhere.
    fn waits(&self, person: usize, expression: &Expression) -> Vec<(u32, u16)> {
        let person = person as u32;
        let rules = expression
            .slots()
            .iter()
            .filter_map(|slot| match Name::of(*slot) {
                Name::Account { rule, .. } if usize::from(rule) < self.before.len() => Some(rule),
                _ => None,
            });
        rules
            .filter(|rule| self.before[usize::from(*rule)].overlay.contains_key(&person))
            .map(|rule| (person, rule))
            .collect()
    }

    fn create(
        &self,
        person: usize,
        case: &Case,
        references: &References<'_>,
        uniques: &mut Uniques<'a>,
    ) -> Result<(Columns, Vec<Draft>), String> {
        let accounts = self.accounts();
        let moment = self.moment(person);
        let mut own: Vec<(usize, Value<'static>)> = Vec::new();
        let mut changes = Vec::new();
        let mut waits = Vec::new();
        let mut absent: Vec<(String, Value<'static>)> = Vec::new();
        for (mapping, compiled) in accounts.rule.attributes.iter().zip(&accounts.mappings) {
            let column = &accounts.schema.columns[compiled.column];
            let after = match &compiled.value {
                CompiledValue::Secret { policy, recipient } => After::Secret {
                    policy: policy.clone(),
                    recipient: recipient.clone(),
                },
                CompiledValue::Reference(reference) => match references.for_new(person, *reference) {
                    None => continue,
                    Some((value, wait)) => {
                        waits.extend(wait);
                        After::Known(value)
                    }
                },
                CompiledValue::Expression(expression) => {
                    let row = PersonRow {
                        own: &own,
                        ..self.row(person, None, case.in_scope)
                    };
                    let failed =
                        |fault: crate::expression::Fault| format!("{}: {}", mapping.attribute, fault.message);
                    waits.extend(self.waits(person, expression));
                    let value = if expression.is_unique_choice() {
                        let chosen =
                            uniques.choose(self, compiled.column, person, expression, &row, &moment)?;
                        absent.push((column.name.clone(), Value::from(chosen.clone())));
                        Value::from(chosen)
                    } else {
                        expression.evaluate(&row, &moment).map_err(failed)?.into_owned()
                    };
                    if value.is_nothing() {
                        match self.deferred(person, expression) {
                            Some(deferred) => After::Deferred(deferred),
                            None => continue,
                        }
                    } else {
                        After::Known(value)
                    }
                }
            };
            if let After::Known(value) = &after {
                own.push((compiled.column, value.clone()));
            }
            changes.push(Change {
                attribute: column.name.clone(),
                before: Value::Absent,
                after,
                marked: mapping.marked,
            });
        }
        for (column, expression) in &accounts.matches {
            let row = PersonRow {
                own: &own,
                ..self.row(person, None, case.in_scope)
            };
            if let Ok(value) = expression.evaluate(&row, &moment)
                && !value.is_nothing()
            {
                let key = (accounts.schema.columns[*column].name.clone(), value.into_owned());
                if !absent.contains(&key) {
                    absent.push(key);
                }
            }
        }
        let (container, location) = self.birthplace(person, case, &own, &mut changes)?;
        let drafts = self.births(person, case, container, location, changes, absent, waits);
        Ok((own, drafts))
    }

    /// Where a new account will be; the naming attribute comes first among the changes.
    fn birthplace(
        &self,
        person: usize,
        case: &Case,
        own: &[(usize, Value<'static>)],
        changes: &mut [Change],
    ) -> Result<(Option<String>, String), String> {
        let accounts = self.accounts();
        let Some(expression) = &accounts.container else {
            return Ok((None, String::new()));
        };
        let row = PersonRow {
            own,
            ..self.row(person, None, case.in_scope)
        };
        let container = expression
            .evaluate(&row, &self.moment(person))
            .map_err(|fault| fault.message)?;
        let container = container.as_text().ok_or("the container is empty")?.into_owned();
        let naming = accounts
            .rule
            .naming
            .as_deref()
            .ok_or("the rule names no naming attribute")?;
        let at = changes
            .iter()
            .position(|change| change.attribute.eq_ignore_ascii_case(naming))
            .ok_or_else(|| format!("`{naming}` names the account and has no value"))?;
        changes[..=at].rotate_right(1);
        let After::Known(value) = &changes[0].after else {
            return Err(format!(
                "`{naming}` names the account and must be known when it is planned"
            ));
        };
        let value = value
            .as_text()
            .ok_or_else(|| format!("`{naming}` names the account and must be one text"))?;
        let location = format!(
            "{}={},{container}",
            changes[0].attribute,
            dn::escape_value(&value)
        );
        Ok((Some(container), location))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one operation, put together once"
    )]
    fn births(
        &self,
        person: usize,
        case: &Case,
        container: Option<String>,
        location: String,
        changes: Vec<Change>,
        absent: Vec<(String, Value<'static>)>,
        waits: Vec<(u32, u16)>,
    ) -> Vec<Draft> {
        let rule = &self.accounts().rule;
        let (due, enable_later) = match case.wanted {
            Wanted::Upcoming { create, enable } => (Some(create), (enable > create).then_some(enable)),
            Wanted::Usable { due, .. } => (due, None),
            _ => (None, None),
        };
        let has_state = self.has_state();
        let why = match self.people.standings[person].start {
            Some(start) => format!("{}: starts {start}, has no account", self.place(person)),
            None => format!(
                "{}: in the scope of `{}`, has no account",
                self.place(person),
                rule.name
            ),
        };
        let mut create = self.draft(Kind::Create, person, None, why);
        create.operation.target = Target {
            anchor: None,
            location: location.clone(),
            container,
            name: None,
        };
        create.operation.changes = changes;
        create.operation.precondition = Precondition::Absent(absent);
        create.operation.due = due;
        create.operation.usable = has_state.then_some(enable_later.is_none());
        create.waits = waits;
        let mut drafts = vec![create];
        if let Some(enable) = enable_later.filter(|_| has_state && rule.actions.contains(&Kind::Enable)) {
            let why = format!("{}: starts {}", self.place(person), self.start_text(person));
            let mut draft = self.draft(Kind::Enable, person, None, why);
            draft.operation.target.location = location;
            draft.operation.due = Some(enable);
            draft.operation.usable = Some(true);
            draft.operation.precondition = Precondition::Unchanged { enabled: Some(false) };
            drafts.push(draft);
        }
        drafts
    }

    /// Whether accounts of the system can be made unusable at all.
    fn has_state(&self) -> bool {
        let records = &self.inputs.read(&self.accounts().rule.system).records;
        records.is_empty()
            || records
                .iter()
                .next()
                .is_some_and(|record| record.enabled().is_some())
    }

    fn draft(&self, kind: Kind, person: usize, record: Option<RecordView<'_>>, why: String) -> Draft {
        let rule = &self.accounts().rule;
        Draft {
            person: Some(person as u32),
            rule: self.rule as u16,
            waits: Vec::new(),
            operation: Operation {
                fingerprint: Fingerprint([0; 32]),
                person: Some(self.people.ids[person]),
                subject: self.people.name(person),
                rule: rule.name.clone(),
                system: rule.system.clone(),
                class: rule.class.clone(),
                kind,
                situation: Situation::Unknown,
                event: self.events.of[person],
                target: Target {
                    anchor: record.map(RecordView::owned_anchor),
                    location: record.map_or_else(String::new, |record| record.location().to_owned()),
                    container: None,
                    name: None,
                },
                changes: Vec::new(),
                usable: None,
                precondition: Precondition::Unchanged {
                    enabled: record.and_then(RecordView::enabled),
                },
                waits_for: Vec::new(),
                due: None,
                risk: Vec::new(),
                why,
            },
        }
    }

    fn finding(
        &self,
        kind: FindingKind,
        person: usize,
        anchors: Vec<crate::model::Anchor>,
        message: String,
    ) -> Finding {
        let rule = &self.accounts().rule;
        Finding {
            kind,
            person: Some(self.people.ids[person]),
            subject: self.people.name(person),
            rule: Some(rule.name.clone()),
            system: rule.system.clone(),
            anchors,
            message,
        }
    }

    /// Where the person's facts come from, in words.
    fn place(&self, person: usize) -> String {
        match self.people.places[person] {
            None => "no source".to_owned(),
            Some(place) => {
                let source = &self.compiled.people[usize::from(place.rule)];
                self.inputs
                    .read(&source.rule.from)
                    .records
                    .get(place.record as usize)
                    .location()
                    .to_owned()
            }
        }
    }

    fn start_text(&self, person: usize) -> String {
        self.people.standings[person]
            .start
            .map_or_else(|| "at an unknown date".to_owned(), |start| start.to_string())
    }

    pub(super) fn rule_name(&self) -> &'a crate::model::RuleName {
        &self.accounts().rule.name
    }

    pub(super) fn person_id(&self, person: usize) -> PersonId {
        self.people.ids[person]
    }

    pub(super) fn records(&self) -> &'a crate::model::RecordSet {
        &self.inputs.read(&self.accounts().rule.system).records
    }
}

/// Whether a plain name stands in a container as that is written: what nearly all names do, told without taking them
/// apart.
fn is_right_below(location: &str, container: &str) -> bool {
    location
        .strip_suffix(container)
        .and_then(|rest| rest.strip_suffix(','))
        .is_some_and(|rest| !rest.contains([',', ';', '\\', '"']))
}

fn record_of(found: &Match) -> u32 {
    match found {
        Match::Linked(at) | Match::Found(at, _) => *at,
        _ => NO_RECORD,
    }
}

/// Values an account will have: (column of the target, value).
type Columns = Vec<(usize, Value<'static>)>;

#[derive(Default)]
struct Differences {
    changes: Vec<Change>,
    overlay: Vec<(usize, Value<'static>)>,
    waits: Vec<(u32, u16)>,
}

/// What became of one existing account.
#[derive(Default)]
struct Outcome {
    drafts: Vec<Draft>,
    overlay: Vec<(usize, Value<'static>)>,
    finding: Option<Finding>,
    drifted: bool,
}

impl Outcome {
    fn is_something(&self) -> bool {
        !self.drafts.is_empty() || self.finding.is_some()
    }
}
