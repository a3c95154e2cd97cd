//! The why of a mapped attribute.

use super::{
    super::{
        accounts::Occasion,
        compare::holds,
        compile::CompiledValue,
        holding,
        names::value_of,
        people::{NOBODY, NOTHING},
    },
    Shown, Why,
    chain::{Chain, Context},
    compared::{Case, comparison, normalised, verdict},
    scene::Scene,
};
use crate::{
    expression::Expression,
    model::{After, Cell, Change, Kind, Operation, Reference, Value},
};

/// Which mapping is asked about.
#[derive(Clone, Copy)]
pub(super) struct Asked<'q> {
    pub operation: &'q Operation,
    /// What the operation does to the attribute, if anything.
    pub change: Option<&'q Change>,
    /// The account rule, by its place.
    pub rule: usize,
    /// The mapping, by its place in the rule.
    pub at: usize,
    pub person: usize,
    /// The attribute, by its column in the rule's target.
    pub column: usize,
}

impl Asked<'_> {
    /// On what occasion the mapping was asked.
    fn occasion(&self) -> Occasion {
        match self.operation.kind {
            Kind::Create => Occasion::Create,
            _ => Occasion::Update,
        }
    }

    /// Where its expressions stand.
    const fn context<'s>(&self) -> Context<'s> {
        Context::Person {
            rule: Some(self.rule),
            person: self.person,
            column: Some(self.column),
        }
    }

    /// Whether the value is known once another account is made.
    fn is_later(&self) -> bool {
        matches!(self.change.map(|change| &change.after), Some(After::Deferred(_)))
    }
}

/// What a mapping gives, once its steps are told.
struct Told {
    value: Shown,
    /// The same as it is; for an expression only.
    given: Value<'static>,
    remark: String,
}

impl Told {
    fn plain(value: Shown) -> Self {
        Self {
            value,
            given: Value::Absent,
            remark: String::new(),
        }
    }
}

impl<'s> Scene<'s> {
    pub(super) fn mapped(&self, asked: Asked<'_>) -> Why {
        let accounts = &self.compiled.accounts[asked.rule];
        let compiled = &accounts.mappings[asked.at];
        let (mapping, column) = (&accounts.rule.attributes[asked.at], &compiled.target);
        // marked in the configuration: nothing it is made from is told either
        let is_marked = self.compiled.rules.accounts[asked.rule].attributes[asked.at].marked
            || compiled.expressions().any(Expression::redacts);
        let hidden = is_marked || self.marks.account(asked.rule, compiled.column);
        let mut chain = Chain::new(self);
        let planned = asked.change.map(|change| self.after(&change.after));
        let record = self.plans[asked.rule]
            .record(asked.person)
            .filter(|_| asked.operation.kind != Kind::Create);
        let cell = record.map_or(Cell::Absent, |record| record.cell(compiled.column));
        let Told {
            value,
            given,
            mut remark,
        } = match &compiled.value {
            CompiledValue::Secret { policy, .. } => {
                let text = format!("a secret by `{policy}`");
                chain.push(0, text, Shown::Masked, "drawn when it is written");
                Told::plain(Shown::Masked)
            }
            CompiledValue::Reference(reference) => self.tell_reference(&mut chain, asked, *reference, hidden),
            CompiledValue::Expression(expression) if expression.is_unique_choice() && planned.is_some() => {
                let context = asked.context();
                chain.expression(0, expression, context, is_marked, "", planned.clone());
                let value = value_at(&chain, 0);
                Told {
                    remark: unique_remark(&chain, &value),
                    ..Told::plain(value)
                }
            }
            CompiledValue::Expression(expression)
                if expression.draws() && (planned.is_some() || holding::has_any(cell)) =>
            {
                // what was drawn once stays: what would be drawn today is nobody's value
                let stays = planned.is_none();
                let held = || Shown::of(&value_of(cell, column));
                let chosen = planned.clone().unwrap_or_else(held);
                chain.expression(0, expression, asked.context(), is_marked, "", Some(chosen));
                let mut told = Told::plain(value_at(&chain, 0));
                if stays {
                    "drawn at random when there was none: it stays".clone_into(&mut told.remark);
                }
                told
            }
            CompiledValue::Expression(expression) => {
                self.tell_value(&mut chain, asked, expression, is_marked, hidden)
            }
        };
        let is_reference = matches!(compiled.value, CompiledValue::Reference(_));
        if let Some(planned) = planned.filter(|planned| !is_reference && !hidden && *planned != value) {
            // what is merged, or said twice, is written otherwise than it is mapped
            let written = holding::correction(cell, given.clone(), mapping, column);
            let is_so = written.is_ok_and(|written| written.is_some_and(|it| Shown::of(&it) == planned));
            if asked.is_later() {
                remark = String::new();
            } else if !is_so {
                remark = format!("the plan has {planned}: rules or records have changed since it was made");
            }
        }
        let has_birth_default = !hidden && given.is_nothing() && {
            let default = compiled.default_at_birth(mapping);
            default.is_some_and(|default| holds(cell, &self.given(default, asked.context()), column))
        };
        if has_birth_default && remark.is_empty() && mapping.clears(&given) && cell.first().is_some() {
            "there is no value: it has the default it was made with".clone_into(&mut remark);
        }
        let target = record.map(|_| Shown::of(&value_of(cell, column)).masked_if(hidden));
        let verdict = verdict(&Case {
            operation: asked.operation,
            change: asked.change,
            mapping,
            compiled,
            value: &value,
            nothing: &given,
            target: target.as_ref().unwrap_or(&Shown::Nothing),
            has_birth_default,
        });
        Why {
            attribute: column.name.clone(),
            masked: hidden,
            source: chain.source,
            steps: chain.steps,
            normalised: normalised(&value, column).masked_if(hidden),
            verdict,
            value: value.masked_if(hidden),
            target,
            comparison: comparison(mapping, column),
            remark,
        }
    }

