//! Computes everybody's attributes, and where everybody stands.

use std::collections::HashMap;

use jiff::{civil::Date, tz::TimeZone};
use rayon::prelude::*;

use super::{
    People, Place,
    facts::{FactColumn, Facts},
    ids::PeopleById,
    roster::Roster,
    stand::stand,
};
use crate::{
    expression::{Expression, Moment},
    model::{
        Cell, Column, Finding, FindingKind, LifecycleState, Links, PersonId, Schema, Value, ValueType,
        record::{SetFull, ValueCell},
    },
    planning::{
        Inputs,
        compile::Compiled,
        groups::Groups,
        lifecycle::Standing,
        names::{Name, RecordRow},
    },
};

/// How many people one worker takes at a time; whole words of bits.
const CHUNK: usize = 8192;
/// How many such pieces are put together at a time.
const BATCH: usize = 16;

/// The facts of a piece of the roster.
struct Piece {
    columns: Vec<FactColumn>,
    standings: Vec<Standing>,
    places: Vec<Option<Place>>,
    /// `None` is the configuration's.
    zone: Vec<Option<TimeZone>>,
    faults: Vec<(usize, Finding)>,
}

/// Computes the facts of everybody on the roster, all but the references.
pub(super) fn describe<'a>(
    compiled: &'a Compiled,
    inputs: &Inputs<'a>,
    roster: &Roster<'a>,
) -> Result<People<'a>, SetFull> {
    let count = roster.ids.len();
    let mut people = People {
        facts: Facts::new(compiled, inputs),
        ids: Vec::new(),
        standings: Vec::with_capacity(count),
        places: Vec::with_capacity(count),
        further: HashMap::new(),
        zone: Vec::with_capacity(count),
        zones: vec![compiled.time_zone.clone()],
        today: Vec::new(),
        references: Vec::new(),
        vague: Vec::new(),
        faulty: vec![false; count],
        by_id: PeopleById::default(),
        settled: Vec::new(),
        findings: Vec::new(),
        new_links: Links::default(),
        name_columns: name_columns(&compiled.people_schema),
        groups: Groups::new(inputs),
    };
    // a few pieces at a time, so that people are not in memory twice
    for (batch, ids) in roster.ids.chunks(CHUNK * BATCH).enumerate() {
        let first = batch * CHUNK * BATCH;
        let describer = Describer::new(compiled, inputs, roster, &people.facts);
        let pieces: Vec<Result<Piece, SetFull>> = ids
            .par_chunks(CHUNK)
            .enumerate()
            .map(|(chunk, ids)| describer.piece(first + chunk * CHUNK, ids))
            .collect();
        for piece in pieces {
            take(&mut people, piece?)?;
        }
    }
    let today = people
        .zones
        .iter()
        .map(|zone| inputs.now.to_zoned(zone.clone()).date());
    people.today = today.collect();
    Ok(people)
}

fn take(people: &mut People<'_>, piece: Piece) -> Result<(), SetFull> {
    people.facts.append(&piece.columns)?;
    people.standings.extend(piece.standings);
    people.places.extend(piece.places);
    for zone in piece.zone {
        let at = zone.map_or(0, |zone| {
            let known = people.zones.iter().position(|known| *known == zone);
            known.unwrap_or_else(|| {
                people.zones.push(zone);
                people.zones.len() - 1
            })
        });
        people.zone.push(at as u16);
    }
    for (person, finding) in piece.faults {
        people.faulty[person] = true;
        people.findings.push(finding);
    }
    Ok(())
}

fn name_columns(schema: &Schema) -> Vec<usize> {
    let display = schema.position("displayName");
    let parts: Vec<_> = ["givenName", "familyName", "sn"]
        .iter()
        .filter_map(|name| schema.position(name))
        .collect();
    match display {
        Some(display) => vec![display],
        None if parts.is_empty() => vec![0]
            .into_iter()
            .filter(|_| !schema.columns.is_empty())
            .collect(),
        None => parts,
    }
}

/// A record of the person that is described.
struct Described {
    place: Place,
    standing: Standing,
    zone: Option<TimeZone>,
}

/// Describes people.
struct Describer<'d, 'a> {
    compiled: &'a Compiled,
    inputs: &'d Inputs<'a>,
    roster: &'d Roster<'a>,
    facts: &'d Facts<'a>,
    moment: Moment<'a>,
    today: Date,
    /// For each people rule and attribute, whether it is the source's attribute as it is, wherever that is one text.
    plain: Vec<Vec<bool>>,
}

impl<'d, 'a> Describer<'d, 'a> {
    fn new(
        compiled: &'a Compiled,
        inputs: &'d Inputs<'a>,
        roster: &'d Roster<'a>,
        facts: &'d Facts<'a>,
    ) -> Self {
        let plain = compiled.people.iter().map(|people| {
            let schema = inputs.read(&people.rule.from).records.schema();
            let attributes = people.attributes.iter();
            attributes
                .map(|expression| {
                    let slot = expression.as_ref().and_then(Expression::as_slot);
                    matches!(slot.map(Name::of), Some(Name::Own(at)) if is_plain(&schema.columns[usize::from(at)]))
                })
                .collect()
        });
        Self {
            compiled,
            inputs,
            roster,
            facts,
            moment: Moment {
                now: inputs.now,
                time_zone: &compiled.time_zone,
            },
            today: inputs.now.to_zoned(compiled.time_zone.clone()).date(),
            plain: plain.collect(),
        }
    }

