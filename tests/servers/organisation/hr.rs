//! The HR feeds as the tests understand them, read without any code of the program.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

/// One row of a feed, as it is written there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Row {
    pub employee_id: String,
    pub given_name: String,
    pub family_name: String,
    pub person_type: String,
    pub status: String,
    pub department: String,
    pub job_title: String,
    pub manager_id: String,
    pub location: String,
    pub hire_date: String,
    pub contract_end_date: String,
    pub termination_date: String,
    pub previous_employee_id: String,
    pub work_email: String,
}

/// The people of one day, by the number each was first known by.
#[derive(Debug)]
pub struct Feed {
    /// The day, ISO 8601.
    pub date: String,
    /// Everybody, with the row that counts.
    pub people: BTreeMap<String, Row>,
    /// Every number in the feed, and whose it is.
    pub owner: HashMap<String, String>,
}

/// Where somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Upcoming,
    AtWork,
    Over,
}

impl Feed {
    /// Reads a feed. Exact duplicates are one row; a row with a previous number belongs to whoever had that number.
    pub fn read(file: &Path, date: &str) -> Self {
        let mut reader = csv::Reader::from_path(file).expect("a feed");
        let mut feed = Self { date: date.to_owned(), people: BTreeMap::new(), owner: HashMap::new() };
        let rows: Vec<Row> = reader.deserialize().collect::<Result<_, _>>().expect("rows as the generator writes them");
        let (again, first): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| !row.previous_employee_id.is_empty());
        for row in first {
            feed.owner.insert(row.employee_id.clone(), row.employee_id.clone());
            if let Some(twin) = feed.people.insert(row.employee_id.clone(), row.clone()) {
                assert_eq!(twin, row, "rows of one number differ");
            }
        }
        for row in again {
            let person = row.previous_employee_id.clone();
            feed.owner.insert(row.employee_id.clone(), person.clone());
            // the row of the employment that is over gives way
            let before = feed.people.insert(person, row);
            assert!(before.is_none_or(|before| before.status == "terminated"));
        }
        feed
    }
}

impl Row {
    /// The last day of the employment, if one is known.
    pub fn end(&self) -> Option<&str> {
        let contract = (self.person_type == "contractor").then_some(self.contract_end_date.as_str());
        [contract, Some(self.termination_date.as_str())].into_iter().flatten().filter(|day| !day.is_empty()).min()
    }

    /// Where the person stands on a day.
    pub fn standing(&self, day: &str) -> Standing {
        if self.status == "terminated" || self.end().is_some_and(|end| end < day) {
            Standing::Over
        } else if self.hire_date.as_str() > day {
            Standing::Upcoming
        } else {
            Standing::AtWork
        }
    }

    /// What the directory should hold, by attribute; what HR does not know is not in it. The manager is not in it.
    pub fn wanted(&self) -> BTreeMap<&'static str, String> {
        let (given, family) = (tidy(&self.given_name), tidy(&self.family_name));
        let full = tidy(&format!("{given} {family}"));
        let sn = if family.is_empty() { given.clone() } else { family };
        let wanted = [
            ("cn", full.clone()),
            ("sn", sn),
            ("givenName", given),
            ("displayName", full),
            ("employeeNumber", self.employee_id.clone()),
            ("employeeType", self.person_type.clone()),
            ("title", tidy(&self.job_title)),
            ("departmentNumber", tidy(&self.department)),
            ("l", self.location.clone()),
            ("mail", self.work_email.clone()),
        ];
        wanted.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// Blanks of any kind trimmed and squeezed, accents composed.
pub fn tidy(text: &str) -> String {
    text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a directory that ignores case and blanks holds two texts for one (RFC 4518).
pub fn same(one: &str, other: &str) -> bool {
    let fold = |text: &str| tidy(text).chars().flat_map(char::to_lowercase).collect::<String>();
    one == other || fold(one) == fold(other)
}

/// The first instant of a day in UTC, as plans give it.
pub fn midnight(day: &str) -> String {
    format!("{day}T00:00:00Z")
}

/// The day after.
pub fn next(day: &str) -> String {
    let day: jiff::civil::Date = day.parse().expect("a date");
    day.tomorrow().expect("a day after").to_string()
}
