//! How everybody and every record stands, one by one.
//!
//! A plan counts situations; who stands how is told again from the same inputs when it is asked.

use super::{
    Inputs, accounts::Byproducts, compile::Compiled, course::Course, events, people, protected::protected,
    unique::Uniques, unowned,
};
use crate::model::{PersonId, RecordView, RuleName, Situation, SystemName, record::SetFull};

/// How one (person, account rule), or one record that nobody owns, stands.
#[derive(Debug, Clone, Copy)]
pub struct Stands<'a> {
    /// The account rule; of a record that nobody owns the first rule of its system.
    pub rule: &'a RuleName,
    /// The system.
    pub system: &'a SystemName,
    /// How it stands.
    pub situation: Situation,
    /// Who; nobody for a record that nobody owns.
    pub person: Option<PersonId>,
    /// What the person is called.
    pub name: &'a str,
    /// The account, if there is one.
    pub record: Option<RecordView<'a>>,
}

/// Hands out how everybody stands under every account rule, and every record that nobody owns.
pub fn each(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    tell: &mut dyn FnMut(Stands<'_>),
) -> Result<(), SetFull> {
    let people = people::gather(compiled, inputs)?;
    let events = events::compare(compiled, &people, inputs.memory.settled.as_ref());
    let protected = protected(compiled, inputs);
    let mut uniques = Uniques::default();
    let mut by = Byproducts::default();
    let course = Course::of_everybody(compiled, inputs);
    let plans = course.stages(&people, &events, &protected, &mut uniques, &mut by);
    for (accounts, plan) in compiled.accounts.iter().zip(&plans) {
        for (person, situation) in plan.situation.iter().enumerate() {
            tell(Stands {
                rule: &accounts.rule.name,
                system: &accounts.rule.system,
                situation: *situation,
                person: Some(people.ids[person]),
                name: &people.name(person),
                record: plan.record(person),
            });
        }
    }
    unowned::each(
        compiled,
        inputs,
        &plans,
        &protected,
        None,
        &mut |rule, record, situation| {
            let accounts = &compiled.accounts[rule].rule;
            tell(Stands {
                rule: &accounts.name,
                system: &accounts.system,
                situation,
                person: None,
                name: "",
                record: Some(record),
            });
        },
    );
    Ok(())
}
