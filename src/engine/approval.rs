//! What approvals an operation has, and what it lacks.

use jiff::Timestamp;
use serde::Serialize;

/// What an open operation lacks before it may be applied, beyond the one approval that every operation wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// Nothing beyond that.
    #[default]
    Nothing,
    /// The approvals of two different people; nobody has approved yet.
    TwoPeople,
    /// The approval of one more person, who may be the one who acts.
    OnePerson,
    /// The approval of one more person, who must be another one: who acts has approved.
    OtherPerson,
    /// The approval of one of those whom its policy rule names; who acts is none of them.
    Entitled,
    /// A new approval: the one it had has expired.
    Renewal,
    /// Nothing helps: policy says that it never happens.
    Never,
}

impl Lack {
    /// Says why who acts cannot approve it; `None` if they can.
    pub const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Never => {
                Some("policy says that this never happens: reject it, or change the policy and plan again")
            }
            Self::Entitled => Some("its policy rule names who may approve this, and you are not among them"),
            Self::OtherPerson => Some("you have approved this already: it takes a second, different person"),
            Self::Nothing | Self::TwoPeople | Self::OnePerson | Self::Renewal => None,
        }
    }
}

/// An approval that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Given {
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Until when it counts; `None` is for as long as the operation stays the same.
    pub until: Option<Timestamp>,
    /// Whether it counts no more.
    pub is_over: bool,
}

/// The approvals of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Approvals {
    /// Those given since anything else was decided, the first first.
    pub given: Vec<Given>,
    /// Who may approve by its policy rule; nobody named is everybody who may approve at all.
    pub by: Vec<String>,
    /// What is missing.
    pub lack: Lack,
}
