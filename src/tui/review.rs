//! The pane Review: its state. What it does with keys is in [`decide`] and [`travel`], how it looks in [`list`] and
//! [`detail`], how rows become lines in [`arrange`].

pub mod approval;
pub mod arrange;
pub mod bundle;
pub mod decide;
pub mod detail;
pub mod details;
pub mod list;
pub mod order;
pub mod summary;
pub mod travel;
pub mod why;

use std::sync::Arc;

use ahash::{AHashMap, AHashSet};

use crate::{
    engine::{
        approval::Lack,
        view::{PlanHead, ReviewRow, ReviewView},
    },
    model::{Finding, Fingerprint, OperationState},
};

use self::{
    arrange::{Arranged, Folds, Line, Wish},
    details::Details,
    order::{Group, Sort},
};
use super::{
    filter::{Filter, parts},
    scroll::Scroll,
    search::Haystacks,
};

/// Where the cursor is, in terms that stay the same when the list changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// On a bundle (`false`) or on one operation of it (`true`).
    Operation(Fingerprint, bool),
    /// On the head of a section.
    Section(String),
    /// On a finding.
    Finding(u32),
}

/// The state of the pane.
#[derive(Debug, Default)]
pub struct Review {
    /// Whether the engine has answered yet.
    pub loaded: bool,
    /// The plan; `None` if there is none yet.
    pub head: Option<PlanHead>,
    /// Its operations.
    pub rows: Arc<Vec<ReviewRow>>,
    /// Where they stand now.
    pub states: Vec<OperationState>,
    /// What they lack before they may be applied.
    pub lacks: Vec<Lack>,
    /// Its findings.
    pub findings: Arc<Vec<Finding>>,
    pub(super) places: AHashMap<Fingerprint, u32>,
    /// The operations' texts, folded when words are first looked for.
    pub(super) texts: Haystacks,
    /// The filter as typed.
    pub filter: String,
    /// What the sections are made by.
    pub group: Group,
    /// What the lines are sorted by.
    pub sort: Sort,
    /// Whether the sorting is turned around.
    pub reversed: bool,
    /// What is folded and open.
    pub folds: Folds,
    /// The list.
    pub arranged: Arranged,
    /// Where the cursor is.
    pub scroll: Scroll,
    /// Selected operations.
    pub selected: AHashSet<Fingerprint>,
    /// Where a range began.
    pub range: Option<usize>,
    /// Operations in full, as far as they were asked for.
    pub details: Details,
    /// How far the detail is scrolled.
    pub detail_offset: usize,
    /// Whether the trace is shown.
    pub why: bool,
    /// Decisions of this session, newest last.
    pub decided: Vec<Vec<Fingerprint>>,
}

impl Review {
    /// Takes over a plan. The cursor stays on its operation if that is still there.
    pub fn load(&mut self, view: ReviewView) {
        let spot = self.spot();
        self.loaded = true;
        self.head = view.plan;
        self.states = view.rows.iter().map(|row| row.state).collect();
        self.lacks = view.rows.iter().map(|row| row.lack).collect();
        self.places = view
            .rows
            .iter()
            .enumerate()
            .map(|(place, row)| (row.id, place as u32))
            .collect();
        self.rows = view.rows;
        self.texts = Haystacks::default();
        self.findings = view.findings;
        self.selected.retain(|id| self.places.contains_key(id));
        self.range = None;
        self.details.clear();
        self.arrange();
        self.go(spot.as_ref());
    }

    /// Makes the list again: after a new plan, another filter, another grouping, another sorting.
    pub fn arrange(&mut self) {
        let filter = Filter::parse(&self.filter);
        if filter.has_words() && self.texts.len() != self.rows.len() {
            self.texts = Haystacks::new(&self.rows, parts);
        }
        let wish = Wish {
            rows: &self.rows,
            states: &self.states,
            findings: &self.findings,
            filter: &filter,
            texts: &self.texts,
            group: self.group,
            sort: self.sort,
            reversed: self.reversed,
        };
        self.arranged = Arranged::new(&wish, &self.folds);
        self.range = None;
    }

    /// Arranges again and keeps the cursor on what it is on.
    pub fn rearrange(&mut self) {
        let spot = self.spot();
        self.arrange();
        self.go(spot.as_ref());
    }

