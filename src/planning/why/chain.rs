//! The steps of a value, from the whole expression down to the fields.

use super::{
    super::{
        compile::CompiledValue,
        names::{Name, value_of},
        people::{NOBODY, NOTHING},
    },
    Shown, SourceField, Step,
    part::{DEEPEST, attribute, elided, is_telling, one_line, shown},
    scene::Scene,
};
use crate::{
    expression::{self, Expression, Trace},
    model::{Cell, RecordView, SystemName, Value},
};

/// Where an expression stands, and on whom it is evaluated.
#[derive(Clone, Copy)]
pub(super) enum Context<'s> {
    /// In an account rule, or in one that may name everything.
    Person {
        /// The account rule, by its place.
        rule: Option<usize>,
        /// Whose.
        person: usize,
        /// The attribute that gets the value, by its column in the rule's target.
        column: Option<usize>,
    },
    /// In a people rule.
    Record {
        /// The people rule, by its place.
        rule: usize,
        /// The record.
        record: RecordView<'s>,
    },
}

/// The steps so far.
pub(super) struct Chain<'c, 's> {
    scene: &'c Scene<'s>,
    pub(super) source: Vec<SourceField>,
    pub(super) steps: Vec<Step>,
    /// Names whose origin has been told already.
    told: Vec<(u32, usize)>,
}

impl<'c, 's> Chain<'c, 's> {
    pub(super) fn new(scene: &'c Scene<'s>) -> Self {
        Self {
            scene,
            source: Vec::new(),
            steps: Vec::new(),
            told: Vec::new(),
        }
    }

    pub(super) fn push(
        &mut self,
        depth: u16,
        text: impl Into<String>,
        value: Shown,
        from: impl Into<String>,
    ) {
        self.steps.push(Step {
            depth,
            text: text.into(),
            value,
            from: from.into(),
        });
    }

    /// Whether the value of an expression is masked where it stands.
    pub(super) fn is_masked(&self, expression: &Expression, context: Context<'_>) -> bool {
        match context {
            Context::Person { rule, .. } => self.scene.marks.give_away(expression, rule),
            Context::Record { rule, .. } => self.scene.marks.give_away_field(expression, rule),
        }
    }

    /// Tells the steps of an expression; `given` replaces the value of the whole where another one was chosen.
    pub(super) fn expression(
        &mut self,
        depth: u16,
        expression: &Expression,
        context: Context<'s>,
        hidden: bool,
        from: &str,
        given: Option<Shown>,
    ) {
        let first = self.steps.len();
        if hidden || self.is_masked(expression, context) {
            // which branch was taken would give away what is masked: the parts are not told, only the names
            self.push(depth, one_line(expression.text()), Shown::Masked, from);
            let names = expression::attributes(expression.text());
            let is_plain = expression.as_slot().is_some();
            for (span, path) in names {
                let depth = if is_plain { depth } else { depth + 1 };
                let text = span.of(expression.text());
                self.name(depth, text, &path, None, context, hidden, is_plain);
            }
        } else {
            let trace = self.scene.trace(expression, context);
            self.part(depth, &trace, context, from, true);
            if let (Some(given), Some(step)) = (given, self.steps.get_mut(first)) {
                step.value = given;
            }
        }
    }

    fn part(&mut self, depth: u16, trace: &Trace, context: Context<'s>, from: &str, is_whole: bool) {
        if let Some(path) = attribute(&trace.text) {
            self.push(depth, trace.text.clone(), shown(trace), from);
            self.name(
                depth,
                &trace.text,
                &path,
                Some(shown(trace)),
                context,
                false,
                true,
            );
            return;
        }
        // the whole as it is written, its parts without the parts that have steps of their own
        let text = if is_whole {
            one_line(&trace.text)
        } else {
            elided(trace)
        };
        self.push(depth, text, shown(trace), from);
        if depth >= DEEPEST {
            return;
        }
        for child in trace.children.iter().filter(|child| is_telling(child)) {
            self.part(depth + 1, child, context, "", false);
        }
    }

