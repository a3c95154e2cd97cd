//! The program under test: runs it, and takes its plan apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use usher::{
    model::{After, FindingKind, LinkOwner, Operation, Reference, Value},
    store::{Store as _, sqlite::SqliteStore},
};

use super::account::Target;
use crate::support::home::Home;

/// A configured program.
pub struct Program {
    pub home: Home,
    config: PathBuf,
    secret: (&'static str, String),
    now: String,
    target: &'static Target,
}

/// An operation in the terms of the tests: people by their first number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Op {
    pub kind: String,
    pub situation: String,
    pub event: String,
    /// When it is due; "" is now.
    pub due: String,
    pub scheduled: bool,
    /// The container it is in afterwards, or the group.
    pub place: String,
    pub changes: BTreeMap<String, String>,
}

/// A plan in the terms of the tests.
#[derive(Debug, Default)]
pub struct Plan {
    pub operations: BTreeMap<String, BTreeSet<Op>>,
    /// By situation, nought left out.
    pub situations: BTreeMap<String, usize>,
    /// Kind and whom it is about: a person, or the DN of an entry.
    pub findings: BTreeSet<(String, String)>,
    /// The names chosen for new accounts.
    pub logins: BTreeMap<String, String>,
}

impl Program {
    /// Writes the configuration from a template; the feed is `hr.csv` beside it.
    pub fn new(template: &Path, target: &'static Target, url: &str, secret: (&'static str, &str)) -> Self {
        let home = Home::new();
        let config = home.path("usher.toml");
        let text = std::fs::read_to_string(template).expect("the template");
        let text = text
            .replace("@HR@", &home.path("hr.csv").display().to_string())
            .replace("@STORE@", &home.path("usher.db").display().to_string())
            .replace("@LDAP@", url)
            .replace("@SCIM@", url);
        std::fs::write(&config, text).expect("room for the configuration");
        Self {
            home,
            config,
            secret: (secret.0, secret.1.to_owned()),
            now: String::new(),
            target,
        }
    }

    /// A new feed arrives, and it is noon of its day.
    pub fn day(&mut self, feed: &Path, date: &str) {
        std::fs::copy(feed, self.home.path("hr.csv")).expect("room for the feed");
        self.now = format!("{date}T12:00:00Z");
    }

    /// Runs a command; gives its exit code and what it printed.
    pub fn run(&self, arguments: &[&str]) -> (i32, Json) {
        let output = self
            .home
            .usher()
            .args(["--json", "--now", &self.now, "--config"])
            .arg(&self.config)
            .args(arguments)
            .env(self.secret.0, &self.secret.1)
            .output()
            .expect("the program runs");
        let (text, errors) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        let json = serde_json::from_str(&text).unwrap_or_else(|_| Json::String(format!("{text}{errors}")));
        (output.status.code().unwrap_or(-1), json)
    }

    /// Makes a plan and gives it, with the people named by `owner`.
    pub fn plan(&self, owner: &HashMap<String, String>) -> (i32, Plan) {
        let (code, report) = self.run(&["plan"]);
        assert!(
            code == 0 || code == 2,
            "there is a plan, and it is whole: {report}"
        );
        let (_, shown) = self.run(&["show", "--scheduled"]);
        let plan = self.stored(owner);
        let counted: usize = plan.operations.values().map(BTreeSet::len).sum();
        assert_eq!(
            shown["rows"].as_array().expect("rows").len(),
            counted,
            "`show` lists every operation"
        );
        assert_eq!(
            shown["findings"].as_array().expect("findings").len(),
            plan.findings.len()
        );
        (code, plan)
    }

    /// Approves what is due and applies it; everything must succeed.
    pub fn approve_and_apply(&self) {
        let (code, answer) = self.run(&["approve", "--all"]);
        assert_eq!(code, 0, "{answer}");
        let (code, run) = self.run(&["apply"]);
        assert_eq!(code, 0, "{run}");
        for system in run["systems"].as_array().expect("systems") {
            assert_eq!(
                (&system["done"], &system["failed"]),
                (&system["total"], &Json::from(0)),
                "{run}"
            );
        }
    }

    fn stored(&self, owner: &HashMap<String, String>) -> Plan {
        let store = SqliteStore::open(&self.home.path("usher.db")).expect("the store");
        let links = store.memory().expect("links").links;
        let people: HashMap<_, _> = links
            .iter()
            .filter(|link| matches!(link.owner, LinkOwner::Source(_)))
            .map(|link| (link.person, owner[link.anchor].clone()))
            .collect();
        let stored = store.current_plan().expect("a readable store").expect("a plan");
        let mut plan = Plan::default();
        for situations in stored.situations.values() {
            for (situation, count) in situations {
                *plan.situations.entry(situation.word().to_owned()).or_default() += count;
            }
        }
        for finding in stored.findings {
            let who = match (finding.kind, finding.person) {
                (FindingKind::DanglingReference, Some(person)) => people[&person].clone(),
                _ => finding.subject.clone(),
            };
            assert!(
                plan.findings.insert((finding.kind.word().to_owned(), who)),
                "twice: {finding:?}"
            );
        }
        let named = |value: &Value<'static>| match value {
            Value::Reference(Reference::Account { person, .. }) => format!("account of {}", people[person]),
            value => value.as_text().unwrap_or_default().into_owned(),
        };
        store
            .operations(stored.id, &mut |stored| {
                let operation: Operation = stored.operation;
                let person = people[&operation.person.expect("everything is about people")].clone();
                let mut changes: BTreeMap<String, String> = BTreeMap::new();
                for change in &operation.changes {
                    let After::Known(after) = &change.after else {
                        panic!("nothing is deferred: {change:?}")
                    };
                    let known = self
                        .target
                        .attributes
                        .iter()
                        .find(|(_, own)| *own == change.attribute);
                    let name = known.map_or(change.attribute.as_str(), |(name, _)| name);
                    changes.insert(name.to_owned(), named(after));
                }
                let membership = changes.remove("member").is_some();
                let place = if membership {
                    operation.target.location.clone()
                } else {
                    operation.target.container.clone().unwrap_or_default()
                };
                if operation.kind.word() == "create"
                    && let Some(login) = changes.remove(self.target.login)
                {
                    plan.logins.insert(person.clone(), login);
                }
                let op = Op {
                    kind: operation.kind.word().to_owned(),
                    situation: operation.situation.word().to_owned(),
                    event: operation.event.map_or("", |event| event.word()).to_owned(),
                    due: operation.due.map_or_else(String::new, |due| due.to_string()),
                    scheduled: stored.scheduled,
                    place,
                    changes,
                };
                assert!(
                    plan.operations.entry(person).or_default().insert(op),
                    "an operation twice"
                );
            })
            .expect("the operations");
        plan
    }
}
