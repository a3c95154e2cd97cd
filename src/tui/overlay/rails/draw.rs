//! How the guard rails look.

use ratatui::layout::Rect;

use crate::{
    engine::view::RailView,
    model::RailReading,
    tui::{
        action::Action,
        model::Model,
        overlay::draw::middle,
        paint::{Painter, gauge},
        scroll::Scroll,
        text::{self, Align, count},
        theme::Role,
    },
};

use super::{Rails, can_release, chosen, known};

/// Lines for the keys and for why they cannot be used.
const KEYS: u16 = 2;
/// The width of the labels in the detail.
const LABEL: usize = 10;

/// Draws the guard rails on top of the pane.
pub fn draw(model: &Model, rails: Rails, painter: &mut Painter<'_>) {
    let all = known(model);
    let width = model.size.0.saturating_sub(2).min(110);
    let cursor = rails.cursor.min(all.len().saturating_sub(1));
    let about = all
        .get(cursor)
        .map_or_else(Vec::new, |rail| lines(model, rail, width.saturating_sub(4)));
    let wanted = (all.len() + about.len()) as u16 + KEYS + 5;
    let inner = painter.frame(middle(model, width, wanted.max(6)), "guard rails");
    if model.rails.is_none() || all.is_empty() {
        let words = match (&model.rails, &model.review.head) {
            (None, Some(_)) => "asking for the guard rails",
            (None, None) => "There is no plan yet, so there is nothing to count.",
            _ => "No guard rail counted anything in this plan.",
        };
        painter.text(inner.x, inner.y, inner.width, words, Role::Muted);
        return;
    }
    let below = about.len() as u16 + KEYS + 2;
    let height = if inner.height > below + 2 {
        (inner.height - below).min(all.len() as u16)
    } else {
        inner.height.min(all.len() as u16)
    };
    let mut scroll = Scroll { cursor, offset: 0 };
    scroll.settle(all.len(), usize::from(height));
    let columns = Columns::of(all, inner.width);
    for (y, number) in (inner.y..).zip(scroll.window(all.len(), usize::from(height))) {
        line(painter, &columns, (inner.x, y, inner.width), &all[number]);
        if number == scroll.cursor {
            painter.cursor(inner.x, y, inner.width);
        }
    }
    let y = inner.y + height + 1;
    if y + KEYS < inner.bottom() {
        let bottom = inner.bottom() - KEYS - 1;
        for (y, (label, words, role)) in (y..bottom).zip(&about) {
            painter.text(inner.x, y, LABEL as u16, label, Role::Muted);
            let x = inner.x + LABEL as u16;
            painter.text(x, y, inner.right().saturating_sub(x), words, *role);
        }
        let area = Rect {
            y: inner.bottom() - KEYS,
            height: KEYS,
            ..inner
        };
        keys(model, painter, area, &all[cursor]);
    }
}

/// How wide the parts of a line are.
struct Columns {
    name: usize,
    gauge: usize,
    numbers: usize,
}

impl Columns {
    fn of(rails: &[RailView], width: u16) -> Self {
        let widest = |of: &dyn Fn(&RailReading) -> usize| {
            let each = rails.iter().map(|rail| of(&rail.reading));
            each.max().unwrap_or(0)
        };
        let numbers = widest(&|reading| numbers(reading).len());
        // where there is little room, the name and the numbers say enough
        let gauge = if width < 50 {
            0
        } else {
            usize::from(width / 6).min(16)
        };
        let said = if width < 50 { 0 } else { 12 };
        let room = usize::from(width).saturating_sub(numbers + gauge + said + 8);
        Self {
            name: widest(&|reading| text::width(&reading.rail)).min(room),
            gauge,
            numbers,
        }
    }
}

fn numbers(reading: &RailReading) -> String {
    format!("{}/{}", count(reading.count), count(reading.limit))
}

/// Draws one rail: `! disable · directory  ▓▓▓▓▓▓▓▓  23/20  3 too many, stops 23`.
fn line(painter: &mut Painter<'_>, columns: &Columns, (x, y, width): (u16, u16, u16), rail: &RailView) {
    let reading = &rail.reading;
    let (sign, role) = match (reading.is_exceeded(), rail.stops.is_empty()) {
        (true, false) => (painter.symbols.failed, Role::Failed),
        (true, true) => (painter.symbols.approved, Role::Warning),
        (false, _) => (" ", Role::Text),
    };
    let bar = if reading.is_exceeded() { role } else { Role::Gauge };
    let (full, empty) = gauge(painter.symbols, columns.gauge, reading.count, reading.limit);
    let name = text::fit(&reading.rail, columns.name, Align::Left, painter.symbols.ellipsis);
    let numbers = text::fit(&numbers(reading), columns.numbers, Align::Right, "");
    let said = if columns.gauge == 0 {
        String::new()
    } else {
        said(rail)
    };
    let pieces = [
        (sign, role),
        (" ", Role::Text),
        (&name, role),
        ("  ", Role::Text),
        (&full, bar),
        (&empty, Role::Muted),
        ("  ", Role::Text),
        (&numbers, role),
        ("  ", Role::Text),
        (&said, if rail.stops.is_empty() { Role::Muted } else { role }),
    ];
    painter.pieces(x, y, width, &pieces);
}

