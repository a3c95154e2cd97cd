//! Approvals in Review: a sign in the list, the whole of it in the detail.

use crate::{
    engine::{
        approval::{Given, Lack},
        view::OperationView,
    },
    model::{Needs, OperationState, RuleName},
    tui::{symbols::Symbols, theme::Role, when::Clock},
};

/// How much a lack weighs in a bundle, which shows the heaviest.
const fn weight(lack: Lack) -> u8 {
    match lack {
        Lack::Nothing => 0,
        Lack::OnePerson => 1,
        Lack::OtherPerson => 2,
        Lack::TwoPeople => 3,
        Lack::Renewal => 4,
        Lack::Entitled => 5,
        Lack::Never => 6,
    }
}

/// Returns what a bundle lacks.
pub fn heaviest(lacks: impl Iterator<Item = Lack>) -> Lack {
    lacks.max_by_key(|lack| weight(*lack)).unwrap_or_default()
}

/// Returns the sign of an operation: of where it stands, or of what it lacks while it waits for a decision.
pub const fn sign(symbols: &Symbols, state: OperationState, lack: Lack) -> &'static str {
    match (state, lack) {
        (OperationState::Proposed, Lack::TwoPeople) => symbols.two_people,
        (OperationState::Proposed, Lack::OnePerson | Lack::OtherPerson) => symbols.one_of_two,
        (OperationState::Proposed, Lack::Renewal) => symbols.expired,
        (OperationState::Proposed, Lack::Entitled) => symbols.entitled,
        _ => symbols.state(state),
    }
}

/// Returns the lines about approvals in the detail: text and its meaning. A `brief` one says only what is unusual.
pub fn lines(
    view: &OperationView,
    state: OperationState,
    lack: Lack,
    clock: &Clock,
    symbols: &Symbols,
    brief: bool,
) -> Vec<(String, Role)> {
    let demand = &view.demand;
    let given = &view.approvals.given;
    let is_usual = demand.rule.is_none() && demand.needs != Needs::Two && demand.needs != Needs::Never;
    if (!state.is_open() && given.is_empty())
        || (brief && is_usual && given.is_empty() && lack == Lack::Nothing)
    {
        return Vec::new();
    }
    let mut lines = vec![demanded(view, demand.needs, demand.rule.as_ref())];
    for approval in given {
        lines.push(approved(approval, clock, symbols));
    }
    if state.is_open() {
        lines.extend(missing(lack, view, symbols));
    }
    lines
}

/// Says what policy demands, and by which rule.
fn demanded(view: &OperationView, needs: Needs, rule: Option<&RuleName>) -> (String, Role) {
    let whom = match needs {
        Needs::Rule => "its rule approves in automatic mode, else one person",
        Needs::One => "one person",
        Needs::Two => "two different people",
        Needs::Never => "never, by nobody",
    };
    let rule = rule.map_or("no policy rule is about it".to_owned(), |rule| {
        format!("policy rule `{rule}`")
    });
    let by = &view.approvals.by;
    let of = if by.is_empty() {
        String::new()
    } else {
        format!(", of {}", by.join(", "))
    };
    let role = if matches!(needs, Needs::Two | Needs::Never) {
        Role::Warning
    } else {
        Role::Text
    };
    (format!("{whom}{of}; {rule}"), role)
}

fn approved(approval: &Given, clock: &Clock, symbols: &Symbols) -> (String, Role) {
    let when = clock.list(approval.at);
    let (sign, role) = if approval.is_over {
        (symbols.expired, Role::Warning)
    } else {
        (symbols.approved, Role::Approved)
    };
    let until = match approval.until.map(|until| clock.list(until)) {
        Some(until) if approval.is_over => format!(", expired {}", until.trim()),
        Some(until) => format!(", counts until {}", until.trim()),
        None => String::new(),
    };
    (format!("{sign} {}, {}{until}", approval.by, when.trim()), role)
}

/// Says who is missing.
fn missing(lack: Lack, view: &OperationView, symbols: &Symbols) -> Option<(String, Role)> {
    let role = Role::Warning;
    match lack {
        Lack::Nothing => None,
        Lack::TwoPeople => Some((format!("{} two people are missing", symbols.two_people), role)),
        Lack::OnePerson => Some((format!("{} one more person is missing", symbols.one_of_two), role)),
        Lack::OtherPerson => Some((
            format!(
                "{} one more person is missing, another one than you",
                symbols.one_of_two
            ),
            role,
        )),
        Lack::Renewal if view.demand.needs == Needs::Two => {
            Some((format!("{} two new approvals are missing", symbols.expired), role))
        }
        Lack::Renewal => Some((format!("{} a new approval is missing", symbols.expired), role)),
        Lack::Entitled => Some((
            format!(
                "{} one of those named is missing; you are not among them",
                symbols.entitled
            ),
            role,
        )),
        Lack::Never => Some((
            format!(
                "{} refused: reject it, or change the policy and plan again",
                symbols.blocked
            ),
            role,
        )),
    }
}
