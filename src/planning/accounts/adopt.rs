//! Sorts the accounts that match somebody and are linked to nobody.
//!
//! Whose account it is decides all that is ever done to it, so linking is an operation of its own: it is decided
//! about like any other, and what else is planned for the account waits for it. What nobody would touch anyway
//! (protected, out of scope) is not adopted.

use std::borrow::Cow;

use ahash::{AHashMap, AHashSet};

use super::{Byproducts, Case, Stage};
use crate::{
    model::{LinkOwner, Situation, Why},
    planning::{
        draft::Adoptable,
        matching::{self, Hit, Match},
        rules::Adopt,
        why::MASK,
    },
};

/// What becomes of the accounts that were found under a rule.
#[derive(Default)]
pub(super) struct Found {
    /// Those to be adopted, by person.
    pub adoptable: Vec<Adoptable>,
    /// From what the values were normalised, by person.
    pub normalised: AHashMap<u32, String>,
    /// The people whose account is neither linked nor to be adopted.
    pub foreign: AHashSet<u32>,
}

impl<'a: 'b, 'b> Stage<'a, 'b> {
    /// Sorts the accounts that were found: to be adopted, linked at once, or left alone.
    pub(super) fn found(&self, matches: &[Match], cases: &[Case], by: &mut Byproducts) -> Found {
        let rule = &self.accounts().rule;
        let owner = LinkOwner::Account(rule.name.clone());
        let records = self.records();
        let mut found = Found::default();
        for (person, (matched, case)) in matches.iter().zip(cases).enumerate() {
            let Match::Found(record, hit) = *matched else {
                continue;
            };
            let is_wanted = matches!(
                case.situation,
                Situation::Found | Situation::Leaving | Situation::Vanished | Situation::Retired
            );
            if !is_wanted {
                found.foreign.insert(person as u32);
                continue;
            }
            if rule.adopt == Adopt::Automatic && !hit.normalised {
                let view = records.get(record as usize);
                let value = matching::matched(self.accounts(), hit, view);
                let why = Why {
                    words: matching::BY,
                    value: &value,
                };
                by.links.add(
                    &owner,
                    self.people.ids[person],
                    view.anchor(),
                    why,
                    self.inputs.now,
                );
                continue;
            }
            if hit.normalised {
                let from = self.normalised_from(person, hit, record);
                found.normalised.insert(person as u32, from);
            }
            found.adoptable.push(Adoptable {
                person: person as u32,
                record,
                hit,
            });
        }
        found.adoptable.shrink_to_fit();
        found
    }

    /// The values of the person as they are.
    fn normalised_from(&self, person: usize, hit: Hit, record: u32) -> String {
        let view = self.records().get(record as usize);
        let rule = &self.accounts().matches[usize::from(hit.rule)];
        let (row, moment) = (self.row(person, Some(view), true), self.moment(person));
        let texts = rule.all.iter().map(|(column, expression)| {
            if matching::is_marked(self.accounts(), *column) {
                return MASK.to_owned();
            }
            let value = expression.evaluate(&row, &moment).ok();
            let text = value
                .as_ref()
                .and_then(|value| value.as_text().map(Cow::into_owned));
            text.unwrap_or_default()
        });
        texts.collect::<Vec<_>>().join(", ")
    }
}
