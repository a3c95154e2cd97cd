//! Memberships: who should be in which group, and who is.

mod mirror;

use std::collections::{BTreeSet, HashMap};

use ahash::{AHashMap, AHashSet};
use rayon::prelude::*;

use super::{
    Inputs,
    accounts::Byproducts,
    compare::key,
    compile::Compiled,
    draft::{Draft, PersonRow, RulePlan},
    events::Events,
    people::People,
};
use crate::{
    expression::Moment,
    model::{
        After, Change, Comparison, Finding, FindingKind, Fingerprint, Grant, Kind, LifecycleState, Operation,
        Precondition, Read, RecordView, Reference, Risk, RuleName, Situation, SystemName, Target, Value,
    },
};

/// The memberships that are answered for from now on, and the operations.
#[derive(Default)]
pub(super) struct Memberships {
    pub drafts: Vec<Draft>,
    pub adopted: Vec<Grant>,
}

struct Stage<'a> {
    compiled: &'a Compiled,
    inputs: &'a Inputs<'a>,
    people: &'a People<'a>,
    events: &'a Events,
    plans: &'a [RulePlan<'a>],
}

/// The groups of one system.
struct Groups<'a> {
    system: &'a SystemName,
    read: &'a Read,
    member: usize,
    by_distinguished_name: bool,
    /// The account rules of the system, by their places.
    rules: Vec<usize>,
}

/// A group, and who is in it.
struct Group<'a> {
    record: RecordView<'a>,
    members: AHashSet<String>,
}

/// Plans memberships.
pub(super) fn plan<'a>(
    compiled: &'a Compiled,
    inputs: &'a Inputs<'a>,
    people: &'a People<'a>,
    events: &'a Events,
    plans: &'a [RulePlan<'a>],
    by: &mut Byproducts,
) -> Memberships {
    let stage = Stage {
        compiled,
        inputs,
        people,
        events,
        plans,
    };
    let mut memberships = Memberships::default();
    for read in inputs.groups {
        let Some(groups) = stage.groups(read) else {
            continue;
        };
        let mut removed = BTreeSet::new();
        stage.strip_leavers(&groups, &mut memberships, &mut removed);
        for at in 0..compiled.entitlements.len() {
            stage.entitle(&groups, at, &mut memberships, &mut removed, by);
        }
        for mirror in &compiled.mirrors {
            stage.mirror(&groups, mirror, &mut memberships, &mut removed, by);
        }
    }
    memberships
}

