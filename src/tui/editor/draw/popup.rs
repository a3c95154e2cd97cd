//! The completion: below the word it completes, or above where there is no room.

use ratatui::layout::Rect;

use crate::tui::{editor::Editor, paint::Painter, scroll::Scroll, text, theme::Role};

/// How many candidates are seen at once.
const SEEN: usize = 8;

/// Draws it.
pub(super) fn draw(editor: &Editor, body: Rect, (x, y): (u16, u16), painter: &mut Painter<'_>) {
    let Some(completion) = &editor.completion else {
        return;
    };
    let items = &completion.items;
    let chosen = items.get(completion.cursor);
    let label = items
        .iter()
        .map(|item| text::width(&item.label))
        .max()
        .unwrap_or(0);
    let summary = chosen.map_or(0, |item| text::width(item.summary));
    let width = label.max(summary).clamp(20, 90) as u16 + 4;
    let width = width.min(body.width.saturating_sub(2));
    let says = usize::from(items.iter().any(|item| !item.summary.is_empty()));
    let below = body.bottom().saturating_sub(y + 1);
    let above = y.saturating_sub(body.y);
    let wanted = (items.len().min(SEEN) + says + 2) as u16;
    let (top, height) = if below >= wanted || below >= above {
        (y + 1, wanted.min(below))
    } else {
        let height = wanted.min(above);
        (y - height, height)
    };
    if height < 3 {
        return;
    }
    let word = editor.cursor().1.saturating_sub(completion.start) as u16;
    let left = x.saturating_sub(word + 2).min(body.right().saturating_sub(width));
    let title = format!("{} of {}", completion.cursor + 1, items.len());
    let inner = painter.frame(Rect::new(left.max(body.x), top, width, height), &title);
    let rows = usize::from(inner.height).saturating_sub(says);
    let mut scroll = Scroll {
        cursor: completion.cursor,
        offset: 0,
    };
    scroll.settle(items.len(), rows);
    for (line, number) in scroll.window(items.len(), rows).enumerate() {
        let item = &items[number];
        let y = inner.y + line as u16;
        let role = if item.summary.is_empty() {
            Role::Gauge
        } else {
            Role::Text
        };
        painter.text(inner.x, y, inner.width, &item.label, role);
        if number == completion.cursor {
            painter.cursor(inner.x, y, inner.width);
        }
    }
    if says > 0
        && let Some(item) = chosen
    {
        painter.text(
            inner.x,
            inner.bottom() - 1,
            inner.width,
            item.summary,
            Role::Muted,
        );
    }
}
