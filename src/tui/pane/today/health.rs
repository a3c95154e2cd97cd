//! Systems, guard rails, the last thirty days, the next fourteen.

use ratatui::layout::Rect;

use crate::{
    engine::view::{SystemView, TodayView, UpcomingDay},
    model::RailReading,
    tui::{
        model::Model,
        paint::{Painter, gauge},
        symbols::Symbols,
        text::{self, Align, count},
        theme::Role,
        when,
    },
};

use super::notes;

/// How high the chart is.
const CHART: usize = 3;

/// Returns how many rows the longest of the three columns wants.
pub(super) fn rows(view: &TodayView) -> usize {
    let troubles: usize = view.systems.iter().map(notes::count).sum();
    let rails = view.plan.as_ref().map_or(0, |plan| plan.rails.len());
    (view.systems.len() + troubles)
        .max(rails)
        .max(CHART + 3 + view.upcoming.len())
}

pub(super) fn systems(model: &Model, view: &TodayView, painter: &mut Painter<'_>, area: Rect) {
    painter.text(area.x, area.y, area.width, "Systems", Role::Title);
    let mut y = area.y + 1;
    for system in &view.systems {
        if y >= area.bottom() {
            return;
        }
        self::system(model, view, painter, (area.x, y, area.width), system);
        y += 1;
        for (words, role) in notes::of(model, view, system) {
            if y < area.bottom() {
                painter.text(area.x + 2, y, area.width.saturating_sub(2), &words, role);
                y += 1;
            }
        }
    }
}

/// Draws one system: `✔ directory  ldap   3 min ago   12,400`.
pub(in crate::tui) fn system(
    _model: &Model,
    view: &TodayView,
    painter: &mut Painter<'_>,
    (x, y, width): (u16, u16, u16),
    system: &SystemView,
) {
    let (sign, role) = match (notes::count(system), system.last_good_read) {
        (1.., _) => (painter.symbols.failed, Role::Failed),
        (0, Some(_)) => (painter.symbols.verified, Role::Done),
        (0, None) => (painter.symbols.none, Role::Muted),
    };
    let age = system.last_good_read.map_or_else(
        || "never read".into(),
        |at| format!("{} ago", when::age(view.now, at)),
    );
    let widest = view
        .systems
        .iter()
        .map(|system| text::width(system.system.as_str()))
        .max()
        .unwrap_or(0)
        .min(16);
    let name = text::fit(
        system.system.as_str(),
        widest + 2,
        Align::Left,
        painter.symbols.ellipsis,
    );
    // a connector's name that would be cut is left out: the system's own name says enough
    let connector = if usize::from(width) >= widest + 36 {
        &*system.connector
    } else {
        ""
    };
    let pieces = [
        (sign, role),
        (" ", Role::Text),
        (&name, Role::Text),
        (connector, Role::Muted),
    ];
    painter.pieces(x, y, width.saturating_sub(22), &pieces);
    painter.right(x, y, width.saturating_sub(9), &age, Role::Muted);
    painter.right(
        x + width.saturating_sub(8),
        y,
        8,
        &count(system.records),
        Role::Text,
    );
}

pub(super) fn rails(view: &TodayView, painter: &mut Painter<'_>, area: Rect) {
    painter.text(area.x, area.y, area.width, "Guard rails", Role::Title);
    let rails = view.plan.as_ref().map_or(&[][..], |plan| &plan.rails);
    if rails.is_empty() {
        painter.text(
            area.x,
            area.y + 1,
            area.width,
            "none counted anything",
            Role::Muted,
        );
    }
    let widest = widest(rails);
    for (y, rail) in (area.y + 1..area.bottom()).zip(rails) {
        self::rail(painter, (area.x, y, area.width), rail, widest);
    }
}

fn numbers(rail: &RailReading) -> String {
    format!("{}/{}", count(rail.count), count(rail.limit))
}

/// Returns how wide the widest numbers of the guard rails are.
pub(super) fn widest(rails: &[RailReading]) -> u16 {
    rails
        .iter()
        .map(|rail| numbers(rail).len() as u16)
        .max()
        .unwrap_or(0)
}

/// Draws one guard rail: `disable · directory  ▓▓▓░░░░░  3/20`.
pub(super) fn rail(
    painter: &mut Painter<'_>,
    (x, y, width): (u16, u16, u16),
    rail: &RailReading,
    widest: u16,
) {
    let columns = usize::from(width / 5).clamp(4, 16);
    let (full, empty) = gauge(painter.symbols, columns, rail.count, rail.limit);
    let role = if rail.is_exceeded() {
        Role::Failed
    } else {
        Role::Gauge
    };
    let name = usize::from(width.saturating_sub(widest)).saturating_sub(columns + 4);
    let title = if rail.is_exceeded() {
        format!("{} {}", painter.symbols.failed, rail.rail)
    } else {
        rail.rail.clone()
    };
    let title = text::fit(&title, name, Align::Left, painter.symbols.ellipsis);
    let words = if rail.is_exceeded() {
        Role::Failed
    } else {
        Role::Text
    };
    painter.pieces(
        x,
        y,
        width,
        &[
            (&title, words),
            ("  ", Role::Text),
            (&full, role),
            (&empty, Role::Muted),
        ],
    );
    painter.right(x + width.saturating_sub(widest), y, widest, &numbers(rail), words);
}

