//! What the plan must be: every person looked up in the table, every value worked out from HR and `ldapsearch`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    account::{Account, Target},
    case::Case,
    directory::Directory,
    hr::{Feed, Row, Standing, midnight, next, same},
    program::{Op, Plan},
    table::{Rule, TABLE, UNOWNED, WEIGHT},
};

/// A group by rule: its name, and whom HR entitles to it.
pub type Entitlement = (&'static str, fn(&Row) -> bool);

/// The groups by rule of the directory.
pub const ENTITLED: &[Entitlement] = &[
    ("mgr-Sales/EMEA + APAC", |row| {
        let title = row.job_title.to_lowercase();
        let manages = ["vice president, ", "director, ", "manager, "]
            .iter()
            .any(|word| title.starts_with(word));
        row.department.trim() == "Sales/EMEA + APAC" && manages
    }),
    ("contractors", |row| row.person_type == "contractor"),
    ("procurement", |row| row.department.trim() == "Procurement"),
];

/// What is known before a plan.
pub struct World<'a> {
    /// The kind of system.
    pub target: &'a Target,
    /// Its groups by rule.
    pub entitled: &'a [Entitlement],
    /// The feed of the day.
    pub today: &'a Feed,
    /// People of former days whom the feed no longer names.
    pub gone: &'a BTreeSet<String>,
    /// The directory now.
    pub directory: &'a Directory,
    /// Whose account is which: person → login.
    pub owners: &'a HashMap<String, String>,
    /// What the answer keys say of people: conditions on the first day (with the login), events on the second.
    pub known: &'a HashMap<String, Vec<(String, String)>>,
    /// Memberships usher answers for: (place among the groups by rule, person).
    pub granted: &'a BTreeSet<(usize, String)>,
    /// Whether usher has seen the accounts before.
    pub linked: bool,
}

/// The plan that must come out, and what it rests on.
pub struct Expected {
    pub plan: Plan,
    /// Memberships usher answers for once the plan is applied.
    pub granted: BTreeSet<(usize, String)>,
    /// How often each row of the table was used, by its place.
    pub used: BTreeMap<usize, usize>,
}

