//! Decisions: approve, reject or hold, by someone, at a time, with a reason.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{name::RuleName, operation::Fingerprint};

/// Who acts: the operating system's user, and the SSH client if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// `ana@adminhost`.
    pub user: String,
    /// The address the SSH session comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_client: Option<String>,
}

/// How the name of a policy rule begins that acts.
const POLICY: &str = "policy rule ";

impl Actor {
    /// Returns the policy rule that acts where no person does.
    pub fn of_policy(rule: &RuleName) -> Self {
        Self {
            user: format!("{POLICY}{rule}"),
            ssh_client: None,
        }
    }

    /// Reports whether no person but a policy rule acted. The name of a user never looks like that: it ends in
    /// `@` and a host, or in a key.
    pub fn is_policy(&self) -> bool {
        self.user.starts_with(POLICY) && !self.user.contains('@') && !self.user.ends_with(')')
    }

    /// Returns the name of the person: `ana` for `ana@host`, `ana as root@host` and the signer
    /// `ana@example.org (SSH key SHA256:…)`. Whoever has the same name is taken for the same person, so that two
    /// hosts do not make two of one.
    pub fn person(&self) -> &str {
        let name = self.user.split([' ', '@']).next().unwrap_or_default();
        if self.is_policy() { &self.user } else { name }
    }
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// May be applied.
    Approve,
    /// Will not be applied, in this plan or a later one with the same operation.
    Reject,
    /// The first of several approvals that policy demands: it goes on waiting for another person's.
    FirstApproval,
    /// Will not be applied before then; afterwards it returns to review.
    RejectUntil {
        /// When it returns to review.
        until: Timestamp,
    },
    /// Waits until then.
    Hold {
        /// When it returns to review.
        until: Timestamp,
    },
    /// Takes an earlier decision back.
    Withdraw,
}

impl Verdict {
    /// Returns the verb, as the command line has it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::FirstApproval => "first-approval",
            Self::Reject | Self::RejectUntil { .. } => "reject",
            Self::Hold { .. } => "hold",
            Self::Withdraw => "withdraw",
        }
    }
}

/// A decision about one operation. It belongs to the fingerprint: it waits in the store and is used by whichever
/// plan has that operation when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// About exactly this operation.
    pub operation: Fingerprint,
    /// What was decided.
    pub verdict: Verdict,
    /// By whom.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why; a rejection must say.
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_is_one_person_from_everywhere() {
        let person = |user: &str| {
            let actor = Actor {
                user: user.to_owned(),
                ssh_client: None,
            };
            (actor.person().to_owned(), actor.is_policy())
        };
        for user in [
            "ana@one",
            "ana@two",
            "ana as root@one",
            "ana@example.org (SSH key SHA256:abc)",
        ] {
            assert_eq!(person(user), ("ana".to_owned(), false), "{user}");
        }
        assert!(Actor::of_policy(&"titles".into()).is_policy());
        assert!(!person("policy rule x@host").1);
        assert!(!person("policy rule x (SSH key SHA256:abc)").1);
        assert_ne!(Actor::of_policy(&"titles".into()).person(), "policy");
    }
}
