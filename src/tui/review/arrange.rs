//! From a hundred thousand rows to the lines of the list: filter, group, sort, fold. Done on change, never per frame.

use std::{borrow::Cow, hash::Hash};

use ahash::{AHashMap, AHashSet, RandomState};
use hashbrown::HashTable;

use crate::{
    engine::view::ReviewRow,
    model::{Finding, Fingerprint, OperationState, PersonId},
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
        let drafts = Drafts::new(wish);
        made.roughly = drafts.roughly;
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

    fn lay_out(&mut self, wish: &Wish<'_>, drafts: Drafts<'_>) {
        let Drafts {
            mut bundles,
            rows,
            sections,
            ..
        } = drafts;
        let mut ranks: Vec<u32> = (0..sections.len() as u32).collect();
        ranks.sort_by(|a, b| sections[*a as usize].cmp(&sections[*b as usize]));
        let mut rank_of = vec![0; ranks.len()];
        for (rank, section) in ranks.iter().enumerate() {
            rank_of[*section as usize] = rank as u32;
        }
        for draft in &mut bundles {
            draft.section = rank_of[draft.section as usize];
        }
        let later = ranks
            .iter()
            .position(|section| sections[*section as usize].0 == Part::Scheduled);
        sort(&mut bundles, later.map(|rank| rank as u32), wish);
        let mut next = vec![0; bundles.len()];
        let mut start = 0;
        self.bundles.reserve_exact(bundles.len());
        for draft in bundles {
            let rank = draft.section as usize;
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
            self.sections[rank].count += draft.count as usize;
            self.bundles.push(Bundle {
                start,
                count: draft.count,
            });
            next[draft.number as usize] = start as usize;
            start += draft.count;
            self.spans[rank].1 = self.bundles.len() as u32;
        }
        self.order = vec![0; rows.len()];
        for (row, draft) in rows {
            let place = &mut next[draft as usize];
            self.order[*place] = row;
            *place += 1;
        }
    }

    /// Makes the lines again after something was folded or opened.
    pub fn fold(&mut self, rows: &[ReviewRow], folds: &Folds) {
        self.lines.clear();
        self.lines.reserve(self.bundles.len() + self.sections.len());
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
    /// How many came before it.
    number: u32,
    section: u32,
    first: u32,
    count: u32,
}

/// The rows that pass the filter, put together by person and system.
struct Drafts<'a> {
    bundles: Vec<Draft>,
    /// Each row, and the number of its bundle.
    rows: Vec<(u32, u32)>,
    /// The sections, as they came.
    sections: Vec<Heading<'a>>,
    roughly: bool,
}

/// What a section is sorted by and called.
type Heading<'a> = (Part, (usize, Cow<'a, str>));

impl<'a> Drafts<'a> {
    fn new(wish: &Wish<'a>) -> Self {
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
        let mut bundles: Vec<Draft> = Vec::with_capacity(passing.len());
        let mut bundle_of: HashTable<u32> = HashTable::with_capacity(passing.len());
        let mut sections: Vec<Heading<'a>> = Vec::new();
        let mut section_of: AHashMap<Heading<'a>, u32> = AHashMap::new();
        let hasher = RandomState::new();
        let mut rows = Vec::with_capacity(passing.len());
        for number in passing {
            let row = &wish.rows[number as usize];
            let heading = match part(row) {
                Part::Due => (Part::Due, wish.group.key(row)),
                later => (later, (0, Cow::Borrowed("scheduled"))),
            };
            let section = *section_of.entry(heading.clone()).or_insert_with(|| {
                sections.push(heading);
                sections.len() as u32 - 1
            });
            let owner = Owner::of(row, section);
            let hash = hasher.hash_one(&owner);
            let of = |bundle: &u32| {
                let Draft { first, section, .. } = bundles[*bundle as usize];
                Owner::of(&wish.rows[first as usize], section)
            };
            let bundle = if let Some(bundle) = bundle_of.find(hash, |bundle| of(bundle) == owner) {
                *bundle
            } else {
                let bundle = bundles.len() as u32;
                bundle_of.insert_unique(hash, bundle, |bundle| hasher.hash_one(of(bundle)));
                bundles.push(Draft {
                    number: bundle,
                    section,
                    first: number,
                    count: 0,
                });
                bundle
            };
            bundles[bundle as usize].count += 1;
            rows.push((number, bundle));
        }
        Self {
            bundles,
            rows,
            sections,
            roughly,
        }
    }
}

#[derive(PartialEq, Eq, Hash)]
enum Whose<'a> {
    Person(PersonId),
    Subject(&'a str),
}

/// What the rows of a bundle have in common.
#[derive(PartialEq, Eq, Hash)]
struct Owner<'a> {
    whose: Whose<'a>,
    system: &'a str,
    section: u32,
}

