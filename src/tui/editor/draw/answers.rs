//! What the expression gives for a few people, and what it would change in the plan.

use ratatui::layout::Rect;

use crate::{
    engine::impact::{AttributeImpact, Impact},
    tui::{
        editor::{Editor, keys},
        model::Model,
        paint::Painter,
        text::{self, count},
        theme::Role,
    },
};

/// Draws what it gives.
pub(super) fn people(editor: &Editor, area: Rect, painter: &mut Painter<'_>) {
    if area.height == 0 {
        return;
    }
    let old = editor.trial.is_old || !editor.is_sound();
    let tried = match &editor.trial.shown {
        None if editor.is_sound() => {
            painter.text(area.x, area.y, area.width, "trying it", Role::Muted);
            return;
        }
        None => return,
        Some(Err(problem)) => {
            say(&[(problem.clone(), Role::Muted)], area, painter);
            return;
        }
        Some(Ok(tried)) => tried,
    };
    let longest = tried.iter().map(|it| text::width(&it.name)).max().unwrap_or(0) as u16;
    let column = longest.min(area.width * 2 / 5);
    let room = area.width.saturating_sub(column + 2);
    let mut y = area.y;
    for it in tried {
        let (value, role) = match &it.value {
            Ok(value) if value.is_empty() => ("nothing".to_owned(), Role::Muted),
            Ok(value) if it.masked => (value.clone(), Role::Muted),
            Ok(value) => (value.clone(), Role::Text),
            Err(problem) => (format!("{} {problem}", painter.symbols.failed), Role::Failed),
        };
        let role = if old { Role::Muted } else { role };
        // with more room than people, a long value may take two rows
        let rows = if usize::from(area.height) >= 2 * tried.len() {
            2
        } else {
            1
        };
        let name = if old { Role::Muted } else { Role::Title };
        if y >= area.bottom() {
            break;
        }
        painter.text(area.x, y, column, &it.name, name);
        for (number, part) in text::wrap(&value, usize::from(room)).iter().enumerate() {
            if number + 1 > rows || y >= area.bottom() {
                break;
            }
            let cut = number + 1 == rows && text::width(&value) > usize::from(room) * rows;
            let shown = if cut {
                format!("{part}{}", painter.symbols.ellipsis)
            } else {
                part.clone()
            };
            painter.text(area.x + column + 2, y, room, &shown, role);
            y += 1;
        }
    }
}

fn say(lines: &[(String, Role)], area: Rect, painter: &mut Painter<'_>) {
    let mut y = area.y;
    for (line, role) in lines {
        for part in text::wrap(line, usize::from(area.width)) {
            if y >= area.bottom() {
                return;
            }
            painter.text(area.x, y, area.width, &part, *role);
            y += 1;
        }
    }
}

/// Draws what it would change.
pub(super) fn impact(model: &Model, editor: &Editor, area: Rect, painter: &mut Painter<'_>) {
    if area.height == 0 {
        return;
    }
    let muted = |words: &str| vec![(words.to_owned(), Role::Muted)];
    let lines = if !editor.is_changed() {
        muted("nothing is changed yet; what saving would change in the plan is shown here")
    } else if !editor.is_sound() {
        muted("what it would change is counted when it is sound")
    } else {
        match editor.impact.now() {
            None => muted("computing the whole plan with it"),
            Some(Err(problems)) => problems.iter().map(|it| (it.clone(), Role::Failed)).collect(),
            Some(Ok(impact)) => return draw(model, impact, area, painter),
        }
    };
    say(&lines, area, painter);
}

fn draw(model: &Model, impact: &Impact, area: Rect, painter: &mut Painter<'_>) {
    let mut x = area.x;
    let role = if impact.accounts == 0 {
        Role::Text
    } else {
        Role::Title
    };
    x += painter.text(x, area.y, area.width, &keys::said(impact), role);
    let arrow = painter.symbols.arrow;
    for (kind, without, with) in &impact.kinds {
        let words = format!("   {} {} {arrow} {}", kind.word(), count(*without), count(*with));
        x += painter.text(x, area.y, area.right().saturating_sub(x), &words, Role::Text);
    }
    let (without, with) = impact.findings;
    if without != with {
        let words = format!("   findings {without} {arrow} {with}");
        x += painter.text(x, area.y, area.right().saturating_sub(x), &words, Role::Warning);
    }
    if let Some(read) = impact.read {
        let words = format!("on the reads of {}", model.settings.clock.hour(read));
        let left = area.right().saturating_sub(x + 3);
        if usize::from(left) >= text::width(&words) {
            painter.right(x + 3, area.y, left, &words, Role::Muted);
        }
    }
    let mut y = area.y + 1;
    for rail in impact.rails.iter().take(2) {
        if y < area.bottom() {
            let words = format!(
                "{} exceeds the guard rail {}: {} of {}",
                painter.symbols.failed,
                rail.rail,
                count(rail.count),
                count(rail.limit)
            );
            painter.text(area.x, y, area.width, &words, Role::Failed);
            y += 1;
        }
    }
    let rest = Rect {
        y,
        height: area.bottom().saturating_sub(y),
        ..area
    };
    table(&impact.attributes, rest, painter);
}

/// Draws the attributes with their examples: each attribute has one, then what room is left is shared out.
fn table(attributes: &[AttributeImpact], area: Rect, painter: &mut Painter<'_>) {
    let height = usize::from(area.height);
    let seen = &attributes[..attributes.len().min(height)];
    let mut rows = vec![1; seen.len()];
    while rows.iter().sum::<usize>() < height {
        let mut grew = false;
        for (rows_of, it) in rows.iter_mut().zip(seen) {
            if *rows_of < it.examples.len() {
                *rows_of += 1;
                grew = true;
                break;
            }
        }
        if !grew {
            break;
        }
    }
    let widest = |width: fn(&AttributeImpact) -> usize, most: u16| {
        (seen.iter().map(width).max().unwrap_or(0) as u16).min(most)
    };
    let label = widest(|it| text::width(&it.attribute), area.width / 4);
    let number = widest(|it| count(it.accounts).len(), 9);
    let name = widest(
        |it| {
            it.examples
                .iter()
                .map(|it| text::width(&it.name))
                .max()
                .unwrap_or(0)
        },
        area.width / 4,
    );
    let mut y = area.y;
    for (it, rows) in seen.iter().zip(rows) {
        painter.text(area.x, y, label, &it.attribute, Role::Text);
        painter.right(area.x + label + 1, y, number, &count(it.accounts), Role::Title);
        for example in it.examples.iter().take(rows) {
            if y >= area.bottom() {
                return;
            }
            let x = area.x + label + number + 3;
            painter.text(x, y, name, &example.name, Role::Muted);
            let x = x + name + 2;
            let none = painter.symbols.none;
            let or_none = |text: &str| {
                if text.is_empty() {
                    none.to_owned()
                } else {
                    text.to_owned()
                }
            };
            let room = area.right().saturating_sub(x);
            let (before, after) = (or_none(&example.before), or_none(&example.after));
            let half = (usize::from(room).saturating_sub(3)) / 2;
            let before = if text::width(&before) + text::width(&after) + 3 > usize::from(room) {
                text::cut(&before, half, painter.symbols.ellipsis).into_owned()
            } else {
                before
            };
            let arrow = format!(" {} ", painter.symbols.arrow);
            painter.pieces(
                x,
                y,
                room,
                &[
                    (&before, Role::Removed),
                    (&arrow, Role::Muted),
                    (&after, Role::Added),
                ],
            );
            y += 1;
        }
        if it.examples.is_empty() {
            y += 1;
        }
    }
}
