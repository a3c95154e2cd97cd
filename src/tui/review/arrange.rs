//! From a hundred thousand rows to the lines of the list: filter, group, sort, fold. Done on change, never per frame.

use std::{borrow::Cow, hash::Hash};

use ahash::{AHashMap, AHashSet};

use crate::{
    engine::view::ReviewRow,
    model::{Finding, Fingerprint, OperationState},
    tui::{
        filter::{Filter, Passing},
        search::Haystacks,
    },
};

use super::order::{Group, Sort};

/// One line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The head of a section.
    Section(u32),
    /// A person in a system: one operation or several.
    Bundle(u32),
    /// One operation of a bundle with several, by its place in [`Arranged::order`].
    Operation(u32),
    /// A finding.
    Finding(u32),
}

/// The operations of one person in one system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundle {
    /// The first operation in [`Arranged::order`].
    pub start: u32,
    /// How many.
    pub count: u32,
}

/// A section of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name.
    pub title: String,
    /// How many operations or findings are in it.
    pub count: usize,
    /// What is in it.
    pub part: Part,
}

/// Which part of the plan a section shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Operations that are due.
    Due,
    /// Findings.
    Findings,
    /// Operations that are due later.
    Scheduled,
}

/// The list, ready to be drawn.
#[derive(Debug, Default)]
pub struct Arranged {
    /// Numbers of the rows, bundle by bundle.
    pub order: Vec<u32>,
    /// The bundles, section by section.
    pub bundles: Vec<Bundle>,
    /// The sections.
    pub sections: Vec<Section>,
    /// Whether the filter's words are found only roughly.
    pub roughly: bool,
    /// The lines, folded as the user left them.
    pub lines: Vec<Line>,
    /// The bundles of each section: start and end.
    spans: Vec<(u32, u32)>,
    /// The findings that pass the filter.
    findings: Vec<u32>,
}

/// What to arrange, and how.
pub struct Wish<'a> {
    /// The plan's operations.
    pub rows: &'a [ReviewRow],
    /// Where they stand.
    pub states: &'a [OperationState],
    /// The plan's findings.
    pub findings: &'a [Finding],
    /// What is looked for.
    pub filter: &'a Filter,
    /// The operations' texts, if words are looked for.
    pub texts: &'a Haystacks,
    /// What the sections are made by.
    pub group: Group,
    /// What the lines are sorted by.
    pub sort: Sort,
    /// Whether the sorting is turned around.
    pub reversed: bool,
}

/// What the user folded or opened.
#[derive(Debug, Default)]
pub struct Folds {
    /// Bundles that are open, by their first operation.
    pub open: AHashSet<Fingerprint>,
    /// Sections that are closed, by title.
    pub closed: AHashSet<String>,
}

impl Arranged {
    /// Arranges a plan.
    pub fn new(wish: &Wish<'_>, folds: &Folds) -> Self {
        let mut made = Self::default();
        let (drafts, roughly) = drafts(wish);
        made.roughly = roughly;
        made.lay_out(wish, drafts);
        let any = !wish.filter.is_empty();
        made.findings = (0..wish.findings.len())
            .filter(|number| !any || wish.filter.admits_finding(&wish.findings[*number]))
            .map(|number| number as u32)
            .collect();
        if !made.findings.is_empty() {
            let at = made
                .sections
                .iter()
                .position(|section| section.part == Part::Scheduled);
            let at = at.unwrap_or(made.sections.len());
            let section = Section {
                title: "findings".into(),
                count: made.findings.len(),
                part: Part::Findings,
            };
            made.sections.insert(at, section);
            made.spans.insert(at, (0, 0));
        }
        made.fold(wish.rows, folds);
        made
    }

