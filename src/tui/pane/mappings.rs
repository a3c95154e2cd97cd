//! The pane Mappings: each account rule with its scope, its matching and its attributes.

use crate::{
    engine::view::RuleView,
    tui::{
        model::Model,
        paint::Painter,
        scroll::Scroll,
        text,
        theme::Role,
        view::{
            layout,
            table::{self, Column, Width, column},
        },
    },
};

const COLUMNS: [Column; 3] = [
    column("Rule", Width::Share(3)),
    column("System", Width::Share(2)),
    column("Attributes", Width::Fixed(10)).right().from(36),
];

/// The state of the pane.
#[derive(Debug, Default)]
pub struct Mappings {
    /// Whether the engine has answered yet.
    pub loaded: bool,
    /// The rules.
    pub rules: Vec<RuleView>,
    /// Where the cursor is.
    pub scroll: Scroll,
    /// How far the detail is scrolled.
    pub detail_offset: usize,
}

impl Mappings {
    /// Takes over the rules.
    pub fn load(&mut self, rules: Vec<RuleView>) {
        self.loaded = true;
        self.rules = rules;
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        self.scroll.step(by, self.rules.len());
        self.detail_offset = 0;
    }
}

/// Draws the pane.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    let (pane, area) = (&model.mappings, layout::list(model));
    if pane.rules.is_empty() {
        let words = if pane.loaded {
            "The configuration has no account rules."
        } else {
            "asking for the rules"
        };
        painter.text(
            area.x + 2,
            area.y + 1,
            area.width.saturating_sub(3),
            words,
            Role::Title,
        );
        return;
    }
    if area.height > 0 {
        let places = table::places(&COLUMNS, area.x + 1, area.width.saturating_sub(2));
        table::titles(painter, &COLUMNS, &places, area.y);
        let rows = layout::rows(model);
        for (y, number) in (rows.y..).zip(pane.scroll.window(pane.rules.len(), usize::from(rows.height))) {
            let rule = &pane.rules[number];
            let attributes = rule.mappings.len().to_string();
            let cells = [
                (rule.rule.as_str(), Role::Text),
                (rule.system.as_str(), Role::Text),
                (&attributes, Role::Text),
            ];
            table::row(painter, &COLUMNS, &places, y, &cells);
            if number == pane.scroll.cursor {
                painter.cursor(area.x, y, area.width);
            }
        }
    }
    if let (Some(area), Some(rule)) = (layout::detail(model), pane.rules.get(pane.scroll.cursor)) {
        detail(model, painter, area, rule);
    }
}

fn detail(model: &Model, painter: &mut Painter<'_>, area: ratatui::layout::Rect, rule: &RuleView) {
    let mut lines: Vec<(String, String, Role)> = vec![(rule.rule.to_string(), String::new(), Role::Title)];
    lines.push(("scope".into(), rule.scope.clone(), Role::Text));
    lines.extend(
        rule.matches
            .iter()
            .map(|(name, by)| ("match".to_owned(), format!("{name} = {by}"), Role::Text)),
    );
    lines.push((String::new(), String::new(), Role::Text));
    let longest = rule
        .mappings
        .iter()
        .map(|(name, ..)| text::width(name))
        .max()
        .unwrap_or(0);
    let column = longest.max(6).min(usize::from(area.width) / 3);
    for (name, expression, remarks) in &rule.mappings {
        lines.push((name.clone(), expression.clone(), Role::Text));
        if !remarks.is_empty() {
            lines.push((String::new(), remarks.clone(), Role::Muted));
        }
    }
    let room = usize::from(area.width).saturating_sub(column + 4);
    let mut shown: Vec<(String, String, Role)> = Vec::new();
    for (label, body, role) in lines {
        for (number, part) in text::wrap(&body, room).into_iter().enumerate() {
            shown.push((
                if number == 0 { label.clone() } else { String::new() },
                part,
                role,
            ));
        }
    }
    let offset = model
        .mappings
        .detail_offset
        .min(shown.len().saturating_sub(usize::from(area.height)));
    for (y, (label, body, role)) in (area.y..area.bottom()).zip(&shown[offset..]) {
        let label_role = if *role == Role::Title {
            Role::Title
        } else {
            Role::Muted
        };
        let wide = if body.is_empty() {
            area.width.saturating_sub(2)
        } else {
            column as u16
        };
        painter.text(area.x + 1, y, wide, label, label_role);
        painter.text(area.x + 3 + column as u16, y, room as u16, body, *role);
    }
}
