//! A row of the HR system, and the account that belongs to it.

use std::collections::HashSet;

use jiff::civil::Date;

/// A row of `people.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// The HR number, six digits.
    pub number: String,
    /// The number before a rehire.
    pub previous: String,
    /// The given name.
    pub given: String,
    /// The family name; empty for people with one name.
    pub family: String,
    /// The name the person goes by.
    pub preferred: String,
    /// The mail address HR knows; empty for new hires.
    pub email: String,
    /// Whether the person is on leave.
    pub on_leave: bool,
    /// The department.
    pub department: String,
    /// The title.
    pub title: String,
    /// The office.
    pub location: String,
    /// The country of the office.
    pub country: String,
    /// The number of the manager.
    pub manager: String,
    /// The first day.
    pub hired: Date,
    /// The last day, inclusive.
    pub last_day: Option<Date>,
    /// The telephone number.
    pub phone: String,
}

impl Worker {
    /// The name on the screen.
    pub fn display(&self) -> String {
        format!("{} {}", self.given, self.family).trim().to_owned()
    }

    /// `active`, `leave` or `terminated` on a day.
    pub fn status(&self, today: Date) -> &'static str {
        match self.last_day {
            Some(last) if last < today => "terminated",
            _ if self.on_leave => "leave",
            _ => "active",
        }
    }
}

/// An account in the directory and the chat: what HR said when it was last brought in line.
#[derive(Debug, Clone)]
pub struct Account {
    /// The facts it was made from.
    pub worker: Worker,
    /// The login.
    pub uid: String,
    /// The mail address.
    pub mail: String,
    /// Whether it is enabled; the others are in `ou=disabled`.
    pub enabled: bool,
    /// Whether there is one in the chat too.
    pub chat: bool,
}

impl Account {
    /// The name of its entry.
    pub fn dn(&self) -> String {
        let container = if self.enabled { "people" } else { "disabled" };
        format!("uid={},ou={container},{}", self.uid, super::BASE)
    }
}

/// Logins and mail addresses that are taken.
#[derive(Debug, Default)]
pub struct Taken(HashSet<String>);

impl Taken {
    /// First letter and family name, at most 14 letters, with a number if that is taken.
    pub fn uid(&mut self, worker: &Worker) -> String {
        let (given, family) = (ascii(&worker.given), ascii(&worker.family));
        let base: String = if family.is_empty() {
            given.chars().take(14).collect()
        } else {
            given.chars().take(1).chain(family.chars()).take(14).collect()
        };
        self.free(|number| format!("{base}{number}"))
    }

    /// `given.family@acme.example`, with a number if that is taken.
    pub fn mail(&mut self, worker: &Worker) -> String {
        let parts = [ascii(&worker.given), ascii(&worker.family)];
        let base = parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(".");
        self.free(|number| format!("{base}{number}@acme.example"))
    }

    fn free(&mut self, name: impl Fn(&str) -> String) -> String {
        let mut number = 1;
        loop {
            let suffix = if number == 1 {
                String::new()
            } else {
                number.to_string()
            };
            let candidate = name(&suffix);
            if self.0.insert(candidate.clone()) {
                return candidate;
            }
            number += 1;
        }
    }
}

fn ascii(text: &str) -> String {
    let letters = any_ascii::any_ascii(text);
    letters
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}
