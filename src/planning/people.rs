//! Puts people together from the records of one or more sources.

use std::{collections::HashMap, sync::Arc};

use ahash::{AHashMap, RandomState};
use hashbrown::HashTable;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rayon::prelude::*;
use uuid::Uuid;

use super::{
    Inputs,
    compile::{Compiled, CompiledPeople},
    lifecycle::{Standing, standing},
    names::RecordRow,
};
use crate::{
    expression::{Expression, Moment},
    model::{
        Cell, Finding, FindingKind, LifecycleState, Link, LinkOwner, Memory, PersonId, RecordSet, RecordView,
        RuleName, Schema, Value,
        record::{RecordHead, SetFull},
    },
};

/// How many people one worker takes at a time.
const CHUNK: usize = 8192;
/// How many such pieces are put together at a time.
const BATCH: usize = 16;
/// Marks a reference that names nobody.
pub(super) const NOBODY: u32 = u32::MAX;
/// Marks a reference that is not there at all.
pub(super) const NOTHING: u32 = u32::MAX - 1;
/// The column of the settled set that holds where a person stood.
pub(super) const STATE_COLUMN: &str = "%state";
/// The column of the settled set that holds whether every fact could be computed.
pub(super) const REFERENCE_PREFIX: &str = "%reference ";

/// Where a person's record is: which people rule, which record of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub rule: u16,
    pub record: u32,
}

/// Everybody.
pub(super) struct People {
    /// Their attributes; the anchor is the person's id.
    pub(super) set: RecordSet,
    pub(super) ids: Vec<PersonId>,
    pub(super) standings: Vec<Standing>,
    /// `None` for people no source names any more.
    pub(super) places: Vec<Option<Place>>,
    /// A person's zone, as a place in [`Self::zones`].
    pub(super) zone: Vec<u16>,
    pub(super) zones: Vec<TimeZone>,
    /// What day it is in each zone.
    today: Vec<Date>,
    /// One vector a reference: whom each person's reference names ([`NOBODY`], [`NOTHING`]).
    pub(super) references: Vec<Vec<u32>>,
    /// People whose facts could not be computed; nothing is planned for them.
    pub(super) faulty: Vec<bool>,
    pub(super) by_id: AHashMap<PersonId, u32>,
    /// Who each record of the settled facts is ([`NOBODY`] if that is not known).
    pub(super) settled: Vec<u32>,
    pub(super) findings: Vec<Finding>,
    pub(super) new_links: Vec<Link>,
    name_columns: Vec<usize>,
}

impl People {
    /// Returns how many people there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns the name to show: the display name, or given and family name, or the first attribute.
    pub(super) fn name(&self, person: usize) -> String {
        let record = self.set.get(person);
        let words: Vec<_> = self
            .name_columns
            .iter()
            .filter_map(|column| record.cell(*column).first())
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .collect();
        if words.is_empty() {
            "(no name)".to_owned()
        } else {
            words.join(" ")
        }
    }

    /// Returns what day it is for a person.
    pub(super) fn today_of(&self, person: usize) -> Date {
        self.today[usize::from(self.zone[person])]
    }

    /// Returns the zone of a person.
    pub(super) fn zone_of(&self, person: usize) -> &TimeZone {
        &self.zones[usize::from(self.zone[person])]
    }
}

