//! What a run has tried first, and that it waits for a word.

use crate::{
    engine::view::{CanaryVerdict, CanaryView},
    tui::{
        action::Action,
        model::Model,
        paint::Painter,
        text::{self, Align, count},
        theme::Role,
    },
};

/// Returns how many rows it takes: one for the sentence, one for each kind, one that stays empty.
pub(super) fn rows(canary: &CanaryView) -> u16 {
    canary.lanes.len() as u16 + 2
}

/// Draws it.
pub(super) fn draw(model: &Model, painter: &mut Painter<'_>, canary: &CanaryView, y: u16) {
    let width = model.size.0.saturating_sub(2);
    let key = |action| model.settings.keymap.shown(action);
    let words = if model.run.is_active() {
        format!(
            "The first of each kind are done; {} wait: {} goes on, {} stops.",
            count(canary.waiting),
            key(Action::Pause),
            key(Action::Stop)
        )
    } else {
        format!(
            "The first of each kind were done; {} were left.",
            count(canary.waiting)
        )
    };
    painter.text(1, y, width, &words, Role::Title);
    for (y, lane) in (y + 1..).zip(&canary.lanes) {
        let (sign, role) = match lane.verdict {
            CanaryVerdict::Waits => (painter.symbols.proposed, Role::Proposed),
            CanaryVerdict::GoesOn => (painter.symbols.verified, Role::Done),
            CanaryVerdict::Stopped => (painter.symbols.failed, Role::Failed),
        };
        let what = format!("{} in {}", lane.kind.word(), lane.system);
        let what = text::fit(&what, 28, Align::Left, painter.symbols.ellipsis);
        let numbers = format!("{} of {} read back   ", lane.worked, lane.tried);
        let pieces = [
            (sign, role),
            (" ", Role::Text),
            (&*what, Role::Text),
            (&*numbers, Role::Text),
            (lane.verdict.word(), role),
        ];
        painter.pieces(1, y, width, &pieces);
    }
}
