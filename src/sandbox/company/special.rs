//! The people that stories are told of: those that are in order but hard to handle, and what is pending on day 0,
//! one of each kind an admin meets.

use super::Company;
use super::worker::{Account, Worker};

/// Joiners: given name, family name, department, days until the first day.
const JOINERS: [(&str, &str, usize, i32); 7] = [
    ("Nadia", "Petrova", 0, 0),
    ("Łukasz", "Żak", 1, 0),
    ("小龍", "李", 0, 3),
    ("Sigrún", "Þórsson", 4, 7),
    ("Amélie", "Dubois", 2, 12),
    ("Kofi", "Mensah", 3, 13),
    // a second Anna Schmidt: the login and the address are taken
    ("Anna", "Schmidt", 1, 5),
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
    /// Adds those for whom nothing is to be done on the day before day 0.
    pub(super) fn add_people_in_order(&mut self) {
        for (index, (given, family)) in HARD_NAMES.into_iter().enumerate() {
            let person = self.person(format!("{:06}", 1001 + index), given, family, index % 6, 1);
            self.employ(person);
        }
        // hired, but not within the fourteen days
        let mut person = self.person("002008".to_owned(), "Ingrid", "Lindqvist", 5, 1);
        person.hired = self.days(30);
        self.workers.push(person);
        // the leaver everybody sees first
        let person = self.person("000482".to_owned(), "Ana", "Kovač", 0, 2);
        self.employ(person);
        for (number, given, family, department, title, left) in [
            ("000490", "Viktor", "Stahl", 3, 2, -60),
            ("000501", "Greta", "Holm", 4, 2, -40),
            ("000502", "Tariq", "Aziz", 1, 3, -35),
        ] {
            let mut person = self.person(number.to_owned(), given, family, department, title);
            person.hired = self.days(-900);
            person.last_day = Some(self.days(left));
            let (_, account) = self.employ(person);
            if let Some(account) = self.accounts.get_mut(account) {
                account.enabled = false;
            }
        }
        for (index, days) in [(80, -1), (87, 1), (94, 10)] {
            let last = self.days(days);
            if let Some(worker) = self.workers.get_mut(index) {
                worker.last_day = Some(last);
            }
        }
        self.add_doubts();
    }

    /// What wants a person, on any day: two entries with one number, and an account of nobody.
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
        });
        if let Some(worker) = self.workers.get_mut(worker) {
            worker.email.clear();
        }
        let person = self.person("000999".to_owned(), "Old", "Contractor", 3, 1);
        let (orphan, _) = self.employ(person);
        self.workers.remove(orphan);
    }

    /// Changes HR's rows as they are on day 0.
    pub(super) fn add_news(&mut self) {
        for (index, (given, family, department, days)) in JOINERS.into_iter().enumerate() {
            let mut worker = self.person(format!("{:06}", 2001 + index), given, family, department, 1);
            worker.hired = self.days(days);
            self.workers.push(worker);
        }
        self.move_people();
        let today = self.today;
        self.with("000482", |ana| ana.last_day = Some(today));
        // HR hears of it three weeks late
        let late = self.days(-21);
        if let Some(worker) = self.workers.get_mut(101) {
            worker.last_day = Some(late);
        }
        let since = self.days(-3);
        self.with("000501", |back| {
            back.hired = since;
            back.last_day = None;
        });
        self.with("000502", |back| {
            back.previous = std::mem::replace(&mut back.number, "002101".to_owned());
            back.email.clear();
            back.hired = since;
            back.last_day = None;
        });
    }

    fn move_people(&mut self) {
        let moves = [
            (25, "Engineering", "Software Engineer", 0),
            (30, "Sales", "Sales Engineer", 1),
            (57, "Finance", "", 2),
        ];
        for (index, department, title, manager) in moves {
            if let Some(worker) = self.workers.get_mut(index) {
                department.clone_into(&mut worker.department);
                if !title.is_empty() {
                    title.clone_into(&mut worker.title);
                }
                worker.manager = super::number(manager);
            }
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
        // a name change: the login and the address stay, what people see does not
        if let Some(worker) = self.workers.get_mut(62) {
            worker.family = format!("{}-Sommer", worker.family);
        }
        // on leave: the directory keeps the account as it is, the chat closes it
        if let Some(worker) = self.workers.get_mut(71) {
            worker.on_leave = true;
        }
    }

    fn with(&mut self, number: &str, change: impl FnOnce(&mut Worker)) {
        if let Some(worker) = self.workers.iter_mut().find(|worker| worker.number == number) {
            change(worker);
        }
    }
}