/// The id of a person first seen now: a `UUIDv7` whose random part is a hash of where the person was first seen, so
/// that planning stays a pure function of its inputs.
fn new_id(now: Timestamp, rule: &str, anchor: &str) -> PersonId {
    let digest = super::seal::digest(&[rule.as_bytes(), anchor.as_bytes()]);
    let mut random = [0; 10];
    random.copy_from_slice(&digest[..10]);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    PersonId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

/// Puts people together.
pub(super) fn gather(compiled: &Compiled, inputs: &Inputs<'_>) -> Result<People, SetFull> {
    let mut roster = Roster::new(KnownPeople::new(compiled, inputs.memory));
    for rule in 0..compiled.people.len() {
        enrol(compiled, inputs, rule, &mut roster);
    }
    // what was only needed to tell people apart goes before the large sets are made
    roster.known.table = HashTable::new();
    let mut people = describe(compiled, inputs, &roster)?;
    people.ids = roster.ids;
    people.by_id = roster.index;
    people.findings.extend(roster.findings);
    people.new_links = roster.new_links;
    people.settled = inputs
        .memory
        .settled
        .as_ref()
        .map_or_else(Vec::new, |settled| who_is_who(settled, &people.by_id));
    remember_the_gone(compiled, inputs, &mut people)?;
    resolve_references(compiled, inputs, &roster.by_anchor, &mut people);
    Ok(people)
}

/// Who is who so far: the people in the order in which they were first met, and their records.
struct Roster<'a> {
    known: KnownPeople<'a>,
    /// One for each people rule whose records are looked up by their ids: whose they are.
    by_anchor: Vec<Option<AHashMap<&'a str, u32>>>,
    ids: Vec<PersonId>,
    index: AHashMap<PersonId, u32>,
    /// The first record of each person.
    first: Vec<Place>,
    /// Further records, of people who have several.
    further: HashMap<u32, Vec<Place>>,
    findings: Vec<Finding>,
    new_links: Vec<Link>,
}

impl<'a> Roster<'a> {
    fn new(known: KnownPeople<'a>) -> Self {
        Self {
            known,
            by_anchor: Vec::new(),
            ids: Vec::new(),
            index: AHashMap::new(),
            first: Vec::new(),
            further: HashMap::new(),
            findings: Vec::new(),
            new_links: Vec::new(),
        }
    }

    fn add(&mut self, id: PersonId, place: Place, anchor: &'a str) {
        let at = if let Some(at) = self.index.get(&id) {
            self.further.entry(*at).or_default().push(place);
            *at
        } else {
            let at = self.ids.len() as u32;
            self.ids.push(id);
            self.first.push(place);
            self.index.insert(id, at);
            at
        };
        if let Some(by_anchor) = &mut self.by_anchor[usize::from(place.rule)] {
            by_anchor.insert(anchor, at);
        }
    }
}

/// The people known since earlier plans, by the records that sources have of them.
struct KnownPeople<'a> {
    links: &'a [Link],
    /// The places of links, by people rule and anchor.
    table: HashTable<u32>,
    /// The people rule of each name.
    rules: Vec<&'a RuleName>,
    hasher: RandomState,
}

impl<'a> KnownPeople<'a> {
    fn new(compiled: &'a Compiled, memory: &'a Memory) -> Self {
        let mut known = Self {
            links: &memory.links,
            table: HashTable::new(),
            rules: compiled.people.iter().map(|people| &people.rule.name).collect(),
            hasher: RandomState::with_seeds(1, 2, 3, 4),
        };
        let sources = memory.links.iter().enumerate();
        let sources = sources
            .filter_map(|(at, link)| Some((at as u32, known.hash(known.rule(link)?, link.anchor.as_str()))));
        let sources: Vec<(u32, u64)> = sources.collect();
        known.table.reserve(sources.len(), |_| 0);
        for (at, hash) in sources {
            // room was made for all of them
            known.table.insert_unique(hash, at, |_| 0);
        }
        known
    }

    fn rule(&self, link: &Link) -> Option<u16> {
        match &link.owner {
            LinkOwner::Source(name) => self
                .rules
                .iter()
                .position(|rule| *rule == name)
                .map(|rule| rule as u16),
            LinkOwner::Account(_) => None,
        }
    }

    fn hash(&self, rule: u16, anchor: &str) -> u64 {
        self.hasher.hash_one((rule, anchor))
    }

    /// Returns whose each record of a source is; nothing if nobody is known at all.
    fn find_all(&self, rule: u16, records: &RecordSet) -> Vec<Option<PersonId>> {
        if self.table.is_empty() {
            return Vec::new();
        }
        (0..records.len())
            .into_par_iter()
            .with_min_len(1024)
            .map(|record| self.find(rule, records.get(record).anchor()))
            .collect()
    }

