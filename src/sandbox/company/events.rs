//! What happens at ACME on each further working day, decided by the number of the day alone.

use super::names::{DEPARTMENTS, FAMILY, GIVEN, OFFICES};
use super::{Company, ORDINARY, number, pick, working_day};

/// What somebody changes by hand, past HR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drift {
    /// An attribute of an entry of the directory; without a value it is emptied.
    Entry {
        /// The entry.
        dn: String,
        /// The attribute.
        attribute: &'static str,
        /// Its new value.
        value: Option<String>,
    },
    /// An attribute of a chat user.
    User {
        /// The user's name.
        name: String,
        /// The attribute.
        attribute: &'static str,
        /// Its new value.
        value: String,
    },
}

impl Company {
    /// Lets one working day pass in HR: joiners, a mover, every other day a leaver, sometimes a leave.
    pub(super) fn live_through(&mut self, day: u32) {
        self.today = working_day(self.today, 1);
        let day = day as usize;
        for nth in 0..=day % 2 {
            let serial = day * 2 + nth;
            let (given, family) = (pick(&GIVEN, serial * 13 + 5), pick(&FAMILY, serial * 17 + 3));
            let mut worker = self.person(
                format!("{:06}", 3000 + serial),
                given,
                family,
                serial % 6,
                1 + serial % 3,
            );
            worker.hired = self.days((serial % 9) as i32);
            self.workers.push(worker);
        }
        let (department, titles) = DEPARTMENTS[day % DEPARTMENTS.len()];
        let (location, country) = OFFICES[day % OFFICES.len()];
        let leave = day.is_multiple_of(5);
        let last_day = self.days((day % 4) as i32);
        if let Some(worker) = self.workers.get_mut(someone(day * 37 + 9)) {
            department.clone_into(&mut worker.department);
            titles[1 + day % 3].clone_into(&mut worker.title);
            worker.manager = number(day % DEPARTMENTS.len());
        }
        if let Some(worker) = self.workers.get_mut(someone(day * 41 + 17)) {
            location.clone_into(&mut worker.location);
            country.clone_into(&mut worker.country);
        }
        if leave && let Some(worker) = self.workers.get_mut(someone(day * 29 + 3)) {
            worker.on_leave = !worker.on_leave;
        }
        if day % 2 == 1
            && let Some(worker) = self.workers.get_mut(someone(day * 53 + 11))
        {
            worker.last_day.get_or_insert(last_day);
        }
    }

    /// What somebody changes by hand on a day.
    pub fn drift(&self, day: u32) -> Vec<Drift> {
        let entry = |index: usize, attribute, value: Option<String>| {
            let dn = self.accounts.get(index)?.dn();
            Some(Drift::Entry { dn, attribute, value })
        };
        let user = |index: usize, attribute, value: String| {
            let name = self.accounts.get(index)?.mail.clone();
            Some(Drift::User { name, attribute, value })
        };
        let all = if day == 0 {
            // somebody names the manager who left two months ago
            let left = self.accounts.iter().find(|account| account.worker.number == "000490");
            vec![
                entry(108, "manager", left.map(super::Account::dn)),
                entry(120, "title", Some("Chief Dreamer".to_owned())),
                entry(127, "telephoneNumber", None),
                user(134, "displayName", format!("{} ★", self.given(134))),
            ]
        } else {
            let (one, other) = (someone(day as usize * 31 + 2), someone(day as usize * 43 + 4));
            vec![
                entry(one, "title", Some(format!("Acting Lead {day}"))),
                user(other, "title", format!("Hero {day}")),
            ]
        };
        all.into_iter().flatten().collect()
    }

    fn given(&self, index: usize) -> &str {
        self.accounts.get(index).map_or("", |account| &account.worker.given)
    }
}

/// An ordinary person who is no head.
fn someone(seed: usize) -> usize {
    DEPARTMENTS.len() + seed % (ORDINARY - DEPARTMENTS.len())
}