    /// Tells where the value of a name comes from. With `stepped`, the name itself is a step already.
    #[expect(clippy::too_many_arguments, reason = "a name, its value, and where it stands")]
    fn name(
        &mut self,
        depth: u16,
        text: &str,
        path: &str,
        value: Option<Shown>,
        context: Context<'s>,
        hidden: bool,
        stepped: bool,
    ) {
        let Some(name) = self.scene.resolve(path, context) else {
            return;
        };
        let (hidden, id) = match context {
            Context::Person { rule, person, .. } => (
                hidden || self.scene.marks.name(name, rule),
                (name.slot().0, person),
            ),
            Context::Record { rule, record } => (
                hidden || matches!(name, Name::Own(column) if self.scene.marks.field(rule, column)),
                (name.slot().0 | 0xf000_0000, rule << 32 | record.index()),
            ),
        };
        if !stepped {
            let value = value.unwrap_or_else(|| self.value(path, context));
            self.push(depth, text, value.masked_if(hidden), "");
        }
        if depth >= DEEPEST || self.told.contains(&id) {
            return;
        }
        self.told.push(id);
        self.origin(depth, name, context, hidden);
    }

    /// What a name alone gives where it stands.
    fn value(&self, path: &str, context: Context<'_>) -> Shown {
        match self.scene.compile(&format!("[{path}]"), context) {
            Ok(expression) => shown(&self.scene.trace(&expression, context)),
            Err(_) => Shown::Nothing,
        }
    }

    fn origin(&mut self, depth: u16, name: Name, context: Context<'s>, hidden: bool) {
        let scene = self.scene;
        let (rule, person) = match context {
            Context::Record { rule, record } => {
                if let Name::Own(column) = name {
                    let system = &scene.compiled.people[rule].rule.from;
                    self.field(system, record, usize::from(column), hidden);
                }
                return;
            }
            Context::Person { rule, person, .. } => (rule, person),
        };
        match name {
            Name::Own(column) => self.attribute(depth + 1, person, usize::from(column), hidden),
            Name::Along { reference, column } => {
                let other = scene.people.references[usize::from(reference)][person];
                if !matches!(other, NOBODY | NOTHING) {
                    self.note(&scene.people.name(other as usize));
                    self.attribute(depth + 1, other as usize, usize::from(column), hidden);
                }
            }
            Name::Reference(reference) => self.reference(depth + 1, person, usize::from(reference)),
            Name::Current(column) => {
                if let Some(rule) = rule {
                    self.account(rule, usize::from(column), person, hidden);
                }
            }
            Name::Account { rule, column } => {
                self.planned(depth + 1, usize::from(rule), usize::from(column), person, hidden);
            }
            Name::State | Name::IsSoftDeleted => self.lifecycle(depth + 1, person),
            Name::CurrentGroups | Name::AccountGroups(_) | Name::Groups => {
                self.note("as the groups were read");
            }
            Name::Location | Name::Anchor => {}
        }
    }

    /// An attribute of a person: the source that gave it, and how.
    fn attribute(&mut self, depth: u16, person: usize, column: usize, hidden: bool) {
        let scene = self.scene;
        let records = scene.records(person);
        if records.is_empty() {
            self.note("as last known: no source has this person");
            return;
        }
        let planned = scene.people.cell(person, column);
        let mut silent = None;
        for (rule, record) in records {
            let Some(expression) = &scene.compiled.people[rule].attributes[column] else {
                continue;
            };
            let context = Context::Record { rule, record };
            let gives = scene.trace(expression, context).value;
            let is_it = gives.as_ref().is_ok_and(|value| holds(planned, value));
            if is_it || silent.is_none() {
                silent = Some((expression, context, rule));
            }
            if is_it {
                break;
            }
        }
        if let Some((expression, context, rule)) = silent {
            let from = format!("people `{}`", scene.compiled.people[rule].rule.name);
            self.expression(depth, expression, context, hidden, &from, None);
        }
    }

