//! The links of one owner.

use jiff::Timestamp;

use super::{LinkView, Texts, Why};
use crate::model::person::{LinkOwner, PersonId};

/// Links made one after another at one time and for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The first of them.
    pub first: u32,
    /// The words of the reason.
    pub words: String,
    /// Since when.
    pub since: Timestamp,
}

/// The links of one owner: an account rule or a source.
#[derive(Debug, Clone)]
pub struct LinkGroup {
    owner: LinkOwner,
    people: Vec<PersonId>,
    anchors: Texts,
    /// What follows the words of a reason; shorter than the others if the last ones have nothing of their own.
    values: Texts,
    runs: Vec<Run>,
}

impl LinkGroup {
    pub(super) fn new(owner: LinkOwner) -> Self {
        Self {
            owner,
            people: Vec::new(),
            anchors: Texts::default(),
            values: Texts::default(),
            runs: Vec::new(),
        }
    }

    /// Puts a stored group together again; `None` if the parts do not fit each other.
    pub fn from_parts(
        owner: LinkOwner,
        people: Vec<PersonId>,
        anchors: Texts,
        values: Texts,
        runs: Vec<Run>,
    ) -> Option<Self> {
        let count = people.len();
        let begins = runs.first().map_or(count == 0, |run| run.first == 0);
        let ordered = runs.windows(2).all(|pair| pair[0].first < pair[1].first);
        let ends = runs.last().is_none_or(|run| (run.first as usize) < count);
        (anchors.len() == count && values.len() <= count && begins && ordered && ends).then_some(Self {
            owner,
            people,
            anchors,
            values,
            runs,
        })
    }

    /// Returns whose links they are.
    pub fn owner(&self) -> &LinkOwner {
        &self.owner
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Reports whether there are none.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Returns the people, link by link.
    pub fn people(&self) -> &[PersonId] {
        &self.people
    }

    /// Returns the anchors, link by link.
    pub fn anchors(&self) -> &Texts {
        &self.anchors
    }

    /// Returns the record of a link.
    pub fn anchor(&self, at: usize) -> &str {
        self.anchors.get(at)
    }

    /// Returns what follows the words of the reasons, link by link.
    pub fn values(&self) -> &Texts {
        &self.values
    }

    /// Returns the runs, in order.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Iterates over the links in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = LinkView<'_>> {
        let mut runs = self.runs.iter().peekable();
        let mut run = None;
        (0..self.len()).map_while(move |at| {
            while let Some(next) = runs.next_if(|next| next.first as usize <= at) {
                run = Some(next);
            }
            run.map(|run: &Run| self.view(at, run))
        })
    }

    fn view<'a>(&'a self, at: usize, run: &'a Run) -> LinkView<'a> {
        LinkView {
            person: self.people[at],
            owner: &self.owner,
            anchor: self.anchors.get(at),
            why: Why {
                words: &run.words,
                value: self.values.get(at),
            },
            since: run.since,
        }
    }

    pub(super) fn has_room(&self, anchor: &str, value: &str) -> bool {
        self.len() < u32::MAX as usize
            && self.anchors.has_room(anchor.len())
            && self.values.has_room(value.len())
    }

    pub(super) fn has_room_for(&self, other: &Self) -> bool {
        self.len() + other.len() < u32::MAX as usize
            && self.anchors.has_room(other.anchors.octets())
            && self.values.has_room(other.values.octets())
    }

    pub(super) fn reserve(&mut self, links: usize, octets: usize) {
        self.people.reserve_exact(links);
        self.anchors.reserve(links, octets);
    }

    pub(super) fn push(&mut self, person: PersonId, anchor: &str, why: Why<'_>, since: Timestamp) {
        let goes_on = |run: &Run| run.words == why.words && run.since == since;
        if !self.runs.last().is_some_and(goes_on) {
            self.runs.push(Run {
                first: self.people.len() as u32,
                words: why.words.to_owned(),
                since,
            });
        }
        if !why.value.is_empty() {
            self.values.fill(self.people.len());
            self.values.push(why.value);
        }
        self.people.push(person);
        self.anchors.push(anchor);
    }

    pub(super) fn append(&mut self, other: &Self) {
        let shift = self.people.len() as u32;
        if !other.values.is_empty() {
            self.values.fill(self.people.len());
            self.values.append(&other.values);
        }
        let goes_on = match (self.runs.last(), other.runs.first()) {
            (Some(last), Some(first)) => last.words == first.words && last.since == first.since,
            _ => false,
        };
        self.runs
            .extend(other.runs.iter().skip(usize::from(goes_on)).map(|run| Run {
                first: run.first + shift,
                ..run.clone()
            }));
        self.people.extend_from_slice(&other.people);
        self.anchors.append(&other.anchors);
    }
}
