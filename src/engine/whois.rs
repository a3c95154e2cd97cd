//! Finding somebody by what an admin has at hand: an id, a number, part of a name.

use serde::Serialize;
use uuid::Uuid;

use super::{Engine, Error, Inner};
use crate::model::{LinkOwner, PersonId};

/// More than this are not listed: the text says too little.
pub const MOST: usize = 50;

/// Somebody a text may mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// The numbers in the sources, newest last.
    pub numbers: Vec<String>,
}

impl Engine {
    /// Finds the people a text may mean: by id, by the number of a record in a source, else by name, of which every
    /// word of the text is a part. Nobody if nobody fits; at most 50.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be read.
    pub async fn find_people(&self, text: &str) -> Result<Vec<Found>, Error> {
        self.may(crate::model::Right::View)?;
        let text = text.trim().to_owned();
        self.inner.blocking(move |inner| find(inner, &text)).await
    }
}

fn find(inner: &Inner, text: &str) -> Result<Vec<Found>, Error> {
    let store = &inner.setup.store;
    let mut exact = Vec::new();
    for rule in &inner.rules().people {
        let owner = LinkOwner::Source(rule.name.clone());
        exact.extend(store.owner_of(&owner, text)?.map(|link| link.person));
    }
    exact.extend(Uuid::try_parse(text).ok().map(PersonId));
    exact.sort_unstable();
    exact.dedup();
    let mut everybody = names(inner)?;
    for person in &exact {
        let has_name = everybody.iter().any(|(known, _)| known == person);
        if !has_name && !store.sources_of(*person)?.is_empty() {
            everybody.push((*person, text.to_owned()));
        }
    }
    let mut found: Vec<_> = everybody
        .iter()
        .filter(|(person, _)| exact.contains(person))
        .collect();
    if found.is_empty() {
        let wanted = text.to_lowercase();
        let words: Vec<_> = wanted.split_whitespace().collect();
        let fits = |name: &str| {
            let name = name.to_lowercase();
            words.iter().all(|word| name.contains(word))
        };
        found = everybody
            .iter()
            .filter(|(_, name)| !words.is_empty() && fits(name))
            .collect();
        let whole: Vec<_> = found
            .iter()
            .copied()
            .filter(|(_, name)| name.to_lowercase() == wanted)
            .collect();
        if whole.len() == 1 {
            found = whole;
        }
    }
    found.truncate(MOST);
    let found = found.into_iter().map(|(person, name)| {
        let links = store.sources_of(*person)?;
        Ok(Found {
            person: *person,
            name: name.clone(),
            numbers: links.iter().map(|link| link.anchor.as_str().to_owned()).collect(),
        })
    });
    found.collect()
}

/// The names of everybody: as they were last settled, and of those about whom the plan has something to do.
pub(super) fn names(inner: &Inner) -> Result<Vec<(PersonId, String)>, Error> {
    let store = &inner.setup.store;
    let mut names: std::collections::BTreeMap<PersonId, String> = std::collections::BTreeMap::new();
    if let Some(settled) = store.settled()? {
        for record in settled.iter() {
            let get = |name: &str| record.get(name).first().unwrap_or("");
            let name = match get("displayName") {
                "" => format!("{} {}", get("givenName"), get("familyName")),
                name => name.to_owned(),
            };
            if let Ok(id) = Uuid::try_parse(record.anchor()) {
                names.insert(PersonId(id), name.trim().to_owned());
            }
        }
    }
    if let Some(plan) = store.current_plan()? {
        store.operations(plan.id, &mut |stored| {
            if let Some(person) = stored.operation.person {
                names.insert(person, stored.operation.subject);
            }
        })?;
    }
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_by(|(_, a), (_, b)| a.cmp(b));
    Ok(names)
}