pub(super) fn days(view: &TodayView, painter: &mut Painter<'_>, area: Rect) {
    let title = "Last 30 days";
    painter.text(area.x, area.y, area.width, title, Role::Title);
    let total: usize = view.history.iter().map(|day| day.applied).sum();
    let failed: usize = view.history.iter().map(|day| day.failed).sum();
    let said = format!("{} applied, {} failed", count(total), count(failed));
    painter.right(
        area.x + 14,
        area.y,
        area.width.saturating_sub(14),
        &said,
        Role::Muted,
    );
    let roomy = usize::from(area.height) >= CHART + 4;
    let used = if roomy { chart(view, painter, area) } else { 0 };
    let y = area.y + 1 + used;
    if y >= area.bottom() {
        return;
    }
    painter.text(area.x, y, area.width, "Next 14 days", Role::Title);
    if view.upcoming.is_empty() {
        painter.text(
            area.x + 14,
            y,
            area.width.saturating_sub(14),
            "nothing is due",
            Role::Muted,
        );
    }
    for (y, day) in (y + 1..area.bottom()).zip(&view.upcoming) {
        upcoming(painter, (area.x, y, area.width), day);
    }
}

/// Draws the last days as columns, with the scale beside them and failures marked under them; returns its height.
fn chart(view: &TodayView, painter: &mut Painter<'_>, area: Rect) -> u16 {
    let most = view
        .history
        .iter()
        .map(|day| day.applied)
        .max()
        .unwrap_or(0)
        .max(1);
    let scale = count(most);
    let left = area.x + scale.len() as u16 + 1;
    let step = if usize::from(area.right() - left) >= view.history.len() * 2 {
        2
    } else {
        1
    };
    for row in 0..CHART {
        let line = chart_row(view, painter.symbols, row, most, step);
        let y = area.y + 1 + row as u16;
        painter.text(left, y, area.right().saturating_sub(left), &line, Role::Gauge);
    }
    painter.text(area.x, area.y + 1, scale.len() as u16, &scale, Role::Muted);
    painter.right(
        area.x,
        area.y + CHART as u16,
        scale.len() as u16,
        "0",
        Role::Muted,
    );
    let mut ends = String::new();
    for day in &view.history {
        ends.push_str(if day.failed > 0 {
            painter.symbols.failed
        } else {
            " "
        });
        ends.push_str(&" ".repeat(step - 1));
    }
    painter.text(
        left,
        area.y + 1 + CHART as u16,
        area.right().saturating_sub(left),
        &ends,
        Role::Failed,
    );
    CHART as u16 + 1
}

fn chart_row(view: &TodayView, symbols: &Symbols, row: usize, most: usize, step: usize) -> String {
    let floor = CHART - 1 - row;
    let mut line = String::new();
    for day in &view.history {
        let eighths = (day.applied * CHART * 8).div_ceil(most);
        let level = eighths.saturating_sub(floor * 8).min(8);
        line.push_str(symbols.levels[level]);
        line.push_str(&" ".repeat(step - 1));
    }
    line
}

/// Draws the last days as one line of small columns.
pub(super) fn sparkline(view: &TodayView, symbols: &Symbols) -> String {
    let most = view
        .history
        .iter()
        .map(|day| day.applied)
        .max()
        .unwrap_or(0)
        .max(1);
    view.history
        .iter()
        .map(|day| symbols.levels[(day.applied * 8).div_ceil(most).min(8)])
        .collect()
}

/// Draws a day to come: `24 Nov  2 enable, 1 delete   Ana Kovač, Ben O'Brien`.
pub(super) fn upcoming(painter: &mut Painter<'_>, (x, y, width): (u16, u16, u16), day: &UpcomingDay) {
    let kinds: Vec<String> = day
        .kinds
        .iter()
        .map(|(kind, number)| format!("{} {}", count(*number), kind.word()))
        .collect();
    let date = format!("{}  ", when::day(day.date));
    let names = format!("   {}", day.names.join(", "));
    let kinds = kinds.join(", ");
    painter.pieces(
        x,
        y,
        width,
        &[(&date, Role::Muted), (&kinds, Role::Text), (&names, Role::Muted)],
    );
}
