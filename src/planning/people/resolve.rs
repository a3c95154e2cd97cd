//! Finds whom references name: managers, sponsors.
//!
//! A source names people by the ids it gives them. A directory names them by where they are, and may name somebody
//! of another directory so (another forest): whoever is there, in whichever source, is meant.

use std::sync::OnceLock;

use ahash::AHashMap;
use rayon::prelude::*;

use super::{NOBODY, NOTHING, People, Place, roster::Roster};
use crate::{
    expression::Moment,
    model::{Value, dn},
    planning::{Inputs, compile::Compiled, names::RecordRow},
};

/// Finds whom everybody's references name.
pub(super) fn resolve(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    roster: &Roster<'_>,
    people: &mut People<'_>,
) {
    let named = Named {
        compiled,
        inputs,
        roster,
        people,
        by_place: compiled.people.iter().map(|_| OnceLock::new()).collect(),
    };
    let mut vague = Vec::new();
    let references = (0..compiled.references.len()).map(|reference| {
        let found: Vec<(u32, bool)> = (0..people.places.len())
            .into_par_iter()
            .map(|person| named.of(person, reference))
            .collect();
        let of_reference = (0..).zip(&found).filter(|(_, (_, vague))| *vague);
        vague.extend(of_reference.map(|(person, _)| person));
        found.into_iter().map(|(named, _)| named).collect()
    });
    people.references = references.collect();
    people.vague = vague;
}

/// Whom references may name.
struct Named<'n, 'a> {
    compiled: &'n Compiled,
    inputs: &'n Inputs<'a>,
    roster: &'n Roster<'a>,
    people: &'n People<'a>,
    /// For each people rule, the people by the normal form of their places; made when the first such name is met.
    by_place: Vec<OnceLock<AHashMap<String, u32>>>,
}

impl Named<'_, '_> {
    /// Tells whom a reference of a person names: the first source counts that says anything. Also whether that is
    /// vague: see [`People::vague`].
    fn of(&self, person: usize, reference: usize) -> (u32, bool) {
        let Some(first) = self.people.places[person] else {
            return (NOTHING, false);
        };
        let named = self.by_record(first, reference);
        if named.0 != NOTHING {
            return named;
        }
        let mut further: Vec<Place> = match self.people.further.get(&(person as u32)) {
            Some(further) => further
                .iter()
                .filter(|place| place.rule != first.rule)
                .copied()
                .collect(),
            None => return (NOTHING, false),
        };
        further.sort_by_key(|place| place.rule);
        let mut named = further.into_iter().map(|place| self.by_record(place, reference));
        named
            .find(|(named, _)| *named != NOTHING)
            .unwrap_or((NOTHING, false))
    }

    fn by_record(&self, place: Place, reference: usize) -> (u32, bool) {
        let source = &self.compiled.people[usize::from(place.rule)];
        let Some((_, expression)) = source.references.iter().find(|(at, _)| *at == reference) else {
            return (NOTHING, false);
        };
        let records = &self.inputs.read(&source.rule.from).records;
        let moment = Moment {
            now: self.inputs.now,
            time_zone: &self.compiled.time_zone,
        };
        let row = RecordRow(records.get(place.record as usize));
        let Ok(value) = expression.evaluate(&row, &moment) else {
            return (NOBODY, true);
        };
        // directories may name several managers; a person has one
        let mut texts = value
            .each()
            .filter_map(Value::as_text)
            .filter(|text| !text.is_empty())
            .peekable();
        let Some(first) = texts.peek() else {
            return (NOTHING, false);
        };
        // another record may come that an earlier text names
        if let Some(named) = self.find(place.rule, first) {
            return (named, false);
        }
        let named = texts.find_map(|text| self.find(place.rule, &text));
        (named.unwrap_or(NOBODY), true)
    }

    fn by_anchor(&self, rule: u16, text: &str) -> Option<u32> {
        let by_anchor = self.roster.by_anchor[usize::from(rule)].as_ref()?;
        by_anchor.get(text).copied()
    }

    /// Finds whom a source names by a text: by their ids there, by their places there, by their places elsewhere.
    fn find(&self, rule: u16, text: &str) -> Option<u32> {
        let own = usize::from(rule);
        self.by_anchor(rule, text).or_else(|| {
            let place = key(text)?;
            let others = (0..self.by_place.len()).filter(|other| *other != own);
            let mut rules = std::iter::once(own).chain(others);
            rules.find_map(|rule| {
                let by_place = self.by_place[rule].get_or_init(|| self.places(rule as u16));
                by_place.get(&place).copied()
            })
        })
    }

    /// The people of a rule by their places.
    fn places(&self, rule: u16) -> AHashMap<String, u32> {
        let people = &self.compiled.people[usize::from(rule)].rule;
        let records = &self.inputs.read(&people.from).records;
        let further = self.people.further.iter();
        let further = further.flat_map(|(person, places)| places.iter().map(|place| (*person, *place)));
        let all = (0..).zip(self.roster.first.iter().copied()).chain(further);
        let own: Vec<(u32, Place)> = all.filter(|(_, place)| place.rule == rule).collect();
        let keyed: Vec<(String, u32)> = own
            .into_par_iter()
            .with_min_len(1024)
            .filter_map(|(person, place)| Some((key(records.get(place.record as usize).location())?, person)))
            .collect();
        keyed.into_iter().collect()
    }
}

/// The normal form of a distinguished name; `None` if it is none.
fn key(text: &str) -> Option<String> {
    text.contains('=').then(|| dn::normalise(text)).flatten()
}
