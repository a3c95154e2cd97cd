//! What is not clear by itself, and what a match goes by in words.

use std::borrow::Cow;

use ahash::AHashMap;

use super::{Doubt, Hit, Match};
use crate::{
    model::{RecordSet, RecordView},
    planning::{
        compile::{CompiledAccounts, CompiledMatch},
        why::MASK,
    },
};

/// A record that several people match belongs to none of them until a person has decided.
pub(super) fn refuse_shared(accounts: &CompiledAccounts, matches: &mut [Match], records: &RecordSet) {
    let mut claims = vec![0_u8; records.len()];
    for found in matches.iter() {
        for record in claimed(found) {
            claims[*record as usize] = claims[*record as usize].saturating_add(1);
        }
    }
    let mut rivals: AHashMap<u32, Vec<u32>> = AHashMap::new();
    for (person, found) in matches.iter().enumerate() {
        for record in claimed(found)
            .iter()
            .filter(|record| claims[**record as usize] > 1)
        {
            rivals.entry(*record).or_default().push(person as u32);
        }
    }
    if rivals.is_empty() {
        return;
    }
    for (person, found) in matches.iter_mut().enumerate() {
        let others = |record: &u32| {
            let all = rivals.get(record).into_iter().flatten();
            all.copied()
                .filter(|other| *other as usize != person)
                .collect::<Vec<_>>()
        };
        match found {
            Match::Found(record, hit) if claims[*record as usize] > 1 => {
                let doubt = Doubt {
                    records: vec![*record],
                    people: others(record),
                    why: matched(accounts, *hit, records.get(*record as usize)).into_owned(),
                };
                *found = Match::Ambiguous(Box::new(doubt));
            }
            Match::Missing(doubt) => {
                let mut people: Vec<_> = doubt.records.iter().flat_map(others).collect();
                people.sort_unstable();
                people.dedup();
                doubt.people = people;
            }
            _ => {}
        }
    }
}

/// Marks the records that somebody matches.
pub(super) fn claim(matches: &[Match], taken: &mut [bool]) {
    for found in matches {
        let doubtful: &[u32] = match found {
            Match::Ambiguous(doubt) => &doubt.records,
            found => claimed(found),
        };
        for record in doubtful {
            taken[*record as usize] = true;
        }
    }
}

/// The records that somebody would have but for others.
fn claimed(found: &Match) -> &[u32] {
    match found {
        Match::Found(record, _) => std::slice::from_ref(record),
        Match::Missing(doubt) => &doubt.records,
        _ => &[],
    }
}

/// Says by which values of a record somebody was found: `givenName = Ana, sn = Kovač`.
pub(in crate::planning) fn matched<'a>(
    accounts: &CompiledAccounts,
    hit: Hit,
    record: RecordView<'a>,
) -> Cow<'a, str> {
    let rule = &accounts.matches[usize::from(hit.rule)];
    let values = rule.all.iter().map(|(column, _)| record.cell(*column).first());
    let texts: Vec<_> = values
        .map(|value| Cow::Borrowed(value.unwrap_or_default()))
        .collect();
    Cow::Owned(words(accounts, rule, &texts))
}

/// Says by which values a rule matches; marked ones are masked.
pub(super) fn words(accounts: &CompiledAccounts, rule: &CompiledMatch, texts: &[Cow<'_, str>]) -> String {
    let pairs = rule.all.iter().zip(texts).map(|((column, _), text)| {
        let name = &accounts.schema.columns[*column].name;
        let text = if is_marked(accounts, *column) { MASK } else { text };
        format!("{name} = {text}")
    });
    pairs.collect::<Vec<_>>().join(", ")
}

/// Whether an attribute of the target is masked where it is shown.
pub(in crate::planning) fn is_marked(accounts: &CompiledAccounts, column: usize) -> bool {
    let mut mappings = accounts.rule.attributes.iter().zip(&accounts.mappings);
    mappings.any(|(mapping, compiled)| mapping.marked && compiled.column == column)
}
