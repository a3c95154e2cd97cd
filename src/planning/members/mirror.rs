//! Mirrored groups: whoever is in a group of one system is in a group of another.
//!
//! Who is not in the group there leaves it here only if that is certain: the groups were read in full, and it is told
//! which of the accounts there is whose.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use ahash::{AHashMap, AHashSet};

use super::{Groups, Memberships, Stage, find};
use crate::{
    expression::Moment,
    model::{
        Comparison, Finding, FindingKind, LifecycleState, PersonId, Read, RecordView, Situation, SystemName,
    },
    planning::{
        accounts::Byproducts,
        compare::key,
        compile::CompiledMirror,
        names::of_groups::GroupRow,
        rules::{Entitlement, Mirror, Source},
    },
};

/// The groups there are to be mirrored, by the group here; none where the group there is gone.
type Pairs<'a> = BTreeMap<usize, Vec<RecordView<'a>>>;

/// Who is who where groups are mirrored from.
struct Origin<'a> {
    read: &'a Read,
    member: usize,
    comparison: Comparison,
    /// Whoever has an account there, by how groups name it.
    people: AHashMap<Cow<'a, str>, usize>,
    /// Of whom it is certain that they have no other account there.
    certain: Vec<bool>,
    /// The groups, by how groups name them, where those in other groups count.
    groups: AHashMap<Cow<'a, str>, RecordView<'a>>,
}

impl<'a> Stage<'a> {
    /// Plans the memberships of one rule in the groups of its target.
    pub(super) fn mirror(
        &self,
        groups: &Groups<'a>,
        mirror: &'a CompiledMirror,
        memberships: &mut Memberships,
        removed: &mut BTreeSet<(u32, String)>,
        by: &mut Byproducts,
    ) {
        let rule = &self.compiled.rules.mirrors[mirror.at];
        if rule.system != *groups.system {
            return;
        }
        let Some(origin) = self.origin(rule) else {
            let message = format!("no groups were read from {}", rule.from);
            by.findings
                .push(invalid(rule, &rule.from, rule.from.as_str(), message));
            return;
        };
        let mut given: AHashMap<&str, AHashSet<PersonId>> = AHashMap::new();
        for grant in &self.inputs.memory.grants {
            if grant.rule == rule.name && grant.system == rule.system {
                given
                    .entry(grant.group.as_str())
                    .or_default()
                    .insert(grant.person);
            }
        }
        let none = AHashSet::new();
        let pairs = self.pairs(groups, mirror, &origin, &given, by);
        let touchable: Vec<bool> = (0..self.people.len())
            .map(|person| self.is_touchable(groups, person))
            .collect();
        let owners = if rule.authoritative {
            self.owners(groups)
        } else {
            AHashMap::new()
        };
        let entitlement = Entitlement {
            name: rule.name.clone(),
            when: Source {
                text: String::new(),
                span: 0..0,
            },
            grants: Vec::new(),
            authoritative: rule.authoritative,
        };
        for (at, there) in pairs {
            let record = groups.read.records.get(at);
            let Some(group) = groups.find(record.anchor()) else {
                continue;
            };
            let members = origin.members(&there);
            let ledger = given.get(record.anchor()).unwrap_or(&none);
            let known = ledger
                .iter()
                .filter_map(|id| Some(self.people.find(*id)? as usize));
            let others = group
                .members
                .iter()
                .filter_map(|member| owners.get(member).copied());
            let mut concerned: BTreeSet<usize> = members.iter().copied().collect();
            concerned.extend(known.chain(others));
            for person in concerned {
                let is_member = members.contains(&person);
                if !is_member && !origin.certain[person] {
                    continue;
                }
                let deserves = is_member && touchable[person];
                self.settle(
                    groups,
                    &entitlement,
                    &group,
                    person,
                    deserves,
                    ledger,
                    memberships,
                    removed,
                );
            }
        }
    }

