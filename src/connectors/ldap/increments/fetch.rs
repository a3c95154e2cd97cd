//! What is known and what was found, put together: who came, who moved, who is gone, and what else has to be read.

use ahash::{AHashMap, AHashSet};
use ldap3::{ResultEntry, Scope};

use super::{
    super::{Section, connection::Search, filter, reading::walk, state},
    Found, Job, Stop, id_and_name,
};
use crate::{
    connectors::ldap::entry::Entry,
    model::{Comparison, Completeness, RecordSet, ValueType, dn, record::Places},
};

/// Ids that are asked for at once.
const AT_ONCE: usize = 100;

/// What is known of the accounts, and what has been found out about them so far.
pub(super) struct Picture<'p> {
    known: &'p RecordSet,
    section: &'p Section,
    places: Places,
    /// The entries found, by their ids.
    entries: AHashMap<String, ResultEntry>,
    /// The names that entries had which were moved, renamed or deleted, in normal form.
    left: AHashSet<String>,
    /// Ids that are still to be read, and those that were.
    wanted: AHashSet<String>,
    read: AHashSet<String>,
    gone: AHashSet<String>,
}

impl<'p> Picture<'p> {
    pub(super) fn new(known: &'p RecordSet, section: &'p Section) -> Self {
        Self {
            places: Places::of(known),
            known,
            section,
            entries: AHashMap::new(),
            left: AHashSet::new(),
            wanted: AHashSet::new(),
            read: AHashSet::new(),
            gone: AHashSet::new(),
        }
    }

    /// Takes in what a mechanism found.
    pub(super) fn take(&mut self, found: Found) -> Result<(), Stop> {
        for entry in found.entries {
            self.entry(entry)?;
        }
        for id in found.gone {
            self.is_gone(&id);
        }
        if let Some(present) = found.present {
            let known = self.known;
            for record in known.iter() {
                if !present.contains(record.anchor()) && !self.entries.contains_key(record.anchor()) {
                    self.is_gone(record.anchor());
                }
            }
            // who is there and not known is read, whatever the reason
            let unknown = present
                .into_iter()
                .filter(|id| self.places.find(known, id).is_none() && !self.entries.contains_key(id));
            self.wanted.extend(unknown);
        }
        self.wanted.extend(found.touched);
        Ok(())
    }

    /// Takes in an entry as it is now.
    fn entry(&mut self, entry: ResultEntry) -> Result<(), Stop> {
        if entry.is_ref() || entry.is_intermediate() {
            return Ok(());
        }
        let Some((id, parsed)) = id_and_name(self.section, &entry) else {
            return Err(Stop::everything("an entry cannot be understood"));
        };
        self.moved(&id, &parsed.dn);
        self.gone.remove(&id);
        self.wanted.remove(&id);
        self.entries.insert(id, entry);
        Ok(())
    }

    /// Notes where an entry is; others may have named it by where it was.
    fn moved(&mut self, id: &str, place: &str) {
        if let Some(at) = self.places.find(self.known, id) {
            let before = self.known.get(at).location();
            if before != place && !dn::same(before, place) {
                self.left.extend(dn::normalise(before));
            }
        }
    }

    fn is_gone(&mut self, id: &str) {
        if let Some(at) = self.places.find(self.known, id) {
            self.left.extend(dn::normalise(self.known.get(at).location()));
            self.gone.insert(id.to_owned());
        }
    }

    /// The containers of all known entries, as they are spelt.
    pub(super) fn containers(&self) -> AHashSet<&'p str> {
        self.known
            .iter()
            .filter_map(|record| dn::parent(record.location()))
            .collect()
    }

    /// Wants everything to be read that was known to be below a container which is not there any more.
    pub(super) fn want_below(&mut self, container: &str) {
        let below = self
            .known
            .iter()
            .filter(|record| dn::is_below(record.location(), container));
        self.wanted.extend(below.map(|record| record.anchor().to_owned()));
    }

    /// Wants an entry to be read if it is not where it is known to be.
    pub(super) fn want_if_moved(&mut self, id: &str, place: &str) {
        let is_known = self.places.find(self.known, id).is_some_and(|at| {
            let before = self.known.get(at).location();
            before == place || dn::same(before, place)
        });
        if !is_known && !self.entries.contains_key(id) {
            self.wanted.insert(id.to_owned());
        }
    }

    /// Reads what is wanted, and what names an entry by where it was: the server may have put that right.
    pub(super) async fn fetch(&mut self, job: &mut Job<'_>) -> Result<(), Stop> {
        loop {
            self.want_referring();
            let wanted: Vec<String> = self.wanted.drain().filter(|id| !self.read.contains(id)).collect();
            if wanted.is_empty() {
                return Ok(());
            }
            job.worth(self.read.len() + wanted.len())?;
            for ids in wanted.chunks(AT_ONCE) {
                let found = by_ids(job, ids).await?;
                let mut missing: AHashSet<&String> = ids.iter().collect();
                for entry in found {
                    if let Some((id, _)) = id_and_name(self.section, &entry) {
                        missing.remove(&id);
                    }
                    self.entry(entry)?;
                }
                for id in missing {
                    self.entries.remove(id);
                    self.is_gone(id);
                }
            }
            self.read.extend(wanted);
        }
    }

    /// Wants the entries that name one by where it was.
    fn want_referring(&mut self) {
        if self.left.is_empty() {
            return;
        }
        let left = std::mem::take(&mut self.left);
        let columns: Vec<usize> = (0..)
            .zip(&self.known.schema().columns)
            .filter(|(_, column)| {
                column.comparison == Comparison::DistinguishedName
                    || column.value_type == ValueType::Reference
            })
            .map(|(at, _)| at)
            .collect();
        for record in self.known.iter() {
            let mut named = columns.iter().flat_map(|column| record.cell(*column).each());
            let refers = named.any(|name| dn::normalise(name).is_some_and(|name| left.contains(&name)));
            if refers && !self.read.contains(record.anchor()) {
                self.wanted.insert(record.anchor().to_owned());
            }
        }
    }

    /// Returns the entries as they are now, and the ids of those that are gone.
    pub(super) fn finish(self) -> (Vec<ResultEntry>, Vec<String>) {
        let mut entries: Vec<(String, ResultEntry)> = self.entries.into_iter().collect();
        entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut gone: Vec<String> = self.gone.into_iter().collect();
        gone.sort_unstable();
        (entries.into_iter().map(|(_, entry)| entry).collect(), gone)
    }
}

/// Reads entries by their ids; those that are no accounts, or not below the base, are not found.
async fn by_ids(job: &mut Job<'_>, ids: &[String]) -> Result<Vec<ResultEntry>, Stop> {
    let section = job.section();
    let any: Vec<String> = ids
        .iter()
        .map(|id| filter::equal(&section.anchor, &state::anchor_octets(section, id)))
        .collect();
    let filter = format!("(&{}{})", job.question.filter, filter::combine('|', &any));
    let search = Search {
        base: &section.base,
        scope: Scope::Subtree,
        filter: &filter,
        attributes: job.attributes,
    };
    let mut found = Vec::new();
    let ended = walk(job.session, job.ldap, &search, async |entries, _| {
        found.extend(
            entries
                .into_iter()
                .filter(|entry| !entry.is_ref() && Entry::from_tag(entry.0.clone()).is_ok()),
        );
        true
    })
    .await?;
    if ended != Completeness::Complete {
        return Err(Stop::everything("entries that changed cannot be read"));
    }
    Ok(found)
}
