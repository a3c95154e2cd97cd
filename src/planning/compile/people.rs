//! Who people are.

use super::{Compiler, expressions::one};
use crate::{
    expression::{Expression, Gives, Target},
    model::{Column, Schema},
    planning::{
        names::RecordNames,
        rules::{PeopleRule, Source},
    },
};

pub(in super::super) struct CompiledPeople {
    pub rule: PeopleRule,
    pub join: Vec<(usize, Expression)>,
    pub previous: Option<Expression>,
    pub scope: Option<Expression>,
    pub active: Option<Expression>,
    pub start: Option<Expression>,
    pub end: Option<Expression>,
    pub leave: Option<Expression>,
    pub references: Vec<(usize, Expression)>,
    /// One expression a column of the people's schema; `None` where this source has nothing to say.
    pub attributes: Vec<Option<Expression>>,
    pub time_zone: Option<Expression>,
}

impl Compiler<'_> {
    pub(super) fn people(
        &mut self,
        rule: &PeopleRule,
        people: &Schema,
        references: &[String],
        names: &RecordNames<'_>,
    ) -> CompiledPeople {
        let mut attributes: Vec<Option<Expression>> = people.columns.iter().map(|_| None).collect();
        for (name, source) in &rule.attributes {
            if let Some(at) = people.position(name) {
                attributes[at] = self.value(source, names, &Target::of(name));
            }
        }
        let mut join = Vec::new();
        for (name, source) in &rule.join {
            match people.position(name) {
                Some(at) => {
                    let value = self.value(source, names, &one("join", Gives::Text));
                    join.extend(value.map(|expression| (at, expression)));
                }
                None => self.plain(format!(
                    "people `{}` joins on `{name}`, which is no attribute of a person: map it under `attributes`",
                    rule.name
                )),
            }
        }
        let mut named = Vec::new();
        for (name, source) in &rule.references {
            if let Some(at) = references.iter().position(|known| known == name) {
                let value = self.value(source, names, &one(name, Gives::Text));
                named.extend(value.map(|expression| (at, expression)));
            }
        }
        let facts = &rule.lifecycle;
        CompiledPeople {
            previous: self.fact(rule.previous.as_ref(), names, &one("previous", Gives::Text)),
            scope: self.question(rule.scope.as_ref(), names, "scope"),
            active: self.question(facts.active.as_ref(), names, "active"),
            start: self.fact(facts.start.as_ref(), names, &one("start", Gives::Time)),
            end: self.fact(facts.end.as_ref(), names, &one("end", Gives::Time)),
            leave: self.question(facts.leave.as_ref(), names, "leave"),
            time_zone: self.fact(rule.time_zone.as_ref(), names, &one("time_zone", Gives::Text)),
            references: named,
            attributes,
            join,
            rule: rule.clone(),
        }
    }

    fn fact(
        &mut self,
        source: Option<&Source>,
        names: &RecordNames<'_>,
        target: &Target<'_>,
    ) -> Option<Expression> {
        self.value(source?, names, target)
    }

    fn question(
        &mut self,
        source: Option<&Source>,
        names: &RecordNames<'_>,
        what: &str,
    ) -> Option<Expression> {
        self.condition(source?, names, what)
    }
}

/// What people's attributes always hold: what the expressions of all sources agree on.
pub(super) struct Kinds(Vec<Vec<Gives>>);

impl Kinds {
    pub(super) fn new(people: &Schema) -> Self {
        Self(people.columns.iter().map(|_| Vec::new()).collect())
    }

    /// Notes what the expressions of one source give.
    pub(super) fn note(&mut self, people: &CompiledPeople, names: &RecordNames<'_>) {
        for (kinds, expression) in self.0.iter_mut().zip(&people.attributes) {
            kinds.extend(expression.iter().map(|expression| expression.gives(names)));
        }
    }

    /// Returns what is certain. A text may read as anything, and of several values there may be but one.
    pub(super) fn known(self) -> Vec<Option<Gives>> {
        let known = self.0.into_iter().map(|kinds| {
            let first = *kinds.first()?;
            let is_telling = matches!(first, Gives::Number | Gives::Truth | Gives::Time);
            (is_telling && kinds.iter().all(|kind| *kind == first)).then_some(first)
        });
        known.collect()
    }
}

/// The attributes and references that any source gives people, in the order in which they are first named.
pub(super) fn shape(rules: &[PeopleRule]) -> (Schema, Vec<String>) {
    let mut schema = Schema::default();
    let mut references: Vec<String> = Vec::new();
    for rule in rules {
        for (name, _) in &rule.attributes {
            if schema.position(name).is_none() {
                schema.columns.push(Column::text(name.clone()));
            }
        }
        for (name, _) in &rule.references {
            if !references.contains(name) {
                references.push(name.clone());
            }
        }
    }
    (schema, references)
}
