//! The signs of the screen, in Unicode and in ASCII. Status is never said by colour alone, so these carry it.

use crate::model::OperationState;

/// One set of signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbols {
    /// Waits for a decision.
    pub proposed: &'static str,
    /// Waits for two people.
    pub two_people: &'static str,
    /// One of two people has approved.
    pub one_of_two: &'static str,
    /// Its approval has expired.
    pub expired: &'static str,
    /// Waits for somebody whom a policy rule names.
    pub entitled: &'static str,
    /// May be applied.
    pub approved: &'static str,
    /// Will not be applied.
    pub rejected: &'static str,
    /// Waits until a date.
    pub held: &'static str,
    /// Waits for something that will not come.
    pub blocked: &'static str,
    /// Is being written.
    pub running: &'static str,
    /// Was written.
    pub applied: &'static str,
    /// Was written and read back.
    pub verified: &'static str,
    /// Wants somebody to look.
    pub failed: &'static str,
    /// Touches a privileged account or group.
    pub privileged: &'static str,
    /// Between the parts of the breadcrumb.
    pub crumb: &'static str,
    /// A horizontal rule.
    pub rule: &'static str,
    /// A vertical rule.
    pub bar: &'static str,
    /// A full part of a gauge.
    pub full: &'static str,
    /// An empty part of a gauge.
    pub empty: &'static str,
    /// From a value to another.
    pub arrow: &'static str,
    /// Takes away.
    pub minus: &'static str,
    /// Between words of equal weight.
    pub dot: &'static str,
    /// Nothing.
    pub none: &'static str,
    /// Something was cut.
    pub ellipsis: &'static str,
    /// A group that is open.
    pub open: &'static str,
    /// A group that is closed.
    pub closed: &'static str,
    /// A selected row.
    pub selected: &'static str,
    /// Sorted upwards and downwards.
    pub sorted: [&'static str; 2],
    /// The heights of a column in a chart, from nothing to full.
    pub levels: [&'static str; 9],
}

impl Symbols {
    /// The signs for terminals that draw Unicode.
    pub const UNICODE: Self = Self {
        proposed: "●",
        two_people: "◎",
        one_of_two: "◐",
        expired: "◌",
        entitled: "◇",
        approved: "✓",
        rejected: "✗",
        held: "◷",
        blocked: "⊘",
        running: "▶",
        applied: "✓",
        verified: "✔",
        failed: "!",
        privileged: "▲",
        crumb: "›",
        rule: "─",
        bar: "│",
        full: "▓",
        empty: "░",
        arrow: "→",
        minus: "−",
        dot: "·",
        none: "–",
        ellipsis: "…",
        open: "▾",
        closed: "▸",
        selected: "▌",
        sorted: ["↑", "↓"],
        levels: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    };

    /// The signs for everything else.
    pub const ASCII: Self = Self {
        proposed: "o",
        two_people: "2",
        one_of_two: "1",
        expired: "e",
        entitled: "n",
        approved: "y",
        rejected: "x",
        held: "@",
        blocked: "#",
        running: ">",
        applied: "=",
        verified: "v",
        failed: "!",
        privileged: "^",
        crumb: ">",
        rule: "-",
        bar: "|",
        full: "#",
        empty: ".",
        arrow: "->",
        minus: "-",
        dot: "-",
        none: "-",
        ellipsis: "..",
        open: "v",
        closed: ">",
        selected: "*",
        sorted: ["^", "v"],
        levels: [" ", ".", ".", ":", ":", "+", "+", "#", "#"],
    };

    /// Returns the sign of a state.
    pub const fn state(&self, state: OperationState) -> &'static str {
        match state {
            OperationState::Proposed => self.proposed,
            OperationState::Approved => self.approved,
            OperationState::Rejected => self.rejected,
            OperationState::Held => self.held,
            OperationState::Blocked => self.blocked,
            OperationState::Running => self.running,
            OperationState::Applied => self.applied,
            OperationState::Verified => self.verified,
            OperationState::Failed | OperationState::Conflict | OperationState::Unknown => self.failed,
        }
    }
}