    /// Folds or opens, and keeps the cursor on what it is on.
    pub fn refold(&mut self) {
        let spot = self.spot();
        self.arranged.fold(&self.rows, &self.folds);
        self.range = None;
        self.go(spot.as_ref());
    }

    /// Takes over where operations stand. Nothing moves: the list stays as it is under the reader's eyes.
    pub fn change(&mut self, operations: &[(Fingerprint, OperationState)]) {
        for (id, state) in operations {
            if let Some(place) = self.places.get(id) {
                self.states[*place as usize] = *state;
            }
            self.details.forget(*id);
        }
    }

    /// Takes over what operations lack.
    pub fn approve(&mut self, operations: &[(Fingerprint, Lack)]) {
        for (id, lack) in operations {
            if let Some(place) = self.places.get(id) {
                self.lacks[*place as usize] = *lack;
            }
            self.details.forget(*id);
        }
    }

    /// Returns what an operation lacks before it may be applied.
    pub fn lack(&self, id: Fingerprint) -> Lack {
        let place = self.places.get(&id);
        place.map_or(Lack::Nothing, |place| self.lacks[*place as usize])
    }

    /// Returns the row of an operation.
    pub fn row(&self, id: Fingerprint) -> Option<(&ReviewRow, OperationState)> {
        let place = *self.places.get(&id)? as usize;
        Some((&self.rows[place], self.states[place]))
    }

    /// Returns the line the cursor is on.
    pub fn line(&self) -> Option<Line> {
        self.arranged.lines.get(self.scroll.cursor).copied()
    }

    /// Returns where the cursor is, in terms that survive a change of the list.
    pub fn spot(&self) -> Option<Spot> {
        let id = |order: u32| self.rows[self.arranged.order[order as usize] as usize].id;
        Some(match self.line()? {
            Line::Section(section) => Spot::Section(self.arranged.sections[section as usize].title.clone()),
            Line::Bundle(bundle) => Spot::Operation(id(self.arranged.bundles[bundle as usize].start), false),
            Line::Operation(place) => Spot::Operation(id(place), true),
            Line::Finding(finding) => Spot::Finding(finding),
        })
    }

    /// Puts the cursor on a spot, or leaves it where it is if the spot is gone.
    pub fn go(&mut self, spot: Option<&Spot>) {
        let found = spot.and_then(|spot| {
            let exact = self
                .arranged
                .lines
                .iter()
                .position(|line| self.is(*line, spot, true));
            exact.or_else(|| {
                self.arranged
                    .lines
                    .iter()
                    .position(|line| self.is(*line, spot, false))
            })
        });
        if let Some(found) = found {
            self.scroll.cursor = found;
        }
        self.scroll.step(0, self.arranged.lines.len());
    }

    fn is(&self, line: Line, spot: &Spot, exact: bool) -> bool {
        let holds = |id: &Fingerprint| {
            self.arranged
                .rows_of(line)
                .iter()
                .any(|row| self.rows[*row as usize].id == *id)
        };
        match (line, spot) {
            (Line::Section(section), Spot::Section(title)) => {
                self.arranged.sections[section as usize].title == *title
            }
            (Line::Bundle(_), Spot::Operation(id, single)) => !(exact && *single) && holds(id),
            (Line::Operation(_), Spot::Operation(id, single)) => (*single || !exact) && holds(id),
            (Line::Finding(finding), Spot::Finding(other)) => finding == *other,
            _ => false,
        }
    }

    /// Returns the operations the cursor is on.
    pub fn under_cursor(&self) -> impl Iterator<Item = (&ReviewRow, OperationState)> {
        let rows = self.line().map_or(&[][..], |line| self.arranged.rows_of(line));
        rows.iter()
            .map(|row| (&self.rows[*row as usize], self.states[*row as usize]))
    }

    /// Returns how many operations pass the filter.
    pub fn passing(&self) -> usize {
        self.arranged.order.len()
    }

    /// Counts operations that are due in a state.
    pub fn count(&self, wanted: OperationState) -> usize {
        // the states first: they lie close together, and this is asked for every frame
        let matching = self
            .states
            .iter()
            .zip(self.rows.iter())
            .filter(|(state, _)| **state == wanted);
        matching.filter(|(_, row)| !row.scheduled).count()
    }
}
