//! The whys of an operation, and of values that are tried.

use super::{
    Shown, Verdict, Why,
    chain::{Chain, Context},
    mapped::Asked,
    scene::Scene,
};
use crate::{
    expression::Expression,
    model::{Kind, Operation, RuleName},
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
            Kind::Create | Kind::Restore | Kind::Update | Kind::Move | Kind::Task | Kind::Unlink => {}
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
        Some(self.mapped(Asked {
            operation,
            change,
            rule,
            at,
            person,
            column: accounts.mappings[at].column,
        }))
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
}
