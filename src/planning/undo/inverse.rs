//! The inverse of one operation, as far as what it wrote is still there.

use std::collections::HashSet;

use super::{Applied, Left, account_rule, outlook, state::State};
use crate::{
    model::{
        After, Change, Fingerprint, Kind, Operation, PersonId, Precondition, RecordView, Reference, Risk,
        RuleName, Schema, Target, Value, dn,
    },
    planning::{
        lost::lost,
        names::value_of,
        seal::{fingerprint, schema_of},
    },
};

/// One applied operation, and how things stand now.
pub(super) struct Inverse<'a> {
    pub(super) state: &'a State<'a>,
    pub(super) written: &'a Applied,
    /// Where the object was before.
    pub(super) former: &'a str,
    pub(super) run: i64,
    /// The accounts that were deleted and can be brought back.
    pub(super) restored: &'a HashSet<(PersonId, &'a RuleName)>,
    /// Who was taken out of which group.
    pub(super) leaves: &'a HashSet<(PersonId, &'a str)>,
}

/// Why something stays as it is.
pub(super) struct Stays {
    reason: String,
    is_back: bool,
}

/// What is planned for one applied operation.
#[derive(Default)]
pub(super) struct Taken {
    /// The inverse.
    pub(super) inverse: Option<Operation>,
    /// What has to follow it.
    pub(super) more: Vec<Operation>,
    /// What stays, which may be a part.
    pub(super) left: Option<Left>,
}

/// What of a change is taken back.
#[derive(Default)]
struct TakenBack {
    changes: Vec<Change>,
    usable: Option<bool>,
    container: Option<String>,
    /// What is left, each with why.
    kept: Vec<String>,
}

impl Stays {
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_back: false,
        }
    }

    pub(super) fn is_back(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            is_back: true,
        }
    }
}

impl<'a> Inverse<'a> {
    /// Plans the inverse; also says what stays, which may be a part.
    pub(super) fn plan(&self) -> Taken {
        let done = &self.written.operation;
        let one = |operation| (operation, Vec::new(), Vec::new());
        let planned = match done.kind {
            Kind::Create | Kind::Restore => self.create().map(one),
            Kind::AddMember | Kind::RemoveMember => self.membership().map(one),
            Kind::Update | Kind::Enable | Kind::Disable | Kind::Move => self
                .change()
                .map(|(operation, kept)| (operation, Vec::new(), kept)),
            Kind::Adopt | Kind::Unlink => self.link().map(one),
            Kind::Delete => self.restore(),
            Kind::Task => Err(Stays::because(
                outlook(done, None, false).err().unwrap_or_default(),
            )),
        };
        match planned {
            Ok((operation, more, kept)) => Taken {
                inverse: Some(operation),
                more,
                left: (!kept.is_empty())
                    .then(|| self.left(Stays::because(format!("in part: {}", kept.join("; "))))),
            },
            Err(stays) => Taken {
                left: Some(self.left(stays)),
                ..Taken::default()
            },
        }
    }

    /// Reports whether a deleted account is brought back by this plan.
    pub(super) fn comes_back(&self, person: PersonId, rule: &RuleName) -> bool {
        self.restored.contains(&(person, rule))
    }

    fn left(&self, stays: Stays) -> Left {
        let done = &self.written.operation;
        Left {
            operation: done.fingerprint,
            kind: done.kind,
            system: done.system.clone(),
            subject: done.subject.clone(),
            reason: stays.reason,
            is_back: stays.is_back,
        }
    }

