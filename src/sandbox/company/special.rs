//! What is pending on day 0, one of each kind an admin meets.

use super::Company;
use super::worker::Account;

/// Joiners: given name, family name, department, days until the first day.
const JOINERS: [(&str, &str, usize, i32); 8] = [
    ("Nadia", "Petrova", 0, 0),
    ("Łukasz", "Żak", 1, 0),
    ("小龍", "李", 0, 3),
    ("Sigrún", "Þórsson", 4, 7),
    ("Amélie", "Dubois", 2, 12),
    ("Kofi", "Mensah", 3, 13),
    // a second Anna Schmidt: the login and the address are taken
    ("Anna", "Schmidt", 1, 5),
    // beyond the fourteen days
    ("Ingrid", "Lindqvist", 5, 30),
];

/// People in order whose names are hard to handle.
const HARD_NAMES: [(&str, &str); 11] = [
    ("Anna", "Schmidt"),
    ("Ben", "O'Brien"),
    ("Deniz", "Çelik"),
    ("Jürgen", "Müller-Lüdenscheidt"),
    ("Pieter", "van der Berg"),
    ("Linh", "Nguyễn"),
    ("John", "Smith, Jr."),
    ("Suharto", ""),
    ("Иван", "Петров"),
    ("محمد", "العربي"),
    // a right-to-left override hidden in a name
    ("Eve", "Mal\u{202e}yrol"),
];

impl Company {
    /// Adds the special people after the ordinary ones.
    pub(super) fn add_specials(&mut self) {
        for (index, (given, family)) in HARD_NAMES.into_iter().enumerate() {
            let person = self.person(format!("{:06}", 1001 + index), given, family, index % 6, 1);
            self.employ(person);
        }
        self.add_joiners();
        self.add_movers();
        self.add_leavers();
        self.add_rehires();
        self.add_doubts();
        self.add_drift();
    }

    fn add_joiners(&mut self) {
        for (index, (given, family, department, days)) in JOINERS.into_iter().enumerate() {
            let mut worker = self.person(format!("{:06}", 2001 + index), given, family, department, 1);
            worker.hired = self.days(days);
            self.workers.push(worker);
        }
    }

    fn add_movers(&mut self) {
        if let Some(worker) = self.workers.get_mut(25) {
            "Engineering".clone_into(&mut worker.department);
            "Software Engineer".clone_into(&mut worker.title);
            worker.manager = super::number(0);
        }
        if let Some(worker) = self.workers.get_mut(30) {
            "Sales".clone_into(&mut worker.department);
            "Sales Engineer".clone_into(&mut worker.title);
            worker.manager = super::number(1);
        }
        if let Some(worker) = self.workers.get_mut(36) {
            "Staff Engineer".clone_into(&mut worker.title);
        }
        if let Some(worker) = self.workers.get_mut(43) {
            let (place, country) = if worker.location == "Osaka" {
                ("Berlin", "DE")
            } else {
                ("Osaka", "JP")
            };
            place.clone_into(&mut worker.location);
            country.clone_into(&mut worker.country);
        }
        if let Some(worker) = self.workers.get_mut(50) {
            worker.manager = super::number(1);
        }
        if let Some(worker) = self.workers.get_mut(57) {
            "Finance".clone_into(&mut worker.department);
            worker.manager = super::number(2);
        }
        // a name change: the login and the address stay, what people see does not
        if let Some(worker) = self.workers.get_mut(62) {
            worker.family = format!("{}-Sommer", worker.family);
        }
        // on leave, and to stay enabled
        if let Some(worker) = self.workers.get_mut(71) {
            worker.on_leave = true;
        }
    }

    fn add_leavers(&mut self) {
        let person = self.person("000482".to_owned(), "Ana", "Kovač", 0, 2);
        let (ana, _) = self.employ(person);
        for (index, days) in [(80, -1), (ana, 0), (87, 1), (94, 10), (101, -21)] {
            let last = self.days(days);
            if let Some(worker) = self.workers.get_mut(index) {
                worker.last_day = Some(last);
            }
        }
        // left long ago and rightly disabled, but somebody still has him as manager in the directory
        let person = self.person("000490".to_owned(), "Viktor", "Stahl", 3, 2);
        let (left, account) = self.employ(person);
        let last = self.days(-60);
        if let Some(worker) = self.workers.get_mut(left) {
            worker.last_day = Some(last);
        }
        self.disable(account);
        if let Some(account) = self.accounts.get_mut(108) {
            "000490".clone_into(&mut account.worker.manager);
        }
    }

    fn add_rehires(&mut self) {
        // back under the same number
        let person = self.person("000501".to_owned(), "Greta", "Holm", 4, 2);
        let (worker, account) = self.employ(person);
        self.disable(account);
        let (since, first) = (self.days(-3), self.days(-900));
        if let Some(worker) = self.workers.get_mut(worker) {
            worker.hired = since;
        }
        // back under a new number
        let mut person = self.person("000502".to_owned(), "Tariq", "Aziz", 1, 3);
        person.hired = first;
        let (worker, account) = self.employ(person);
        self.disable(account);
        if let Some(worker) = self.workers.get_mut(worker) {
            worker.previous = std::mem::replace(&mut worker.number, "002101".to_owned());
            worker.email.clear();
            worker.hired = since;
        }
    }

    /// What wants a person: two entries with one number, and an account of nobody.
    fn add_doubts(&mut self) {
        let person = self.person("000511".to_owned(), "Maya", "Stern", 2, 1);
        let (worker, _) = self.employ(person.clone());
        let (uid, mail) = (self.taken.uid(&person), self.taken.mail(&person));
        self.accounts.push(Account {
            worker: person,
            uid,
            mail,
            enabled: true,
            chat: false,
            chat_name: None,
        });
        if let Some(worker) = self.workers.get_mut(worker) {
            worker.email.clear();
        }
        let person = self.person("000999".to_owned(), "Old", "Contractor", 3, 1);
        let (orphan, _) = self.employ(person);
        self.workers.remove(orphan);
    }

    /// What somebody changed by hand.
    fn add_drift(&mut self) {
        if let Some(account) = self.accounts.get_mut(120) {
            "Chief Dreamer".clone_into(&mut account.worker.title);
        }
        if let Some(account) = self.accounts.get_mut(127) {
            account.worker.phone.clear();
        }
        if let Some(account) = self.accounts.get_mut(134) {
            account.chat_name = Some(format!("{} ★", account.worker.given));
        }
    }

    fn disable(&mut self, account: usize) {
        if let Some(account) = self.accounts.get_mut(account) {
            account.enabled = false;
        }
    }
}