impl<'a> Owner<'a> {
    fn of(row: &'a ReviewRow, section: u32) -> Self {
        Self {
            whose: row.person.map_or(Whose::Subject(&row.subject), Whose::Person),
            system: row.system.as_str(),
            section,
        }
    }
}

fn part(row: &ReviewRow) -> Part {
    if row.scheduled { Part::Scheduled } else { Part::Due }
}

/// Sorts bundles by their sections, and in these as it is wished; `later` is the section of what is due later.
fn sort(bundles: &mut [Draft], later: Option<u32>, wish: &Wish<'_>) {
    let first = |bundle: &Draft| &wish.rows[bundle.first as usize];
    let state = |bundle: &Draft| wish.states[bundle.first as usize] as u8;
    bundles.sort_by(|a, b| {
        a.section.cmp(&b.section).then_with(|| {
            let by = match wish.sort {
                Sort::Order if later == Some(a.section) => first(a).due.cmp(&first(b).due),
                Sort::Order => a.first.cmp(&b.first),
                Sort::Name => first(a).subject.cmp(&first(b).subject),
                Sort::System => first(a).system.cmp(&first(b).system),
                Sort::Due => first(a).due.cmp(&first(b).due),
                Sort::State => state(a).cmp(&state(b)),
            };
            if wish.reversed { by.reverse() } else { by }
        })
    });
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    /// Operations, each of a person in a system; `due` in days where it is later.
    fn rows(of: &[(u128, &str, Option<i64>)]) -> Vec<ReviewRow> {
        of.iter()
            .enumerate()
            .map(|(number, (person, system, due))| ReviewRow {
                // nobody's account is known by its name
                person: (*person > 0).then(|| PersonId(Uuid::from_u128(*person))),
                subject: format!("name {}", 9 - person).into(),
                system: (*system).into(),
                due: due.map(|days| Timestamp::from_second(days * 86_400).unwrap()),
                scheduled: due.is_some(),
                ..ReviewRow::sample(number as u8)
            })
            .collect()
    }

    fn arranged(group: Group, sort: Sort, reversed: bool) -> Vec<(String, Vec<Vec<u32>>)> {
        let rows = rows(&[
            (1, "b", None),
            (2, "a", None),
            (3, "a", Some(9)),
            (1, "b", Some(4)),
            (1, "b", None),
            (0, "a", None),
            (1, "a", None),
            (0, "a", None),
            (3, "a", Some(2)),
            (2, "b", Some(3)),
        ]);
        let states: Vec<_> = rows.iter().map(|row| row.state).collect();
        let wish = Wish {
            rows: &rows,
            states: &states,
            findings: &[],
            filter: &Filter::parse(""),
            texts: &Haystacks::default(),
            group,
            sort,
            reversed,
        };
        let made = Arranged::new(&wish, &Folds::default());
        let bundles = |section: u32| {
            let (from, to) = made.spans[section as usize];
            let bundles = (from..to).map(|bundle| made.rows_of(Line::Bundle(bundle)).to_vec());
            bundles.collect()
        };
        let titles = made.sections.iter().map(|section| section.title.clone());
        titles.zip((0..).map(bundles)).collect()
    }

    #[test]
    fn bundles_come_by_section_and_order() {
        let later = vec![vec![9], vec![3], vec![2, 8]];
        let bundles = vec![vec![0, 4], vec![1], vec![5, 7], vec![6]];
        let by_person = arranged(Group::Person, Sort::Order, false);
        assert_eq!(
            by_person,
            [(String::new(), bundles), ("scheduled".to_owned(), later.clone())]
        );
        let by_system = arranged(Group::System, Sort::Order, false);
        let (a, b) = (vec![vec![1], vec![5, 7], vec![6]], vec![vec![0, 4]]);
        assert_eq!(
            by_system,
            [
                ("a".to_owned(), a),
                ("b".to_owned(), b),
                ("scheduled".to_owned(), later)
            ]
        );
    }

    #[test]
    fn bundles_are_sorted_within_their_sections() {
        let sections = |sort, reversed| -> Vec<_> {
            let sections = arranged(Group::Person, sort, reversed);
            sections.into_iter().map(|(_, bundles)| bundles).collect()
        };
        let now = vec![vec![6], vec![5, 7], vec![1], vec![0, 4]];
        let later = vec![vec![2, 8], vec![3], vec![9]];
        assert_eq!(sections(Sort::Order, true), [now, later]);
        // the first come first where the names are the same
        let now = vec![vec![1], vec![0, 4], vec![6], vec![5, 7]];
        let later = vec![vec![2, 8], vec![9], vec![3]];
        assert_eq!(sections(Sort::Name, false), [now, later.clone()]);
        let now = vec![vec![1], vec![5, 7], vec![6], vec![0, 4]];
        let later = vec![vec![2, 8], vec![3], vec![9]];
        assert_eq!(sections(Sort::System, false), [now, later]);
    }
}