    fn piece(&self, first: usize, ids: &[PersonId]) -> Result<Piece, SetFull> {
        let columns = &self.compiled.people_schema.columns;
        let mut piece = Piece {
            columns: columns.iter().map(|_| FactColumn::default()).collect(),
            standings: Vec::with_capacity(ids.len()),
            places: Vec::with_capacity(ids.len()),
            zone: Vec::with_capacity(ids.len()),
            faults: Vec::new(),
        };
        let mut described: Vec<Described> = Vec::new();
        for (offset, id) in ids.iter().enumerate() {
            let person = first + offset;
            let mut fault = self.records_of(person, &mut described);
            for (at, column) in piece.columns.iter_mut().enumerate() {
                if let Err(message) = self.attribute(at, &described, column)? {
                    fault = Some(message);
                }
            }
            let chosen = &mut described[0];
            if let Some(message) = fault {
                piece
                    .faults
                    .push((person, self.refused(*id, chosen.place, &message)));
            }
            piece.standings.push(chosen.standing);
            piece.places.push(Some(chosen.place));
            piece.zone.push(chosen.zone.take());
        }
        Ok(piece)
    }

    /// Puts the records of a person in order, the one that counts first; returns what is wrong with one.
    fn records_of(&self, person: usize, described: &mut Vec<Described>) -> Option<String> {
        let mut fault = None;
        described.clear();
        let further = self.roster.further.get(&(person as u32)).into_iter().flatten();
        for place in std::iter::once(&self.roster.first[person])
            .chain(further)
            .copied()
        {
            let people = &self.compiled.people[usize::from(place.rule)];
            let stands = stand(people, &self.row(place), &self.moment, self.today);
            let (standing, zone) = stands.unwrap_or_else(|message| {
                fault = Some(message);
                let unknown = Standing {
                    state: LifecycleState::Active,
                    start: None,
                    end: None,
                };
                (unknown, None)
            });
            described.push(Described {
                place,
                standing,
                zone,
            });
        }
        // of several records in one source the one at work counts, then the latest start
        described.sort_by_key(|record| {
            (
                record.place.rule,
                employment_rank(record.standing.state),
                std::cmp::Reverse(record.standing.start),
            )
        });
        fault
    }

    /// Computes an attribute; the inner error is what is wrong with it.
    fn attribute(
        &self,
        at: usize,
        described: &[Described],
        column: &mut FactColumn,
    ) -> Result<Result<(), String>, SetFull> {
        let source = self.facts.source(described[0].place, at);
        let mut problem = Ok(());
        // which kind of nothing the first source says that says one: a mapping may tell them apart
        let mut nothing = Value::Absent;
        let mut last_rule = None;
        for record in described {
            if last_rule == Some(record.place.rule) {
                continue;
            }
            last_rule = Some(record.place.rule);
            let rule = usize::from(record.place.rule);
            let Some(expression) = &self.compiled.people[rule].attributes[at] else {
                continue;
            };
            if self.plain[rule][at] {
                match self.facts.source(record.place, at) {
                    Cell::One(text) if !text.is_empty() => {
                        let own = Cell::One(text);
                        column.push((own != source).then_some(own))?;
                        return Ok(problem);
                    }
                    Cell::Absent => continue,
                    _ => {}
                }
            }
            match expression.evaluate(&self.row(record.place), &self.moment) {
                Ok(value) if value.is_nothing() => {
                    if nothing == Value::Absent {
                        nothing = value;
                    }
                }
                Ok(value) => {
                    let own = ValueCell::of(&value);
                    let own = own.as_cell();
                    column.push((own != source).then_some(own))?;
                    return Ok(problem);
                }
                Err(fault) => {
                    let name = &self.compiled.people_schema.columns[at].name;
                    problem = Err(format!("{name}: {}", fault.message));
                }
            }
        }
        let own = ValueCell::of(&nothing);
        let own = own.as_cell();
        column.push((own != source).then_some(own))?;
        Ok(problem)
    }

    fn row(&self, place: Place) -> RecordRow<'a> {
        let people = &self.compiled.people[usize::from(place.rule)];
        RecordRow(
            self.inputs
                .read(&people.rule.from)
                .records
                .get(place.record as usize),
        )
    }

    fn refused(&self, person: PersonId, place: Place, message: &str) -> Finding {
        let rule = &self.compiled.people[usize::from(place.rule)].rule;
        let RecordRow(record) = self.row(place);
        Finding {
            kind: FindingKind::Refused,
            person: Some(person),
            subject: record.location().to_owned(),
            rule: Some(rule.name.clone()),
            system: rule.from.clone(),
            anchors: vec![record.owned_anchor()],
            candidates: vec![],
            message: format!(
                "{}: {message}; nothing is planned for this person",
                record.location()
            ),
        }
    }
}

/// Whether a text of this attribute is its value as it is.
fn is_plain(column: &Column) -> bool {
    matches!(
        column.value_type,
        ValueType::Text | ValueType::Binary | ValueType::Reference
    )
}

const fn employment_rank(state: LifecycleState) -> u8 {
    match state {
        LifecycleState::Active => 0,
        LifecycleState::OnLeave => 1,
        LifecycleState::PreHire => 2,
        LifecycleState::Ended => 3,
        LifecycleState::Gone => 4,
    }
}