impl World<'_> {
    /// Looks everybody up.
    pub fn expected(&self) -> Expected {
        let mut expected = Expected {
            plan: Plan::default(),
            granted: BTreeSet::new(),
            used: BTreeMap::new(),
        };
        let people = self.today.people.iter().map(|(person, row)| (person, Some(row)));
        for (person, row) in people.chain(self.gone.iter().map(|person| (person, None))) {
            self.person(person, row, &mut expected);
        }
        self.unowned(&mut expected.plan);
        expected
    }

    fn standing(&self, row: Option<&Row>) -> Standing {
        row.map_or(Standing::Over, |row| row.standing(&self.today.date))
    }

    fn account(&self, person: &str) -> Option<&Account> {
        self.owners
            .get(person)
            .map(|login| &self.directory.accounts[login])
    }

    /// Whom HR names as the manager, if that is anybody.
    fn manager(&self, row: &Row) -> Option<&String> {
        self.today.owner.get(&row.manager_id)
    }

    /// The manager whose account a person's entry should name: one that is there, or is made by this plan.
    fn named_manager(&self, row: &Row) -> Option<&String> {
        let manager = self.manager(row)?;
        let is_new = || self.today.people[manager].standing(&self.today.date) == Standing::AtWork;
        (self.owners.contains_key(manager) || is_new()).then_some(manager)
    }

    /// What an account should hold of what the target has a place for.
    fn wanted(&self, row: &Row) -> BTreeMap<&'static str, String> {
        let mut wanted = row.wanted();
        wanted.retain(|name, _| self.target.attributes.iter().any(|(known, _)| known == name));
        wanted
    }

    fn differing(&self, person: &str, row: &Row) -> BTreeMap<&'static str, String> {
        let Some(entry) = self.account(person) else {
            return BTreeMap::new();
        };
        let mut differing = self.wanted(row);
        differing
            .retain(|attribute, value| !matches!(entry.all(attribute)[..], [there] if same(there, value)));
        if let Some(manager) = self.named_manager(row) {
            let there = entry.get("manager").unwrap_or_default();
            if self
                .account(manager)
                .is_none_or(|account| !account.place.eq_ignore_ascii_case(there))
            {
                differing.insert("manager", format!("account of {manager}"));
            }
        }
        differing
    }

    fn person(&self, person: &String, row: Option<&Row>, expected: &mut Expected) {
        let standing = self.standing(row);
        let account = self.account(person);
        let differing = match row {
            Some(row) if standing == Standing::AtWork => self.differing(person, row),
            _ => BTreeMap::new(),
        };
        let mut case = Case {
            standing,
            gone: row.is_none(),
            account,
            differing,
            member: false,
        };
        let mut rules: Vec<(&Rule, &str)> = Vec::new();
        let mut look_up = |what: &str, detail: &'static str, case: &Case<'_>| {
            let at = TABLE
                .iter()
                .position(|rule| rule.what == what && rule.when.1(case));
            let at = at.unwrap_or_else(|| {
                panic!("the table has no row for {what} of {person}: {standing:?} {account:?}")
            });
            *expected.used.entry(at).or_default() += 1;
            rules.push((&TABLE[at], detail));
            &TABLE[at]
        };
        look_up("anybody", "", &case);
        for (what, login) in self.known.get(person).into_iter().flatten() {
            let rule = look_up(what, "", &case);
            if rule.finding == "orphan" {
                let dn = self.directory.accounts[login].place.clone();
                expected.plan.findings.insert(("orphan".to_owned(), dn));
            }
        }
        if let Some(row) = row {
            if standing != Standing::Over && row.end().is_some() {
                look_up("end in sight", "", &case);
            }
            if !row.manager_id.is_empty() && self.manager(row).is_none() {
                look_up("no such manager", "", &case);
            }
            if row.location == "N/A" {
                look_up("city N/A", "", &case);
            }
            let spelled = |attribute, text: &str| {
                account.is_some_and(|entry| entry.get(attribute).unwrap_or_default() != text)
            };
            let renamed = |(what, _): &(String, String)| {
                matches!(what.as_str(), "ascii_name" | "swapped_names" | "name_change")
            };
            let explained = self.known.get(person).into_iter().flatten().any(renamed);
            if !explained && (spelled("givenName", &row.given_name) || spelled("sn", &row.family_name)) {
                look_up("spelling", "", &case);
            }
        }
        for (at, (group, when)) in self.entitled.iter().enumerate() {
            let grant = (at, person.clone());
            case.member = self
                .owners
                .get(person)
                .is_some_and(|login| self.directory.groups[*group].1.contains(login));
            // whoever is not over has an account or gets one
            if standing != Standing::Over && row.is_some_and(when) {
                look_up("entitled", group, &case);
                if case.has_account() || case.at_work() {
                    expected.granted.insert(grant);
                }
            } else if self.granted.contains(&grant) {
                look_up("no longer entitled", group, &case);
            }
        }
        self.add_up(person, row, &case, &rules, &mut expected.plan);
    }

    /// Adds up what the rows about one person say.
    fn add_up(
        &self,
        person: &str,
        row: Option<&Row>,
        case: &Case<'_>,
        rules: &[(&Rule, &str)],
        plan: &mut Plan,
    ) {
        let stands = rules[0].0.situation;
        let mut event = "";
        let mut left = case.differing.clone();
        let mut changes = BTreeMap::new();
        let mut operations: BTreeSet<(&str, &str)> = BTreeSet::new();
        for (rule, detail) in rules {
            let agrees = rule.situation.is_empty() || rule.situation == stands;
            assert!(
                agrees,
                "{person}: `{}` ({}) and `{}` ({}) disagree",
                rules[0].0.what, rules[0].0.when.0, rule.what, rule.when.0
            );
            let weight = |event: &str| {
                WEIGHT
                    .iter()
                    .position(|known| *known == event)
                    .expect("a known event")
            };
            if weight(rule.event) > weight(event) {
                event = rule.event;
            }
            if rule.finding == "dangling-reference" {
                plan.findings.insert((rule.finding.to_owned(), person.to_owned()));
            }
            for what in rule.does {
                match what.strip_prefix("update ") {
                    None => {
                        operations.insert((what, detail));
                    }
                    Some(may) => {
                        let (may, rest) = left
                            .into_iter()
                            .partition(|(name, _)| may == "*" || may.split(' ').any(|known| known == *name));
                        left = rest;
                        let may: BTreeMap<_, _> = may;
                        changes.extend(may);
                    }
                }
            }
        }
        assert!(
            left.is_empty(),
            "{person}: no row of the table says why these differ: {left:?}; {row:?}; {:?}",
            case.account
        );
        let situation = match (stands, self.linked) {
            ("owned", false) => "found",
            ("owned", true) => "confirmed",
            (other, _) => other,
        };
        *plan.situations.entry(situation.to_owned()).or_default() += 1;
        let in_sight = self.in_sight();
        let mut add = |kind: &str, due: String, place: &str, changes: BTreeMap<String, String>| {
            let scheduled = due > format!("{}T12:00:00Z", self.today.date);
            // a last day within two weeks makes a leaver in sight
            let event = if kind == "disable" && scheduled && due <= in_sight {
                "leaver"
            } else {
                event
            };
            let op = Op {
                kind: kind.to_owned(),
                situation: situation.to_owned(),
                event: event.to_owned(),
                due,
                scheduled,
                place: place.to_owned(),
                changes,
            };
            plan.operations.entry(person.to_owned()).or_default().insert(op);
        };
        if !changes.is_empty() {
            let changes = changes
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            add("update", String::new(), "", changes);
        }
        let (usable, unusable) = self.target.containers;
        for (what, group) in operations {
            match what {
                "create" => add("create", self.birthday(row), usable, self.newborn(row)),
                "enable" => add("enable", String::new(), usable, BTreeMap::new()),
                "disable" => add("disable", self.past_end(row), unusable, BTreeMap::new()),
                "schedule disable" => {
                    let end = row.and_then(Row::end).expect("an end in sight");
                    add("disable", midnight(&next(end)), unusable, BTreeMap::new());
                }
                "add-member" | "remove-member" => {
                    let due = if case.has_account() {
                        String::new()
                    } else {
                        self.birthday(row)
                    };
                    add(what, due, &self.directory.groups[group].0, BTreeMap::new());
                }
                other => panic!("no such operation: {other}"),
            }
        }
    }

    /// Until when an end to come makes a leaver.
    fn in_sight(&self) -> String {
        let today: jiff::civil::Date = self.today.date.parse().expect("a date");
        let limit = today.checked_add(jiff::Span::new().days(14)).expect("a date");
        format!("{limit}T12:00:00Z")
    }

    /// When a new account is due: on the first day, as long as that is not long ago.
    fn birthday(&self, row: Option<&Row>) -> String {
        let row = row.expect("new accounts are for people in HR");
        let today: jiff::civil::Date = self.today.date.parse().expect("a date");
        let month_ago = today
            .checked_sub(jiff::Span::new().days(31))
            .expect("a date")
            .to_string();
        if row.hire_date >= month_ago {
            midnight(&row.hire_date)
        } else {
            String::new()
        }
    }

    fn newborn(&self, row: Option<&Row>) -> BTreeMap<String, String> {
        let row = row.expect("new accounts are for people in HR");
        let mut changes: BTreeMap<String, String> = self
            .wanted(row)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        if let Some(manager) = self.named_manager(row) {
            changes.insert("manager".to_owned(), format!("account of {manager}"));
        }
        changes
    }

    /// Since when an account should be disabled: the end of the last day if HR names one that is over.
    fn past_end(&self, row: Option<&Row>) -> String {
        let end = row
            .and_then(Row::end)
            .filter(|end| *end < self.today.date.as_str());
        end.map_or_else(String::new, |end| midnight(&next(end)))
    }

    /// Accounts of nobody.
    fn unowned(&self, plan: &mut Plan) {
        let owned: std::collections::HashSet<&String> = self.owners.values().collect();
        for (login, entry) in &self.directory.accounts {
            if owned.contains(login) {
                continue;
            }
            let condition = if entry.place.ends_with(",ou=service,dc=example,dc=com") {
                "service"
            } else {
                "orphan"
            };
            let (_, situation, finding, _) = UNOWNED.iter().find(|row| row.0 == condition).expect("a row");
            *plan.situations.entry((*situation).to_owned()).or_default() += 1;
            if !finding.is_empty() {
                plan.findings.insert(((*finding).to_owned(), entry.place.clone()));
            }
        }
    }
}
