//! Short-lived messages, above the footer.

use crate::{
    engine::event::Level,
    tui::{model::Model, paint::Painter, text, theme::Role},
};

/// Draws the messages.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    let (width, rows) = model.size;
    let mut y = rows.saturating_sub(2);
    for toast in model.toasts.iter().rev() {
        let (mark, role) = match toast.level {
            Level::Info => (painter.symbols.dot, Role::Text),
            Level::Warning => (painter.symbols.failed, Role::Warning),
            Level::Error => (painter.symbols.failed, Role::Failed),
        };
        let words = format!(" {mark} {} ", text::clean(&toast.text));
        let lines = text::wrap(&words, usize::from(width.saturating_sub(4)));
        let lines = &lines[..lines.len().min(3)];
        for line in lines.iter().rev() {
            if y < 2 {
                return;
            }
            let line = format!(" {} ", line.trim());
            let wide = text::width(&line) as u16;
            let x = width.saturating_sub(wide + 1);
            painter.text(x, y, wide, &line, role);
            y -= 1;
        }
    }
}
