//! Who may do what here, checked for every command, whatever mouth it comes from.

use super::{Engine, Error, Inner, actor, lock};
use crate::model::{Actor, Right, Roles, SystemName, role::is_one_of};

/// Who is in charge of what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Governance {
    /// Who has which role.
    pub roles: Roles,
    /// The name of the person who acts.
    pub name: String,
    /// The groups of that person.
    pub groups: Vec<String>,
    /// The systems where policy rules approve (mode automatic).
    pub automatic: Vec<SystemName>,
}

impl Governance {
    /// Looks the person's groups up, where anything depends on them.
    pub fn of(name: String, roles: Roles, automatic: Vec<SystemName>, names: &[&str]) -> Self {
        let members = roles.members.iter().flat_map(|(_, members)| members);
        let mut all = members.map(String::as_str).chain(names.iter().copied());
        let groups = if all.any(|member| member.starts_with('@')) {
            actor::groups(&name)
        } else {
            Vec::new()
        };
        Self {
            roles,
            name,
            groups,
            automatic,
        }
    }

    /// Says why who acts may not do something; `None` if they may.
    pub fn refusal(&self, right: Right) -> Option<String> {
        let Self {
            roles, name, groups, ..
        } = self;
        if roles.may(name, groups, right) {
            return None;
        }
        let mine: Vec<_> = roles.of(name, groups).iter().map(|role| role.word()).collect();
        let has = match mine.as_slice() {
            [] => "no role".to_owned(),
            some => format!("the role {}", some.join(" and ")),
        };
        let others = roles.members.iter().filter(|(role, _)| role.may(right));
        let others: Vec<_> = others.map(|(role, _)| role.word()).collect();
        let takes = if others.is_empty() {
            "a role that nobody has".to_owned()
        } else {
            others.join(" or ")
        };
        Some(format!(
            "{name} has {has} here and may not {}: that takes {takes} (`[policy.roles]` in the configuration)",
            right.word()
        ))
    }
}

impl Governance {
    /// Returns everything that who acts may not do, each with the reason.
    pub fn refusals(&self) -> Vec<(Right, String)> {
        let refused = |right: Right| Some((right, self.refusal(right)?));
        Right::ALL.into_iter().filter_map(refused).collect()
    }
}

impl Engine {
    /// Says who is in charge of what. Without it everybody may do everything, and policy rules approve nothing.
    #[must_use]
    pub fn governed(self, governance: Governance) -> Self {
        *lock(&self.inner.governance) = std::sync::Arc::new(governance);
        self
    }

    /// Makes sure that who acts may do something; a refusal is audited.
    pub fn may(&self, right: Right) -> Result<(), Error> {
        self.inner.may(right)
    }
}

impl Inner {
    /// Returns who is in charge of what.
    pub(super) fn governance(&self) -> std::sync::Arc<Governance> {
        lock(&self.governance).clone()
    }

    /// Makes sure that who acts has a right.
    pub(super) fn may(&self, right: Right) -> Result<(), Error> {
        let Some(text) = self.governance().refusal(right) else {
            return Ok(());
        };
        let entry = self.entry("refuse", right.word(), text.clone());
        self.setup.store.append(&[entry])?;
        Err(Error::Refused(text))
    }

    /// Reports whether somebody is one of those who may approve by a rule; nobody named is everybody. Of somebody who
    /// signed, no groups are known.
    pub(super) fn is_one_of(&self, members: &[String], by: &Actor) -> bool {
        let governance = self.governance();
        let (name, groups) = if *by == self.setup.actor {
            (governance.name.as_str(), governance.groups.as_slice())
        } else {
            (by.person(), &[][..])
        };
        members.is_empty() || members.iter().any(|member| is_one_of(member, name, groups))
    }
}
