//! The list of Review: one line a person and system, opened into single operations.

use crate::{
    engine::{approval::Lack, view::ReviewRow},
    model::{OperationState, Risk},
    tui::{
        action::Action,
        model::Model,
        paint::Painter,
        text::count,
        theme::Role,
        view::{
            layout,
            table::{self, Column, Places, Width, column},
        },
    },
};

use super::{
    Review, approval,
    arrange::{Line, Part},
    bundle, decide,
    order::Sort,
};

const COLUMNS: [Column; 5] = [
    column("", Width::Fixed(1)),
    column("Person", Width::Share(9)),
    column("What happens", Width::Share(10)),
    column("System", Width::Fixed(10)).from(60),
    column("Due", Width::Fixed(12)).right().from(60),
];

/// Draws the list.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    let (review, area) = (&model.review, layout::list(model));
    if area.height == 0 {
        return;
    }
    if let Some(sentences) = emptiness(model) {
        for (y, sentence) in sentences.iter().enumerate() {
            let role = if y == 0 { Role::Title } else { Role::Muted };
            painter.text(
                area.x + 3,
                area.y + 1 + y as u16,
                area.width.saturating_sub(4),
                sentence,
                role,
            );
        }
        return;
    }
    let places = table::places(&COLUMNS, area.x + 1, area.width.saturating_sub(2));
    table::titles(painter, &COLUMNS, &places, area.y);
    sorted(painter, review, &places, area.y);
    let rows = layout::rows(model);
    let range = decide::range_lines(review);
    let window = review
        .scroll
        .window(review.arranged.lines.len(), usize::from(rows.height));
    for (y, number) in (rows.y..).zip(window) {
        let line = review.arranged.lines[number];
        draw_line(model, painter, &places, y, line);
        let chosen = |row: &u32| {
            let id = review.rows[*row as usize].id;
            review.selected.contains(&id)
        };
        let rows_of = review.arranged.rows_of(line);
        let is_selected =
            !matches!(line, Line::Section(_)) && (range.contains(&number) || rows_of.iter().any(chosen));
        if is_selected {
            painter.patch(area.x + 1, y, area.width.saturating_sub(2), Role::Selected);
        }
        if number == review.scroll.cursor {
            painter.cursor(area.x, y, area.width);
        }
        if is_selected {
            painter.text(area.x, y, 1, painter.symbols.selected, Role::Key);
        }
    }
}

/// Draws the arrow beside the column that sorts.
fn sorted(painter: &mut Painter<'_>, review: &Review, places: &Places, y: u16) {
    let (place, word) = match review.sort {
        Sort::Order => return,
        Sort::Name => (places[1], "Person"),
        Sort::System => (places[3], "System"),
        Sort::Due => (places[4], "Due"),
        Sort::State => (places[0], ""),
    };
    let arrow = painter.symbols.sorted[usize::from(review.reversed)];
    let x = match review.sort {
        Sort::Due => (place.0 + place.1).saturating_sub(word.len() as u16 + 2),
        Sort::State => place.0,
        _ => place.0 + word.len() as u16 + 1,
    };
    if place.1 > 0 {
        painter.text(x, y, 1, arrow, Role::Key);
    }
}

fn draw_line(model: &Model, painter: &mut Painter<'_>, places: &Places, y: u16, line: Line) {
    let review = &model.review;
    match line {
        Line::Section(section) => draw_section(model, painter, y, section),
        Line::Finding(finding) => {
            let finding = &review.findings[finding as usize];
            let what = format!("{}: {}", finding.kind.word().replace('-', " "), finding.message);
            let cells = [
                (painter.symbols.failed, Role::Failed),
                (&*finding.subject, Role::Text),
                (&what, Role::Text),
                (finding.system.as_str(), Role::Text),
                (painter.symbols.none, Role::Muted),
            ];
            table::row(painter, &COLUMNS, places, y, &cells);
        }
        Line::Bundle(_) | Line::Operation(_) => {
            let rows = review.arranged.rows_of(line);
            let all = || rows.iter().map(|row| &review.rows[*row as usize]);
            let state = bundle::state(rows.iter().map(|row| review.states[*row as usize]));
            let waiting = rows.iter().filter(|row| review.states[**row as usize] == state);
            let lack = approval::heaviest(waiting.map(|row| review.lacks[*row as usize]));
            let Some(first) = all().next() else { return };
            let inner = matches!(line, Line::Operation(_));
            let subject = subject(review, painter, first, rows.len(), inner);
            let mut what = if rows.len() == 1 {
                bundle::single(first)
            } else {
                bundle::words(&all(), painter.symbols)
            };
            let privileged = all().any(|row| row.risk.contains(&Risk::Privileged));
            if privileged {
                what = format!("{what} ({})", Risk::Privileged.word());
            }
            let shown = Shown {
                first,
                state,
                lack,
                subject,
                what,
                inner,
                privileged,
            };
            draw_row(model, painter, places, y, &shown);
        }
    }
}