    /// Returns whose record this is; of several links the last counts.
    fn find(&self, rule: u16, anchor: &str) -> Option<PersonId> {
        if self.table.is_empty() {
            return None;
        }
        self.table
            .iter_hash(self.hash(rule, anchor))
            .filter(|at| {
                let link = &self.links[**at as usize];
                link.anchor.as_str() == anchor && self.rule(link) == Some(rule)
            })
            .max()
            .map(|at| self.links[*at as usize].person)
    }
}

/// Finds out whose records the records of one source are.
fn enrol<'a>(compiled: &Compiled, inputs: &Inputs<'a>, rule: usize, roster: &mut Roster<'a>) {
    let people = &compiled.people[rule];
    let records = &inputs.read(&people.rule.from).records;
    let moment = Moment {
        now: inputs.now,
        time_zone: &compiled.time_zone,
    };
    let looked_up = people.previous.is_some() || !people.references.is_empty();
    roster
        .by_anchor
        .push(looked_up.then(|| AHashMap::with_capacity(records.len())));
    if rule == 0 {
        roster.ids.reserve(records.len());
        roster.first.reserve(records.len());
        roster.index.reserve(records.len());
    }
    let joins = JoinIndex::of(compiled, inputs, people, roster);
    let known = roster.known.find_all(rule as u16, records);
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
            roster.add(*id, place, record.anchor());
            continue;
        }
        let previous = people
            .previous
            .as_ref()
            .and_then(|previous| text_of(previous, &row, &moment));
        match previous {
            Some(previous) => rehired.push((place, previous)),
            None => newcomer(people, inputs, record, place, &joins, roster),
        }
    }
    // a number taken up again may stand before the number it continues
    for (place, previous) in rehired {
        let record = records.get(place.record as usize);
        let id = roster.known.find(place.rule, &previous).or_else(|| {
            let person = *roster.by_anchor[rule].as_ref()?.get(previous.as_str())?;
            Some(roster.ids[person as usize])
        });
        match id {
            Some(id) => {
                link(
                    roster,
                    inputs.now,
                    id,
                    people,
                    record,
                    format!("continues {previous}"),
                );
                roster.add(id, place, record.anchor());
            }
            None => newcomer(people, inputs, record, place, &joins, roster),
        }
    }
}

fn newcomer<'a>(
    people: &CompiledPeople,
    inputs: &Inputs<'a>,
    record: RecordView<'a>,
    place: Place,
    joins: &JoinIndex<'_>,
    roster: &mut Roster<'a>,
) {
    match joins.find(record) {
        Joined::One(person, why) => {
            let id = roster.ids[person as usize];
            link(roster, inputs.now, id, people, record, why);
            roster.add(id, place, record.anchor());
        }
        Joined::Several(candidates) => roster.findings.push(Finding {
            kind: FindingKind::Ambiguous,
            person: None,
            subject: record.location().to_owned(),
            rule: Some(people.rule.name.clone()),
            system: people.rule.from.clone(),
            anchors: vec![record.owned_anchor()],
            message: format!(
                "{} could be {} different people: link it to the right one",
                record.location(),
                candidates
            ),
        }),
        Joined::None if people.rule.creates => {
            let id = new_id(inputs.now, people.rule.name.as_str(), record.anchor());
            link(roster, inputs.now, id, people, record, "first seen".to_owned());
            roster.add(id, place, record.anchor());
        }
        Joined::None => roster.findings.push(Finding {
            kind: FindingKind::Orphan,
            person: None,
            subject: record.location().to_owned(),
            rule: Some(people.rule.name.clone()),
            system: people.rule.from.clone(),
            anchors: vec![record.owned_anchor()],
            message: format!(
                "{} belongs to nobody, and `{}` may not bring new people",
                record.location(),
                people.rule.name
            ),
        }),
    }
}

fn link(
    roster: &mut Roster<'_>,
    now: Timestamp,
    person: PersonId,
    people: &CompiledPeople,
    record: RecordView<'_>,
    why: String,
) {
    roster.new_links.push(Link {
        person,
        owner: LinkOwner::Source(people.rule.name.clone()),
        anchor: record.owned_anchor(),
        why,
        since: now,
    });
}

