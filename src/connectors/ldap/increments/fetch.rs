//! What is known and what was found, put together: who came, who moved, who is gone, and what else has to be read.

use ahash::{AHashMap, AHashSet};
use ldap3::{ResultEntry, Scope};

use super::{
    super::{Section, connection::Search, filter, reading::walk, state},
    Found, Job, Stop, domain, id_and_name,
};
use crate::{
    connectors::ldap::entry::Entry,
    model::{Column, Comparison, Completeness, RecordSet, ValueType, dn, record::Places},
};

/// Ids that are asked for at once.
pub(super) const AT_ONCE: usize = 100;

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
    /// The names of entries that are not known here and may have had another name before.
    elsewhere: Vec<String>,
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
            elsewhere: Vec::new(),
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
        self.left
            .extend(found.left.iter().filter_map(|name| dn::normalise(name)));
        // of those that are known it is known what they were called
        let unknown = found
            .elsewhere
            .into_iter()
            .filter(|(id, _)| self.places.find(self.known, id).is_none());
        self.elsewhere.extend(unknown.map(|(_, name)| name));
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
        self.ask_who_refers(job).await?;
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

    /// The attributes that name entries.
    fn referring(&self) -> Vec<usize> {
        let columns = (0..).zip(&self.known.schema().columns);
        let refers = |column: &Column| {
            column.comparison == Comparison::DistinguishedName || column.value_type == ValueType::Reference
        };
        columns
            .filter(|(_, column)| refers(column))
            .map(|(at, _)| at)
            .collect()
    }

    /// Wants the entries that name one which is no account and not where they have it: it may have been renamed with
    /// its container, or deleted without a word.
    pub(super) async fn want_dangling(&mut self, job: &mut Job<'_>, top: &str) -> Result<(), Stop> {
        let columns = self.referring();
        let records = self.known.iter();
        let named =
            records.flat_map(|record| columns.iter().flat_map(move |column| record.cell(*column).each()));
        let mut outside: AHashMap<String, &str> = named
            .filter_map(|name| Some((dn::normalise(name)?, name)))
            .collect();
        if outside.is_empty() {
            return Ok(());
        }
        for record in self.known.iter() {
            if let Some(name) = dn::normalise(record.location()) {
                outside.remove(&name);
            }
        }
        job.worth(outside.len())?;
        let names: Vec<&str> = outside.values().copied().collect();
        for names in names.chunks(AT_ONCE) {
            let any = names
                .iter()
                .map(|name| filter::equal("distinguishedName", name.as_bytes()));
            let filter = filter::combine('|', &any.collect::<Vec<_>>());
            let found = names_of(job, &domain::search(top, &filter, &["1.1".to_owned()])).await?;
            for name in found.iter().filter_map(|name| dn::normalise(name)) {
                outside.remove(&name);
            }
        }
        self.left.extend(outside.into_keys());
        Ok(())
    }

    /// Wants the entries that name one by where it is now: they may be known to name it otherwise.
    async fn ask_who_refers(&mut self, job: &mut Job<'_>) -> Result<(), Stop> {
        let names = std::mem::take(&mut self.elsewhere);
        let known = self.known;
        let columns = self.referring();
        if columns.is_empty() {
            return Ok(());
        }
        let attributes = columns.iter().map(|column| &known.schema().columns[*column].name);
        let attributes: Vec<&String> = attributes.collect();
        job.worth(names.len())?;
        for names in names.chunks(AT_ONCE) {
            let any: Vec<String> = names
                .iter()
                .flat_map(|name| attributes.iter().map(|one| filter::equal(one, name.as_bytes())))
                .collect();
            let filter = format!("(&{}{})", job.question.filter, filter::combine('|', &any));
            self.wanted.extend(ids(job, &filter).await?);
        }
        Ok(())
    }

    /// Wants the entries that name one by where it was.
    fn want_referring(&mut self) {
        if self.left.is_empty() {
            return;
        }
        let left = std::mem::take(&mut self.left);
        let columns = self.referring();
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

/// The names of the entries that a search finds.
async fn names_of(job: &mut Job<'_>, search: &Search<'_>) -> Result<Vec<String>, Stop> {
    let mut names = Vec::new();
    let ended = walk(job.session, job.ldap, search, async |page, _| {
        let entries = page.into_iter().filter(|entry| !entry.is_ref());
        names.extend(entries.filter_map(|entry| Some(Entry::from_tag(entry.0).ok()?.dn)));
        true
    })
    .await?;
    if ended != Completeness::Complete {
        return Err(Stop::everything("what entries refer to cannot be read"));
    }
    Ok(names)
}

/// Reads the ids of all entries there are.
pub(super) async fn present(job: &mut Job<'_>) -> Result<AHashSet<String>, Stop> {
    let found = ids(job, &job.question.filter).await?;
    if found.is_empty() {
        return Err(Stop::everything("the ids of all entries cannot be read"));
    }
    Ok(found)
}

/// Reads the ids of the entries that a filter lets through.
async fn ids(job: &mut Job<'_>, filter: &str) -> Result<AHashSet<String>, Stop> {
    let section = job.section();
    let attributes = [section.anchor.clone()];
    let search = Search {
        base: &section.base,
        scope: Scope::Subtree,
        filter,
        attributes: &attributes,
    };
    let mut found = AHashSet::new();
    let ended = walk(job.session, job.ldap, &search, async |page, _| {
        let entries = page.iter().filter(|entry| !entry.is_ref());
        found.extend(
            entries
                .filter_map(|entry| id_and_name(section, entry))
                .map(|(id, _)| id),
        );
        true
    })
    .await?;
    if ended != Completeness::Complete {
        return Err(Stop::everything("the ids of entries cannot be read in full"));
    }
    Ok(found)
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
