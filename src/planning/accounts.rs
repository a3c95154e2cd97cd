//! What one account rule means for everybody: situations, and the operations that bring accounts where they should
//! be.
//!
//! | step | module | what it does |
//! |---|---|---|
//! | situate | `situate` | tells how everybody stands under the rule |
//! | decide | `decide` | says what a person has to decide, and between what |
//! | adopt | `adopt` | links the accounts that were found, once somebody approves |
//! | change | `change`, `difference` | brings the accounts that are there where they should be |
//! | give | `given` | tells what a mapping gives somebody: its value, its default, or a later one |
//! | place | `place` | tells the container an account belongs in |
//! | create | `create` | makes those that are not |
//! | check | `demands` | stops what the target's schema forbids |

mod adding;
mod adopt;
mod change;
mod create;
mod decide;
pub(super) mod demands;
mod difference;
mod given;
mod logon_name;
mod password_set;
mod place;
mod situate;
mod suffix;

use ahash::{AHashMap, AHashSet};
use jiff::civil::Date;
use rayon::prelude::*;

pub(super) use self::given::Occasion;
use self::{change::Outcomes, situate::Case};
use super::{
    Inputs,
    aside::Aside,
    assignment::Assignment,
    compile::{Compiled, CompiledAccounts, CompiledValue},
    draft::{Draft, NO_RECORD, PersonRow, RulePlan},
    events::Events,
    matching::{self, Match},
    people::People,
    random::Kept,
    references::References,
    unique::Uniques,
};
use crate::{
    expression::Moment,
    model::{
        Finding, FindingKind, Fingerprint, Kind, Links, Memory, Operation, PersonId, Precondition,
        RecordView, RuleName, Situation, Target, Timer, Value,
    },
};

/// How many people one worker takes at a time.
const CHUNK: usize = 8192;

/// What planning one rule leaves behind beside its [`RulePlan`].
#[derive(Default)]
pub(super) struct Byproducts {
    pub findings: Vec<Finding>,
    pub links: Links,
    pub timers: Vec<Timer>,
}

/// Values an account will have: (column of the target, value).
type Columns = Vec<(usize, Value<'static>)>;

/// Somebody's account that is there.
#[derive(Clone, Copy)]
struct Account<'a> {
    person: usize,
    record: RecordView<'a>,
    case: Case,
}

/// One account rule, and all that planning it needs.
pub(super) struct Stage<'a, 'b> {
    pub compiled: &'a Compiled,
    pub inputs: &'a Inputs<'a>,
    pub people: &'a People<'a>,
    pub events: &'a Events,
    /// Values that are kept since earlier plans.
    pub kept: &'b Kept,
    pub before: &'b [RulePlan<'a>],
    /// Those who are not planned.
    pub aside: Option<&'a Aside<'a>>,
    pub rule: usize,
    /// Whether a record of the target is protected, by its place.
    pub protected: &'a [bool],
    /// The groups whose members the rule is for, if it names any.
    pub assignment: Option<Assignment<'a>>,
    pub since: Since,
}

/// What is remembered of people under a rule, and since when.
pub(super) struct Since {
    /// When people that no source names any more were first missed, and when those that ended without a last day were
    /// first read so.
    over: AHashMap<u32, Date>,
    /// When people left the scope whose account is kept then. It is not managed any more, whatever becomes of them.
    released: AHashMap<u32, Date>,
}

impl Since {
    /// The kinds of the timers.
    const OVER: &'static str = "gone";
    const RELEASED: &'static str = "released";

    /// Takes what is remembered of a rule.
    pub(super) fn of(rule: &RuleName, people: &People<'_>, memory: &Memory) -> Self {
        let of = |kind| {
            let timers = memory.timers.iter();
            timers
                .filter(|timer| timer.rule == *rule && timer.kind == kind)
                .filter_map(|timer| Some((people.find(timer.person)?, timer.base)))
                .collect()
        };
        Self {
            over: of(Self::OVER),
            released: of(Self::RELEASED),
        }
    }
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