    /// Whom a reference names, and by what.
    pub(super) fn reference(&mut self, depth: u16, person: usize, reference: usize) {
        let Some((rule, record)) = self.scene.records(person).first().copied() else {
            return;
        };
        let people = &self.scene.compiled.people[rule];
        if let Some((_, expression)) = people.references.iter().find(|(at, _)| *at == reference) {
            let from = format!("people `{}`", people.rule.name);
            self.expression(
                depth,
                expression,
                Context::Record { rule, record },
                false,
                &from,
                None,
            );
        }
    }

    /// An attribute that an account has or will have.
    fn planned(&mut self, depth: u16, rule: usize, column: usize, person: usize, hidden: bool) {
        let scene = self.scene;
        let overlay = scene.plans[rule].overlay.get(&(person as u32));
        let given = overlay.and_then(|overlay| overlay.iter().find(|(at, _)| *at == column));
        let accounts = &scene.compiled.accounts[rule];
        let mapping = accounts.mappings.iter().find(|mapping| mapping.column == column);
        if let (Some((_, given)), Some(mapping)) = (given, mapping)
            && let CompiledValue::Expression(expression) = &mapping.value
        {
            let from = format!("accounts `{}`, as planned", accounts.rule.name);
            let context = Context::Person {
                rule: Some(rule),
                person,
                column: Some(column),
            };
            self.expression(depth, expression, context, hidden, &from, Some(Shown::of(given)));
            return;
        }
        self.account(rule, column, person, hidden);
    }

    /// An attribute of an account as it was read.
    fn account(&mut self, rule: usize, column: usize, person: usize, hidden: bool) {
        if let Some(record) = self.scene.plans[rule].record(person) {
            let system = &self.scene.compiled.accounts[rule].rule.system;
            self.field(system, record, column, hidden);
        }
    }

    /// Where a person stands, and by which facts.
    pub(super) fn lifecycle(&mut self, depth: u16, person: usize) {
        let Some((rule, record)) = self.scene.records(person).first().copied() else {
            return;
        };
        let people = &self.scene.compiled.people[rule];
        let facts = [
            ("active", &people.active),
            ("start", &people.start),
            ("end", &people.end),
            ("leave", &people.leave),
        ];
        for (word, expression) in facts {
            if let Some(expression) = expression {
                let context = Context::Record { rule, record };
                self.expression(depth, expression, context, false, word, None);
            }
        }
    }

    /// A field: it belongs to the step that names it.
    fn field(&mut self, system: &SystemName, record: RecordView<'_>, column: usize, hidden: bool) {
        let described = &record.schema().columns[column];
        let place = match record.location() {
            "" => record.anchor(),
            location => location,
        };
        let field = SourceField {
            system: system.clone(),
            record: place.to_owned(),
            field: described.name.clone(),
            value: Shown::of(&value_of(record.cell(column), described)).masked_if(hidden),
            read_at: self.scene.inputs.read(system).ended,
        };
        self.note(&format!("{system}, {place}"));
        if !self.source.contains(&field) {
            self.source.push(field);
        }
    }

    /// Says of the last step where it comes from.
    fn note(&mut self, from: &str) {
        if let Some(step) = self.steps.last_mut() {
            if step.from.is_empty() {
                from.clone_into(&mut step.from);
            } else {
                step.from = format!("{}, {from}", step.from);
            }
        }
    }
}

/// Whether a cell of a person holds what an expression gave.
fn holds(cell: Cell<'_>, value: &Value<'_>) -> bool {
    let given: Vec<_> = value.each().filter_map(Value::as_text).collect();
    !value.is_nothing() && cell.each().eq(given.iter().map(AsRef::as_ref))
}