enum Joined {
    None,
    One(u32, String),
    Several(usize),
}

/// Finds the person a record of a further source belongs to, by attributes of the people met so far.
struct JoinIndex<'a> {
    people: &'a CompiledPeople,
    moment: Moment<'a>,
    /// Beside the rule's joins: value → people.
    values: Vec<HashMap<String, Vec<u32>>>,
}

impl<'a> JoinIndex<'a> {
    fn of(
        compiled: &'a Compiled,
        inputs: &Inputs<'_>,
        people: &'a CompiledPeople,
        roster: &Roster<'_>,
    ) -> Self {
        let moment = Moment {
            now: inputs.now,
            time_zone: &compiled.time_zone,
        };
        let mut values: Vec<HashMap<String, Vec<u32>>> = people.join.iter().map(|_| HashMap::new()).collect();
        if !people.join.is_empty() {
            for (person, place) in roster.first.iter().enumerate() {
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

    fn find(&self, record: RecordView<'_>) -> Joined {
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
                Some([person]) => return Joined::One(*person, format!("joined by {name} = {value}")),
                Some(several) => return Joined::Several(several.len()),
                None => {}
            }
        }
        Joined::None
    }
}

fn text_of(expression: &Expression, row: &RecordRow<'_>, moment: &Moment<'_>) -> Option<String> {
    let value = expression.evaluate(row, moment).ok()?;
    value
        .as_text()
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// The facts of a piece of the roster.
struct Piece {
    set: RecordSet,
    standings: Vec<Standing>,
    places: Vec<Option<Place>>,
    /// `None` is the configuration's.
    zone: Vec<Option<TimeZone>>,
    faults: Vec<(usize, Finding)>,
}

fn describe(compiled: &Compiled, inputs: &Inputs<'_>, roster: &Roster<'_>) -> Result<People, SetFull> {
    let schema = Arc::new(compiled.people_schema.clone());
    let mut set = RecordSet::with_capacity(schema.clone(), roster.ids.len(), 0);
    let mut people = People {
        ids: Vec::new(),
        standings: Vec::with_capacity(roster.ids.len()),
        places: Vec::with_capacity(roster.ids.len()),
        zone: Vec::with_capacity(roster.ids.len()),
        zones: vec![compiled.time_zone.clone()],
        today: Vec::new(),
        references: Vec::new(),
        faulty: vec![false; roster.ids.len()],
        by_id: AHashMap::new(),
        settled: Vec::new(),
        findings: Vec::new(),
        new_links: Vec::new(),
        name_columns: name_columns(&compiled.people_schema),
        set: RecordSet::new(Arc::default()),
    };
    let mut faults = Vec::new();
    // a few pieces at a time, so that people are not in memory twice
    for (batch, ids) in roster.ids.chunks(CHUNK * BATCH).enumerate() {
        let first = batch * CHUNK * BATCH;
        let pieces: Vec<Result<Piece, SetFull>> = ids
            .par_chunks(CHUNK)
            .enumerate()
            .map(|(chunk, ids)| describe_piece(compiled, inputs, roster, &schema, first + chunk * CHUNK, ids))
            .collect();
        for piece in pieces {
            let piece = piece?;
            set.append(&piece.set)?;
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
                faults.push(finding);
            }
        }
    }
    people.set = set;
    people.findings = faults;
    let today = people
        .zones
        .iter()
        .map(|zone| inputs.now.to_zoned(zone.clone()).date());
    people.today = today.collect();
    Ok(people)
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

#[expect(
    clippy::too_many_lines,
    reason = "every fact of a person, in the order of the arena"
)]
fn describe_piece(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    roster: &Roster<'_>,
    schema: &Arc<Schema>,
    first: usize,
    ids: &[PersonId],
) -> Result<Piece, SetFull> {
    let mut piece = Piece {
        set: RecordSet::with_capacity(schema.clone(), ids.len(), 120),
        standings: Vec::with_capacity(ids.len()),
        places: Vec::with_capacity(ids.len()),
        zone: Vec::with_capacity(ids.len()),
        faults: Vec::new(),
    };
    let mut buffer = Uuid::encode_buffer();
    let moment = Moment {
        now: inputs.now,
        time_zone: &compiled.time_zone,
    };
    let today = inputs.now.to_zoned(compiled.time_zone.clone()).date();
    let mut described: Vec<(Place, Standing, Option<TimeZone>)> = Vec::new();
    for (offset, id) in ids.iter().enumerate() {
        let person = first + offset;
        let further = roster.further.get(&(person as u32)).into_iter().flatten();
        let mut fault = None;
        described.clear();
        for place in std::iter::once(&roster.first[person]).chain(further).copied() {
            let people = &compiled.people[usize::from(place.rule)];
            let row = RecordRow(inputs.read(&people.rule.from).records.get(place.record as usize));
            match stand(people, &row, &moment, today) {
                Ok((standing, zone)) => described.push((place, standing, zone)),
                Err(message) => {
                    fault = Some(message);
                    let gone = Standing {
                        state: LifecycleState::Active,
                        start: None,
                        end: None,
                    };
                    described.push((place, gone, None));
                }
            }
        }
        // of several records in one source the one at work counts, then the latest start
        described.sort_by_key(|(place, standing, _)| {
            (
                place.rule,
                employment_rank(standing.state),
                std::cmp::Reverse(standing.start),
            )
        });
        let (place, standing) = (described[0].0, described[0].1);
        let zone = described[0].2.take();
        let mut writer = piece.set.begin(RecordHead {
            anchor: id.0.simple().encode_lower(&mut buffer),
            location: "",
            enabled: None,
        })?;
        for column in 0..schema.columns.len() {
            let mut written = false;
            let mut last_rule = None;
            for (place, ..) in &described {
                if last_rule == Some(place.rule) {
                    continue;
                }
                last_rule = Some(place.rule);
                let people = &compiled.people[usize::from(place.rule)];
                let Some(expression) = &people.attributes[column] else {
                    continue;
                };
                let record = inputs.read(&people.rule.from).records.get(place.record as usize);
                match expression.evaluate(&RecordRow(record), &moment) {
                    Ok(value) if value.is_nothing() => {}
                    Ok(value) => {
                        writer.value(&value)?;
                        written = true;
                        break;
                    }
                    Err(problem) => {
                        fault = Some(format!("{}: {}", schema.columns[column].name, problem.message));
                    }
                }
            }
            if !written {
                writer.absent()?;
            }
        }
        drop(writer);
        if let Some(message) = fault {
            let people = &compiled.people[usize::from(place.rule)];
            let record = inputs.read(&people.rule.from).records.get(place.record as usize);
            piece.faults.push((
                person,
                Finding {
                    kind: FindingKind::Refused,
                    person: Some(*id),
                    subject: record.location().to_owned(),
                    rule: Some(people.rule.name.clone()),
                    system: people.rule.from.clone(),
                    anchors: vec![record.owned_anchor()],
                    message: format!(
                        "{}: {message}; nothing is planned for this person",
                        record.location()
                    ),
                },
            ));
        }
        piece.standings.push(standing);
        piece.places.push(Some(place));
        piece.zone.push(zone);
    }
    Ok(piece)
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

fn stand(
    people: &CompiledPeople,
    row: &RecordRow<'_>,
    moment: &Moment<'_>,
    usual_today: Date,
) -> Result<(Standing, Option<TimeZone>), String> {
    let truth = |condition: &Option<Expression>, default: bool| match condition {
        None => Ok(default),
        Some(condition) => condition.holds(row, moment).map_err(|fault| fault.message),
    };
    let zone = match &people.time_zone {
        None => None,
        Some(expression) => match text_of(expression, row, moment) {
            None => None,
            Some(name) => {
                let zone = TimeZone::get(&name);
                Some(zone.map_err(|_| format!("the time zone `{name}` is not known"))?)
            }
        },
    };
    let today = match &zone {
        None => usual_today,
        Some(zone) => moment.now.to_zoned(zone.clone()).date(),
    };
    let start = day(people.start.as_ref(), row, moment, zone.as_ref())?;
    let end = day(people.end.as_ref(), row, moment, zone.as_ref())?;
    let active = truth(&people.active, true)?;
    let leave = truth(&people.leave, false)?;
    // somebody on leave is employed, whether or not the status that says so counts as active
    Ok((standing(active || leave, leave, start, end, today), zone))
}

fn day(
    expression: Option<&Expression>,
    row: &RecordRow<'_>,
    moment: &Moment<'_>,
    zone: Option<&TimeZone>,
) -> Result<Option<Date>, String> {
    let Some(expression) = expression else {
        return Ok(None);
    };
    match expression.evaluate(row, moment).map_err(|fault| fault.message)? {
        value if value.is_nothing() => Ok(None),
        Value::Date(date) => Ok(Some(date)),
        Value::Instant(instant) => {
            let zone = zone.unwrap_or(moment.time_zone);
            Ok(Some(instant.to_zoned(zone.clone()).date()))
        }
        Value::Text(text) => {
            let text = text.trim();
            // `2024-06-03`, also with a time behind it
            let head = text.get(..10).unwrap_or(text);
            head.parse()
                .map(Some)
                .map_err(|_| format!("`{text}` is not a date: ISO 8601 is expected (2026-11-21)"))
        }
        _ => Err("the date is no date".to_owned()),
    }
}

/// Finds the person of each record of the settled facts.
fn who_is_who(settled: &RecordSet, by_id: &AHashMap<PersonId, u32>) -> Vec<u32> {
    (0..settled.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|at| {
            Uuid::try_parse(settled.get(at).anchor())
                .ok()
                .and_then(|id| by_id.get(&PersonId(id)))
                .map_or(NOBODY, |person| *person)
        })
        .collect()
}

/// Adds the people whom no source names any more, with the facts that were last settled.
fn remember_the_gone(compiled: &Compiled, inputs: &Inputs<'_>, people: &mut People) -> Result<(), SetFull> {
    let Some(settled) = &inputs.memory.settled else {
        return Ok(());
    };
    let absence_is_proven = compiled.people.iter().all(|source| {
        let read = inputs.read(&source.rule.from);
        read.proves_absence() && read.problems.is_empty()
    });
    if !absence_is_proven {
        return Ok(());
    }
    for record in settled.iter() {
        if people.settled[record.index()] != NOBODY {
            continue;
        }
        let Ok(id) = Uuid::try_parse(record.anchor()).map(PersonId) else {
            continue;
        };
        people.settled[record.index()] = people.ids.len() as u32;
        let mut writer = people.set.begin(RecordHead {
            anchor: record.anchor(),
            location: "",
            enabled: None,
        })?;
        for column in &compiled.people_schema.columns {
            match record.get(&column.name) {
                Cell::One(text) => writer.one(text)?,
                Cell::Many(many) => writer.many(many.iter())?,
                Cell::Null => writer.null()?,
                Cell::Absent => writer.absent()?,
            }
        }
        drop(writer);
        people.ids.push(id);
        people.standings.push(Standing {
            state: LifecycleState::Gone,
            start: None,
            end: None,
        });
        people.places.push(None);
        people.by_id.insert(id, people.ids.len() as u32 - 1);
        people.zone.push(0);
        people.faulty.push(false);
    }
    Ok(())
}

fn resolve_references(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    by_anchor: &[Option<AHashMap<&str, u32>>],
    people: &mut People,
) {
    let moment = Moment {
        now: inputs.now,
        time_zone: &compiled.time_zone,
    };
    people.references = (0..compiled.references.len())
        .map(|reference| {
            people
                .places
                .par_iter()
                .map(|place| {
                    let Some(place) = place else { return NOTHING };
                    let source = &compiled.people[usize::from(place.rule)];
                    let Some((_, expression)) = source.references.iter().find(|(at, _)| *at == reference)
                    else {
                        return NOTHING;
                    };
                    let record = inputs.read(&source.rule.from).records.get(place.record as usize);
                    let Ok(value) = expression.evaluate(&RecordRow(record), &moment) else {
                        return NOBODY;
                    };
                    let Some(text) = value.as_text() else {
                        return NOTHING;
                    };
                    if text.is_empty() {
                        return NOTHING;
                    }
                    by_anchor[usize::from(place.rule)]
                        .as_ref()
                        .and_then(|by_anchor| by_anchor.get(&*text))
                        .copied()
                        .unwrap_or(NOBODY)
                })
                .collect()
        })
        .collect();
}

/// Makes the set of settled facts to store: the present facts of the people who are settled, the old ones of the
/// others, nothing for newcomers who are not. Whom no source names any more is forgotten together with the last
/// account, not before: an account whose owner is forgotten would be an orphan.
pub(super) fn settle(
    compiled: &Compiled,
    people: &People,
    settled: Option<&RecordSet>,
    old: &[Option<u32>],
    is_settled: &[bool],
    has_accounts: &dyn Fn(usize) -> bool,
) -> Result<RecordSet, SetFull> {
    let schema = Arc::new(settled_schema(compiled));
    let mut set = RecordSet::with_capacity(schema.clone(), people.len(), 160);
    for person in 0..people.len() {
        if is_settled[person] {
            if people.standings[person].state == LifecycleState::Gone && !has_accounts(person) {
                continue;
            }
            let record = people.set.get(person);
            let mut writer = set.begin(RecordHead {
                anchor: record.anchor(),
                location: "",
                enabled: None,
            })?;
            for column in 0..compiled.people_schema.columns.len() {
                copy(&mut writer, record.cell(column))?;
            }
            writer.one(state_word(people.standings[person].state))?;
            for reference in &people.references {
                match reference[person] {
                    NOBODY | NOTHING => writer.absent()?,
                    other => writer.one(people.set.get(other as usize).anchor())?,
                }
            }
        } else if let (Some(settled), Some(at)) = (settled, old[person]) {
            carry_over(&mut set, settled.get(at as usize))?;
        }
    }
    // whom a read that proves nothing does not name is still whom it was
    for record in settled.into_iter().flat_map(RecordSet::iter) {
        if people.settled[record.index()] == NOBODY {
            carry_over(&mut set, record)?;
        }
    }
    Ok(set)
}

fn carry_over(set: &mut RecordSet, record: RecordView<'_>) -> Result<(), SetFull> {
    let schema = set.schema().clone();
    let mut writer = set.begin(RecordHead {
        anchor: record.anchor(),
        location: "",
        enabled: None,
    })?;
    for column in &schema.columns {
        copy(&mut writer, record.get(&column.name))?;
    }
    Ok(())
}

fn copy(writer: &mut crate::model::record::RecordWriter<'_>, cell: Cell<'_>) -> Result<(), SetFull> {
    match cell {
        Cell::One(text) => writer.one(text),
        Cell::Many(many) => writer.many(many.iter()),
        Cell::Null => writer.null(),
        Cell::Absent => writer.absent(),
    }
}

fn settled_schema(compiled: &Compiled) -> Schema {
    let mut schema = compiled.people_schema.clone();
    schema.columns.push(crate::model::Column::text(STATE_COLUMN));
    for reference in &compiled.references {
        schema.columns.push(crate::model::Column::text(format!(
            "{REFERENCE_PREFIX}{reference}"
        )));
    }
    schema
}

/// The word a state is stored as.
pub(super) const fn state_word(state: LifecycleState) -> &'static str {
    match state {
        LifecycleState::PreHire => "pre-hire",
        LifecycleState::Active => "active",
        LifecycleState::OnLeave => "on-leave",
        LifecycleState::Ended => "ended",
        LifecycleState::Gone => "gone",
    }
}

/// Reads the word a state was stored as.
pub(super) fn state_of(word: &str) -> Option<LifecycleState> {
    use LifecycleState::{Active, Ended, Gone, OnLeave, PreHire};
    [PreHire, Active, OnLeave, Ended, Gone]
        .into_iter()
        .find(|state| state_word(*state) == word)
}
