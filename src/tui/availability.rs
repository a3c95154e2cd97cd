//! Whether an action can be done now; if not, why not. A disabled action that says nothing teaches nothing.

use crate::model::{OperationState, RailReading, Right};

use super::{
    action::Action,
    model::Model,
    pane::Pane,
    review::{arrange::Line, decide},
};

/// Why nothing can be decided or applied in a console that only watches.
pub const READ_ONLY: &str = "this console is read-only: nothing can be decided or applied here";

/// Reports whether an action can be done now; the error is the reason, as a sentence.
pub fn available(model: &Model, action: Action) -> Result<(), String> {
    let review = &model.review;
    if let Some(pane) = home(action)
        && pane != model.pane
    {
        return Err(format!("“{}” is for the {} pane", action.short(), pane.word()));
    }
    if model.settings.read_only && writes(action) {
        return Err(READ_ONLY.into());
    }
    if let Some(refusal) = right(action).and_then(|right| model.refusal(right)) {
        return Err(refusal.to_owned());
    }
    match action {
        Action::Approve | Action::Reject | Action::Hold => decide::can(review, action),
        Action::Undo if review.decided.is_empty() => {
            Err("nothing was decided here yet, so there is nothing to take back".into())
        }
        Action::Select | Action::Range if matches!(review.line(), None | Some(Line::Finding(_))) => {
            Err("findings cannot be selected: they want a person, not an approval".into())
        }
        Action::SelectAll | Action::Invert if review.passing() == 0 => Err("the list is empty".into()),
        Action::Apply => can_apply(model),
        Action::Pause | Action::Stop if !model.run.is_active() => Err("no run is in progress".into()),
        Action::Retry if model.run.failures().is_empty() => Err("nothing has failed".into()),
        Action::Release if exceeded(model).is_none() => Err("no guard rail stops anything".into()),
        Action::PutBack if model.mappings.last_change.is_none() => {
            Err("nothing was changed here, so there is nothing to put back".into())
        }
        Action::Plan | Action::NextDay | Action::TakeBack if model.planning.is_some() => {
            Err("a plan is being made".into())
        }
        Action::Plan | Action::NextDay if model.run.is_active() => {
            Err("a run is in progress: plan when it is over".into())
        }
        Action::TakeBack if model.run.is_active() => Err("a run is in progress: undo when it is over".into()),
        Action::TakeBack => super::overlay::undo::meant(model).map(|_| ()),
        Action::NextDay if !model.settings.demo => Err("only the demo company has a next day to call".into()),
        Action::Copy if super::update::copied(model).is_none() => Err("there is nothing to copy here".into()),
        Action::Filter if !matches!(model.pane, Pane::Review | Pane::Audit | Pane::People) => {
            Err(format!("the {} pane has no filter", model.pane.word()))
        }
        _ => Ok(()),
    }
}

/// Returns the only pane an action can be done in.
fn home(action: Action) -> Option<Pane> {
    match super::keymap::context(action) {
        super::keymap::Context::Everywhere => None,
        super::keymap::Context::Review => Some(Pane::Review),
        super::keymap::Context::Run => Some(Pane::Run),
        super::keymap::Context::Mappings => Some(Pane::Mappings),
    }
}

/// Returns the right that an action takes.
const fn right(action: Action) -> Option<Right> {
    Some(match action {
        Action::Approve | Action::Undo | Action::Retry => Right::Approve,
        Action::Reject | Action::Hold => Right::Refuse,
        Action::Apply | Action::Pause | Action::Stop => Right::Apply,
        Action::Release => Right::Release,
        Action::TakeBack => Right::Undo,
        Action::Plan | Action::NextDay => Right::Plan,
        Action::PutBack => Right::Configure,
        _ => return None,
    })
}

const fn writes(action: Action) -> bool {
    matches!(
        action,
        Action::Approve
            | Action::Reject
            | Action::Hold
            | Action::Undo
            | Action::Apply
            | Action::Retry
            | Action::Release
    )
}

fn can_apply(model: &Model) -> Result<(), String> {
    if model.run.is_active() {
        return Err("a run is in progress already".into());
    }
    if model.planning.is_some() {
        return Err("a plan is being made".into());
    }
    match model.review.count(OperationState::Approved) {
        0 => Err("nothing is approved yet: approve with a, then run".into()),
        _ => Ok(()),
    }
}

/// Returns the first guard rail that stops something.
pub fn exceeded(model: &Model) -> Option<&RailReading> {
    if let Some(known) = &model.rails {
        let stopping = known.rails.iter().find(|rail| !rail.stops.is_empty());
        return stopping.map(|rail| &rail.reading);
    }
    model
        .review
        .head
        .as_ref()?
        .rails
        .iter()
        .find(|rail| rail.is_exceeded() && !rail.stopped.is_empty())
}
