//! A few people, planned once more.

use super::{
    super::{
        Inputs,
        accounts::Byproducts,
        compile::{Compiled, written},
        course::Course,
        draft::{PersonRow, RulePlan},
        events,
        names::{PersonNames, RecordNames, RecordRow},
        people::{self, People},
        protected::protected,
        random,
        unique::Uniques,
    },
    chain::Context,
    marks::Marks,
};
use crate::{
    expression::{Diagnostic, Draw, Drawn, Expression, Moment, Names, Target, Trace},
    model::{LinkOwner, PersonId, RecordView, RuleName, Schema, Value, record::SetFull},
};

/// People, their accounts under every rule, and what about them is marked.
pub struct Scene<'s> {
    pub(super) compiled: &'s Compiled,
    pub(super) inputs: &'s Inputs<'s>,
    pub(super) people: &'s People<'s>,
    pub(super) plans: &'s [RulePlan<'s>],
    pub(super) marks: Marks,
    targets: Vec<(RuleName, &'s Schema)>,
}

/// Plans the people of the inputs once more and lets `tell` look at how. The inputs need hold no more than the
/// people in question, those they refer to, and their accounts.
pub fn look<T>(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    tell: impl FnOnce(&Scene<'_>) -> T,
) -> Result<T, SetFull> {
    let people = people::gather(compiled, inputs)?;
    let events = events::compare(compiled, &people, inputs.memory.settled.as_ref());
    let protected = protected(compiled, inputs);
    let mut uniques = Uniques::default();
    let mut by = Byproducts::default();
    let course = Course::of_everybody(compiled, inputs);
    let plans = course.stages(&people, &events, &protected, &mut uniques, &mut by);
    Ok(tell(&Scene {
        compiled,
        inputs,
        people: &people,
        plans: &plans,
        marks: Marks::of(compiled),
        targets: compiled
            .accounts
            .iter()
            .map(|accounts| (accounts.rule.name.clone(), &accounts.schema))
            .collect(),
    }))
}

/// Returns what a person's record refers to others by, the manager or the sponsor: their ids in its own source, or
/// where they are in a directory.
pub fn referenced(
    compiled: &Compiled,
    rule: &RuleName,
    record: RecordView<'_>,
    now: jiff::Timestamp,
) -> Vec<String> {
    let moment = Moment {
        now,
        time_zone: &compiled.time_zone,
    };
    let rules = compiled.people.iter().filter(|people| people.rule.name == *rule);
    rules
        .flat_map(|people| &people.references)
        .filter_map(|(_, expression)| expression.evaluate(&RecordRow(record), &moment).ok())
        .flat_map(|value| {
            let texts = value.each().filter_map(Value::as_text);
            texts.map(std::borrow::Cow::into_owned).collect::<Vec<_>>()
        })
        .filter(|named| !named.is_empty())
        .collect()
}

impl<'s> Scene<'s> {
    /// Tells what an expression gives for somebody, as if it stood in a rule: one of accounts or of people, or,
    /// without a rule, with every name that any account rule has. With an attribute it is what gives that its value.
    ///
    /// The outer error is what is wrong with the text.
    pub fn evaluate(
        &self,
        text: &str,
        rule: Option<&RuleName>,
        attribute: Option<&str>,
        person: PersonId,
    ) -> Result<Option<super::Why>, Vec<Diagnostic>> {
        let Some(person) = self.person(person) else {
            return Ok(None);
        };
        let Some(context) = self.context(rule, attribute, person) else {
            return Ok(None);
        };
        let expression = self.compile(text, context)?;
        Ok(Some(self.tried(&expression, context)))
    }

    /// Reports what is wrong with a text that is to stand in a rule; there need not be anybody.
    /// With an attribute it must be fit to give that its value.
    pub fn check(
        &self,
        text: &str,
        rule: Option<&RuleName>,
        attribute: Option<&str>,
    ) -> Result<(), Vec<Diagnostic>> {
        if let Some(at) = self.people_rule(rule) {
            return Expression::compile(text, &self.record_names(at)).map(drop);
        }
        let rule = self.account_rule(rule);
        let names = self.person_names(rule);
        let Some(attribute) = attribute else {
            return Expression::compile(text, &names).map(drop);
        };
        let schema = rule.map(|rule| self.targets[rule].1);
        let column = schema.and_then(|schema| schema.columns.get(schema.position(attribute)?));
        let target = column.map_or(Target::of(attribute), written);
        Expression::compile_for(text, &names, &target).map(drop)
    }

    /// Reports whether there is such a rule of accounts or of people.
    pub fn has_rule(&self, rule: &RuleName) -> bool {
        self.account_rule(Some(rule)).is_some() || self.people_rule(Some(rule)).is_some()
    }

    /// Returns the name to show of somebody.
    pub fn name(&self, person: PersonId) -> Option<String> {
        self.person(person).map(|person| self.people.name(person))
    }

    pub(super) fn person(&self, person: PersonId) -> Option<usize> {
        self.people.find(person).map(|person| person as usize)
    }

    pub(super) fn account_rule(&self, rule: Option<&RuleName>) -> Option<usize> {
        let rule = rule?;
        let mut rules = self.compiled.accounts.iter();
        rules.position(|accounts| accounts.rule.name == *rule)
    }

    /// The people rule of this name, unless an account rule has it too.
    fn people_rule(&self, rule: Option<&RuleName>) -> Option<usize> {
        if self.account_rule(rule).is_some() {
            return None;
        }
        let rule = rule?;
        let mut rules = self.compiled.people.iter();
        rules.position(|people| people.rule.name == *rule)
    }

    /// Where an expression stands that is tried; `None` if the person has no record for it.
    fn context(
        &self,
        rule: Option<&RuleName>,
        attribute: Option<&str>,
        person: usize,
    ) -> Option<Context<'s>> {
        if let Some(at) = self.people_rule(rule) {
            let (rule, record) = self.records(person).into_iter().find(|(rule, _)| *rule == at)?;
            return Some(Context::Record { rule, record });
        }
        let rule = self.account_rule(rule);
        let column = rule.zip(attribute).and_then(|(rule, attribute)| {
            let schema = &self.compiled.accounts[rule].schema;
            schema.position(attribute)
        });
        Some(Context::Person { rule, person, column })
    }

    pub(super) fn compile(&self, text: &str, context: Context<'_>) -> Result<Expression, Vec<Diagnostic>> {
        match context {
            Context::Person { rule, .. } => Expression::compile(text, &self.person_names(rule)),
            Context::Record { rule, .. } => Expression::compile(text, &self.record_names(rule)),
        }
    }

    pub(super) fn person_names(&self, rule: Option<usize>) -> PersonNames<'_> {
        PersonNames {
            people: &self.compiled.people_schema,
            kinds: &self.compiled.kinds,
            references: &self.compiled.references,
            accounts: &self.targets[..rule.unwrap_or(self.targets.len())],
            current: rule.map(|rule| self.targets[rule].1),
            default_domain: self.compiled.rules.default_domain.as_deref(),
        }
    }

    pub(super) fn record_names(&self, rule: usize) -> RecordNames<'_> {
        let read = self.inputs.read(&self.compiled.people[rule].rule.from);
        RecordNames {
            schema: read.records.schema(),
            default_domain: self.compiled.rules.default_domain.as_deref(),
        }
    }

    /// What a name means where an expression stands.
    pub(super) fn resolve(&self, path: &str, context: Context<'_>) -> Option<super::super::names::Name> {
        let slot = match context {
            Context::Person { rule, .. } => self.person_names(rule).resolve(path),
            Context::Record { rule, .. } => self.record_names(rule).resolve(path),
        };
        slot.map(super::super::names::Name::of)
    }

    pub(super) fn row(&self, rule: Option<usize>, person: usize) -> PersonRow<'_> {
        let current = rule.and_then(|rule| self.plans[rule].record(person));
        let mut row = PersonRow {
            compiled: self.compiled,
            people: self.people,
            person,
            before: &self.plans[..rule.unwrap_or(self.plans.len())],
            current,
            own: &[],
            in_scope: true,
        };
        let scope = rule.and_then(|rule| self.compiled.accounts[rule].scope.as_ref());
        if let Some(scope) = scope {
            row.in_scope = scope.holds(&row, &self.moment(person)).unwrap_or(false);
        }
        row
    }

    pub(super) fn moment(&self, person: usize) -> Moment<'_> {
        Moment {
            now: self.inputs.now,
            time_zone: self.people.zone_of(person),
        }
    }

    /// The moment of the rules of people.
    pub(super) fn usual_moment(&self) -> Moment<'_> {
        Moment {
            now: self.inputs.now,
            time_zone: &self.compiled.time_zone,
        }
    }

    /// Evaluates an expression where it stands and tells what each part gave.
    pub(super) fn trace(&self, expression: &Expression, context: Context<'_>) -> Trace {
        match context {
            Context::Person { rule, person, column } => {
                let (row, moment) = (self.row(rule, person), self.moment(person));
                if expression.draws() {
                    let draw = self.draw(rule, person, column);
                    return expression.trace(&Drawn::new(row, draw), &moment);
                }
                expression.trace(&row, &moment)
            }
            Context::Record { record, .. } => expression.trace(&RecordRow(record), &self.usual_moment()),
        }
    }

    /// What the random values of an attribute of somebody are made from; of none, of some that nobody has.
    fn draw(&self, rule: Option<usize>, person: usize, column: Option<usize>) -> Draw {
        let accounts = rule.map(|rule| &self.compiled.accounts[rule]);
        let attribute = accounts
            .zip(column)
            .map(|(accounts, column)| accounts.schema.columns[column].name.as_str());
        let rule = accounts.map(|accounts| accounts.rule.name.as_str());
        random::draw(
            &self.inputs.memory.seed,
            self.people.ids[person],
            rule.unwrap_or_default(),
            attribute.unwrap_or_default(),
        )
    }

    /// The records that sources have of somebody: (people rule, record), in the order in which they count.
    pub(super) fn records(&self, person: usize) -> Vec<(usize, RecordView<'s>)> {
        let id = self.people.ids[person];
        let mut records = Vec::new();
        let first = self.people.places[person];
        if let Some(place) = first {
            records.push((usize::from(place.rule), place.record));
        }
        let links = self
            .inputs
            .memory
            .links
            .iter()
            .chain(self.people.new_links.iter());
        for link in links.filter(|link| link.person == id) {
            for (rule, people) in self.compiled.people.iter().enumerate() {
                if *link.owner != LinkOwner::Source(people.rule.name.clone()) {
                    continue;
                }
                let known = &self.inputs.read(&people.rule.from).records;
                let found = known.iter().find(|record| record.anchor() == link.anchor);
                let place = found.map(|record| (rule, record.index() as u32));
                records.extend(place.filter(|place| !records.contains(place)));
            }
        }
        // stable: of several records in one source the one that counts stays first
        records.sort_by_key(|(rule, _)| *rule);
        records
            .into_iter()
            .map(|(rule, record)| {
                let read = self.inputs.read(&self.compiled.people[rule].rule.from);
                (rule, read.records.get(record as usize))
            })
            .collect()
    }
}
