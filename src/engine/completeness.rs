//! Whether what was read may be planned on: absence needs a whole read, and a system that has become much smaller, or
//! was asked another question, needs a person's word.
//!
//! Such a read waits under a name made from what was asked and which records came. Whoever accepts it accepts exactly
//! that: one record more or less, or another in its place, has another name.

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;

use super::{
    Engine, Error, Inner,
    event::{Event, Level},
    reading::Reads,
    unread::Unread,
};
use crate::{
    audit,
    model::{Acceptance, Completeness, HeldRead, Kind, Read, ReadKind, RecordView, Right, SystemName},
    planning::restraint::shrink,
    store::LastRead,
};

/// Digits of a read's name.
const DIGITS: usize = 12;
/// Fewer digits than these name no read.
const FEWEST_DIGITS: usize = 4;

/// What is to be said of the reads of one planning.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Why they may not be planned on, if they may not.
    pub(super) troubles: Vec<String>,
    /// The reads that wait for a person.
    pub(super) held: Vec<HeldRead>,
    /// The reads that would wait if nobody had accepted them.
    pub(super) accepted: Vec<HeldRead>,
}

impl Engine {
    /// Returns the reads that wait for a person, and those that one has accepted and no plan has taken over yet.
    pub async fn held_reads(&self) -> Result<Vec<HeldRead>, Error> {
        self.may(Right::View)?;
        self.inner
            .blocking(|inner| Ok(inner.setup.store.held_reads()?))
            .await
    }

    /// Accepts the read of a system that waits, by the first digits of its name: the next plan takes it over if it is
    /// still the same.
    pub async fn accept(&self, system: SystemName, id: String, reason: String) -> Result<HeldRead, Error> {
        if reason.trim().is_empty() {
            return Err(Error::Refused("accepting a read needs a reason".to_owned()));
        }
        let accepted = self
            .inner
            .blocking(move |inner| {
                inner.may(Right::Configure)?;
                accept(inner, &system, &id, reason)
            })
            .await?;
        let text = format!(
            "the read {} of {} is accepted: plan again",
            accepted.id, accepted.system
        );
        self.inner.notice(Level::Info, text);
        self.inner.emit(&Event::Restrained);
        Ok(accepted)
    }
}

fn accept(inner: &Inner, system: &SystemName, id: &str, reason: String) -> Result<HeldRead, Error> {
    let store = &inner.setup.store;
    let held = store
        .held_reads()?
        .into_iter()
        .find(|read| read.system == *system);
    let mut held = held.ok_or_else(|| {
        Error::Refused(format!(
            "no read of {system} waits for anybody: `usher plan` reads it"
        ))
    })?;
    let id = id.to_ascii_lowercase();
    if id.len() < FEWEST_DIGITS || !held.id.starts_with(&id) {
        return Err(Error::Refused(format!(
            "the read of {system} that waits is {}, not {id}: {system} {}",
            held.id, held.why
        )));
    }
    let mut entry = entry(inner, "accept", &held, &format!("accepted: {reason}"));
    entry.details["reason"] = reason.clone().into();
    let acceptance = Acceptance {
        by: entry.actor.user.clone(),
        at: entry.at,
        reason,
    };
    store.accept_read(system, &held.id, &acceptance, &[entry])?;
    held.accepted = Some(acceptance);
    Ok(held)
}

/// The audit record of something about a read that waits or waited.
pub(super) fn entry(inner: &Inner, action: &str, read: &HeldRead, what: &str) -> audit::Entry {
    let summary = format!("read {} {}; {what}", read.id, read.why);
    let mut entry = inner.entry(action, read.system.as_str(), summary);
    entry.details = serde_json::json!({
        "system": read.system, "read": read.id, "records": read.records, "before": read.before, "why": read.why,
        "accepted": read.accepted,
    });
    entry
}

/// The audit records of accepted reads that a plan takes over.
pub(super) fn taken_over(inner: &Inner, judged: &Judged) -> Vec<audit::Entry> {
    let say = |read: &HeldRead| {
        let by = read
            .accepted
            .as_ref()
            .map_or("somebody", |accepted| accepted.by.as_str());
        entry(inner, "take-over", read, &format!("as accepted by {by}"))
    };
    judged.accepted.iter().map(say).collect()
}