    /// Finds the object, if it may be touched.
    pub(super) fn object(&self) -> Result<Option<RecordView<'a>>, Stays> {
        let system = &self.written.operation.system;
        match self.state.record(system, &self.written.anchor) {
            Some(record) if self.state.is_protected(system, record) => {
                Err(Stays::because("the account is protected"))
            }
            None if !self.state.proves_absence(system) => {
                Err(Stays::because(format!("{system} was not read in full")))
            }
            found => Ok(found),
        }
    }

    fn create(&self) -> Result<Operation, Stays> {
        let done = &self.written.operation;
        let Some(record) = self.object()? else {
            return Err(Stays::is_back("the account is gone already"));
        };
        let at = account_rule(self.state.compiled, &done.rule)
            .ok_or_else(|| Stays::because(format!("the rule `{}` is no more", done.rule)))?;
        let actions = &self.state.compiled.accounts[at].rule.actions;
        if actions.contains(&Kind::Delete) {
            let mut operation = self.draft(Kind::Delete, record);
            operation.risk = vec![Risk::Irreversible, Risk::Destructive];
            operation.changes = self.lost(at, record);
            let changed = self.changed_since(record);
            if !changed.is_empty() {
                operation.why = format!("{}; changed since: {}", operation.why, changed.join(", "));
            }
            return Ok(self.sealed(operation));
        }
        if !actions.contains(&Kind::Disable) {
            return Err(Stays::because(
                outlook(done, Some(&self.state.compiled.accounts[at].rule), false)
                    .err()
                    .unwrap_or_default(),
            ));
        }
        if record.enabled() == Some(false) {
            return Err(Stays::because(
                "its rule deletes nothing, and the account is disabled already",
            ));
        }
        let mut operation = self.draft(Kind::Disable, record);
        operation.usable = Some(false);
        operation.risk = vec![Risk::Destructive];
        Ok(self.sealed(operation))
    }

    /// What goes with an account.
    fn lost(&self, rule: usize, record: RecordView<'_>) -> Vec<Change> {
        let groups = self.state.groups_of(&self.written.operation.system, record);
        let accounts = &self.state.compiled.accounts[rule];
        lost(accounts, record, groups, |cell, column| {
            value_of(cell, column).into_owned()
        })
    }

    /// The attributes of a new account that are not any more as they were written.
    fn changed_since(&self, record: RecordView<'_>) -> Vec<&str> {
        let changes = self.written.operation.changes.iter();
        changes
            .filter(|change| {
                let value = match &change.after {
                    After::Known(value) => Some(value.clone()),
                    After::Deferred(deferred) => self.state.deferred(deferred),
                    After::Secret { .. } => None,
                };
                let at = record.schema().position(&change.attribute);
                match (value, at) {
                    (Some(value), Some(at)) => {
                        let column = &record.schema().columns[at];
                        !self.state.holds(record.cell(at), &value, column)
                    }
                    _ => false,
                }
            })
            .map(|change| change.attribute.as_str())
            .collect()
    }

    fn membership(&self) -> Result<Operation, Stays> {
        let done = &self.written.operation;
        let added = done.kind == Kind::AddMember;
        let nobody = || Stays::because("it names no member");
        let change = done.changes.first().ok_or_else(nobody)?;
        let member = match &change.after {
            After::Known(value) if added => value,
            _ => &change.before,
        };
        let Value::Reference(Reference::Account { person, rule }) = member else {
            return Err(nobody());
        };
        let group = done.target.anchor.as_ref().unwrap_or(&self.written.anchor);
        let account = self.state.account(*person, rule);
        if account.is_none() && (added || !self.comes_back(*person, rule)) {
            return Err(if added {
                Stays::is_back("the account is gone, and so is the member")
            } else {
                Stays::because("the account is gone")
            });
        }
        let is_member = account.and_then(|account| self.state.is_member(&done.system, group, account));
        if is_member == Some(!added) {
            return Err(Stays::is_back(if added {
                "it is no member any more"
            } else {
                "it is a member again"
            }));
        }
        let (kind, before, after) = if added {
            (Kind::RemoveMember, member.clone(), Value::Absent)
        } else {
            (Kind::AddMember, Value::Absent, member.clone())
        };
        Ok(self.sealed(Operation {
            kind,
            event: None,
            changes: vec![Change {
                attribute: change.attribute.clone(),
                before,
                after: After::Known(after),
                marked: change.marked,
            }],
            precondition: Precondition::Membership,
            waits_for: Vec::new(),
            due: None,
            risk: if added {
                vec![Risk::Destructive]
            } else {
                Vec::new()
            },
            why: self.why(),
            undoes: Some(done.fingerprint),
            ..done.clone()
        }))
    }

    /// Takes a link away that was made, or makes one again that was taken away.
    fn link(&self) -> Result<Operation, Stays> {
        let done = &self.written.operation;
        let adopted = done.kind == Kind::Adopt;
        let person = done.person.ok_or_else(|| Stays::because("it names nobody"))?;
        match (self.state.linked(person, &done.rule), adopted) {
            (None, true) => return Err(Stays::is_back("the link is gone already")),
            (Some(anchor), true) if anchor != self.written.anchor.as_str() => {
                return Err(Stays::because("another account was linked since"));
            }
            (Some(anchor), false) if anchor == self.written.anchor.as_str() => {
                return Err(Stays::is_back("it is linked again"));
            }
            (Some(_), false) => return Err(Stays::because("another account was linked since")),
            (Some(_), true) | (None, false) => {}
        }
        Ok(self.sealed(Operation {
            kind: if adopted { Kind::Unlink } else { Kind::Adopt },
            event: None,
            waits_for: Vec::new(),
            due: None,
            why: self.why(),
            undoes: Some(done.fingerprint),
            ..done.clone()
        }))
    }

    fn change(&self) -> Result<(Operation, Vec<String>), Stays> {
        let done = &self.written.operation;
        let Some(record) = self.object()? else {
            return Err(Stays::because("the account is gone"));
        };
        let mut back = TakenBack::default();
        for change in &done.changes {
            self.attribute(record, change, &mut back);
        }
        if let Some(usable) = done.usable
            && record.enabled() != Some(!usable)
        {
            back.usable = Some(!usable);
        }
        self.place(record, &mut back);
        let kind = match back.usable {
            Some(true) => Kind::Enable,
            Some(false) => Kind::Disable,
            None if back.container.is_some() => Kind::Move,
            None if back.changes.is_empty() && back.kept.is_empty() => {
                return Err(Stays::is_back("everything is as it was before"));
            }
            None if back.changes.is_empty() => return Err(Stays::because(back.kept.join("; "))),
            None if done.kind == Kind::Move => Kind::Move,
            None => Kind::Update,
        };
        let mut operation = self.draft(kind, record);
        operation.changes = back.changes;
        operation.usable = back.usable;
        operation.target.container = back.container;
        if kind == Kind::Disable {
            operation.risk = vec![Risk::Destructive];
        }
        Ok((self.sealed(operation), back.kept))
    }

    /// Takes one attribute back, if it is still as it was written.
    fn attribute(&self, record: RecordView<'_>, change: &Change, back: &mut TakenBack) {
        let name = &change.attribute;
        let written = match &change.after {
            After::Known(value) => value.clone(),
            After::Deferred(deferred) => {
                let Some(value) = self.state.deferred(deferred) else {
                    back.kept
                        .push(format!("{name}: what was written is not known any more"));
                    return;
                };
                value
            }
            After::Secret { .. } => {
                back.kept.push(format!("{name}: the old secret is not known"));
                return;
            }
        };
        if let Some(at) = record.schema().position(name) {
            let column = &record.schema().columns[at];
            let cell = record.cell(at);
            if !self.state.holds(cell, &written, column) {
                if !self.state.holds(cell, &change.before, column) {
                    back.kept.push(format!("{name} was changed since"));
                }
                return;
            }
        }
        back.changes.push(Change {
            attribute: name.clone(),
            before: written,
            after: After::Known(match &change.before {
                Value::Null => Value::Absent,
                before => before.clone(),
            }),
            marked: change.marked,
        });
    }

    /// Moves the object back, if it was moved and is still where it was moved to.
    fn place(&self, record: RecordView<'_>, back: &mut TakenBack) {
        let (Some(from), Some(to)) = (dn::parent(self.former), dn::parent(&self.written.location)) else {
            return;
        };
        let now = dn::parent(record.location()).unwrap_or_default();
        if dn::same(from, to) || dn::same(now, from) {
            return;
        }
        if dn::same(now, to) {
            back.container = Some(from.to_owned());
        } else {
            back.kept.push(format!("it was moved to {now} since"));
        }
    }

    pub(super) fn why(&self) -> String {
        let done = &self.written.operation;
        format!("takes back {} of run {}", done.kind.word(), self.run)
    }

    fn draft(&self, kind: Kind, record: RecordView<'_>) -> Operation {
        let done = &self.written.operation;
        Operation {
            fingerprint: Fingerprint([0; 32]),
            kind,
            event: None,
            target: Target {
                anchor: Some(self.written.anchor.clone()),
                location: record.location().to_owned(),
                container: None,
                name: done.target.name.clone(),
            },
            changes: Vec::new(),
            usable: None,
            precondition: Precondition::Unchanged {
                enabled: record.enabled(),
            },
            waits_for: Vec::new(),
            due: None,
            risk: Vec::new(),
            why: self.why(),
            undoes: Some(done.fingerprint),
            ..done.clone()
        }
    }

    /// Gives the operation its fingerprint.
    pub(super) fn sealed(&self, mut operation: Operation) -> Operation {
        let none = Schema::default();
        let accounts = account_rule(self.state.compiled, &operation.rule)
            .map_or(&none, |at| &self.state.compiled.accounts[at].schema);
        operation.fingerprint = fingerprint(
            &operation,
            schema_of(&operation, accounts, &none),
            &self.state.marks,
        );
        operation
    }
}