    fn lay_out(&mut self, wish: &Wish<'_>, mut drafts: Vec<Draft>) {
        let mut sections: Vec<(Part, (usize, Cow<'_, str>))> = Vec::new();
        let mut known: AHashMap<(Part, (usize, Cow<'_, str>)), u32> = AHashMap::new();
        for draft in &mut drafts {
            let row = &wish.rows[draft.rows[0] as usize];
            let key = match part(row) {
                Part::Due => (Part::Due, wish.group.key(row)),
                later => (later, (0, Cow::Borrowed("scheduled"))),
            };
            draft.section = *known.entry(key.clone()).or_insert_with(|| {
                sections.push(key);
                sections.len() as u32 - 1
            });
        }
        let mut ranks: Vec<u32> = (0..sections.len() as u32).collect();
        ranks.sort_by(|a, b| sections[*a as usize].cmp(&sections[*b as usize]));
        let mut rank_of = vec![0; ranks.len()];
        for (rank, section) in ranks.iter().enumerate() {
            rank_of[*section as usize] = rank;
        }
        sort(&mut drafts, wish, &rank_of);
        for draft in drafts {
            let rank = rank_of[draft.section as usize];
            while self.sections.len() <= rank {
                let (part, (_, title)) = &sections[ranks[self.sections.len()] as usize];
                self.sections.push(Section {
                    title: title.to_string(),
                    count: 0,
                    part: *part,
                });
                self.spans
                    .push((self.bundles.len() as u32, self.bundles.len() as u32));
            }
            self.sections[rank].count += draft.rows.len();
            self.bundles.push(Bundle {
                start: self.order.len() as u32,
                count: draft.rows.len() as u32,
            });
            self.order.extend(draft.rows);
            self.spans[rank].1 = self.bundles.len() as u32;
        }
    }

    /// Makes the lines again after something was folded or opened.
    pub fn fold(&mut self, rows: &[ReviewRow], folds: &Folds) {
        self.lines.clear();
        for number in 0..self.sections.len() {
            let section = &self.sections[number];
            let headed = !section.title.is_empty();
            if headed {
                self.lines.push(Line::Section(number as u32));
            }
            if headed && folds.closed.contains(&section.title) {
                continue;
            }
            if section.part == Part::Findings {
                self.lines
                    .extend(self.findings.iter().map(|finding| Line::Finding(*finding)));
                continue;
            }
            for bundle in self.spans[number].0..self.spans[number].1 {
                self.lines.push(Line::Bundle(bundle));
                let Bundle { start, count } = self.bundles[bundle as usize];
                if count > 1 && folds.open.contains(&rows[self.order[start as usize] as usize].id) {
                    self.lines.extend((start..start + count).map(Line::Operation));
                }
            }
        }
    }

    /// Returns the rows a line stands for.
    pub fn rows_of(&self, line: Line) -> &[u32] {
        let bundles = |(from, to): (u32, u32)| {
            let Some(last) = (from < to).then(|| self.bundles[to as usize - 1]) else {
                return 0..0;
            };
            self.bundles[from as usize].start as usize..(last.start + last.count) as usize
        };
        match line {
            Line::Section(section) => &self.order[bundles(self.spans[section as usize])],
            Line::Bundle(bundle) => &self.order[bundles((bundle, bundle + 1))],
            Line::Operation(place) => &self.order[place as usize..=place as usize],
            Line::Finding(_) => &[],
        }
    }
}

/// A bundle in the making.
struct Draft {
    section: u32,
    rows: Vec<u32>,
}

/// Puts the rows that pass the filter together by person and system.
fn drafts(wish: &Wish<'_>) -> (Vec<Draft>, bool) {
    let Passing {
        rows: passing,
        roughly,
    } = if wish.filter.is_empty() {
        Passing {
            rows: (0..wish.rows.len() as u32).collect(),
            roughly: false,
        }
    } else {
        wish.filter.rows(wish.rows, wish.states, wish.texts)
    };
    let mut drafts: Vec<Draft> = Vec::new();
    let mut known: AHashMap<Owner<'_>, u32> = AHashMap::with_capacity(passing.len());
    for number in passing {
        let row = &wish.rows[number as usize];
        let whose = row.person.map_or(Whose::Subject(&row.subject), Whose::Person);
        let key = match part(row) {
            Part::Due => wish.group.key(row),
            _ => (0, Cow::Borrowed("")),
        };
        let owner = Owner {
            whose,
            system: row.system.as_str(),
            scheduled: row.scheduled,
            key,
        };
        let draft = *known.entry(owner).or_insert_with(|| {
            drafts.push(Draft {
                section: 0,
                rows: Vec::new(),
            });
            drafts.len() as u32 - 1
        });
        drafts[draft as usize].rows.push(number);
    }
    (drafts, roughly)
}

#[derive(PartialEq, Eq, Hash)]
enum Whose<'a> {
    Person(crate::model::PersonId),
    Subject(&'a str),
}

#[derive(PartialEq, Eq, Hash)]
struct Owner<'a> {
    whose: Whose<'a>,
    system: &'a str,
    scheduled: bool,
    key: (usize, Cow<'a, str>),
}

fn part(row: &ReviewRow) -> Part {
    if row.scheduled { Part::Scheduled } else { Part::Due }
}

fn sort(drafts: &mut [Draft], wish: &Wish<'_>, rank_of: &[usize]) {
    let first = |draft: &Draft| &wish.rows[draft.rows[0] as usize];
    let due = |draft: &Draft| first(draft).due;
    let scheduled = |draft: &Draft| first(draft).scheduled;
    drafts.sort_by(|a, b| {
        let by = match wish.sort {
            Sort::Order if scheduled(a) && scheduled(b) => due(a).cmp(&due(b)),
            Sort::Order => a.rows[0].cmp(&b.rows[0]),
            Sort::Name => first(a).subject.cmp(&first(b).subject),
            Sort::System => first(a).system.cmp(&first(b).system),
            Sort::Due => due(a).cmp(&due(b)),
            Sort::State => {
                (wish.states[a.rows[0] as usize] as u8).cmp(&(wish.states[b.rows[0] as usize] as u8))
            }
        };
        let by = if wish.reversed { by.reverse() } else { by };
        rank_of[a.section as usize]
            .cmp(&rank_of[b.section as usize])
            .then(by)
    });
}
