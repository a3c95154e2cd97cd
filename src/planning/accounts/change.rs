//! What brings the accounts that are there where they should be.

use super::{Account, Columns, Stage, place::is_in};
use crate::{
    model::{Cell, Column, Finding, FindingKind, Kind, LifecycleState, Reservation, Risk, Situation},
    planning::{
        draft::Draft,
        lost::lost,
        references::References,
        rules::{Gone, OutOfScope},
        wanted::Wanted,
    },
};

/// What became of some existing accounts.
#[derive(Default)]
pub(super) struct Outcomes {
    pub drafts: Vec<Draft>,
    /// What accounts will have, by person.
    pub overlays: Vec<(u32, Columns)>,
    pub findings: Vec<Finding>,
    /// Values that are kept for somebody until they are written.
    pub reservations: Vec<Reservation>,
    /// The people whose account somebody else has changed.
    pub drifted: Vec<u32>,
}

impl Outcomes {
    /// Keeps the finding of a place that cannot be told.
    fn whole(&mut self, place: Result<Option<String>, Box<Finding>>) -> Option<String> {
        place.unwrap_or_else(|finding| {
            self.findings.push(*finding);
            None
        })
    }
}

impl<'a: 'b, 'b> Stage<'a, 'b> {
    /// What brings an existing account where it should be.
    pub(super) fn change(&self, account: Account<'a>, references: &References<'_>, outcomes: &mut Outcomes) {
        let Account { person, record, case } = account;
        let rule = &self.accounts().rule;
        let wanted = self.wanted(person, case.in_scope);
        match (case.situation, wanted) {
            (Situation::Confirmed | Situation::Found, Wanted::Usable { until, .. }) => {
                self.keep_usable(account, references, outcomes);
                if let Some(until) = until.filter(|until| *until > self.inputs.now) {
                    self.disable(account, Some(until), outcomes);
                }
            }
            (Situation::Confirmed | Situation::Found, Wanted::Upcoming { enable, .. })
                if record.enabled() == Some(false) =>
            {
                self.enable(account, Some(enable), outcomes);
            }
            (Situation::Confirmed | Situation::Found, Wanted::Unusable) if record.enabled() == Some(true) => {
                self.disable(account, None, outcomes);
            }
            (
                Situation::Leaving | Situation::Vanished | Situation::Retired,
                Wanted::Over {
                    since,
                    disable,
                    delete,
                },
            ) => {
                let is_usable = case.situation != Situation::Retired && record.enabled() != Some(false);
                if disable && is_usable {
                    match record.enabled() {
                        Some(_) => self.disable(account, since, outcomes),
                        // what is deleted need not be disabled
                        None if delete.is_some() => {}
                        None => outcomes.findings.push(self.cannot_disable(account)),
                    }
                }
                if let Some(delete) = delete {
                    self.delete(account, Some(delete), references, outcomes);
                }
            }
            (Situation::Leaving, Wanted::Excluded) => match rule.out_of_scope {
                OutOfScope::Keep => {}
                OutOfScope::Disable if record.enabled().is_none() => {
                    outcomes.findings.push(self.cannot_disable(account));
                }
                OutOfScope::Disable => self.disable(account, None, outcomes),
                OutOfScope::Delete => self.delete(account, None, references, outcomes),
            },
            _ => {}
        }
    }

    /// Says that somebody keeps access, because the system has no way to take it away for a while.
    fn cannot_disable(&self, account: Account<'a>) -> Finding {
        let rule = &self.accounts().rule;
        let record = account.record;
        let message = format!(
            "{} is still usable and should not be: {} has no way to disable it; name one with `disable`, or let `{}` delete it",
            record.location(),
            rule.system,
            rule.name
        );
        self.finding(
            FindingKind::Invalid,
            account.person,
            vec![record.owned_anchor()],
            message,
        )
    }

    fn keep_usable(&self, account: Account<'a>, references: &References<'_>, outcomes: &mut Outcomes) {
        let Account { person, record, case } = account;
        let rule = &self.accounts().rule;
        let mut moved_by_enabling = false;
        if record.enabled() == Some(false)
            && (rule.leaver.rehire_restores || case.situation == Situation::Confirmed)
        {
            self.enable(account, None, outcomes);
            moved_by_enabling = true;
        }
        let differences = match self.differences(account, references) {
            Ok(differences) => differences,
            Err(message) => {
                let anchors = vec![record.owned_anchor()];
                let finding = self.finding(FindingKind::Invalid, person, anchors, message);
                outcomes.findings.push(finding);
                return;
            }
        };
        if !moved_by_enabling
            && rule.actions.contains(&Kind::Move)
            && let Some(container) = outcomes.whole(self.move_to(account))
        {
            let why = format!("{}: belongs in {container}", self.place(person));
            let mut draft = self.draft(Kind::Move, person, Some(record), why);
            draft.operation.target.container = Some(container);
            outcomes.drafts.push(draft);
        }
        if differences.changes.is_empty() || !rule.actions.contains(&Kind::Update) {
            return;
        }
        outcomes.reservations.extend(differences.reservations);
        let drifted = case.situation == Situation::Confirmed && self.events.unchanged[person];
        let names: Vec<_> = differences
            .changes
            .iter()
            .map(|change| change.attribute.as_str())
            .collect();
        let why = if drifted {
            outcomes.drifted.push(person as u32);
            format!(
                "changed in {} by somebody else: {}",
                rule.system,
                names.join(", ")
            )
        } else {
            format!("{}: {}", self.place(person), names.join(", "))
        };
        if !differences.overlay.is_empty() {
            outcomes.overlays.push((person as u32, differences.overlay));
        }
        let mut draft = self.draft(Kind::Update, person, Some(record), why);
        draft.operation.changes = differences.changes;
        draft.waits = differences.waits;
        outcomes.drafts.push(draft);
    }

    fn enable(&self, account: Account<'a>, due: Option<jiff::Timestamp>, outcomes: &mut Outcomes) {
        let Account { person, record, .. } = account;
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
        draft.operation.target.container = match self.move_to(account) {
            Ok(container) => container,
            Err(finding) => {
                // not usable in the wrong place
                outcomes.findings.push(*finding);
                return;
            }
        };
        outcomes.drafts.push(draft);
    }

    fn disable(&self, account: Account<'a>, due: Option<jiff::Timestamp>, outcomes: &mut Outcomes) {
        let Account { person, record, case } = account;
        let accounts = self.accounts();
        if !accounts.rule.actions.contains(&Kind::Disable) {
            return;
        }
        let standing = self.people.standings[person];
        let wanted = self.wanted(person, case.in_scope);
        let why = match (wanted, standing.end) {
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
        if matches!(wanted, Wanted::Over { .. } | Wanted::Usable { .. })
            && let Some(expression) = &accounts.leaver_container
        {
            // an account that is enabled before leaves this container first
            let comes_back = record.enabled() == Some(false);
            let container = outcomes.whole(self.container(account, expression).map(Some));
            draft.operation.target.container =
                container.filter(|container| comes_back || !is_in(record.location(), container));
        }
        draft.operation.risk.push(Risk::Destructive);
        outcomes.drafts.push(draft);
    }

    fn delete(
        &self,
        account: Account<'a>,
        due: Option<jiff::Timestamp>,
        references: &References<'_>,
        outcomes: &mut Outcomes,
    ) {
        let Account { person, record, case } = account;
        let rule = &self.accounts().rule;
        if !rule.actions.contains(&Kind::Delete) {
            return;
        }
        let why = match self.wanted(person, case.in_scope) {
            Wanted::Excluded => format!("{}: left the scope of `{}`", self.place(person), rule.name),
            _ if self.people.standings[person].state == LifecycleState::Gone && rule.gone == Gone::Delete => {
                "no source names this person any more".to_owned()
            }
            _ => format!(
                "the grace period of {} days is over",
                rule.leaver.delete_after_days.unwrap_or(0)
            ),
        };
        let mut draft = self.draft(Kind::Delete, person, Some(record), why);
        draft.operation.due = due;
        if due.is_none_or(|due| due <= self.inputs.now) {
            let groups = self.people.groups.of(&rule.system, record);
            let refer = |cell: Cell<'_>, column: &Column| references.before(cell, column);
            draft.operation.changes = lost(self.accounts(), record, groups, refer);
        }
        draft
            .operation
            .risk
            .extend([Risk::Irreversible, Risk::Destructive]);
        outcomes.drafts.push(draft);
    }
}
