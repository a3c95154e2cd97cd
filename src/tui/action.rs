//! Everything a user can mean, with its name (for the configuration) and its words (for help, footer, palette).

/// What a user can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(
    missing_docs,
    reason = "each action's words are in the table below, where the help shows them from"
)]
pub enum Action {
    Up,
    Down,
    HalfUp,
    HalfDown,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Left,
    Right,
    Open,
    Back,
    DetailUp,
    DetailDown,
    Approve,
    Reject,
    Hold,
    Undo,
    Select,
    Range,
    SelectAll,
    Invert,
    Group,
    Sort,
    SortReverse,
    Filter,
    Why,
    Copy,
    Apply,
    Pause,
    Stop,
    Retry,
    Release,
    Rails,
    Systems,
    TakeBack,
    PutBack,
    Plan,
    NextDay,
    NextPane,
    PreviousPane,
    Today,
    Review,
    Run,
    Audit,
    People,
    Mappings,
    Zoom,
    Mouse,
    Help,
    Palette,
    Suspend,
    Quit,
}

/// The words of an action: its name in the configuration, the footer's word, the help's sentence.
struct Words(Action, &'static str, &'static str, &'static str);

const TABLE: [Words; 53] = [
    Words(Action::Up, "up", "up", "move up"),
    Words(Action::Down, "down", "down", "move down"),
    Words(Action::HalfUp, "half-up", "half up", "move up half a page"),
    Words(
        Action::HalfDown,
        "half-down",
        "half down",
        "move down half a page",
    ),
    Words(Action::PageUp, "page-up", "page up", "move up a page"),
    Words(Action::PageDown, "page-down", "page down", "move down a page"),
    Words(Action::Top, "top", "top", "go to the first row"),
    Words(Action::Bottom, "bottom", "bottom", "go to the last row"),
    Words(
        Action::Left,
        "left",
        "close",
        "close the group, or go to the column on the left",
    ),
    Words(
        Action::Right,
        "right",
        "open",
        "open the group, or go to the column on the right",
    ),
    Words(Action::Open, "open", "open", "open what the cursor is on"),
    Words(
        Action::Back,
        "back",
        "back",
        "go back: leave the range, the selection, the filter",
    ),
    Words(Action::DetailUp, "detail-up", "detail up", "scroll the detail up"),
    Words(
        Action::DetailDown,
        "detail-down",
        "detail down",
        "scroll the detail down",
    ),
    Words(
        Action::Approve,
        "approve",
        "approve",
        "approve the operations selected or under the cursor",
    ),
    Words(
        Action::Reject,
        "reject",
        "reject",
        "reject the operations, with a reason",
    ),
    Words(Action::Hold, "hold", "hold", "hold the operations until a date"),
    Words(Action::Undo, "undo", "undo", "take the last decision back"),
    Words(Action::Select, "select", "select", "select or deselect the row"),
    Words(Action::Range, "range", "range", "begin or end a range of rows"),
    Words(
        Action::SelectAll,
        "select-all",
        "all",
        "select everything in the filter",
    ),
    Words(Action::Invert, "invert", "invert", "select what is not selected"),
    Words(
        Action::Group,
        "group",
        "group",
        "group by person, situation, system, department, risk or event",
    ),
    Words(Action::Sort, "sort", "sort", "sort by the next column"),
    Words(
        Action::SortReverse,
        "sort-reverse",
        "reverse",
        "turn the sorting around",
    ),
    Words(
        Action::Filter,
        "filter",
        "filter",
        "filter: kind: event: system: state: department: risk: situation: rail: words",
    ),
    Words(Action::Why, "why", "why", "show where the values come from"),
    Words(Action::Copy, "copy", "copy", "copy where the object is"),
    Words(Action::Apply, "apply", "run", "apply what is approved"),
    Words(Action::Pause, "pause", "pause", "pause the run, or go on with it"),
    Words(
        Action::Stop,
        "stop",
        "stop",
        "stop the run after what is in flight",
    ),
    Words(
        Action::Retry,
        "retry",
        "retry",
        "put failed operations back to approved",
    ),
    Words(
        Action::Release,
        "release",
        "release",
        "let this plan pass an exceeded guard rail, with a reason",
    ),
    Words(
        Action::Rails,
        "rails",
        "rails",
        "show the guard rails: what they count, what they stop, who let what pass",
    ),
    Words(
        Action::Systems,
        "systems",
        "systems",
        "show what waits at the systems: accept a read, release a quarantine, begin one",
    ),
    Words(
        Action::TakeBack,
        "take-back",
        "undo what was applied",
        "make a plan that takes back the run or the write shown here, else the last run",
    ),
    Words(
        Action::PutBack,
        "put-back",
        "put back",
        "put the last saved change of a rule back",
    ),
    Words(Action::Plan, "plan", "plan", "read every system and plan again"),
    Words(
        Action::NextDay,
        "next-day",
        "next day",
        "let the demo company's next working day come",
    ),
    Words(Action::NextPane, "next-pane", "next pane", "go to the next pane"),
    Words(
        Action::PreviousPane,
        "previous-pane",
        "previous pane",
        "go to the previous pane",
    ),
    Words(
        Action::Today,
        "today",
        "today",
        "go to Today: the day at a glance",
    ),
    Words(
        Action::Review,
        "review",
        "review",
        "go to Review: decide about operations",
    ),
    Words(Action::Run, "run", "run pane", "go to Run: how far the run is"),
    Words(
        Action::Audit,
        "audit",
        "audit",
        "go to Audit: what was done, by whom, when, why",
    ),
    Words(
        Action::People,
        "people",
        "people",
        "go to People: anyone, with every account",
    ),
    Words(
        Action::Mappings,
        "mappings",
        "mappings",
        "go to Mappings: the account rules",
    ),
    Words(Action::Zoom, "zoom", "zoom", "show the list or the detail alone"),
    Words(
        Action::Mouse,
        "mouse",
        "mouse",
        "use the mouse here, or leave it to the terminal",
    ),
    Words(Action::Help, "help", "help", "show the keys"),
    Words(
        Action::Palette,
        "palette",
        "commands",
        "find any command by its name",
    ),
    Words(
        Action::Suspend,
        "suspend",
        "suspend",
        "go to the shell; fg comes back",
    ),
    Words(Action::Quit, "quit", "quit", "leave usher"),
];

impl Action {
    /// Returns every action, in the order of the help.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|words| words.0)
    }

    /// Returns by how many rows it moves the cursor of a list in a dialog; 0 for actions that do not.
    pub fn rows(self) -> isize {
        match self {
            Self::Up => -1,
            Self::Down => 1,
            Self::PageUp | Self::HalfUp => -10,
            Self::PageDown | Self::HalfDown => 10,
            Self::Top => isize::MIN,
            Self::Bottom => isize::MAX,
            _ => 0,
        }
    }

    /// Finds an action by its name in the configuration.
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|words| words.1 == name).map(|words| words.0)
    }

    /// Returns its name in the configuration.
    pub fn name(self) -> &'static str {
        self.words().1
    }

    /// Returns its word in the footer.
    pub fn short(self) -> &'static str {
        self.words().2
    }

    /// Returns its sentence in the help.
    pub fn help(self) -> &'static str {
        self.words().3
    }

    fn words(self) -> &'static Words {
        TABLE.iter().find(|words| words.0 == self).unwrap_or(&TABLE[0])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_is_in_the_table_once() {
        let actions: BTreeSet<_> = Action::all().collect();
        let names: BTreeSet<_> = TABLE.iter().map(|words| words.1).collect();
        assert_eq!((actions.len(), names.len()), (TABLE.len(), TABLE.len()));
        assert_eq!(Action::Quit as usize + 1, TABLE.len());
    }
}
