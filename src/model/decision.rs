//! Decisions: approve, reject or hold, by someone, at a time, with a reason.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::operation::Fingerprint;

/// Who acts: the operating system's user, and the SSH client if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// `ana@adminhost`.
    pub user: String,
    /// The address the SSH session comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_client: Option<String>,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// May be applied.
    Approve,
    /// Will not be applied, in this plan or a later one with the same operation.
    Reject,
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
            Self::Reject => "reject",
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
