//! Finds out whose record each record of a source is.

use std::collections::HashMap;

use ahash::AHashMap;
use jiff::Timestamp;
use rayon::prelude::*;

use super::{
    Place,
    ids::PeopleById,
    join::{JoinIndex, Joined},
    known::KnownPeople,
    stand::text_of,
};
use crate::{
    expression::Moment,
    model::{Finding, FindingKind, LinkOwner, Links, PersonId, RecordSet, RecordView, Why},
    planning::{
        Inputs,
        compile::{Compiled, CompiledPeople},
        names::RecordRow,
        seal,
    },
};

/// For how many octets of an id there is room.
const ANCHOR: usize = 16;

/// Who is who: the people in the order in which they were first met, and their records.
#[derive(Default)]
pub(super) struct Roster<'a> {
    /// One for each people rule whose records are looked up by their ids: whose they are.
    pub(super) by_anchor: Vec<Option<AHashMap<&'a str, u32>>>,
    pub(super) ids: Vec<PersonId>,
    pub(super) index: PeopleById,
    /// The first record of each person.
    pub(super) first: Vec<Place>,
    /// Further records, of people who have several.
    pub(super) further: HashMap<u32, Vec<Place>>,
    pub(super) findings: Vec<Finding>,
    pub(super) new_links: Links,
}

impl<'a> Roster<'a> {
    /// Goes through the people rules in their order.
    pub(super) fn of(compiled: &'a Compiled, inputs: &Inputs<'a>) -> Self {
        let mut roster = Self::default();
        for rule in 0..compiled.people.len() {
            roster.enrol(compiled, inputs, rule);
        }
        roster
    }

    fn add(&mut self, id: PersonId, place: Place, anchor: &'a str) {
        let at = if let Some(at) = self.index.find(&self.ids, id) {
            self.further.entry(at).or_default().push(place);
            at
        } else {
            self.first.push(place);
            self.index.add(&mut self.ids, id)
        };
        if let Some(by_anchor) = &mut self.by_anchor[usize::from(place.rule)] {
            by_anchor.insert(anchor, at);
        }
    }

    /// Finds out whose records the records of one source are.
    fn enrol(&mut self, compiled: &'a Compiled, inputs: &Inputs<'a>, rule: usize) {
        let people = &compiled.people[rule];
        let records = &inputs.read(&people.rule.from).records;
        let moment = Moment {
            now: inputs.now,
            time_zone: &compiled.time_zone,
        };
        let looked_up = people.previous.is_some() || !people.references.is_empty();
        self.by_anchor
            .push(looked_up.then(|| AHashMap::with_capacity(records.len())));
        if rule == 0 {
            self.ids.reserve(records.len());
            self.first.reserve(records.len());
            self.index.reserve(&self.ids, records.len());
        }
        let joins = JoinIndex::of(compiled, inputs, people, &self.first);
        let known_people = KnownPeople::new(&inputs.memory.links, &people.rule.name);
        let known = known_people.find_all(records);
        let enrolment = Enrolment {
            people,
            now: inputs.now,
            owner: LinkOwner::Source(people.rule.name.clone()),
            joins,
            ids: new_ids(people, inputs.now, records, &known),
        };
        if known.is_empty() {
            let links = &mut self.new_links;
            links.reserve(&enrolment.owner, records.len(), records.len() * ANCHOR);
        }
        let mut rehired = Vec::new();
        for record in records.iter() {
            let row = RecordRow(record);
            if let Some(scope) = &people.scope
                && !scope.holds(&row, &moment).unwrap_or(false)
            {
                continue;
            }
            let place = Place {
                rule: rule as u16,
                record: record.index() as u32,
            };
            if let Some(Some(id)) = known.get(record.index()) {
                self.add(*id, place, record.anchor());
                continue;
            }
            let previous = people
                .previous
                .as_ref()
                .and_then(|previous| text_of(previous, &row, &moment));
            match previous {
                Some(previous) => rehired.push((place, previous)),
                None => enrolment.newcomer(record, place, self),
            }
        }
        // a number taken up again may stand before the number it continues
        for (place, previous) in rehired {
            let record = records.get(place.record as usize);
            let id = known_people.find(&previous).or_else(|| {
                let person = *self.by_anchor[rule].as_ref()?.get(previous.as_str())?;
                Some(self.ids[person as usize])
            });
            match id {
                Some(id) => {
                    let why = Why {
                        words: "continues ",
                        value: &previous,
                    };
                    enrolment.link(id, record, why, self);
                    self.add(id, place, record.anchor());
                }
                None => enrolment.newcomer(record, place, self),
            }
        }
    }
}

