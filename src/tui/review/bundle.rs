//! What happens to a person in a system, in few words: `disable, −4 groups`.

use crate::{
    engine::view::ReviewRow,
    model::{Kind, OperationState},
    tui::symbols::Symbols,
};

/// Says what a bundle's operations do.
pub fn words<'a>(rows: &(impl Iterator<Item = &'a ReviewRow> + Clone), symbols: &Symbols) -> String {
    let mut parts: Vec<String> = Vec::new();
    let several = rows.clone().count() > 1;
    for kind in Kind::ALL {
        let mut of_kind = rows.clone().filter(|row| row.kind == kind);
        let Some(first) = of_kind.next() else { continue };
        let count = 1 + of_kind.count();
        parts.push(match kind {
            Kind::AddMember if several => format!("+{count} {}", plural(count, "group")),
            Kind::RemoveMember if several => format!("{}{count} {}", symbols.minus, plural(count, "group")),
            Kind::AddMember => format!("join {}", first.what),
            Kind::RemoveMember => format!("leave {}", first.what),
            Kind::Update if !first.what.is_empty() => format!("update {}", first.what),
            Kind::Task if !first.what.is_empty() => format!("task: {}", first.what),
            _ if count > 1 => format!("{count} {}", kind.word()),
            _ => kind.word().to_owned(),
        });
    }
    parts.join(", ")
}

/// Says what one operation does.
pub fn single(row: &ReviewRow) -> String {
    match row.kind {
        Kind::AddMember => format!("join {}", row.what),
        Kind::RemoveMember => format!("leave {}", row.what),
        kind if row.what.is_empty() => kind.word().to_owned(),
        kind => format!("{} {}", kind.word(), row.what),
    }
}

/// Returns the word, with an `s` unless it is one.
pub fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}

/// How loud a state is: a bundle shows the loudest of its operations.
const fn loudness(state: OperationState) -> u8 {
    match state {
        OperationState::Failed | OperationState::Conflict | OperationState::Unknown => 9,
        OperationState::Running => 8,
        OperationState::Proposed => 7,
        OperationState::Blocked => 6,
        OperationState::Held => 5,
        OperationState::Approved => 4,
        OperationState::Rejected => 3,
        OperationState::Applied => 2,
        OperationState::Verified => 1,
    }
}

/// Returns the state a bundle shows.
pub fn state(states: impl Iterator<Item = OperationState>) -> OperationState {
    states
        .max_by_key(|state| loudness(*state))
        .unwrap_or(OperationState::Proposed)
}