impl<'a> Stage<'a> {
    fn groups(&self, read: &'a Read) -> Option<Groups<'a>> {
        let member = read.records.schema().position("member")?;
        let rules: Vec<_> = (0..self.compiled.accounts.len())
            .filter(|rule| self.compiled.accounts[*rule].rule.system == read.system)
            .collect();
        let by_distinguished_name =
            read.records.schema().columns[member].comparison == Comparison::DistinguishedName;
        (!rules.is_empty()).then_some(Groups {
            system: &read.system,
            read,
            member,
            by_distinguished_name,
            rules,
        })
    }

    /// The account a person has in the system of these groups: rule and record.
    fn account(&self, groups: &Groups<'_>, person: usize) -> Option<(usize, RecordView<'a>)> {
        groups
            .rules
            .iter()
            .filter(|rule| !self.plans[**rule].foreign.contains(&(person as u32)))
            .find_map(|rule| Some((*rule, self.plans[*rule].record(person)?)))
    }

    /// Leavers lose every group whose members were read, if their rule says so.
    fn strip_leavers(
        &self,
        groups: &Groups<'a>,
        memberships: &mut Memberships,
        removed: &mut BTreeSet<(u32, String)>,
    ) {
        let mut leavers: AHashMap<String, (usize, usize)> = AHashMap::new();
        for rule in &groups.rules {
            if !self.compiled.accounts[*rule].rule.leaver.remove_groups {
                continue;
            }
            for (person, situation) in self.plans[*rule].situation.iter().enumerate() {
                let over = matches!(
                    self.people.standings[person].state,
                    LifecycleState::Ended | LifecycleState::Gone
                );
                if over
                    && matches!(
                        situation,
                        Situation::Leaving | Situation::Vanished | Situation::Retired
                    )
                    && let Some(record) = self.plans[*rule].record(person)
                {
                    leavers.insert(groups.member_key(record), (person, *rule));
                }
            }
        }
        if leavers.is_empty() {
            return;
        }
        for record in groups.read.records.iter() {
            for member in record.cell(groups.member).each() {
                let key = groups.text_key(member);
                if let Some((person, rule)) = leavers.get(&*key) {
                    let name = self.compiled.accounts[*rule].rule.name.clone();
                    let why = format!("leavers lose their groups (accounts `{name}`)");
                    removed.insert((*person as u32, record.anchor().to_owned()));
                    let draft = self.membership(groups, *rule, *person, record, &name, false, why);
                    memberships.drafts.push(draft);
                }
            }
        }
    }

    fn entitle(
        &self,
        groups: &Groups<'a>,
        at: usize,
        memberships: &mut Memberships,
        removed: &mut BTreeSet<(u32, String)>,
        by: &mut Byproducts,
    ) {
        let entitlement = &self.compiled.rules.entitlements[self.compiled.entitlements[at].at];
        let grants: Vec<_> = entitlement
            .grants
            .iter()
            .filter(|(system, _)| system == groups.system)
            .collect();
        if grants.is_empty() {
            return;
        }
        let deserves = self.deserving(at, groups);
        for (_, wanted) in grants {
            let Some(group) = groups.find(wanted) else {
                by.findings.push(Finding {
                    kind: FindingKind::Invalid,
                    person: None,
                    subject: wanted.clone(),
                    rule: Some(entitlement.name.clone()),
                    system: groups.system.clone(),
                    anchors: vec![],
                    candidates: vec![],
                    message: format!(
                        "{} has no group `{wanted}`: make it, or correct `{}`",
                        groups.system, entitlement.name
                    ),
                });
                continue;
            };
            let ledger: AHashSet<_> = self
                .inputs
                .memory
                .grants
                .iter()
                .filter(|grant| {
                    grant.rule == entitlement.name && grant.group.as_str() == group.record.anchor()
                })
                .map(|grant| grant.person)
                .collect();
            for (person, deserves) in deserves.iter().enumerate() {
                self.settle(
                    groups,
                    entitlement,
                    &group,
                    person,
                    *deserves,
                    &ledger,
                    memberships,
                    removed,
                );
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one membership, seen from every side")]
    fn settle(
        &self,
        groups: &Groups<'a>,
        entitlement: &super::rules::Entitlement,
        group: &Group<'a>,
        person: usize,
        deserves: bool,
        ledger: &AHashSet<crate::model::PersonId>,
        memberships: &mut Memberships,
        removed: &mut BTreeSet<(u32, String)>,
    ) {
        let id = self.people.ids[person];
        let known = ledger.contains(&id);
        if !deserves && !known && !entitlement.authoritative {
            return;
        }
        let account = self.account(groups, person);
        let is_member =
            account.is_some_and(|(_, record)| group.members.contains(&*groups.member_key(record)));
        let name = &entitlement.name;
        match (deserves, is_member) {
            // until the account is adopted nobody knows that it is this person's
            (true, true) if !known && self.is_adopted(account, person) => memberships.adopted.push(Grant {
                person: id,
                rule: name.clone(),
                system: groups.system.clone(),
                group: group.record.owned_anchor(),
            }),
            (true, false) => {
                let rule = account
                    .map(|(rule, _)| rule)
                    .or_else(|| self.newborn(groups, person));
                if let Some(rule) = rule {
                    let why = format!("entitled by `{name}`");
                    memberships.drafts.push(self.membership(
                        groups,
                        rule,
                        person,
                        group.record,
                        name,
                        true,
                        why,
                    ));
                }
            }
            (false, true) if known || entitlement.authoritative => {
                let key = (person as u32, group.record.anchor().to_owned());
                if let Some((rule, _)) = account
                    && self.may_touch(rule, person)
                    && removed.insert(key)
                {
                    let why = format!("no longer entitled by `{name}`");
                    memberships.drafts.push(self.membership(
                        groups,
                        rule,
                        person,
                        group.record,
                        name,
                        false,
                        why,
                    ));
                }
            }
            _ => {}
        }
    }

    fn is_adopted(&self, account: Option<(usize, RecordView<'_>)>, person: usize) -> bool {
        account.is_some_and(|(rule, _)| self.plans[rule].adoption(person as u32).is_none())
    }

    fn may_touch(&self, rule: usize, person: usize) -> bool {
        !matches!(
            self.plans[rule].situation[person],
            Situation::Protected | Situation::Ambiguous | Situation::Taken | Situation::Unknown
        )
    }

    /// The rule that makes an account for a person in this plan, now or later.
    fn newborn(&self, groups: &Groups<'_>, person: usize) -> Option<usize> {
        groups.rules.iter().copied().find(|rule| {
            matches!(
                self.plans[*rule].situation[person],
                Situation::New | Situation::Upcoming
            ) && self.plans[*rule].overlay.contains_key(&(person as u32))
        })
    }

    fn deserving(&self, at: usize, groups: &Groups<'_>) -> Vec<bool> {
        let when = &self.compiled.entitlements[at].when;
        (0..self.people.len())
            .into_par_iter()
            .with_min_len(1024)
            .map(|person| {
                let employed = matches!(
                    self.people.standings[person].state,
                    LifecycleState::Active | LifecycleState::OnLeave | LifecycleState::PreHire
                );
                let touchable = groups.rules.iter().any(|rule| {
                    matches!(
                        self.plans[*rule].situation[person],
                        Situation::Confirmed
                            | Situation::Found
                            | Situation::Drifted
                            | Situation::New
                            | Situation::Upcoming
                    )
                });
                let row = PersonRow {
                    compiled: self.compiled,
                    people: self.people,
                    person,
                    before: self.plans,
                    current: None,
                    own: &[],
                    in_scope: true,
                };
                let moment = Moment {
                    now: self.inputs.now,
                    time_zone: self.people.zone_of(person),
                };
                employed && touchable && when.holds(&row, &moment).unwrap_or(false)
            })
            .collect()
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one operation, put together once"
    )]
    fn membership(
        &self,
        groups: &Groups<'_>,
        rule: usize,
        person: usize,
        group: RecordView<'_>,
        name: &RuleName,
        add: bool,
        why: String,
    ) -> Draft {
        let account = &self.compiled.accounts[rule].rule;
        let id = self.people.ids[person];
        let member = Value::Reference(Reference::Account {
            person: id,
            rule: account.name.clone(),
        });
        let (before, after) = if add {
            (Value::Absent, member)
        } else {
            (member, Value::Absent)
        };
        // a membership is given together with the account, not before
        let born = self.plans[rule]
            .drafts
            .iter()
            .find(|draft| draft.person == Some(person as u32) && draft.operation.kind == Kind::Create)
            .filter(|_| self.plans[rule].record(person).is_none());
        Draft {
            person: Some(person as u32),
            rule: rule as u16,
            waits: born.map(|_| (person as u32, rule as u16)).into_iter().collect(),
            number: None,
            after: Vec::new(),
            operation: Operation {
                fingerprint: Fingerprint([0; 32]),
                person: Some(id),
                subject: self.people.name(person),
                rule: name.clone(),
                system: groups.system.clone(),
                class: vec!["group".to_owned()],
                kind: if add { Kind::AddMember } else { Kind::RemoveMember },
                situation: self.plans[rule].situation[person],
                event: self.events.of[person],
                target: Target {
                    anchor: Some(group.owned_anchor()),
                    location: group.location().to_owned(),
                    container: None,
                    name: groups.name(group),
                },
                changes: vec![Change {
                    attribute: "member".to_owned(),
                    before,
                    after: After::Known(after),
                    marked: false,
                }],
                usable: None,
                precondition: Precondition::Membership,
                waits_for: Vec::new(),
                due: born.and_then(|draft| draft.operation.due),
                risk: if add { Vec::new() } else { vec![Risk::Destructive] },
                why,
                undoes: None,
            },
        }
    }
}

impl<'a> Groups<'a> {
    fn member_key(&self, account: RecordView<'_>) -> String {
        if self.by_distinguished_name {
            self.text_key(account.location()).into_owned()
        } else {
            account.anchor().to_owned()
        }
    }

    fn text_key<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, str> {
        key(text, self.read.records.schema().columns[self.member].comparison)
    }

    /// The name of a group whose place does not tell it.
    fn name(&self, group: RecordView<'_>) -> Option<String> {
        if self.by_distinguished_name {
            return None;
        }
        group.get("name").first().map(str::to_owned)
    }

    /// Finds a group by its place, its name or its id.
    fn find(&self, wanted: &str) -> Option<Group<'a>> {
        let record = find(self.read, self.member, wanted)?;
        let members = record
            .cell(self.member)
            .each()
            .map(|text| self.text_key(text).into_owned())
            .collect();
        Some(Group { record, members })
    }
}

/// Finds a group by its place, its name or its id; `member` is the column of the members.
pub(super) fn find<'a>(read: &'a Read, member: usize, wanted: &str) -> Option<RecordView<'a>> {
    let schema = read.records.schema();
    let name = schema.position("name");
    let place = (schema.columns[member].comparison == Comparison::DistinguishedName)
        .then(|| key(wanted, Comparison::DistinguishedName));
    read.records.iter().find(|record| {
        record.anchor() == wanted
            || name.is_some_and(|name| {
                let mut names = record.cell(name).each();
                names.any(|text| text.eq_ignore_ascii_case(wanted))
            })
            || place
                .as_ref()
                .is_some_and(|place| key(record.location(), Comparison::DistinguishedName) == *place)
    })
}

/// Counts the members of each group, for the guard rails.
pub(super) fn sizes(inputs: &Inputs<'_>) -> HashMap<(SystemName, String), usize> {
    let mut sizes = HashMap::new();
    for read in inputs.groups {
        if let Some(member) = read.records.schema().position("member") {
            for record in read.records.iter() {
                let key = (read.system.clone(), record.location().to_owned());
                sizes.insert(key, record.cell(member).each().count());
            }
        }
    }
    sizes
}
