//! ACME: about 250 people, most of them in order, some of them waiting for an admin.

mod events;
mod export;
mod names;
mod special;
#[cfg(test)]
mod tests;
mod worker;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

pub use events::Drift;
use names::{DEPARTMENTS, FAMILY, GIVEN, OFFICES};
use worker::{Account, Taken, Worker};

/// The naming context of the directory.
pub const BASE: &str = "dc=acme,dc=example";

/// How many people are in perfect agreement with their accounts.
const ORDINARY: usize = 215;

/// The company on one day.
#[derive(Debug)]
pub struct Company {
    /// The day HR speaks of.
    today: Date,
    workers: Vec<Worker>,
    /// HR's rows on the day before day 0, when everything was in order.
    before: Vec<Worker>,
    accounts: Vec<Account>,
    taken: Taken,
}

impl Company {
    /// The company on day 0, with what is pending then.
    pub fn founded(today: Date) -> Self {
        let mut company = Self {
            today,
            workers: Vec::new(),
            before: Vec::new(),
            accounts: Vec::new(),
            taken: Taken::default(),
        };
        for index in 0..ORDINARY {
            let worker = company.ordinary(index);
            company.employ(worker);
        }
        company.add_people_in_order();
        company.before.clone_from(&company.workers);
        company.add_news();
        company
    }

    /// The company on the day before day 0: HR has no news yet, and nobody has changed anything by hand.
    pub fn eve(first: Date) -> Self {
        let mut company = Self::founded(first);
        company.workers = std::mem::take(&mut company.before);
        company.today = shift(first, (-1).days());
        company
    }

    /// The same company after a number of working days: HR moved on, the accounts are those of day 0.
    pub fn on_day(first: Date, day: u32) -> Self {
        let mut company = Self::founded(first);
        for number in 1..=day {
            company.live_through(number);
        }
        company
    }

    /// The day HR speaks of.
    pub fn today(&self) -> Date {
        self.today
    }

    /// A day before (negative) or after today.
    fn days(&self, days: i32) -> Date {
        shift(self.today, days.days())
    }

    /// An ordinary person; the first six are the heads, and the first of all has no manager.
    fn ordinary(&self, index: usize) -> Worker {
        let heads = DEPARTMENTS.len();
        let department = index % heads;
        let (given, family) = (
            pick(&GIVEN, index * 7),
            pick(&FAMILY, index * 11 + index / FAMILY.len()),
        );
        let title = if index < heads { 0 } else { 1 + (index / heads) % 3 };
        let manager = match index {
            0 => String::new(),
            _ if index < heads => number(0),
            _ => number(department),
        };
        let mut worker = self.person(number(index), given, family, department, title);
        worker.manager = manager;
        worker.hired = self.days(-90 - (index as i32 * 37) % 4000);
        worker
    }

    /// A person of a department, hired a year ago.
    fn person(&self, number: String, given: &str, family: &str, department: usize, title: usize) -> Worker {
        let (name, titles) = DEPARTMENTS.get(department).copied().unwrap_or(DEPARTMENTS[0]);
        let digits = number.parse::<usize>().unwrap_or_default();
        let (location, country) = OFFICES[digits / 2 % OFFICES.len()];
        Worker {
            phone: format!("+49 30 555 {:04}", digits % 10_000),
            number,
            previous: String::new(),
            given: given.to_owned(),
            family: family.to_owned(),
            preferred: String::new(),
            email: String::new(),
            on_leave: false,
            department: name.to_owned(),
            title: titles.get(title).copied().unwrap_or_default().to_owned(),
            location: location.to_owned(),
            country: country.to_owned(),
            manager: self::number(department),
            hired: self.days(-365),
            last_day: None,
        }
    }

    /// Adds a person to HR with an account that agrees; returns the places in both lists.
    fn employ(&mut self, mut worker: Worker) -> (usize, usize) {
        let (uid, mail) = (self.taken.uid(&worker), self.taken.mail(&worker));
        worker.email.clone_from(&mail);
        let account = Account {
            worker: worker.clone(),
            uid,
            mail,
            enabled: true,
            chat: true,
        };
        self.workers.push(worker);
        self.accounts.push(account);
        (self.workers.len() - 1, self.accounts.len() - 1)
    }
}

/// The HR number of the person at an index.
fn number(index: usize) -> String {
    format!("{:06}", 100 + index)
}

fn pick(list: &[&'static str], index: usize) -> &'static str {
    list.get(index % list.len().max(1)).copied().unwrap_or_default()
}

/// Adds a span; the calendar's end stands still.
fn shift(date: Date, span: Span) -> Date {
    date.saturating_add(span)
}

/// The date a number of working days (Monday to Friday) later.
pub fn working_day(first: Date, days: u32) -> Date {
    let mut date = first;
    for _ in 0..days {
        date = shift(date, 1.day());
        while matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
            date = shift(date, 1.day());
        }
    }
    date
}