struct Shown<'a> {
    first: &'a ReviewRow,
    state: OperationState,
    lack: Lack,
    subject: String,
    what: String,
    inner: bool,
    privileged: bool,
}

fn draw_row(model: &Model, painter: &mut Painter<'_>, places: &Places, y: u16, shown: &Shown<'_>) {
    let due = shown
        .first
        .due
        .map_or_else(|| "now".to_owned(), |due| model.settings.clock.list(due));
    let is_faint = shown.first.scheduled || shown.state == OperationState::Rejected;
    let role = if is_faint { Role::Muted } else { Role::Text };
    let sign = approval::sign(painter.symbols, shown.state, shown.lack);
    let mark = Role::of(shown.state);
    let (head, system) = if shown.inner {
        ("", "")
    } else {
        (sign, shown.first.system.as_str())
    };
    let due_role = if shown.first.due.is_none() {
        Role::Muted
    } else {
        role
    };
    let cells = [
        (head, mark),
        (&*shown.subject, role),
        (&*shown.what, role),
        (system, role),
        (&*due, due_role),
    ];
    table::row(painter, &COLUMNS, places, y, &cells);
    let x = if shown.inner { places[1].0 + 2 } else { places[0].0 };
    painter.text(x, y, 1, sign, mark);
    if shown.privileged {
        // beside the sign, because the words may be cut off
        painter.text(x + 1, y, 1, painter.symbols.privileged, Role::Warning);
    }
}

fn subject(review: &Review, painter: &Painter<'_>, first: &ReviewRow, count: usize, inner: bool) -> String {
    if inner {
        let state = review.row(first.id).map_or("", |(_, state)| state.word());
        return format!("    {state}");
    }
    if count == 1 {
        return first.subject.to_string();
    }
    let open = review.folds.open.contains(&first.id);
    let fold = if open {
        painter.symbols.open
    } else {
        painter.symbols.closed
    };
    format!("{} {fold}", first.subject)
}

fn draw_section(model: &Model, painter: &mut Painter<'_>, y: u16, section: u32) {
    let (area, section) = (
        layout::list(model),
        &model.review.arranged.sections[section as usize],
    );
    let folded = model.review.folds.closed.contains(&section.title);
    let fold = if folded {
        painter.symbols.closed
    } else {
        painter.symbols.open
    };
    let remark = match section.part {
        Part::Due => "",
        Part::Findings => "  want a person, not an approval",
        Part::Scheduled => "  due later, no changes yet",
    };
    let number = format!(" {}", count(section.count));
    let title = section.title.replace('-', " ");
    painter.pieces(
        area.x + 1,
        y,
        area.width.saturating_sub(2),
        &[
            (fold, Role::Muted),
            (" ", Role::Text),
            (&title, Role::Title),
            (&number, Role::Text),
            (remark, Role::Muted),
        ],
    );
}

/// Returns what to say when there is nothing to list.
fn emptiness(model: &Model) -> Option<Vec<String>> {
    let review = &model.review;
    let key = |action| model.settings.keymap.shown(action);
    if !review.loaded {
        return Some(vec!["asking for the plan".into()]);
    }
    if review.head.is_none() {
        let how = format!(
            "Press {} to read every system and make one. Reading changes nothing.",
            key(Action::Plan)
        );
        return Some(vec!["There is no plan yet.".into(), how]);
    }
    if review.rows.is_empty() && review.findings.is_empty() {
        let how = format!("Press {} to read every system again.", key(Action::Plan));
        return Some(vec![
            "Nothing to do: everyone has what they should have.".into(),
            how,
        ]);
    }
    if review.arranged.lines.is_empty() {
        let how = format!(
            "Press {} to take the filter away, {} to change it.",
            key(Action::Back),
            key(Action::Filter)
        );
        return Some(vec![
            format!("Nothing passes the filter “{}”.", review.filter),
            how,
        ]);
    }
    None
}
