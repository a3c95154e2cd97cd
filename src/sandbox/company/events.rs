//! What happens at ACME on each further working day, decided by the number of the day alone.

use super::names::{DEPARTMENTS, FAMILY, GIVEN, OFFICES};
use super::{Company, ORDINARY, number, pick, working_day};

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

    /// The entry, and the chat user, that somebody changes by hand on a day.
    pub fn drift(&self, day: u32) -> Option<(String, String)> {
        let entry = self.accounts.get(someone(day as usize * 31 + 2))?;
        let user = self.accounts.get(someone(day as usize * 43 + 4))?;
        Some((entry.dn(), user.mail.clone()))
    }
}

/// An ordinary person who is no head.
fn someone(seed: usize) -> usize {
    DEPARTMENTS.len() + seed % (ORDINARY - DEPARTMENTS.len())
}
