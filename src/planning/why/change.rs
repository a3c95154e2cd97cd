//! The why of the changes of an operation, and of values that are tried.

use super::{
    super::{
        compile::CompiledValue,
        names::value_of,
        people::{NOBODY, NOTHING},
    },
    Shown, Verdict, Why,
    chain::{Chain, Context},
    compared::{comparison, normalised, verdict},
    scene::Scene,
};
use crate::{
    expression::Expression,
    model::{After, Change, Kind, Operation, Reference, RuleName, Value},
};

/// A why before anything is known.
pub(super) fn empty(attribute: &str) -> Why {
    Why {
        attribute: attribute.to_owned(),
        masked: false,
        source: Vec::new(),
        steps: Vec::new(),
        value: Shown::Nothing,
        normalised: Shown::Nothing,
        target: None,
        comparison: String::new(),
        verdict: Verdict::NotWritten,
        remark: String::new(),
    }
}

impl<'s> Scene<'s> {
    /// Tells the why of every change of an operation: of its attributes, of where the account is, of whether it can
    /// be used, of who is a member.
    pub fn whys(&self, operation: &Operation) -> Vec<Why> {
        let rule = self.account_rule(Some(&operation.rule));
        let mut whys: Vec<Why> = Vec::new();
        if !matches!(operation.kind, Kind::AddMember | Kind::RemoveMember) {
            let changes = operation.changes.iter();
            whys.extend(changes.filter_map(|change| self.why(operation, &change.attribute)));
        }
        let Some(person) = operation.person.and_then(|person| self.person(person)) else {
            return whys;
        };
        match operation.kind {
            Kind::AddMember | Kind::RemoveMember => {
                whys.extend(self.membership(operation, person));
                return whys;
            }
            Kind::Enable | Kind::Disable | Kind::Delete => whys.push(self.standing(operation, rule, person)),
            Kind::Create if operation.usable.is_some() => whys.push(self.standing(operation, rule, person)),
            Kind::Adopt => {
                whys.extend(rule.into_iter().flat_map(|rule| self.adoption(rule, person)));
                return whys;
            }
            Kind::Create | Kind::Update | Kind::Move | Kind::Task | Kind::Unlink => {}
        }
        whys.extend(rule.and_then(|rule| self.container(operation, rule, person)));
        whys
    }

    /// Tells the why of one attribute that the operation's rule maps, also if the operation does not write it.
    pub fn why(&self, operation: &Operation, attribute: &str) -> Option<Why> {
        let rule = self.account_rule(Some(&operation.rule))?;
        let person = self.person(operation.person?)?;
        let accounts = &self.compiled.accounts[rule];
        let at = accounts
            .rule
            .attributes
            .iter()
            .zip(&accounts.mappings)
            .position(|(_, mapping)| {
                accounts.schema.columns[mapping.column]
                    .name
                    .eq_ignore_ascii_case(attribute)
            })?;
        let change = operation
            .changes
            .iter()
            .find(|change| change.attribute.eq_ignore_ascii_case(attribute));
        Some(self.mapped(operation, change, rule, at, person))
    }

    /// Lists the attributes that the operation's rule maps.
    pub fn mapped_attributes(&self, rule: &RuleName) -> Vec<String> {
        let rule = self.account_rule(Some(rule));
        let accounts = rule.map(|rule| &self.compiled.accounts[rule]);
        let names = accounts.into_iter().flat_map(|accounts| {
            let columns = accounts.mappings.iter().map(|mapping| mapping.column);
            columns.map(|column| accounts.schema.columns[column].name.clone())
        });
        names.collect()
    }

    /// Tells how an expression that is tried comes to its value.
    pub(super) fn tried(&self, expression: &Expression, context: Context<'s>) -> Why {
        let mut chain = Chain::new(self);
        let masked = chain.is_masked(expression, context);
        chain.expression(0, expression, context, false, "", None);
        Why {
            masked,
            value: chain
                .steps
                .first()
                .map_or(Shown::Nothing, |step| step.value.clone()),
            source: chain.source,
            steps: chain.steps,
            ..empty("")
        }
    }

    fn mapped(
        &self,
        operation: &Operation,
        change: Option<&Change>,
        rule: usize,
        at: usize,
        person: usize,
    ) -> Why {
        let accounts = &self.compiled.accounts[rule];
        let compiled = &accounts.mappings[at];
        let column = &accounts.schema.columns[compiled.column];
        // marked in the configuration: nothing it is made from is told either
        let is_marked = self.compiled.rules.accounts[rule].attributes[at].marked;
        let hidden = is_marked || self.marks.account(rule, compiled.column);
        let context = Context::Person {
            rule: Some(rule),
            person,
        };
        let mut chain = Chain::new(self);
        let planned = change.map(|change| self.after(&change.after));
        let mut remark = String::new();
        let value = match &compiled.value {
            CompiledValue::Secret { policy, .. } => {
                chain.push(
                    0,
                    format!("a secret by `{policy}`"),
                    Shown::Masked,
                    "drawn when it is written",
                );
                Shown::Masked
            }
            CompiledValue::Reference(reference) => {
                let value = self.referred(rule, *reference, person);
                let name = &self.compiled.references[*reference];
                let whom = self
                    .whom(*reference, person)
                    .map_or(Shown::Nothing, |other| Shown::Text(self.people.name(other)));
                chain.push(
                    0,
                    format!("the account of [{name}]"),
                    value.clone().masked_if(hidden),
                    "",
                );
                chain.push(1, format!("[{name}]"), whom.masked_if(hidden), "");
                if !hidden {
                    chain.reference(2, person, *reference);
                }
                value
            }
            CompiledValue::Expression(expression) => {
                let chosen = planned.clone().filter(|_| expression.is_unique_choice());
                chain.expression(0, expression, context, is_marked, "", chosen.clone());
                let value = chain
                    .steps
                    .first()
                    .map_or(Shown::Nothing, |step| step.value.clone());
                if expression.is_unique_choice() && chosen.is_some() {
                    remark = unique_remark(&chain, &value);
                }
                value
            }
        };
        let is_reference = matches!(compiled.value, CompiledValue::Reference(_));
        if let Some(planned) = planned.filter(|planned| !is_reference && !hidden && *planned != value) {
            remark = if matches!(change.map(|change| &change.after), Some(After::Deferred(_))) {
                String::new()
            } else {
                format!("the plan has {planned}: rules or records have changed since it was made")
            };
        }
        let record = self.plans[rule]
            .record(person)
            .filter(|_| operation.kind != Kind::Create);
        let target =
            record.map(|record| Shown::of(&value_of(record.cell(compiled.column), column)).masked_if(hidden));
        Why {
            attribute: column.name.clone(),
            masked: hidden,
            source: chain.source,
            steps: chain.steps,
            normalised: normalised(&value, column).masked_if(hidden),
            verdict: verdict(operation, change, accounts, at, &value, target.as_ref(), column),
            value: value.masked_if(hidden),
            target,
            comparison: comparison(column),
            remark,
        }
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

fn unique_remark(chain: &Chain<'_, '_>, chosen: &Shown) -> String {
    let first = chain.steps.iter().find(|step| step.depth == 1);
    match first {
        Some(first) if first.value != *chosen && *chosen != Shown::Masked => {
            format!("{} was taken: the first that is free", first.value)
        }
        _ => String::new(),
    }
}
