//! How everybody stands under a rule.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use ahash::AHashMap;
use jiff::civil::Date;
use rayon::prelude::*;

use super::{Byproducts, Since, Stage};
use crate::{
    model::{Finding, FindingKind, LifecycleState, Read, RecordView, Situation, Timer},
    planning::{
        assignment::{Assigned, Assignment, OwnAccount},
        draft::{NO_RECORD, RulePlan},
        matching::Match,
        rules::OutOfScope,
        wanted::{Wanted, wanted},
    },
};

/// One person under one rule. There are many: what can be computed again is not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Case {
    pub situation: Situation,
    pub in_scope: bool,
}

impl<'a: 'b, 'b> Stage<'a, 'b> {
    /// Tells how everybody stands, and for whom that cannot be told.
    pub(super) fn situate_all(&self, matches: &[Match], read: &Read) -> (Vec<Case>, BTreeMap<usize, String>) {
        let faults = Mutex::new(BTreeMap::new());
        let cases = (0..self.people.len())
            .into_par_iter()
            .with_min_len(1024)
            .map(|person| {
                let (case, fault) = self.situate(person, &matches[person], read);
                if let Some(fault) = fault {
                    let mut faults = faults.lock().unwrap_or_else(PoisonError::into_inner);
                    faults.insert(person, fault);
                }
                case
            })
            .collect();
        (cases, faults.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a person should have.
    pub(super) fn wanted(&self, person: usize, in_scope: bool) -> Wanted {
        let rule = &self.accounts().rule;
        let is_released = !in_scope
            && rule.out_of_scope == OutOfScope::Keep
            && self.since.released.contains_key(&(person as u32));
        if is_released {
            return Wanted::Excluded;
        }
        wanted(
            rule,
            self.people.standings[person],
            in_scope,
            self.since.over.get(&(person as u32)).copied(),
            self.people.today_of(person),
            self.people.zone_of(person),
        )
    }

    fn situate(&self, person: usize, found: &Match, read: &Read) -> (Case, Option<String>) {
        let accounts = self.accounts();
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
        let assigned = self.assigned(person, found, record);
        let in_scope = in_scope && assigned == Assigned::Yes;
        let wanted = self.wanted(person, in_scope);
        // whose account ends anyway needs no group
        let is_untold = assigned == Assigned::Untold && wanted == Wanted::Excluded;
        let usable = |record: RecordView<'_>| record.enabled() != Some(false);
        let situation = if self.people.faulty[person] || fault.is_some() || is_untold {
            Situation::Unknown
        } else {
            match (found, record) {
                (Match::Untold, _) => Situation::Unknown,
                (Match::Missing(_), _) => match wanted {
                    Wanted::Over { .. } | Wanted::Kept | Wanted::Excluded => Situation::Closed,
                    _ => Situation::Missing,
                },
                (Match::Taken(_), _) => match wanted {
                    Wanted::Usable { .. } | Wanted::Upcoming { .. } => Situation::Taken,
                    _ => Situation::OutOfScope,
                },
                (Match::Ambiguous(_), _) => match wanted {
                    Wanted::Kept | Wanted::Excluded => Situation::OutOfScope,
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
                    Wanted::Over { .. }
                        if usable(record) && self.people.standings[person].state == LifecycleState::Gone =>
                    {
                        Situation::Vanished
                    }
                    Wanted::Over { .. } if usable(record) => Situation::Leaving,
                    Wanted::Over { .. } => Situation::Retired,
                    Wanted::Kept => Situation::OutOfScope,
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
                    Wanted::Unusable | Wanted::Over { .. } | Wanted::Kept | Wanted::Excluded => {
                        Situation::OutOfScope
                    }
                },
            }
        };
        let case = Case { situation, in_scope };
        (case, fault)
    }

    /// Whether somebody is in one of the groups that the rule is for.
    fn assigned(&self, person: usize, found: &Match, record: Option<RecordView<'a>>) -> Assigned {
        let Some(assignment) = &self.assignment else {
            return Assigned::Yes;
        };
        let own = OwnAccount {
            record,
            is_certain: !matches!(found, Match::Untold | Match::Ambiguous(_)),
        };
        assignment.tell(self.compiled, self.people, self.before, own, person)
    }

    /// Notes which groups cannot be told, for whom the rule is.
    fn note_assignment(&self, by: &mut Byproducts) {
        let rule = &self.accounts().rule;
        for (assigned, trouble) in self.assignment.iter().flat_map(Assignment::troubles) {
            let (group, system) = (&assigned.group.text, &assigned.system);
            by.findings.push(Finding {
                kind: FindingKind::Invalid,
                person: None,
                subject: group.clone(),
                rule: Some(rule.name.clone()),
                system: system.clone(),
                anchors: vec![],
                candidates: vec![],
                message: format!(
                    "who is in `{group}` of {system} cannot be told: {trouble}; nobody gets or loses an account by `{}` for it: make the group, or correct `assigned`",
                    rule.name
                ),
            });
        }
    }

    /// Notes findings, links and timers.
    pub(super) fn note(
        &self,
        matches: &[Match],
        cases: &[Case],
        faults: BTreeMap<usize, String>,
        plan: &RulePlan<'_>,
        by: &mut Byproducts,
    ) {
        let rule = &self.accounts().rule;
        self.note_assignment(by);
        for (person, fault) in faults {
            by.findings
                .push(self.finding(FindingKind::Invalid, person, vec![], fault));
        }
        for (person, (found, case)) in matches.iter().zip(cases).enumerate() {
            match found {
                Match::Ambiguous(doubt) if case.situation == Situation::Ambiguous => {
                    by.findings.push(self.ambiguous(person, doubt));
                }
                Match::Taken(doubt) if case.situation == Situation::Taken => {
                    by.findings.push(self.taken(person, doubt));
                }
                Match::Missing(doubt) if case.situation == Situation::Missing => {
                    by.findings.push(self.missing(person, doubt));
                }
                _ => {}
            }
            if plan.record_of[person] == NO_RECORD {
                continue;
            }
            let mut note = |kind: &str, since: &AHashMap<u32, Date>| {
                let base = since.get(&(person as u32)).copied();
                by.timers.push(Timer {
                    person: self.people.ids[person],
                    rule: rule.name.clone(),
                    kind: kind.to_owned(),
                    base: base.unwrap_or_else(|| self.people.today_of(person)),
                });
            };
            let standing = self.people.standings[person];
            let has_last_day = standing.end.is_some_and(|end| end < self.people.today_of(person));
            let is_over = match standing.state {
                LifecycleState::Gone => true,
                LifecycleState::Ended => !has_last_day,
                _ => false,
            };
            if is_over {
                note(Since::OVER, &self.since.over);
            }
            let is_released = case.situation == Situation::OutOfScope
                && !case.in_scope
                && rule.out_of_scope == OutOfScope::Keep
                && self.wanted(person, false) == Wanted::Excluded;
            // what cannot be told now is as it was
            let stays_released =
                case.situation == Situation::Unknown && self.since.released.contains_key(&(person as u32));
            if is_released || stays_released {
                note(Since::RELEASED, &self.since.released);
            }
        }
    }
}