    fn row_of(&self, account: Account<'a>) -> PersonRow<'b> {
        self.row(account.person, Some(account.record), account.case.in_scope)
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
        let matches = matching::find(
            self.compiled,
            self.inputs,
            self.people,
            self.before,
            self.rule,
            self.aside,
        );
        let (cases, faults) = self.situate_all(&matches, read);
        let found = self.found(&matches, &cases, by);
        let mut plan = RulePlan {
            records: &read.records,
            record_of: matches.iter().map(record_of).collect(),
            situation: cases.iter().map(|case| case.situation).collect(),
            overlay: AHashMap::new(),
            created: AHashSet::new(),
            adoptable: found.adoptable,
            normalised: found.normalised,
            foreign: found.foreign,
            doubtful: doubtful(&matches, &cases),
            unsure: unsure(&matches),
            drafts: Vec::new(),
        };
        self.note(&matches, &cases, faults, &plan, by);
        drop(matches);
        let creates = self.creates(&cases);
        let due: AHashSet<u32> = creates
            .iter()
            .filter(|person| cases[**person].situation == Situation::New)
            .map(|p| *p as u32)
            .collect();
        let references = References::new(self, &plan, &due);
        let changes: Vec<Outcomes> = (0..self.people.len().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let mut outcomes = Outcomes::default();
                let first = chunk * CHUNK;
                for (person, case) in cases.iter().enumerate().skip(first).take(CHUNK) {
                    if let Some(record) = plan.record(person) {
                        let account = Account {
                            person,
                            record,
                            case: *case,
                        };
                        self.change(account, &references, &mut outcomes);
                    }
                }
                outcomes
            })
            .collect();
        let mut drafts =
            Vec::with_capacity(changes.iter().map(|some| some.drafts.len()).sum::<usize>() + creates.len());
        for outcomes in changes {
            by.findings.extend(outcomes.findings);
            for person in outcomes.drifted {
                plan.situation[person as usize] = Situation::Drifted;
            }
            plan.overlay.extend(outcomes.overlays);
            drafts.extend(outcomes.drafts);
            uniques.reservations.extend(outcomes.reservations);
        }
        for person in creates {
            match self.create(person, cases[person], &references, uniques) {
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
            number: None,
            after: Vec::new(),
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
                undoes: None,
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
            candidates: vec![],
            message,
        }
    }

    /// Where the person's facts come from, in words.
    fn place(&self, person: usize) -> String {
        match self.people.record(person) {
            None => "no source".to_owned(),
            Some(record) => record.location().to_owned(),
        }
    }

    fn start_text(&self, person: usize) -> String {
        self.people.standings[person]
            .start
            .map_or_else(|| "at an unknown date".to_owned(), |start| start.to_string())
    }

    /// The references that the rule's accounts hold.
    pub(super) fn references(&self) -> Vec<usize> {
        let values = self.accounts().mappings.iter().map(|mapping| &mapping.value);
        values
            .filter_map(|value| match value {
                CompiledValue::Reference(reference) => Some(*reference),
                _ => None,
            })
            .collect()
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

/// The records between which a person has to decide.
fn doubtful(matches: &[Match], cases: &[Case]) -> AHashSet<u32> {
    let doubts = matches
        .iter()
        .zip(cases)
        .filter_map(|(found, case)| match (found, case.situation) {
            (Match::Ambiguous(doubt), Situation::Ambiguous) | (Match::Missing(doubt), Situation::Missing) => {
                Some(&doubt.records)
            }
            _ => None,
        });
    doubts.flatten().copied().collect()
}

/// The people of whom it is not told whether they have an account, or which.
fn unsure(matches: &[Match]) -> Vec<u32> {
    let is_sure = |found: &Match| match found {
        Match::Linked(_) | Match::Found(..) | Match::None => true,
        Match::Missing(doubt) => doubt.records.is_empty(),
        Match::Untold | Match::Ambiguous(_) | Match::Taken(_) => false,
    };
    let unsure = matches.iter().enumerate().filter(|(_, found)| !is_sure(found));
    unsure.map(|(person, _)| person as u32).collect()
}

fn record_of(found: &Match) -> u32 {
    match found {
        Match::Linked(at) | Match::Found(at, _) => *at,
        _ => NO_RECORD,
    }
}
