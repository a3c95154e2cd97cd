//! Finds the person a record of a further source belongs to, by attributes of the people met so far.

use std::collections::HashMap;

use super::{Place, stand::text_of};
use crate::{
    expression::Moment,
    model::RecordView,
    planning::{
        Inputs,
        compile::{Compiled, CompiledPeople},
        names::RecordRow,
    },
};

/// Whose a record is by what it has in common with people.
pub(super) enum Joined<'a> {
    None,
    /// One person, by an attribute and its value.
    One(u32, &'a str, String),
    Several(usize),
}

/// People by the attributes that records are joined by.
pub(super) struct JoinIndex<'a> {
    people: &'a CompiledPeople,
    moment: Moment<'a>,
    /// Beside the rule's joins: value → people.
    values: Vec<HashMap<String, Vec<u32>>>,
}

impl<'a> JoinIndex<'a> {
    /// Looks at the people met so far, by the first record of each.
    pub(super) fn of(
        compiled: &'a Compiled,
        inputs: &Inputs<'_>,
        people: &'a CompiledPeople,
        met: &[Place],
    ) -> Self {
        let moment = Moment {
            now: inputs.now,
            time_zone: &compiled.time_zone,
        };
        let mut values: Vec<HashMap<String, Vec<u32>>> = people.join.iter().map(|_| HashMap::new()).collect();
        if !people.join.is_empty() {
            for (person, place) in met.iter().enumerate() {
                let other = &compiled.people[usize::from(place.rule)];
                let record = inputs.read(&other.rule.from).records.get(place.record as usize);
                for ((column, _), values) in people.join.iter().zip(&mut values) {
                    let value = other.attributes[*column]
                        .as_ref()
                        .and_then(|expression| text_of(expression, &RecordRow(record), &moment));
                    if let Some(value) = value {
                        values.entry(value).or_default().push(person as u32);
                    }
                }
            }
        }
        Self {
            people,
            moment,
            values,
        }
    }

    /// Finds whose record this is.
    pub(super) fn find(&self, record: RecordView<'_>) -> Joined<'a> {
        for ((_, expression), (values, (name, _))) in self
            .people
            .join
            .iter()
            .zip(self.values.iter().zip(&self.people.rule.join))
        {
            let Some(value) = text_of(expression, &RecordRow(record), &self.moment) else {
                continue;
            };
            match values.get(&value).map(Vec::as_slice) {
                Some([person]) => return Joined::One(*person, name, value),
                Some(several) => return Joined::Several(several.len()),
                None => {}
            }
        }
        Joined::None
    }
}
