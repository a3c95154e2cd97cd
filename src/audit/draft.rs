//! Entries that are ready to be chained.
//!
//! A run leaves a record of each write. It renders them at once, where each write is looked after: a tree of values
//! that is made, walked and dropped again takes longer than hashing and storing what it says.

mod slot;

use jiff::Timestamp;

pub use self::slot::{Items, Members, Slot};
use super::{
    Entry,
    rendered::{Outline, Rendered},
    selection,
};
use crate::model::Actor;

/// An entry that was rendered, and what a checkpoint after it needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub(super) rendered: Rendered,
    words: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What was done.
    pub action: String,
}

impl Draft {
    /// Renders an entry whose details are written member by member, sorted by their names.
    pub fn write(outline: &Outline<'_>, details: impl FnOnce(&mut Members<'_>)) -> Self {
        let mut words = selection::words_of(outline);
        let rendered = Rendered::new(outline, |out| Slot::new(out, &mut words).members(details));
        Self::new(outline, rendered, words)
    }

    fn new(outline: &Outline<'_>, rendered: Rendered, words: String) -> Self {
        Self {
            rendered,
            words,
            at: outline.at,
            actor: outline.actor.clone(),
            action: outline.action.to_owned(),
        }
    }

    /// Returns what words are looked for in, as [`super::searchable`] does of an entry.
    pub fn words(&self) -> &str {
        &self.words
    }
}

impl From<&Entry> for Draft {
    fn from(entry: &Entry) -> Self {
        let outline = entry.into();
        let mut words = selection::words_of(&outline);
        let rendered = Rendered::new(&outline, |out| Slot::new(out, &mut words).json(&entry.details));
        Self::new(&outline, rendered, words)
    }
}
