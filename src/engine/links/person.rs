//! Finds one person by what somebody types: an id, an anchor of a source, a name or a part of it.

use uuid::Uuid;

use crate::{
    engine::{Engine, Error, Inner, query},
    model::PersonId,
};

/// How many people are named where several fit.
const NAMED: usize = 8;

/// A person and what the person is called.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Named {
    /// Who.
    pub person: PersonId,
    /// The name to show.
    pub name: String,
}

impl Engine {
    /// Finds the one person a text means: an id, the anchor of a record in a source, a name, or words of one.
    ///
    /// # Errors
    /// Refused if nobody or several people fit; the message names those.
    pub async fn find_person(&self, text: &str) -> Result<Named, Error> {
        let text = text.to_owned();
        self.inner.blocking(move |inner| find(inner, text.trim())).await
    }
}

fn find(inner: &Inner, text: &str) -> Result<Named, Error> {
    let names = query::names_of_people(inner)?;
    let named = |person: PersonId| Named {
        person,
        name: names.get(&person).cloned().unwrap_or_default(),
    };
    if let Ok(id) = Uuid::try_parse(text)
        && names.contains_key(&PersonId(id))
    {
        return Ok(named(PersonId(id)));
    }
    let mut by_anchor = Vec::new();
    inner.setup.store.links(&mut |link| {
        let is_source = matches!(link.owner, crate::model::LinkOwner::Source(_));
        if is_source && link.anchor.as_str() == text && !by_anchor.contains(&link.person) {
            by_anchor.push(link.person);
        }
    })?;
    if let [one] = by_anchor.as_slice() {
        return Ok(named(*one));
    }
    let wanted = text.to_lowercase();
    let words: Vec<&str> = wanted.split_whitespace().collect();
    let having = |fits: &dyn Fn(&str) -> bool| {
        let mut found: Vec<_> = names
            .iter()
            .filter(|(_, name)| fits(&name.to_lowercase()))
            .collect();
        found.sort_by(|a, b| (a.1, a.0).cmp(&(b.1, b.0)));
        found
            .into_iter()
            .map(|(person, _)| named(*person))
            .collect::<Vec<_>>()
    };
    let exact = having(&|name| name == wanted);
    let found = match exact.len() {
        0 if words.is_empty() => Vec::new(),
        0 => having(&|name| words.iter().all(|word| name.contains(word))),
        _ => exact,
    };
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Error::Refused(format!(
            "nobody is called `{text}`, nor has that id or number: plan first if the person is new"
        ))),
        several => {
            let mut list: Vec<_> = several
                .iter()
                .take(NAMED)
                .map(|named| format!("{} ({})", named.name, named.person))
                .collect();
            if several.len() > NAMED {
                list.push("…".to_owned());
            }
            Err(Error::Refused(format!(
                "{} people are meant by `{text}`: give an id: {}",
                several.len(),
                list.join(", ")
            )))
        }
    }
}