/// Judges all reads of one planning.
///
/// Those in `unread` are stood in for, and are not judged.
pub(super) fn judge(inner: &Inner, reads: &Reads, unread: &[Unread]) -> Result<Judged, Error> {
    let store = &inner.setup.store;
    let rules = inner.rules();
    let known = store.held_reads()?;
    let mut judged = Judged::default();
    for accounts in &reads.accounts {
        let system = &accounts.system;
        if unread.iter().any(|one| one.system == *system) {
            continue;
        }
        let groups = reads.groups.iter().find(|groups| groups.system == *system);
        let not_whole: Vec<_> = [Some(accounts), groups]
            .into_iter()
            .flatten()
            .filter_map(not_whole)
            .collect();
        if !not_whole.is_empty() {
            judged.troubles.extend(not_whole);
            continue;
        }
        let percent = rules.restraint.tolerance(system);
        let is_source = rules.people.iter().any(|rule| rule.from == *system);
        let mut last = store.last_read(system)?;
        let records = count(accounts, last.as_ref());
        let mut unusual_now = unusual(accounts, records, last.as_ref(), is_source, percent);
        if let (Some(_), Some(last)) = (&unusual_now, &mut last) {
            // what runs have deleted since is not missing
            last.records = last.records.saturating_sub(deleted(inner, system, last.ended)?);
            unusual_now = unusual(accounts, records, Some(last), is_source, percent);
        }
        let mut why: Vec<_> = unusual_now.into_iter().collect();
        if let Some(groups) = groups {
            let last = store.last_groups(system)?.map(|last| last.records);
            let fewer = shrink::judge(percent, false, groups.records.len(), last);
            why.extend(fewer.map(|fewer| format!("{fewer} (groups)")));
        }
        if why.is_empty() {
            continue;
        }
        let mut held = HeldRead {
            system: system.clone(),
            id: name(accounts, groups),
            records: accounts.records.len(),
            before: last.map(|last| last.records),
            why: why.join("; it "),
            at: accounts.ended,
            accepted: None,
        };
        let same = known
            .iter()
            .find(|read| read.system == *system && read.id == held.id);
        held.accepted = same.and_then(|read| read.accepted.clone());
        if held.accepted.is_some() {
            judged.accepted.push(held);
            continue;
        }
        judged.troubles.push(format!(
            "{system} {}: correct it, or accept exactly this read: usher accept {system} --read {} --reason \"…\"",
            held.why, held.id
        ));
        judged.held.push(held);
    }
    Ok(judged)
}

/// Why a read is not the whole picture, if it is not.
pub(super) fn not_whole(read: &Read) -> Option<String> {
    let system = &read.system;
    match &read.completeness {
        Completeness::Complete => None,
        Completeness::Failed(reason) | Completeness::Refused(reason) => {
            Some(format!("{system} was not read: {reason}"))
        }
        Completeness::Partial(reason) => Some(format!(
            "{system} was read in part only, so nobody can be called gone: {reason}"
        )),
    }
}

/// How many records a system has, by a whole read.
fn count(read: &Read, last: Option<&LastRead>) -> usize {
    match &read.kind {
        ReadKind::Full => read.records.len(),
        // what changed only: what is left of before
        ReadKind::Delta { tombstones, .. } => {
            let before = last.map_or(0, |last| last.records);
            before.saturating_sub(tombstones.len())
        }
    }
}

/// How many accounts of a system runs have deleted since a moment.
fn deleted(inner: &Inner, system: &SystemName, since: Timestamp) -> Result<usize, Error> {
    let applied = inner.setup.store.applied_since(since)?;
    let deletes = applied
        .iter()
        .filter(|(_, operation)| operation.kind == Kind::Delete && operation.system == *system);
    Ok(deletes.count())
}

/// Why a whole read wants a person's word, if it does: in words that follow the system's name.
fn unusual(
    read: &Read,
    records: usize,
    last: Option<&LastRead>,
    is_source: bool,
    percent: f64,
) -> Option<String> {
    let before = last.map(|last| last.records);
    if let Some(fewer) = shrink::judge(percent, is_source, records, before) {
        return Some(fewer);
    }
    let last = last?;
    (last.coverage.asked() != read.coverage.asked()).then(|| {
        format!(
            "is asked another question than before ({}; before: {})",
            read.coverage.asked(),
            last.coverage.asked()
        )
    })
}

