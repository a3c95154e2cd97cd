//! The why of a value, as lines: the fields it comes from, each step with what it gave, what the target has, what
//! became of it. The pane and the command line show the same lines.

use jiff::Timestamp;

use crate::{
    engine::view::{Step, Why},
    tui::{symbols::Symbols, text, theme::Role},
};

pub use super::detail::Pieces;

/// The columns of the labels.
const LABEL: usize = 11;
/// Values longer than this many lines are cut.
const VALUE_LINES: usize = 4;
/// Deeper steps are not moved further to the right.
const DEEPEST: u16 = 8;

/// How the lines are laid out.
pub struct Layout<'a> {
    /// The columns there are.
    pub width: usize,
    /// The signs.
    pub symbols: &'static Symbols,
    /// Shows when a record was read.
    pub time: &'a dyn Fn(Timestamp) -> String,
}

/// Returns a why in full, an indented tree between its source and its verdict; a why that nobody asked the name of
/// (an expression that was tried) has no attribute and no target.
pub fn lines(why: &Why, layout: &Layout<'_>) -> Vec<Pieces> {
    let mut tree = Tree {
        layout,
        lines: Vec::new(),
    };
    tree.sources(why);
    tree.steps(&why.steps);
    if why.attribute.is_empty() {
        return tree.lines;
    }
    tree.labelled("normalised", &why.normalised.to_string(), Role::Text);
    let target = why.target.as_ref();
    let target = target.map_or_else(|| "no account yet".to_owned(), ToString::to_string);
    tree.labelled("target has", &target, Role::Text);
    tree.labelled("compared", &why.comparison, Role::Text);
    tree.labelled("verdict", why.verdict.words(), Role::Text);
    tree.labelled("remark", &why.remark, Role::Text);
    tree.lines
}

/// Returns the steps of an expression alone.
pub fn steps(steps: &[Step], layout: &Layout<'_>) -> Vec<Pieces> {
    let mut tree = Tree {
        layout,
        lines: Vec::new(),
    };
    tree.steps(steps);
    tree.lines
}

/// Returns a why in one or two short texts: the expression, and the fields it comes from.
pub fn brief(why: &Why) -> Vec<String> {
    let mut lines: Vec<String> = why
        .steps
        .first()
        .map(|step| step.text.clone())
        .into_iter()
        .collect();
    let mut records: Vec<((&str, &str), Vec<String>)> = Vec::new();
    for field in &why.source {
        let place = (field.system.as_str(), field.record.as_str());
        let shown = format!("{} {}", field.field, field.value);
        match records.last_mut().filter(|(known, _)| *known == place) {
            Some((_, fields)) => fields.push(shown),
            None => records.push((place, vec![shown])),
        }
    }
    let records: Vec<_> = records
        .into_iter()
        .map(|((system, record), fields)| format!("{system}, {record}: {}", fields.join(", ")))
        .collect();
    lines.extend((!records.is_empty()).then(|| records.join("; ")));
    lines
}

struct Tree<'a> {
    layout: &'a Layout<'a>,
    lines: Vec<Pieces>,
}

