//! Bringing a deleted account back: the account itself, what it has lost, and the groups it was in.

use super::{
    account_rule,
    inverse::{Inverse, Stays},
    outlook,
};
use crate::{
    model::{After, Change, Kind, Operation, Precondition, Reference, Remains, Target, Value, dn},
    planning::{compile::CompiledValue, lost::GROUPS},
};

impl Inverse<'_> {
    /// Plans to bring the account back, and the memberships that do not come back with it; returns also what stays.
    pub(super) fn restore(&self) -> Result<(Operation, Vec<Operation>, Vec<String>), Stays> {
        let done = &self.written.operation;
        let person = done.person.ok_or_else(|| Stays::because("it names nobody"))?;
        let at = account_rule(self.state.compiled, &done.rule)
            .ok_or_else(|| Stays::because(format!("the rule `{}` is no more", done.rule)))?;
        if self.object()?.is_some() {
            return Err(Stays::is_back("the account is there again: link it"));
        }
        if self.state.linked(person, &done.rule).is_some() {
            return Err(Stays::because("another account was linked since"));
        }
        let is_whole = match &self.written.remains {
            Some(Remains::Whole) => true,
            Some(Remains::Bare) => false,
            Some(Remains::Nothing(reason)) => return Err(Stays::because(reason.clone())),
            Some(Remains::Back) => {
                return Err(Stays::because(
                    "somebody has brought it back to where no accounts are read: move it, or link it by hand",
                ));
            }
            None => {
                return Err(Stays::because(
                    outlook(done, None, false).err().unwrap_or_default(),
                ));
            }
        };
        let was_usable = match done.precondition {
            Precondition::Unchanged { enabled } => enabled,
            _ => None,
        };
        let mut operation = Operation {
            kind: Kind::Restore,
            event: None,
            target: Target {
                anchor: Some(self.written.anchor.clone()),
                location: done.target.location.clone(),
                container: dn::parent(&done.target.location).map(str::to_owned),
                name: done.target.name.clone(),
            },
            changes: Vec::new(),
            usable: was_usable,
            precondition: Precondition::Absent(Vec::new()),
            waits_for: Vec::new(),
            due: None,
            risk: Vec::new(),
            why: self.why(),
            undoes: Some(done.fingerprint),
            ..done.clone()
        };
        if is_whole {
            operation.why = format!("{}: it comes back with all it had", operation.why);
            return Ok((self.sealed(operation), Vec::new(), Vec::new()));
        }
        let mut kept = Vec::new();
        operation.changes = self.set_again(at, &mut kept);
        match was_usable {
            Some(true) => {
                let secrets = self.secrets(at);
                if secrets.is_empty() {
                    operation.usable = Some(false);
                    kept.push(
                        "its password is lost, so it stays disabled: give it one, and enable it".to_owned(),
                    );
                } else {
                    operation.why = format!("{}: its password is lost, it gets a new one", operation.why);
                    operation.changes.extend(secrets);
                }
            }
            Some(false) => {
                operation.why = format!("{}: it comes back disabled and without a password", operation.why);
            }
            None => {}
        }
        let operation = self.sealed(operation);
        let memberships = self.memberships(&operation, &mut kept);
        Ok((operation, memberships, kept))
    }

    /// The attributes the account had, as far as what they refer to is there or comes back, too.
    fn set_again(&self, rule: usize, kept: &mut Vec<String>) -> Vec<Change> {
        let done = &self.written.operation;
        if done.changes.is_empty() {
            kept.push("what it had is not known any more".to_owned());
        }
        let naming = self.state.compiled.accounts[rule].rule.naming.as_deref();
        let mut changes = Vec::new();
        for change in &done.changes {
            // the name comes back with the place
            let is_name = naming.is_some_and(|naming| naming.eq_ignore_ascii_case(&change.attribute));
            if change.attribute == GROUPS || is_name {
                continue;
            }
            if let Value::Reference(Reference::Account { person, rule }) = &change.before
                && self.state.account(*person, rule).is_none()
                && !self.comes_back(*person, rule)
            {
                kept.push(format!("{}: the account it refers to is gone", change.attribute));
                continue;
            }
            changes.push(Change {
                attribute: change.attribute.clone(),
                before: Value::Absent,
                after: After::Known(change.before.clone()),
                marked: change.marked,
            });
        }
        changes
    }

    /// The secrets that the rule gives new accounts.
    fn secrets(&self, rule: usize) -> Vec<Change> {
        let mappings = self.state.compiled.accounts[rule].mappings.iter();
        let secrets = mappings.filter_map(|mapping| match &mapping.value {
            CompiledValue::Secret { policy, recipient } => Some(Change {
                attribute: mapping.target.name.clone(),
                before: Value::Absent,
                after: After::Secret {
                    policy: policy.clone(),
                    recipient: recipient.clone(),
                },
                marked: false,
            }),
            CompiledValue::Expression(_) | CompiledValue::Reference(_) => None,
        });
        secrets.collect()
    }

    /// The memberships that ended with the account.
    fn memberships(&self, restore: &Operation, kept: &mut Vec<String>) -> Vec<Operation> {
        let done = &self.written.operation;
        let Some(person) = done.person else {
            return Vec::new();
        };
        let groups = done.changes.iter().filter(|change| change.attribute == GROUPS);
        let groups = groups
            .flat_map(|change| change.before.each())
            .filter_map(Value::as_text);
        let member = Value::Reference(Reference::Account {
            person,
            rule: done.rule.clone(),
        });
        let mut memberships = Vec::new();
        for called in groups {
            let Some(group) = self.state.group(&done.system, &called) else {
                kept.push(format!("the group {called} is gone"));
                continue;
            };
            if self.leaves.contains(&(person, group.anchor())) {
                // taken back as what it was: a removal of its own
                continue;
            }
            memberships.push(self.sealed(Operation {
                kind: Kind::AddMember,
                class: vec!["group".to_owned()],
                event: None,
                target: Target {
                    anchor: Some(group.owned_anchor()),
                    location: group.location().to_owned(),
                    container: None,
                    name: None,
                },
                changes: vec![Change {
                    attribute: "member".to_owned(),
                    before: Value::Absent,
                    after: After::Known(member.clone()),
                    marked: false,
                }],
                usable: None,
                precondition: Precondition::Membership,
                waits_for: vec![restore.fingerprint],
                due: None,
                risk: Vec::new(),
                why: format!("{}: it was in the group", self.why()),
                undoes: None,
                ..done.clone()
            }));
        }
        memberships
    }
}
