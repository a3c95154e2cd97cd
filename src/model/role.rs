//! Roles: who may do what.
//!
//! They are checked by the engine, for every command and the console alike. On a store file that its user can write
//! they guide and leave traces; they protect where the store is out of reach: run by another user with `sudo`, or on
//! a database server.

use serde::{Deserialize, Serialize};

/// Something one may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// Look at everything.
    View,
    /// Make a plan.
    Plan,
    /// Approve, and take decisions back.
    Approve,
    /// Reject and hold: what stops something.
    Refuse,
    /// Apply what is approved, and steer a run.
    Apply,
    /// Make a plan that takes back what was applied.
    Undo,
    /// Release a guard rail.
    Release,
    /// Change whose record is whose.
    Link,
    /// Change the configuration, or accept an unusual read.
    Configure,
    /// Cut somebody off at once.
    Offboard,
    /// Erase what the audit tells of somebody.
    Erase,
}

impl Right {
    /// All rights.
    pub const ALL: [Self; 11] = [
        Self::View,
        Self::Plan,
        Self::Approve,
        Self::Refuse,
        Self::Apply,
        Self::Undo,
        Self::Release,
        Self::Link,
        Self::Configure,
        Self::Offboard,
        Self::Erase,
    ];

    /// Returns what it allows, in words that follow “may not”.
    pub const fn word(self) -> &'static str {
        match self {
            Self::View => "look at this",
            Self::Plan => "plan",
            Self::Approve => "approve or take decisions back",
            Self::Refuse => "reject or hold",
            Self::Apply => "apply or steer a run",
            Self::Undo => "undo",
            Self::Release => "release a guard rail",
            Self::Link => "change links",
            Self::Configure => "change the configuration or accept a read",
            Self::Offboard => "offboard",
            Self::Erase => "erase what the audit tells of somebody",
        }
    }
}

/// A role. Somebody may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Looks, plans, decides.
    Reviewer,
    /// Looks, plans, applies, undoes.
    Operator,
    /// Looks, plans, rejects and holds, offboards: for incidents.
    Responder,
    /// Everything.
    Admin,
}

impl Role {
    /// All roles, the least powerful first.
    pub const ALL: [Self; 5] = [
        Self::Viewer,
        Self::Reviewer,
        Self::Operator,
        Self::Responder,
        Self::Admin,
    ];

    /// Returns the word used in the configuration and in messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Reviewer => "reviewer",
            Self::Operator => "operator",
            Self::Responder => "responder",
            Self::Admin => "admin",
        }
    }

    /// Reports whether the role has a right.
    pub const fn may(self, right: Right) -> bool {
        match self {
            Self::Admin => true,
            Self::Viewer => matches!(right, Right::View),
            Self::Reviewer => matches!(right, Right::View | Right::Plan | Right::Approve | Right::Refuse),
            Self::Operator => matches!(right, Right::View | Right::Plan | Right::Apply | Right::Undo),
            Self::Responder => matches!(right, Right::View | Right::Plan | Right::Refuse | Right::Offboard),
        }
    }
}

/// Who has which role: OS users by name, groups as `@group`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roles {
    /// Each role with its members. If nothing is here, everybody who gets at the store may do everything.
    pub members: Vec<(Role, Vec<String>)>,
    /// Service accounts that people use by `sudo -u`: there, and for root, sudo says who it is.
    pub on_behalf: Vec<String>,
}

impl Roles {
    /// Reports whether nobody was given a role, so that everybody may do everything.
    pub fn is_open(&self) -> bool {
        self.members.is_empty()
    }

    /// Returns the roles of somebody.
    pub fn of(&self, name: &str, groups: &[String]) -> Vec<Role> {
        let has = |members: &[String]| members.iter().any(|member| is_one_of(member, name, groups));
        let mine = self.members.iter().filter(|(_, members)| has(members));
        mine.map(|(role, _)| *role).collect()
    }

    /// Reports whether somebody has a right.
    pub fn may(&self, name: &str, groups: &[String], right: Right) -> bool {
        self.is_open() || self.of(name, groups).iter().any(|role| role.may(right))
    }
}

/// Reports whether a member, an OS user or `@group`, is or includes somebody.
pub fn is_one_of(member: &str, name: &str, groups: &[String]) -> bool {
    match member.strip_prefix('@') {
        Some(group) => groups.iter().any(|other| other == group),
        None => member == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_does_not_decide_and_who_decides_does_not_apply() {
        use Right::{Apply, Approve, Configure, Erase, Link, Offboard, Plan, Refuse, Release, Undo, View};
        let all = [
            View, Plan, Approve, Refuse, Apply, Undo, Release, Link, Configure, Offboard, Erase,
        ];
        let rights = |role: Role| {
            all.into_iter()
                .filter(|right| role.may(*right))
                .collect::<Vec<_>>()
        };
        assert_eq!(rights(Role::Viewer), [View]);
        assert_eq!(rights(Role::Reviewer), [View, Plan, Approve, Refuse]);
        assert_eq!(rights(Role::Operator), [View, Plan, Apply, Undo]);
        assert_eq!(rights(Role::Responder), [View, Plan, Refuse, Offboard]);
        assert_eq!(rights(Role::Admin), all);
    }

    #[test]
    fn roles_come_from_names_and_groups() {
        let roles = Roles {
            members: vec![
                (Role::Reviewer, vec!["ana".to_owned(), "@iam".to_owned()]),
                (Role::Operator, vec!["@ops".to_owned()]),
            ],
            on_behalf: Vec::new(),
        };
        let groups = ["iam".to_owned(), "ops".to_owned()];
        assert_eq!(roles.of("ben", &groups), [Role::Reviewer, Role::Operator]);
        assert_eq!(roles.of("ana", &[]), [Role::Reviewer]);
        // a user called like a group is not the group
        assert_eq!(roles.of("iam", &[]), []);
        assert_eq!(roles.of("@iam", &[]), []);
        assert!(!roles.may("eve", &[], Right::View));
        assert!(Roles::default().may("eve", &[], Right::Configure));
    }
}