    fn tell_reference(
        &self,
        chain: &mut Chain<'_, 's>,
        asked: Asked<'_>,
        reference: usize,
        hidden: bool,
    ) -> Told {
        let value = self.referred(asked.rule, reference, asked.person);
        let name = &self.compiled.references[reference];
        let whom = self
            .whom(reference, asked.person)
            .map_or(Shown::Nothing, |other| Shown::Text(self.people.name(other)));
        let shown = value.clone().masked_if(hidden);
        chain.push(0, format!("the account of [{name}]"), shown, "");
        chain.push(1, format!("[{name}]"), whom.masked_if(hidden), "");
        if !hidden {
            chain.reference(2, asked.person, reference);
        }
        Told::plain(value)
    }

    /// Tells the steps of a value, and behind them those of the default if it is taken.
    fn tell_value(
        &self,
        chain: &mut Chain<'_, 's>,
        asked: Asked<'_>,
        expression: &Expression,
        is_marked: bool,
        hidden: bool,
    ) -> Told {
        let accounts = &self.compiled.accounts[asked.rule];
        let (mapping, compiled) = (&accounts.rule.attributes[asked.at], &accounts.mappings[asked.at]);
        let context = asked.context();
        chain.expression(0, expression, context, is_marked, "", None);
        let told = Told {
            given: self.given(expression, context),
            ..Told::plain(value_at(chain, 0))
        };
        let default = compiled.default_on(mapping, asked.occasion());
        let Some(default) = default.filter(|_| hidden || (told.given.is_nothing() && !asked.is_later()))
        else {
            let tells_apart = mapping.empty.is_some() || mapping.absent.is_some();
            let remark = match &told.given {
                given if given.is_nothing() && tells_apart && !hidden => kind_of_nothing(given).to_owned(),
                _ => String::new(),
            };
            return Told { remark, ..told };
        };
        let first = chain.steps.len();
        chain.expression(0, default, context, hidden, "default", None);
        // that there is no value would give away something of what is masked: the default always stands there
        if hidden || !told.given.is_nothing() {
            return told;
        }
        Told {
            value: value_at(chain, first),
            given: self.given(default, context),
            remark: "there is no value: the default is taken".to_owned(),
        }
    }

    /// What an expression gives, whoever may see it.
    fn given(&self, expression: &Expression, context: Context<'_>) -> Value<'static> {
        self.trace(expression, context).value.unwrap_or_default()
    }

    fn whom(&self, reference: usize, person: usize) -> Option<usize> {
        let other = self.people.references[reference][person];
        (!matches!(other, NOBODY | NOTHING)).then_some(other as usize)
    }

    /// The account that a reference is to name.
    fn referred(&self, rule: usize, reference: usize, person: usize) -> Shown {
        let Some(other) = self.whom(reference, person) else {
            return Shown::Nothing;
        };
        match self.plans[rule].record(other) {
            Some(record) if record.location().is_empty() => Shown::Text(record.anchor().to_owned()),
            Some(record) => Shown::Text(record.location().to_owned()),
            None => Shown::Nothing,
        }
    }

    fn after(&self, after: &After) -> Shown {
        match after {
            After::Known(Value::Reference(Reference::Account { person, rule })) => {
                let place = self.person(*person).zip(self.account_rule(Some(rule)));
                let record = place.and_then(|(person, rule)| self.plans[rule].record(person));
                record.map_or(Shown::Nothing, |record| Shown::Text(record.location().to_owned()))
            }
            After::Known(value) => Shown::of(value),
            After::Deferred(_) => Shown::Nothing,
            After::Secret { .. } => Shown::Masked,
        }
    }
}

fn value_at(chain: &Chain<'_, '_>, at: usize) -> Shown {
    let step = chain.steps.get(at);
    step.map_or(Shown::Nothing, |step| step.value.clone())
}

const fn kind_of_nothing(value: &Value<'_>) -> &'static str {
    match value {
        Value::Absent => "the source does not have it",
        Value::Null => "the source says null",
        _ => "it is empty",
    }
}

fn unique_remark(chain: &Chain<'_, '_>, chosen: &Shown) -> String {
    let first = chain.steps.iter().find(|step| step.depth == 1);
    match first {
        Some(first) if first.value != *chosen && *chosen != Shown::Masked => {
            format!("{} was taken: the first that is free", first.value)
        }
        _ => String::new(),
    }
}
