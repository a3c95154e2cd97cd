//! Links in packs: what lies in memory by column, stored by column.

use uuid::Uuid;

use super::{
    reader::{Names, Reader},
    writer::Writer,
};
use crate::model::{
    LinkOwner, PersonId,
    links::{LinkGroup, Run, Texts},
};

/// How many links are in a pack.
pub(crate) const PACK: usize = 1 << 16;

/// Some links of one owner, ready to be stored.
pub(crate) struct Packed {
    /// The people, 16 octets each.
    pub people: Vec<u8>,
    /// Their records.
    pub anchors: Vec<u8>,
    /// Why and since when, run by run.
    pub runs: Vec<u8>,
    /// What is each link's own in the reasons.
    pub values: Vec<u8>,
}

/// Packs the links of a group from `first` on, at most [`PACK`] of them.
pub(crate) fn pack(group: &LinkGroup, first: usize) -> Packed {
    let range = first..group.len().min(first + PACK);
    let people = &group.people()[range.clone()];
    let mut runs = Writer::default();
    let all = group.runs();
    let begin = all
        .partition_point(|run| run.first as usize <= first)
        .saturating_sub(1);
    let end = all.partition_point(|run| (run.first as usize) < range.end);
    runs.list(&all[begin..end.max(begin)], |out, run| {
        out.number((run.first as usize).saturating_sub(first) as i64);
        out.text(&run.words);
        out.instant(run.since);
    });
    Packed {
        people: people.iter().flat_map(|id| *id.0.as_bytes()).collect(),
        anchors: texts(&group.anchors().slice(range.clone())),
        runs: runs.octets,
        values: texts(&group.values().slice(range)),
    }
}

fn texts(texts: &Texts) -> Vec<u8> {
    let (text, ends) = texts.parts();
    let mut octets = Vec::with_capacity(4 + ends.len() * 4 + text.len());
    octets.extend_from_slice(&(ends.len() as u32).to_le_bytes());
    octets.extend(ends.iter().flat_map(|end| end.to_le_bytes()));
    octets.extend_from_slice(text.as_bytes());
    octets
}

/// Unpacks links, without their reasons if `values` is not given; `None` if the pack is damaged.
pub(crate) fn unpack(
    owner: LinkOwner,
    people: &[u8],
    anchors: &[u8],
    runs: &[u8],
    values: Option<&[u8]>,
) -> Option<LinkGroup> {
    let (ids, []) = people.as_chunks() else {
        return None;
    };
    let people = ids.iter().map(|id| PersonId(Uuid::from_bytes(*id))).collect();
    let names = &mut Names::default();
    let from = &mut Reader::new(runs, names);
    let runs: Vec<Run> = from.list(|from| {
        Some(Run {
            first: u32::try_from(from.number()?).ok()?,
            words: {
                let words = from.text()?;
                values.map_or("", |_| words).to_owned()
            },
            since: from.instant()?,
        })
    })?;
    if !from.is_empty() {
        return None;
    }
    let values = values.map_or(Some(Texts::default()), unpack_texts)?;
    LinkGroup::from_parts(owner, people, unpack_texts(anchors)?, values, runs)
}

fn unpack_texts(octets: &[u8]) -> Option<Texts> {
    let (count, rest) = octets.split_first_chunk()?;
    let count = u32::from_le_bytes(*count) as usize;
    let (ends, text) = rest.split_at_checked(count.checked_mul(4)?)?;
    let (ends, []) = ends.as_chunks() else { return None };
    let ends = ends.iter().map(|end| u32::from_le_bytes(*end)).collect();
    Texts::from_parts(std::str::from_utf8(text).ok()?.to_owned(), ends)
}

/// Finds the links of a person in a pack's people.
pub(crate) fn has(people: &[u8], person: PersonId) -> bool {
    let (ids, _) = people.as_chunks();
    ids.contains(person.0.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LinkView, Links, Why};
    use jiff::Timestamp;

    #[test]
    fn links_survive_packing() {
        let mut links = Links::default();
        let owner = LinkOwner::Source("employees".into());
        for number in 0..PACK + 10 {
            let value = format!("{number}@x");
            let why = Why {
                words: if number < PACK - 5 {
                    "first seen"
                } else {
                    "joined by mail = "
                },
                value: if number < PACK - 5 { "" } else { &value },
            };
            let since = Timestamp::from_second(number as i64 / 50_000).unwrap();
            let person = PersonId(Uuid::from_u128(number as u128));
            links.add(&owner, person, &format!("E{number}"), why, since);
        }
        let group = &links.groups()[0];
        let mut back = Links::default();
        for first in [0, PACK] {
            let packed = pack(group, first);
            let Packed {
                people,
                anchors,
                runs,
                values,
            } = &packed;
            back.push_group(unpack(owner.clone(), people, anchors, runs, Some(values)).unwrap());
            let bare = unpack(owner.clone(), people, anchors, runs, None).unwrap();
            let link = bare.iter().last().unwrap();
            assert_eq!((link.why, link.since.as_second()), (Why::default(), 1));
            assert!(has(people, PersonId(Uuid::from_u128(first as u128 + 3))));
            assert!(unpack(owner.clone(), &people[16..], anchors, runs, None).is_none());
            assert!(unpack(owner.clone(), people, &anchors[..9], runs, None).is_none());
            assert!(unpack(owner.clone(), people, anchors, &runs[..3], None).is_none());
        }
        let all = |links: &Links| links.iter().map(LinkView::to_link).collect::<Vec<_>>();
        assert_eq!(all(&back), all(&links));
    }
}
