//! Filters: `kind:disable event:leaver state:failed` name a field, all other words are looked for anywhere.

use crate::{
    engine::view::ReviewRow,
    model::{Finding, OperationState},
};

use super::search::{Haystacks, Needles, fold};

/// What a term is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The kind of operation.
    Kind,
    /// What happened to the person.
    Event,
    /// The system.
    System,
    /// Where the operation stands.
    State,
    /// The person's department.
    Department,
    /// What makes it worth a second look.
    Risk,
    /// How the (person, account rule) stands.
    Situation,
    /// The guard rail that stops it.
    Rail,
}

const FIELDS: [(&str, Field); 8] = [
    ("kind", Field::Kind),
    ("event", Field::Event),
    ("system", Field::System),
    ("state", Field::State),
    ("department", Field::Department),
    ("risk", Field::Risk),
    ("situation", Field::Situation),
    ("rail", Field::Rail),
];

/// One `field:value`; several values are separated by commas, a leading `-` turns it around.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    field: Field,
    values: Vec<String>,
    not: bool,
}

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    terms: Vec<Term>,
    words: Needles,
}

/// The rows that pass a filter.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Passing {
    /// Their numbers.
    pub rows: Vec<u32>,
    /// Whether the words stand in no row, so that these have them only roughly.
    pub roughly: bool,
}

impl Filter {
    /// Reads a filter. A field that does not exist is a word like any other.
    pub fn parse(text: &str) -> Self {
        let mut filter = Self::default();
        let mut words = Vec::new();
        for word in split(text) {
            match term(&word) {
                Some(term) => filter.terms.push(term),
                None => words.push(word),
            }
        }
        filter.words = Needles::new(&words.join(" "));
        filter
    }

    /// Reports whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.words.is_empty()
    }

    /// Reports whether the rows' texts are needed.
    pub fn has_words(&self) -> bool {
        !self.words.is_empty()
    }

    /// Returns the rows that pass.
    pub fn rows(&self, rows: &[ReviewRow], states: &[OperationState], texts: &Haystacks) -> Passing {
        let admitted = |number: &u32| {
            let place = *number as usize;
            self.terms
                .iter()
                .all(|term| term.admits(&rows[place], states[place]))
        };
        let all = 0..rows.len() as u32;
        if self.words.is_empty() {
            return Passing {
                rows: all.filter(admitted).collect(),
                roughly: false,
            };
        }
        let stands = |number: &u32| self.words.stand_in(texts.get(*number as usize));
        let exact: Vec<u32> = all
            .clone()
            .filter(|number| stands(number) && admitted(number))
            .collect();
        if !exact.is_empty() {
            return Passing {
                rows: exact,
                roughly: false,
            };
        }
        let mut words = self.words.roughly();
        let rough = all
            .filter(admitted)
            .filter(|number| words.score(texts.get(*number as usize)).is_some());
        let rows: Vec<u32> = rough.collect();
        Passing {
            roughly: !rows.is_empty(),
            rows,
        }
    }

    /// Reports whether a finding passes: its words and its system count, the other fields do not apply to it.
    pub fn admits_finding(&self, finding: &Finding) -> bool {
        let admitted = self.terms.iter().all(|term| match term.field {
            Field::System => term.any(finding.system.as_str()) != term.not,
            Field::Situation => term.any(finding.kind.word()) != term.not,
            _ => false,
        });
        let text = || {
            format!(
                "{} {} {} {}",
                finding.subject,
                finding.system,
                finding.kind.word(),
                finding.message
            )
        };
        admitted && (self.words.is_empty() || self.words.stand_in(&fold(&text())))
    }
}

/// Returns the parts of a row in which words are looked for.
pub fn parts(row: &ReviewRow) -> [&str; 5] {
    [
        &*row.subject,
        row.system.as_str(),
        row.kind.word(),
        &*row.what,
        &*row.department,
    ]
}

impl Term {
    fn admits(&self, row: &ReviewRow, state: OperationState) -> bool {
        let hit = match self.field {
            Field::Kind => self.any(row.kind.word()),
            Field::Event => row.event.is_some_and(|event| self.any(event.word())),
            Field::System => self.any(row.system.as_str()),
            Field::State => self.any(state.word()) || (row.scheduled && self.any("scheduled")),
            Field::Department => self.any(&row.department),
            Field::Risk => row.risk.iter().any(|risk| self.any(risk.word())),
            Field::Situation => self.any(row.situation.word()),
            Field::Rail => row
                .note
                .split_once("stopped by the guard rail ")
                .is_some_and(|(_, rail)| self.any(rail)),
        };
        hit != self.not
    }

    /// Compares without case, by prefix, so that `kind:dis` finds `disable` while it is being typed.
    fn any(&self, word: &str) -> bool {
        self.values.iter().any(|value| {
            let starts = |value: &str| {
                word.len() >= value.len()
                    && word.is_char_boundary(value.len())
                    && word[..value.len()].to_lowercase() == *value
            };
            starts(value) || value.strip_suffix('s').is_some_and(starts)
        })
    }
}

fn term(word: &str) -> Option<Term> {
    let (not, word) = word.strip_prefix('-').map_or((false, word), |rest| (true, rest));
    let (name, values) = word.split_once(':')?;
    let field = FIELDS
        .iter()
        .find(|(known, _)| *known == name.to_ascii_lowercase())?
        .1;
    let values: Vec<String> = values
        .split(',')
        .filter(|value| !value.is_empty())
        .map(str::to_lowercase)
        .collect();
    (!values.is_empty()).then_some(Term { field, values, not })
}

/// Splits at spaces outside of quotes: `department:"Human Resources" ana`.
fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            space if space.is_whitespace() && !quoted => words.push(String::new()),
            other => {
                if let Some(word) = words.last_mut() {
                    word.push(other);
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_unknown_fields() {
        let filter = Filter::parse("department:\"Human Resources\" -kind:update colour:red ana");
        assert_eq!(filter.terms.len(), 2);
        assert_eq!(filter.terms[0].values, ["human resources"]);
        assert!(filter.terms[1].not);
        assert_eq!(filter.words, Needles::new("colour:red ana"));
        assert!(Filter::parse("  ").is_empty());
        // being typed: no value yet means nothing is asked yet
        assert_eq!(Filter::parse("kind:").terms.len(), 0);
    }

    #[test]
    fn values_are_prefixes_and_plurals() {
        let term = term("event:leavers").unwrap();
        assert!(term.any("leaver") && !term.any("leave-start"));
        assert!(super::term("system:DIR").unwrap().any("directory"));
        assert!(!super::term("department:é").unwrap().any("x"));
    }
}