    /// Finds out who is who where groups are mirrored from.
    fn origin(&self, rule: &Mirror) -> Option<Origin<'a>> {
        let read = self.inputs.groups.iter().find(|read| read.system == rule.from)?;
        let member = read.records.schema().position("member")?;
        let comparison = read.records.schema().columns[member].comparison;
        let accounts = self.inputs.reads.iter().find(|read| read.system == rule.from)?;
        let mut people = AHashMap::new();
        let mut certain = vec![read.proves_absence(); self.people.len()];
        for (person, certain) in certain.iter_mut().enumerate() {
            let mut is_known = false;
            let mut note = |record: RecordView<'a>| {
                people.insert(named(record, comparison), person);
                is_known = true;
            };
            for at in self.people.records_in(self.compiled, person, &rule.from) {
                note(accounts.records.get(at as usize));
            }
            for (accounts, plan) in self.compiled.accounts.iter().zip(self.plans) {
                if accounts.rule.system != rule.from {
                    continue;
                }
                plan.record(person).into_iter().for_each(&mut note);
                *certain &= !matches!(plan.situation[person], Situation::Ambiguous | Situation::Unknown);
            }
            *certain &= is_known || accounts.proves_absence();
        }
        let records = read.records.iter().filter(|_| rule.nested);
        let groups = records.map(|group| (named(group, comparison), group)).collect();
        Some(Origin {
            read,
            member,
            comparison,
            people,
            certain,
            groups,
        })
    }

    /// Pairs the groups here with those there.
    fn pairs(
        &self,
        groups: &Groups<'a>,
        mirror: &CompiledMirror,
        origin: &Origin<'a>,
        given: &AHashMap<&str, AHashSet<PersonId>>,
        by: &mut Byproducts,
    ) -> Pairs<'a> {
        let rule = &self.compiled.rules.mirrors[mirror.at];
        let moment = Moment {
            now: self.inputs.now,
            time_zone: &self.compiled.time_zone,
        };
        let places = Places::of(groups);
        let mut pairs = Pairs::new();
        let mut is_certain = origin.read.proves_absence();
        for there in origin.read.records.iter() {
            let row = GroupRow(there);
            let scope = mirror.scope.as_ref();
            match scope.map_or(Ok(true), |scope| scope.holds(&row, &moment)) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) => {
                    is_certain = false;
                    let message = format!("whether it is mirrored cannot be told: {error}");
                    by.findings
                        .push(invalid(rule, &rule.from, there.location(), message));
                    continue;
                }
            }
            let wanted = match &mirror.group {
                Some(group) => {
                    let value = group.evaluate(&row, &moment).ok();
                    value.and_then(|value| value.as_text().map(Cow::into_owned))
                }
                None => there.get("name").first().map(str::to_owned),
            };
            let wanted = wanted.filter(|wanted| !wanted.is_empty());
            let Some(here) = wanted.as_ref().and_then(|wanted| places.find(groups, wanted)) else {
                is_certain &= wanted.is_some();
                let wanted = wanted.unwrap_or_default();
                let message = format!(
                    "{} has no group `{wanted}` for {} of {}: make it, or leave it out with `scope`",
                    rule.system,
                    there.location(),
                    rule.from
                );
                by.findings.push(invalid(rule, &rule.system, &wanted, message));
                continue;
            };
            pairs.entry(here).or_default().push(there);
        }
        if is_certain {
            // what was mirrored and is not there any more, or not in scope
            let anchors = groups
                .read
                .records
                .iter()
                .filter(|here| given.contains_key(here.anchor()));
            for here in anchors {
                pairs.entry(here.index()).or_default();
            }
        }
        pairs
    }

    /// Whether somebody's account may be given groups.
    fn is_touchable(&self, groups: &Groups<'_>, person: usize) -> bool {
        let is_employed = matches!(
            self.people.standings[person].state,
            LifecycleState::Active | LifecycleState::OnLeave | LifecycleState::PreHire
        );
        is_employed
            && groups.rules.iter().any(|rule| {
                matches!(
                    self.plans[*rule].situation[person],
                    Situation::Confirmed
                        | Situation::Found
                        | Situation::Drifted
                        | Situation::New
                        | Situation::Upcoming
                )
            })
    }

    /// Whose accounts are where, by how groups here name members.
    fn owners(&self, groups: &Groups<'a>) -> AHashMap<String, usize> {
        let accounts = (0..self.people.len()).filter_map(|person| {
            let (_, record) = self.account(groups, person)?;
            Some((groups.member_key(record), person))
        });
        accounts.collect()
    }
}

impl<'a> Origin<'a> {
    /// The people in any of some groups, and in the groups in them where those count.
    fn members(&self, groups: &[RecordView<'a>]) -> AHashSet<usize> {
        let mut members = AHashSet::new();
        let mut seen: AHashSet<usize> = groups.iter().map(|group| group.index()).collect();
        let mut open = groups.to_vec();
        while let Some(group) = open.pop() {
            for member in group.cell(self.member).each() {
                let member = key(member, self.comparison);
                if let Some(inner) = self.groups.get(&member)
                    && seen.insert(inner.index())
                {
                    open.push(*inner);
                }
                members.extend(self.people.get(&member));
            }
        }
        members
    }
}

/// The groups here by what rules may call them; what two are called means neither.
struct Places {
    by_name: AHashMap<String, Option<usize>>,
}

impl Places {
    fn of(groups: &Groups<'_>) -> Self {
        let mut by_name: AHashMap<String, Option<usize>> = AHashMap::new();
        for group in groups.read.records.iter() {
            for name in group.get("name").each() {
                by_name
                    .entry(name.to_lowercase())
                    .and_modify(|known| *known = known.filter(|at| *at == group.index()))
                    .or_insert(Some(group.index()));
            }
        }
        Self { by_name }
    }

    /// Finds a group by its name, or else as other rules do.
    fn find(&self, groups: &Groups<'_>, wanted: &str) -> Option<usize> {
        match self.by_name.get(&wanted.to_lowercase()) {
            Some(at) => *at,
            None => find(groups.read, groups.member, wanted).map(RecordView::index),
        }
    }
}

/// How groups name an object.
fn named(record: RecordView<'_>, comparison: Comparison) -> Cow<'_, str> {
    match comparison {
        Comparison::DistinguishedName => key(record.location(), comparison),
        _ => key(record.anchor(), comparison),
    }
}

fn invalid(rule: &Mirror, system: &SystemName, subject: &str, message: String) -> Finding {
    Finding {
        kind: FindingKind::Invalid,
        person: None,
        subject: subject.to_string(),
        rule: Some(rule.name.clone()),
        system: system.clone(),
        anchors: vec![],
        candidates: vec![],
        message,
    }
}
