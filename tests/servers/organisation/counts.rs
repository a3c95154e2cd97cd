//! Counts again what the answer key counted.

use std::collections::{BTreeMap, HashMap};

use super::hr::{Feed, Standing};
use crate::support::org::Org;

/// The counts of the answer key are those of the table, and of the feeds themselves.
pub fn counts_agree(org: &Org, feeds: &[Feed; 2], events: &HashMap<String, Vec<(String, String)>>) {
    let expected = org.expected();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (event, _) in events.values().flatten() {
        *counts.entry(event).or_default() += 1;
    }
    let key: BTreeMap<&str, u64> = expected["events"]
        .as_object()
        .expect("events")
        .iter()
        .map(|(event, count)| (event.as_str(), count.as_u64().expect("a count")))
        .collect();
    assert_eq!(counts, key);
    for (feed, day) in feeds.iter().zip(["day1", "day2"]) {
        let at_work = feed
            .people
            .values()
            .filter(|row| row.standing(&feed.date) == Standing::AtWork)
            .count();
        assert_eq!(expected[day]["employed"], at_work, "{day}");
    }
    let same_row = |person: &&String| feeds[1].people.get(*person) == feeds[0].people.get(*person);
    let untouched = feeds[0].people.keys().filter(same_row).count();
    let with_event = |person: &&String| events.contains_key(*person);
    let silent = |person: &&String| {
        events.get(*person).is_some_and(|events| {
            events
                .iter()
                .all(|(event, _)| matches!(event.as_str(), "prehire_starts" | "contract_expired"))
        })
    };
    let mentioned = feeds[0].people.keys().filter(with_event).count();
    let mentioned_unchanged = feeds[0].people.keys().filter(silent).count();
    // whose row is the same, and who has no event: nobody is in one list only
    assert_eq!(untouched, feeds[0].people.len() - mentioned + mentioned_unchanged);
}