/// Makes the name of a read: from what was asked, and which records and groups came.
fn name(accounts: &Read, groups: Option<&Read>) -> String {
    let mut digest = Context::new(&SHA256);
    for read in [Some(accounts), groups].into_iter().flatten() {
        let mut anchors: Vec<_> = read.records.iter().map(RecordView::anchor).collect();
        anchors.sort_unstable();
        // lengths, so that no two lists read the same
        for part in [read.system.as_str(), read.coverage.asked()]
            .into_iter()
            .chain(anchors)
        {
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        digest.update(&u64::MAX.to_be_bytes());
    }
    let mut name = hex::encode(digest.finish());
    name.truncate(DIGITS);
    name
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::model::{Coverage, RecordSet, record::RecordHead};

    fn read(anchors: &[&str], question: &str) -> Read {
        let mut set = RecordSet::new(Arc::default());
        for anchor in anchors {
            let head = RecordHead {
                anchor,
                ..RecordHead::default()
            };
            set.begin(head).unwrap();
        }
        Read {
            system: "hr".into(),
            kind: ReadKind::Full,
            coverage: Coverage {
                question: question.to_owned(),
            },
            completeness: Completeness::Complete,
            records: set,
            problems: vec![],
            started: Timestamp::UNIX_EPOCH,
            ended: Timestamp::UNIX_EPOCH,
        }
    }

    fn last(records: usize, question: &str) -> LastRead {
        LastRead {
            coverage: Coverage {
                question: question.to_owned(),
            },
            records,
            ended: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_half_read_is_never_taken_for_a_small_company() {
        let of = |completeness| Read {
            completeness,
            ..read(&["1"], "all")
        };
        assert_eq!(not_whole(&of(Completeness::Complete)), None);
        for (completeness, words) in [
            (Completeness::Partial("cut".into()), "in part only"),
            (Completeness::Failed("gone".into()), "was not read: gone"),
        ] {
            assert!(not_whole(&of(completeness)).unwrap().contains(words));
        }
    }

    #[test]
    fn what_is_unusual_waits() {
        let ten: Vec<_> = (0..10).map(|number| number.to_string()).collect();
        let ten: Vec<_> = ten.iter().map(String::as_str).collect();
        let judge = |read: &Read, last: Option<LastRead>, percent| {
            unusual(read, count(read, last.as_ref()), last.as_ref(), true, percent)
        };
        let unusual = |anchors: &[&str], last, percent| judge(&read(anchors, "all"), last, percent);
        let has = |found: Option<String>, words: &str| {
            assert!(
                found.as_ref().is_some_and(|text| text.contains(words)),
                "{found:?} {words}"
            );
        };
        assert_eq!(unusual(&ten, None, 20.0), None);
        assert_eq!(unusual(&ten, Some(last(12, "all")), 20.0), None);
        has(unusual(&[], None, 100.0), "no records at all");
        has(
            unusual(&ten, Some(last(20, "all")), 20.0),
            "10 records, 20 before",
        );
        assert_eq!(unusual(&ten, Some(last(20, "all")), 50.0), None);
        has(unusual(&ten, Some(last(10, "some")), 20.0), "another question");
        // what a read of changes says to be gone counts as well
        let changes = Read {
            kind: ReadKind::Delta {
                cursor: String::new(),
                tombstones: vec![String::new(); 9],
            },
            ..read(&["1"], "all")
        };
        has(
            judge(&changes, Some(last(20, "all")), 20.0),
            "11 records, 20 before",
        );
        assert_eq!(judge(&changes, Some(last(20, "all")), 50.0), None);
    }

    #[test]
    fn a_read_is_named_by_what_came_in_whatever_order() {
        let name = |anchors: &[&str], question| name(&read(anchors, question), None);
        let one = name(&["1", "2", "3"], "all");
        assert_eq!(one.len(), DIGITS);
        assert_eq!(one, name(&["3", "1", "2"], "all"));
        let others: [(&[&str], &str); 4] = [
            (&["1", "2"], "all"),
            (&["1", "2", "4"], "all"),
            (&["1", "23"], "all"),
            (&["1", "2", "3"], "some"),
        ];
        for (anchors, question) in others {
            assert_ne!(one, name(anchors, question), "{anchors:?} {question}");
        }
        let read = read(&["1", "2", "3"], "all");
        assert_ne!(one, super::name(&read, Some(&read)));
    }
}