impl Tree<'_> {
    fn room(&self) -> usize {
        self.layout.width.saturating_sub(LABEL).max(8)
    }

    fn label(&self, label: &str) -> (String, Role) {
        let label = text::fit(label, LABEL, text::Align::Left, self.layout.symbols.ellipsis);
        (label, Role::Muted)
    }

    fn labelled(&mut self, label: &str, body: &str, role: Role) {
        if body.is_empty() {
            return;
        }
        for (number, part) in self.wrapped(body, self.room()).into_iter().enumerate() {
            let label = self.label(if number == 0 { label } else { "" });
            self.lines.push(vec![label, (part, role)]);
        }
    }

    /// Breaks a text into lines, and cuts what nobody reads to its end.
    fn wrapped(&self, body: &str, room: usize) -> Vec<String> {
        let mut parts = text::wrap(body, room);
        if parts.len() > VALUE_LINES {
            parts.truncate(VALUE_LINES);
            if let Some(last) = parts.last_mut() {
                *last = text::cut(&format!("{last} {}", self.layout.symbols.ellipsis), room, "").into_owned();
            }
        }
        parts
    }

    /// Adds the records with the time of their read, and under each its fields.
    fn sources(&mut self, why: &Why) {
        let mut place = None;
        let names = why.source.iter().map(|field| text::width(&field.field));
        let column = names.max().unwrap_or(0).min(self.room() / 2);
        for (number, field) in why.source.iter().enumerate() {
            let here = (&field.system, &field.record);
            if place != Some(here) {
                let when = (self.layout.time)(field.read_at);
                let head = format!("{}, {}, read {}", field.system, field.record, when.trim());
                self.labelled_first(number == 0, "source", &head);
                place = Some(here);
            }
            let name = text::fit(
                &field.field,
                column,
                text::Align::Left,
                self.layout.symbols.ellipsis,
            );
            let room = self.room().saturating_sub(column + 4).max(4);
            for (number, part) in self
                .wrapped(&field.value.to_string(), room)
                .into_iter()
                .enumerate()
            {
                let name = if number == 0 {
                    name.clone()
                } else {
                    " ".repeat(column)
                };
                let label = self.label("");
                self.lines.push(vec![
                    label,
                    (format!("  {name}  "), Role::Text),
                    (part, Role::Text),
                ]);
            }
        }
    }

    fn labelled_first(&mut self, first: bool, label: &str, body: &str) {
        self.labelled(if first { label } else { "" }, body, Role::Muted);
    }

    /// Adds the steps: what each is made of stands under it, further to the right; the values in one column as far
    /// as the parts leave room for it.
    fn steps(&mut self, steps: &[Step]) {
        let room = self.room();
        let lefts: Vec<String> = steps.iter().map(left).collect();
        let fits = |left: &&String| text::width(left) <= room / 2;
        let column = lefts.iter().filter(fits).map(|left| text::width(left)).max();
        let column = column.unwrap_or(0);
        for (number, (step, left)) in steps.iter().zip(&lefts).enumerate() {
            let label = if number == 0 { "steps" } else { "" };
            if text::width(left) <= column {
                let left = text::fit(left, column, text::Align::Left, self.layout.symbols.ellipsis);
                self.step(label, &format!("{left}  "), step);
            } else {
                let indent = indent(step);
                let parts = text::wrap(&step.text, room.saturating_sub(indent).max(8));
                for (number, part) in parts.into_iter().enumerate() {
                    let label = self.label(if number == 0 { label } else { "" });
                    self.lines
                        .push(vec![label, (format!("{:indent$}{part}", ""), Role::Text)]);
                }
                self.step("", &format!("{:1$}= ", "", indent + 2), step);
            }
        }
    }

    /// Adds the value of a step behind what stands left of it, and where it comes from if there is room.
    fn step(&mut self, label: &str, left: &str, step: &Step) {
        let used = text::width(left);
        let room = self.room().saturating_sub(used).max(4);
        let mut values = self.wrapped(&step.value.to_string(), room).into_iter().peekable();
        let mut first = true;
        while let Some(value) = values.next() {
            let head = if first { left.to_owned() } else { " ".repeat(used) };
            let label = self.label(if first { label } else { "" });
            let taken = used + text::width(&value) + 2;
            let mut line = vec![label, (head, Role::Text), (value, Role::Text)];
            if values.peek().is_none() && taken + text::width(&step.from) <= self.room() {
                line.push((format!("  {}", text::clean(&step.from)), Role::Muted));
            }
            self.lines.push(line);
            first = false;
        }
    }
}

fn indent(step: &Step) -> usize {
    usize::from(step.depth.min(DEEPEST)) * 2
}

fn left(step: &Step) -> String {
    format!("{:1$}{2}", "", indent(step), step.text)
}