/// Says in few words what a rail does to the plan.
fn said(rail: &RailView) -> String {
    let reading = &rail.reading;
    if !reading.is_exceeded() {
        return format!("{} more would pass", count(reading.limit - reading.count));
    }
    let over = format!("{} too many", count(reading.count - reading.limit));
    match &rail.released {
        Some(released) if released.is_whole => format!("{over}, released by {}", released.by),
        Some(_) => format!("{over}, still stops {}", count(rail.stops.len())),
        None => format!("{over}, stops {}", count(rail.stops.len())),
    }
}

/// What is said of a rail under the list: label, words, meaning.
type Said = Vec<(&'static str, String, Role)>;

fn lines(model: &Model, rail: &RailView, width: u16) -> Said {
    let mut lines: Said = Vec::new();
    let width = usize::from(width).saturating_sub(LABEL);
    let mut add = |label: &'static str, words: &str, role: Role| {
        for (number, part) in text::wrap(words, width).into_iter().enumerate() {
            lines.push((if number == 0 { label } else { "" }, part, role));
        }
    };
    add("counts", &counted(rail), Role::Text);
    add("stops", &stopped(model, rail), Role::Text);
    if let Some(released) = &rail.released {
        let whole = if released.is_whole {
            "all of them".to_owned()
        } else {
            format!(
                "{} of {}",
                count(released.passes),
                count(rail.reading.stopped.len())
            )
        };
        let when = model.settings.clock.list(released.at);
        let words = format!(
            "for {whole} by {}, {}: {}",
            released.by,
            when.trim(),
            released.reason
        );
        add("released", &words, Role::Text);
    }
    lines
}

/// Says what a rail counts, of how many, and since when.
fn counted(rail: &RailView) -> String {
    let reading = &rail.reading;
    let of = if reading.population > 0 {
        format!(" of {}", count(reading.population))
    } else {
        String::new()
    };
    let since = match reading.window_hours {
        None => ", this plan alone".to_owned(),
        Some(hours) => format!(
            " within {}; earlier runs have done {} of the {}",
            hours_said(hours),
            count(reading.earlier),
            count(reading.count)
        ),
    };
    format!("at most {}{of}{since}", count(reading.limit))
}

fn hours_said(hours: u32) -> String {
    match hours {
        24 => "24 hours".to_owned(),
        days if days % 24 == 0 => format!("{} days", days / 24),
        hours => format!("{hours} hours"),
    }
}

/// Says what a rail stops, with the first names.
fn stopped(model: &Model, rail: &RailView) -> String {
    if rail.stops.is_empty() {
        return "nothing".to_owned();
    }
    let mut names: Vec<&str> = Vec::new();
    for id in rail.stops.iter().take(60) {
        if let Some((row, _)) = model.review.row(*id)
            && !names.contains(&&*row.subject)
        {
            names.push(&row.subject);
        }
    }
    let shown = names.len().min(4);
    let more = if rail.stops.len() > shown { ", …" } else { "" };
    format!(
        "{} of this plan until they are fewer, or somebody lets them pass: {}{more}",
        count(rail.stops.len()),
        names[..shown].join(", ")
    )
}

/// Draws what can be done with a rail; what cannot, with the reason.
fn keys(model: &Model, painter: &mut Painter<'_>, area: Rect, rail: &RailView) {
    let part = chosen(model, rail).len();
    let all = format!(" release all {}   ", count(rail.stops.len()));
    let some = if part == 0 {
        " the selected   ".to_owned()
    } else {
        format!(" the {} selected   ", count(part))
    };
    let release = model.settings.keymap.shown(Action::Release);
    let whole_can = can_release(model, Some(rail), false);
    let part_can = can_release(model, Some(rail), true);
    let role = |able: bool| {
        if able {
            (Role::Key, Role::Text)
        } else {
            (Role::Muted, Role::Muted)
        }
    };
    let (whole_key, whole_text) = role(whole_can.is_ok());
    let (part_key, part_text) = role(part_can.is_ok());
    let (see_key, see_text) = role(!rail.stops.is_empty());
    if !rail.reading.is_exceeded() {
        let pieces = [("Esc", Role::Key), (" back", Role::Text)];
        painter.pieces(area.x, area.bottom().saturating_sub(1), area.width, &pieces);
        return;
    }
    let pieces = [
        (&*release, whole_key),
        (&all, whole_text),
        ("p", part_key),
        (&some, part_text),
        ("Enter", see_key),
        (" choose in review   ", see_text),
        ("Esc", Role::Key),
        (" back", Role::Text),
    ];
    if let Err(reason) = whole_can.as_ref().and(part_can.as_ref()) {
        painter.text(area.x, area.y, area.width, reason, Role::Muted);
    }
    painter.pieces(area.x, area.bottom().saturating_sub(1), area.width, &pieces);
}
