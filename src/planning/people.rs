//! Puts people together from the records of one or more sources.

use std::{collections::HashMap, sync::Arc};

use ahash::AHashMap;
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
        Cell, Finding, FindingKind, LifecycleState, Link, LinkOwner, Memory, PersonId, RecordSet,
        RecordView, Schema, Value,
        record::{RecordHead, SetFull},
    },
};

/// How many people one worker takes at a time.
const CHUNK: usize = 8192;
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
    /// One vector a reference: whom each person's reference names ([`NOBODY`], [`NOTHING`]).
    pub(super) references: Vec<Vec<u32>>,
    /// People whose facts could not be computed; nothing is planned for them.
    pub(super) faulty: Vec<bool>,
    pub(super) by_id: AHashMap<PersonId, u32>,
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
    let known = known_people(compiled, inputs.memory);
    let mut roster = Roster {
        known,
        ..Roster::default()
    };
    for rule in 0..compiled.people.len() {
        enrol(compiled, inputs, rule, &mut roster);
    }
    let mut people = describe(compiled, inputs, &roster)?;
    people.findings = roster.findings;
    people.new_links = roster.new_links;
    remember_the_gone(compiled, inputs, &mut people)?;
    people.by_id = people
        .ids
        .iter()
        .enumerate()
        .map(|(at, id)| (*id, at as u32))
        .collect();
    resolve_references(compiled, inputs, &roster.by_anchor, &mut people);
    Ok(people)
}

/// Who is who so far: the people in the order in which they were first met, and their records.
#[derive(Default)]
struct Roster {
    known: AHashMap<(u16, Arc<str>), PersonId>,
    by_anchor: Vec<AHashMap<Arc<str>, u32>>,
    ids: Vec<PersonId>,
    index: AHashMap<PersonId, u32>,
    /// The first record of each person.
    first: Vec<Place>,
    /// Further records, of people who have several.
    further: HashMap<u32, Vec<Place>>,
    findings: Vec<Finding>,
    new_links: Vec<Link>,
}

impl Roster {
    fn add(&mut self, id: PersonId, place: Place, anchor: &str) {
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
        self.by_anchor[usize::from(place.rule)].insert(anchor.into(), at);
    }
}

fn known_people(compiled: &Compiled, memory: &Memory) -> AHashMap<(u16, Arc<str>), PersonId> {
    let rules: HashMap<_, _> = compiled
        .people
        .iter()
        .enumerate()
        .map(|(at, people)| (people.rule.name.clone(), at as u16))
        .collect();
    memory
        .links
        .iter()
        .filter_map(|link| match &link.owner {
            LinkOwner::Source(name) => Some(((*rules.get(name)?, link.anchor.as_str().into()), link.person)),
            LinkOwner::Account(_) => None,
        })
        .collect()
}

