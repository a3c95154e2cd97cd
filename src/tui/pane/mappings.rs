//! The pane Mappings: each rule with its scope, its matching and its attributes; Enter edits an expression.

mod detail;

use jiff::Timestamp;

use crate::{
    engine::{
        Block, Place,
        command::{Command, Query},
        event::Level,
        mappings::{ExpressionView, LastChange, RuleView, RulesView},
    },
    model::PersonId,
    tui::{
        editor::{self, Editor, colour},
        input::Input,
        message::Effect,
        model::Model,
        overlay::{Confirm, Overlay, Then},
        paint::Painter,
        scroll::Scroll,
        theme::Role,
        view::{
            layout,
            table::{self, Column, Width, column},
        },
    },
};

pub use detail::at as expression_at;

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
    /// The file they can be changed in.
    pub file: Option<String>,
    /// The change that can be put back.
    pub last_change: Option<LastChange>,
    /// Where the cursor is.
    pub scroll: Scroll,
    /// Whether the cursor is among the expressions of the rule.
    pub inside: bool,
    /// Which expression.
    pub expression: usize,
    /// How far the detail is scrolled.
    pub detail_offset: usize,
    /// The editor, while it is open.
    pub editor: Option<Editor>,
}

impl Mappings {
    /// Takes over the rules.
    pub fn load(&mut self, view: RulesView) {
        self.loaded = true;
        self.rules = view.rules;
        self.file = view.file;
        self.last_change = view.last_change;
        self.step(0);
    }

    /// Returns the rule under the cursor.
    pub fn rule(&self) -> Option<&RuleView> {
        self.rules.get(self.scroll.cursor)
    }

    /// Returns the expression under the cursor.
    pub fn expression(&self) -> Option<&ExpressionView> {
        self.rule()?.expressions.get(self.expression)
    }

    /// Moves the cursor: among the rules, or inside of one.
    pub fn step(&mut self, by: isize) {
        if self.inside {
            let last = self
                .rule()
                .map_or(0, |rule| rule.expressions.len().saturating_sub(1));
            self.expression = self.expression.saturating_add_signed(by).min(last);
            return;
        }
        let before = self.scroll.cursor;
        self.scroll.step(by, self.rules.len());
        if before != self.scroll.cursor {
            self.expression = 0;
            self.detail_offset = 0;
        }
    }
}

/// Goes into the rule, or opens the expression under the cursor in the editor.
pub fn open(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    if !model.mappings.inside {
        model.mappings.inside = model.mappings.rule().is_some();
        model.zoom = layout::is_narrow(model) && model.mappings.inside;
        return Vec::new();
    }
    let person = looked_at(model);
    let pane = &mut model.mappings;
    let (Some(rule), Some(view)) = (pane.rules.get(pane.scroll.cursor), pane.expression()) else {
        return Vec::new();
    };
    let Some(part) = view.part.clone() else {
        let words = "a secret is drawn at random: there is no expression to edit";
        model.toasts.show(Level::Info, words, now);
        return Vec::new();
    };
    if pane.file.is_none() {
        let words = "the rules were not read from a file, so they cannot be changed here";
        model.toasts.show(Level::Warning, words, now);
        return Vec::new();
    }
    let block = rule.block.clone();
    let place = Place {
        block: block.clone(),
        part,
    };
    pane.editor = Some(Editor::new(place, view, person, now));
    vec![Effect::Ask(Query::Names(block))]
}

/// Goes out of the rule.
pub fn leave(model: &mut Model) {
    model.mappings.inside = false;
    model.zoom = false;
}

/// Asks whether the last change is to be put back.
pub fn put_back(model: &mut Model) {
    let Some(change) = &model.mappings.last_change else {
        return;
    };
    let lines = vec![
        format!("now    {}", colour::on_one_line(&change.after)),
        format!(
            "again  {}",
            if change.before.is_empty() {
                "(nothing)".to_owned()
            } else {
                colour::on_one_line(&change.before)
            }
        ),
        String::new(),
        "The file becomes what it was, then a new plan is made.".to_owned(),
    ];
    model.overlays.push(Overlay::Confirm(Confirm {
        then: Then::PutBack,
        title: format!("put back {}", change.place),
        lines,
        number: None,
        input: Input::default(),
        error: None,
    }));
}

/// Puts the last change back.
pub fn puts_back() -> Vec<Effect> {
    vec![Effect::Engine(Command::PutBack)]
}

/// Takes over what became of a change.
pub fn configured(model: &mut Model, outcome: Result<String, Vec<String>>, now: Timestamp) -> Vec<Effect> {
    if let Some(editor) = &mut model.mappings.editor {
        editor.saving = false;
    }
    match outcome {
        Ok(words) => {
            model.mappings.editor = None;
            model.planning = Some(crate::tui::model::Planning::default());
            model.toasts.show(Level::Info, format!("{words}; planning"), now);
            return vec![Effect::Ask(Query::Rules)];
        }
        Err(lines) => match lines.as_slice() {
            [line] => model.toasts.show(Level::Error, format!("not saved: {line}"), now),
            _ => model.overlays.push(Overlay::Page {
                title: "not saved".into(),
                lines,
                offset: 0,
            }),
        },
    }
    Vec::new()
}

/// Returns the person the user has been looking at: in People, else in Review.
fn looked_at(model: &Model) -> Option<PersonId> {
    let in_people = model.people.row().map(|row| row.person);
    in_people.or_else(|| model.review.under_cursor().find_map(|(row, _)| row.person))
}

/// Draws the pane, or the editor in its place.
pub fn draw(model: &Model, painter: &mut Painter<'_>) {
    if model.mappings.editor.is_some() {
        editor::draw::draw(model, painter);
        return;
    }
    let (pane, area) = (&model.mappings, layout::list(model));
    if pane.rules.is_empty() {
        let words = if pane.loaded {
            "The configuration has no rules."
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
            let attributes = rule.attributes().to_string();
            let name = match &rule.block {
                Block::Accounts(name) => name.to_string(),
                Block::People(name) => format!("people {name}"),
            };
            let cells = [
                (name.as_str(), Role::Text),
                (rule.system.as_str(), Role::Text),
                (&attributes, Role::Text),
            ];
            table::row(painter, &COLUMNS, &places, y, &cells);
            if number == pane.scroll.cursor {
                if pane.inside {
                    painter.patch(area.x, y, area.width, Role::Selected);
                } else {
                    painter.cursor(area.x, y, area.width);
                }
            }
        }
    }
    if let (Some(area), Some(rule)) = (layout::detail(model), pane.rule()) {
        detail::draw(model, painter, area, rule);
    }
}