/// What is the same for all records of one source.
struct Enrolment<'a> {
    people: &'a CompiledPeople,
    now: Timestamp,
    owner: LinkOwner,
    joins: JoinIndex<'a>,
    /// The ids of the records that nobody is known by, should they bring new people.
    ids: Vec<PersonId>,
}

impl Enrolment<'_> {
    fn newcomer<'r>(&self, record: RecordView<'r>, place: Place, roster: &mut Roster<'r>) {
        let rule = &self.people.rule;
        match self.joins.find(record) {
            Joined::One(person, name, value) => {
                let id = roster.ids[person as usize];
                let why = Why {
                    words: &format!("joined by {name} = "),
                    value: &value,
                };
                self.link(id, record, why, roster);
                roster.add(id, place, record.anchor());
            }
            Joined::Several(candidates) => {
                let message = format!(
                    "{} could be {candidates} different people: link it to the right one",
                    record.location(),
                );
                roster
                    .findings
                    .push(self.finding(FindingKind::Ambiguous, record, message));
            }
            Joined::None if rule.creates => {
                let id = self.ids[record.index()];
                let why = Why {
                    words: "first seen",
                    value: "",
                };
                self.link(id, record, why, roster);
                roster.add(id, place, record.anchor());
            }
            Joined::None => {
                let message = format!(
                    "{} belongs to nobody, and `{}` may not bring new people",
                    record.location(),
                    rule.name
                );
                roster
                    .findings
                    .push(self.finding(FindingKind::Orphan, record, message));
            }
        }
    }

    fn finding(&self, kind: FindingKind, record: RecordView<'_>, message: String) -> Finding {
        Finding {
            kind,
            person: None,
            subject: record.location().to_owned(),
            rule: Some(self.people.rule.name.clone()),
            system: self.people.rule.from.clone(),
            anchors: vec![record.owned_anchor()],
            candidates: vec![],
            message,
        }
    }

    fn link(&self, person: PersonId, record: RecordView<'_>, why: Why<'_>, roster: &mut Roster<'_>) {
        roster
            .new_links
            .add(&self.owner, person, record.anchor(), why, self.now);
    }
}

/// Computes the ids that records have if they bring new people, side by side; none if there is nobody new.
fn new_ids(
    people: &CompiledPeople,
    now: Timestamp,
    records: &RecordSet,
    known: &[Option<PersonId>],
) -> Vec<PersonId> {
    if !people.rule.creates || (!known.is_empty() && known.iter().all(Option::is_some)) {
        return Vec::new();
    }
    (0..records.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|record| match known.get(record) {
            Some(Some(id)) => *id,
            _ => new_id(now, people.rule.name.as_str(), records.get(record).anchor()),
        })
        .collect()
}

/// The id of a person first seen now: a `UUIDv7` whose random part is a hash of where the person was first seen, so
/// that planning stays a pure function of its inputs.
fn new_id(now: Timestamp, rule: &str, anchor: &str) -> PersonId {
    let digest = seal::digest(&[rule.as_bytes(), anchor.as_bytes()]);
    let mut random = [0; 10];
    random.copy_from_slice(&digest[..10]);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    PersonId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}