/// Finds out whose records the records of one source are.
fn enrol(compiled: &Compiled, inputs: &Inputs<'_>, rule: usize, roster: &mut Roster) {
    let people = &compiled.people[rule];
    let records = &inputs.read(&people.rule.from).records;
    let moment = Moment {
        now: inputs.now,
        time_zone: &compiled.time_zone,
    };
    roster.by_anchor.push(AHashMap::with_capacity(records.len()));
    if rule == 0 {
        roster.ids.reserve(records.len());
        roster.first.reserve(records.len());
        roster.index.reserve(records.len());
    }
    let joins = JoinIndex::of(compiled, inputs, people, roster);
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
        if !roster.known.is_empty()
            && let Some(id) = roster.known.get(&(place.rule, record.anchor().into()))
        {
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
        let id = roster
            .known
            .get(&(place.rule, previous.as_str().into()))
            .copied()
            .or_else(|| Some(roster.ids[*roster.by_anchor[rule].get(previous.as_str())? as usize]));
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

fn newcomer(
    people: &CompiledPeople,
    inputs: &Inputs<'_>,
    record: RecordView<'_>,
    place: Place,
    joins: &JoinIndex<'_>,
    roster: &mut Roster,
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
    roster: &mut Roster,
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
    fn of(compiled: &'a Compiled, inputs: &Inputs<'_>, people: &'a CompiledPeople, roster: &Roster) -> Self {
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
    zone: Vec<TimeZone>,
    faults: Vec<(usize, Finding)>,
}

fn describe(compiled: &Compiled, inputs: &Inputs<'_>, roster: &Roster) -> Result<People, SetFull> {
    let schema = Arc::new(compiled.people_schema.clone());
    let pieces: Vec<Result<Piece, SetFull>> = roster
        .ids
        .par_chunks(CHUNK)
        .enumerate()
        .map(|(chunk, ids)| describe_piece(compiled, inputs, roster, &schema, chunk * CHUNK, ids))
        .collect();
    let mut set = RecordSet::with_capacity(schema, roster.ids.len(), 0);
    let mut people = People {
        ids: roster.ids.clone(),
        standings: Vec::with_capacity(roster.ids.len()),
        places: Vec::with_capacity(roster.ids.len()),
        zone: Vec::with_capacity(roster.ids.len()),
        zones: Vec::new(),
        references: Vec::new(),
        faulty: vec![false; roster.ids.len()],
        by_id: AHashMap::new(),
        findings: Vec::new(),
        new_links: Vec::new(),
        name_columns: name_columns(&compiled.people_schema),
        set: RecordSet::new(Arc::default()),
    };
    let mut faults = Vec::new();
    for piece in pieces {
        let piece = piece?;
        set.append(&piece.set)?;
        people.standings.extend(piece.standings);
        people.places.extend(piece.places);
        for zone in piece.zone {
            let at = people
                .zones
                .iter()
                .position(|known| *known == zone)
                .unwrap_or_else(|| {
                    people.zones.push(zone);
                    people.zones.len() - 1
                });
            people.zone.push(at as u16);
        }
        for (person, finding) in piece.faults {
            people.faulty[person] = true;
            faults.push(finding);
        }
    }
    people.set = set;
    people.findings = faults;
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

#[expect(clippy::too_many_lines, reason = "every fact of a person, in the order of the arena")]
fn describe_piece(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    roster: &Roster,
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
    for (offset, id) in ids.iter().enumerate() {
        let person = first + offset;
        let mut places = vec![roster.first[person]];
        if let Some(further) = roster.further.get(&(person as u32)) {
            places.extend(further);
        }
        let moment = Moment {
            now: inputs.now,
            time_zone: &compiled.time_zone,
        };
        let mut fault = None;
        let mut described: Vec<(Place, Standing, TimeZone)> = Vec::with_capacity(places.len());
        for place in places {
            let people = &compiled.people[usize::from(place.rule)];
            let row = RecordRow(inputs.read(&people.rule.from).records.get(place.record as usize));
            match stand(people, &row, &moment, compiled) {
                Ok((standing, zone)) => described.push((place, standing, zone)),
                Err(message) => {
                    fault = Some(message);
                    let gone = Standing {
                        state: LifecycleState::Active,
                        start: None,
                        end: None,
                    };
                    described.push((place, gone, compiled.time_zone.clone()));
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
        let (place, standing, zone) = described[0].clone();
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
    compiled: &Compiled,
) -> Result<(Standing, TimeZone), String> {
    let truth = |condition: &Option<Expression>, default: bool| match condition {
        None => Ok(default),
        Some(condition) => condition.holds(row, moment).map_err(|fault| fault.message),
    };
    let zone = match &people.time_zone {
        None => compiled.time_zone.clone(),
        Some(expression) => match text_of(expression, row, moment) {
            None => compiled.time_zone.clone(),
            Some(name) => TimeZone::get(&name).map_err(|_| format!("the time zone `{name}` is not known"))?,
        },
    };
    let today = moment.now.to_zoned(zone.clone()).date();
    let start = day(people.start.as_ref(), row, moment, &zone)?;
    let end = day(people.end.as_ref(), row, moment, &zone)?;
    let active = truth(&people.active, true)?;
    let leave = truth(&people.leave, false)?;
    // somebody on leave is employed, whether or not the status that says so counts as active
    Ok((standing(active || leave, leave, start, end, today), zone))
}

fn day(
    expression: Option<&Expression>,
    row: &RecordRow<'_>,
    moment: &Moment<'_>,
    zone: &TimeZone,
) -> Result<Option<Date>, String> {
    let Some(expression) = expression else {
        return Ok(None);
    };
    match expression.evaluate(row, moment).map_err(|fault| fault.message)? {
        value if value.is_nothing() => Ok(None),
        Value::Date(date) => Ok(Some(date)),
        Value::Instant(instant) => Ok(Some(instant.to_zoned(zone.clone()).date())),
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
    let present: ahash::AHashSet<PersonId> = people.ids.iter().copied().collect();
    for record in settled.iter() {
        let Ok(id) = Uuid::try_parse(record.anchor()).map(PersonId) else {
            continue;
        };
        if present.contains(&id) {
            continue;
        }
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
        if people.zones.is_empty() {
            people.zones.push(compiled.time_zone.clone());
        }
        let default = people
            .zones
            .iter()
            .position(|zone| *zone == compiled.time_zone)
            .unwrap_or(0);
        people.zone.push(default as u16);
        people.faulty.push(false);
    }
    Ok(())
}

fn resolve_references(
    compiled: &Compiled,
    inputs: &Inputs<'_>,
    by_anchor: &[AHashMap<Arc<str>, u32>],
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
                        .get(&*text)
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
        let known = Uuid::try_parse(record.anchor()).is_ok_and(|id| people.by_id.contains_key(&PersonId(id)));
        if !known {
            carry_over(&mut set, record)?;
        }
    }
    Ok(set)
}

fn carry_over(set: &mut RecordSet, record: RecordView<'_>) -> Result<(), SetFull> {
    let schema = set.schema().clone();
    let mut writer = set.begin(RecordHead { anchor: record.anchor(), location: "", enabled: None })?;
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
