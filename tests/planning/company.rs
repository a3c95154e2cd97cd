//! A company in memory: HR rows, directory entries, groups, and what is remembered between two plans.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use jiff::Timestamp;
use usher::{
    config::Config,
    model::{
        After, Anchor, Column, Comparison, Completeness, Coverage, Grant, Kind, Link, LinkOwner, Memory,
        Operation, PersonId, Plan, Read, ReadKind, RecordProblem, RecordSet, Reference, RuleName, Schema,
        Value, record::RecordHead,
    },
    planning::{
        Inputs,
        compile::{Compiled, RuleError, SystemSchema, compile},
        plan,
        why::{Scene, look},
    },
};

/// The rules most tests use.
pub const RULES: &str = include_str!("company.toml");

/// An account in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    pub dn: String,
    pub enabled: bool,
    pub attributes: BTreeMap<String, String>,
}

/// A company.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a way for a read to go wrong"
)]
pub struct Company {
    pub rules: String,
    pub now: Timestamp,
    pub hr_header: Vec<&'static str>,
    pub hr: Vec<Vec<String>>,
    pub entries: BTreeMap<String, Entry>,
    /// Accounts in a second system, by their ids: `dn` is the name of the user.
    pub chat: BTreeMap<String, Entry>,
    /// Group DN → members.
    pub groups: BTreeMap<String, Vec<String>>,
    /// Group DN → security identifier, in a domain.
    pub group_sids: BTreeMap<String, String>,
    /// Groups of the second system by their names → ids of members.
    pub chat_groups: BTreeMap<String, Vec<String>>,
    pub memory: Memory,
    pub hr_is_complete: bool,
    pub hr_problems: usize,
    /// Whether what a plan would adopt is adopted at once.
    pub adopts: bool,
    /// What the directory's schema says that the fixture's does not: columns by their names, added or replaced.
    /// Several values of one are separated by `|`.
    pub columns: Vec<Column>,
    /// Whether accounts in the directory can be disabled.
    pub directory_has_state: bool,
    pub directory_is_complete: bool,
    pub groups_are_complete: bool,
    next_anchor: usize,
}

const ATTRIBUTES: [&str; 9] = [
    "uid",
    "cn",
    "sn",
    "givenName",
    "employeeNumber",
    "title",
    "departmentNumber",
    "mail",
    "manager",
];

impl Company {
    /// A company on 21 November 2026, nine o'clock in Berlin.
    pub fn new(hr: &[&str]) -> Self {
        Self {
            rules: RULES.to_owned(),
            now: "2026-11-21T08:00:00Z".parse().unwrap(),
            hr_header: vec![
                "id",
                "previous",
                "given",
                "family",
                "status",
                "department",
                "title",
                "manager",
                "hired",
                "last_day",
            ],
            hr: hr.iter().map(|line| row(line)).collect(),
            entries: BTreeMap::new(),
            chat: BTreeMap::new(),
            groups: BTreeMap::new(),
            group_sids: BTreeMap::new(),
            chat_groups: BTreeMap::new(),
            memory: Memory::default(),
            hr_is_complete: true,
            hr_problems: 0,
            adopts: true,
            columns: Vec::new(),
            directory_has_state: true,
            directory_is_complete: true,
            groups_are_complete: true,
            next_anchor: 0,
        }
    }

    /// Replaces the HR rows.
    pub fn hr(&mut self, hr: &[&str]) {
        self.hr = hr.iter().map(|line| row(line)).collect();
    }

    /// Puts an account into the directory: `uid | employeeNumber | title | department | …`, in any order.
    pub fn entry(&mut self, dn: &str, enabled: bool, attributes: &[(&str, &str)]) -> String {
        self.next_anchor += 1;
        let anchor = format!("anchor-{:03}", self.next_anchor);
        let attributes = attributes
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        self.entries.insert(
            anchor.clone(),
            Entry {
                dn: dn.to_owned(),
                enabled,
                attributes,
            },
        );
        anchor
    }

    /// Compiles the rules against the attributes that there are.
    pub fn compiled(&self) -> Result<Compiled, Vec<RuleError>> {
        let config =
            Config::parse(Path::new("/company/usher.toml"), &self.rules).unwrap_or_else(|e| panic!("{e}"));
        let schemas: Vec<_> = self
            .reads()
            .iter()
            .map(|read| SystemSchema {
                system: read.system.clone(),
                schema: (**read.records.schema()).clone(),
            })
            .collect();
        compile(&config.rules, &schemas)
    }

    fn reads(&self) -> Vec<Read> {
        let mut reads = vec![self.read_hr(), self.read_directory()];
        if self.rules.contains("[systems.chat]") {
            reads.push(self.read_chat());
        }
        reads
    }

    /// Adds a line to the attributes that accounts are mapped to.
    pub fn map(&mut self, line: &str) {
        let place = "[accounts.attributes]\n";
        let with = format!("{place}{line}\n");
        self.rules = self.rules.replacen(place, &with, 1);
    }

    /// Compiles the rules and hands them out with what a plan is made from.
    pub fn with_inputs<T>(&self, work: impl FnOnce(&Compiled, &Inputs<'_>) -> T) -> T {
        let compiled = self.compiled().unwrap_or_else(|errors| panic!("{errors:?}"));
        let (reads, groups) = self.all_reads();
        let inputs = Inputs {
            now: self.now,
            reads: &reads,
            groups: &groups,
            memory: &self.memory,
        };
        work(&compiled, &inputs)
    }

    /// Reads everything: accounts, and groups.
    pub fn all_reads(&self) -> (Vec<Read>, Vec<Read>) {
        let mut groups = vec![self.read_groups()];
        if !self.chat_groups.is_empty() {
            groups.push(self.read_chat_groups());
        }
        (self.reads(), groups)
    }

    /// Looks at everybody once more, to tell the why of values.
    pub fn look<T>(&self, tell: impl FnOnce(&Scene<'_>) -> T) -> T {
        self.with_inputs(|compiled, inputs| look(compiled, inputs, tell).unwrap())
    }

    /// Plans, and remembers what the plan says to remember.
    pub fn plan(&mut self) -> Plan {
        let planned = self.with_inputs(|compiled, inputs| {
            let planned = plan(compiled, inputs).unwrap();
            let again = plan(compiled, inputs).unwrap();
            assert_eq!(planned.plan, again.plan, "planning is a pure function");
            planned
        });
        let change = planned.change;
        self.memory.links.append(change.links);
        change.settled.apply(&mut self.memory.settled).unwrap();
        self.memory.events = change.events;
        self.memory.timers = change.timers;
        self.memory.reservations = change.reservations;
        self.memory.grants.extend(change.adopted);
        if self.adopts {
            self.adopt(&planned.plan);
        }
        planned.plan
    }

    /// Makes the links that a plan proposes.
    pub fn adopt(&mut self, plan: &Plan) {
        for operation in plan.adoptions.iter() {
            self.memory.links.push(&Link {
                person: operation.person.unwrap(),
                owner: LinkOwner::Account(operation.rule),
                anchor: operation.target.anchor.unwrap(),
                why: operation.why,
                since: self.now,
            });
        }
    }

    /// Applies the due operations of a plan in their order; what it adopts is adopted already.
    pub fn apply(&mut self, plan: &Plan) {
        let mut done: std::collections::BTreeSet<_> = plan.adoptions.fingerprints().collect();
        let mut left: Vec<&Operation> = plan.operations.iter().collect();
        while !left.is_empty() {
            let before = left.len();
            left.retain(|operation| {
                let ready = operation.waits_for.iter().all(|other| done.contains(other));
                if ready {
                    self.write(operation);
                    done.insert(operation.fingerprint);
                }
                !ready
            });
            assert!(
                left.len() < before,
                "operations wait for each other in a circle: {left:?}"
            );
        }
    }

    /// Applies the due operations of a plan but those that fail, and those that need one that fails.
    pub fn apply_but(&mut self, plan: &Plan, fails: impl Fn(&Operation) -> bool) {
        let mut failed: Vec<&Operation> = Vec::new();
        let mut ended = std::collections::BTreeSet::new();
        let mut left: Vec<&Operation> = plan.operations.iter().collect();
        while !left.is_empty() {
            let before = left.len();
            left.retain(|operation| {
                if !operation.waits_for.iter().all(|other| ended.contains(other)) {
                    return true;
                }
                let needed = failed.iter().any(|other| {
                    operation.waits_for.contains(&other.fingerprint)
                        && operation.needs(other.kind, other.person, &other.rule)
                });
                if needed || fails(operation) {
                    failed.push(*operation);
                } else {
                    let mut possible = (*operation).clone();
                    possible
                        .changes
                        .retain(|change| self.is_there(&change.after, operation));
                    self.write(&possible);
                }
                ended.insert(operation.fingerprint);
                false
            });
            assert!(left.len() < before, "a circle: {left:?}");
        }
    }

    /// Whether the account is there that a value refers to.
    fn is_there(&self, after: &After, operation: &Operation) -> bool {
        let After::Known(Value::Reference(Reference::Account { person, rule })) = after else {
            return true;
        };
        let owner = LinkOwner::Account(rule.clone());
        let mut links = self.memory.links.iter();
        links.any(|link| link.person == *person && *link.owner == owner)
            || !operation.can_do_without(*person, rule)
    }

    /// What an account has in an attribute; nothing if there is no such account, or it has none.
    pub fn holds(&self, dn: &str, attribute: &str) -> Option<&str> {
        let entry = self.entries.values().find(|entry| entry.dn == dn)?;
        entry.attributes.get(attribute).map(String::as_str)
    }

    /// Does what an operation says.
    pub fn write(&mut self, operation: &Operation) {
        let link = |anchor: &str, person: PersonId, rule: &RuleName| Link {
            person,
            owner: LinkOwner::Account(rule.clone()),
            anchor: Anchor::from(anchor),
            why: "created".to_owned(),
            since: self.now,
        };
        match operation.kind {
            Kind::Create => {
                let pairs = self.texts(operation);
                let pairs: Vec<_> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                assert!(
                    self.entries
                        .values()
                        .all(|entry| entry.dn != operation.target.location),
                    "{operation:?}"
                );
                let link = |anchor: &str| link(anchor, operation.person.unwrap(), &operation.rule);
                let anchor_is = format!("anchor-{:03}", self.next_anchor + 1);
                let new = link(&anchor_is);
                let anchor = self.entry(
                    &operation.target.location,
                    operation.usable.unwrap_or(true),
                    &pairs,
                );
                assert_eq!(anchor, anchor_is);
                self.memory.links.push(&new);
            }
            Kind::AddMember | Kind::RemoveMember => {
                let (person, rule) = member(operation);
                let (dn, members) = if operation.system.as_str() == "chat" {
                    let anchor = self.account_anchor(person, &rule);
                    (
                        anchor,
                        self.chat_groups.get_mut(&operation.target.location).unwrap(),
                    )
                } else {
                    let dn = self.account_dn(person, &rule);
                    (dn, self.groups.get_mut(&operation.target.location).unwrap())
                };
                let grant = Grant {
                    person,
                    rule: operation.rule.clone(),
                    system: operation.system.clone(),
                    group: operation.target.anchor.clone().unwrap(),
                };
                if operation.kind == Kind::AddMember {
                    assert!(!members.contains(&dn));
                    members.push(dn);
                    self.memory.grants.push(grant);
                } else {
                    assert!(members.contains(&dn));
                    members.retain(|member| *member != dn);
                    self.memory.grants.retain(|known| *known != grant);
                }
            }
            Kind::Delete => {
                let anchor = operation.target.anchor.clone().unwrap();
                let entry = self.entries.remove(anchor.as_str()).unwrap();
                for other in self.entries.values_mut() {
                    other.attributes.retain(|_, value| *value != entry.dn);
                }
                self.memory.links.retain(|link| link.anchor != anchor.as_str());
            }
            _ => {
                let texts = self.texts(operation);
                let anchor = match &operation.target.anchor {
                    Some(anchor) => anchor.as_str().to_owned(),
                    None => self.account_anchor(operation.person.unwrap(), &operation.rule),
                };
                let entry = self.entries.get_mut(&anchor).unwrap();
                let mut name = None;
                for change in &operation.changes {
                    let had = entry.attributes.remove(&change.attribute);
                    if change.attribute == "uid" {
                        assert_eq!(had.as_deref(), change.before.as_text().as_deref());
                        name = texts.iter().find(|(name, _)| name == "uid").cloned();
                    }
                }
                entry.attributes.extend(texts);
                if let Some(usable) = operation.usable {
                    assert_ne!(entry.enabled, usable);
                    entry.enabled = usable;
                }
                if let Some(container) = &operation.target.container {
                    let rdn = entry.dn.split_once(',').unwrap().0.to_owned();
                    let (old, new) = (entry.dn.clone(), format!("{rdn},{container}"));
                    entry.dn.clone_from(&new);
                    self.rename(&old, &new);
                }
                if let Some((_, uid)) = name {
                    let old = self.entries[&anchor].dn.clone();
                    let new = format!("uid={uid},{}", old.split_once(',').unwrap().1);
                    let taken = self.entries.values().any(|entry| entry.dn == new);
                    assert!(!taken, "{new} is somebody else's still");
                    self.entries.get_mut(&anchor).unwrap().dn.clone_from(&new);
                    self.rename(&old, &new);
                }
            }
        }
    }

    /// What the directory's referential integrity does.
    fn rename(&mut self, old: &str, new: &str) {
        for entry in self.entries.values_mut() {
            for value in entry.attributes.values_mut().filter(|value| *value == old) {
                new.clone_into(value);
            }
        }
        for member in self.groups.values_mut().flatten().filter(|member| *member == old) {
            new.clone_into(member);
        }
    }

    fn texts(&self, operation: &Operation) -> Vec<(String, String)> {
        operation
            .changes
            .iter()
            .filter_map(|change| {
                let After::Known(value) = &change.after else {
                    panic!("unexpected {:?}", change.after)
                };
                let text = match value {
                    Value::Absent => return None,
                    Value::Reference(Reference::Account { person, rule }) => self.account_dn(*person, rule),
                    Value::List(_) => {
                        let texts = value.each().filter_map(Value::as_text);
                        texts.collect::<Vec<_>>().join("|")
                    }
                    other => other.as_text().unwrap().into_owned(),
                };
                Some((change.attribute.clone(), text))
            })
            .collect()
    }

    fn account_anchor(&self, person: PersonId, rule: &RuleName) -> String {
        let owner = LinkOwner::Account(rule.clone());
        let link = self
            .memory
            .links
            .iter()
            .find(|link| link.person == person && *link.owner == owner);
        link.expect("a link").anchor.to_owned()
    }

    fn account_dn(&self, person: PersonId, rule: &RuleName) -> String {
        self.entries[&self.account_anchor(person, rule)].dn.clone()
    }

    fn read_hr(&self) -> Read {
        let schema = Schema {
            columns: self.hr_header.iter().map(|name| Column::text(*name)).collect(),
        };
        let mut records = RecordSet::new(Arc::new(schema));
        for (line, row) in self.hr.iter().enumerate() {
            let location = format!("hr.csv line {}", line + 2);
            let head = RecordHead {
                anchor: &row[0],
                location: &location,
                enabled: None,
            };
            let mut writer = records.begin(head).unwrap();
            for field in row {
                if field.is_empty() {
                    writer.absent().unwrap();
                } else {
                    writer.one(field).unwrap();
                }
            }
        }
        let mut read = self.read("hr", records);
        if !self.hr_is_complete {
            read.completeness = Completeness::Partial("cut".to_owned());
        }
        read.problems = vec![
            RecordProblem {
                location: "hr.csv line 9".to_owned(),
                message: "too few fields".to_owned()
            };
            self.hr_problems
        ];
        read
    }

    fn read_directory(&self) -> Read {
        let known = ATTRIBUTES.map(|name| Column {
            comparison: if name == "manager" {
                Comparison::DistinguishedName
            } else {
                Comparison::IgnoreCase
            },
            multi_valued: true,
            ..Column::text(name)
        });
        let mut columns = known.to_vec();
        for column in &self.columns {
            match columns.iter_mut().find(|known| known.name == column.name) {
                Some(known) => known.clone_from(column),
                None => columns.push(column.clone()),
            }
        }
        let names: Vec<_> = columns.iter().map(|column| column.name.clone()).collect();
        let mut records = RecordSet::new(Arc::new(Schema { columns }));
        for (anchor, entry) in &self.entries {
            let head = RecordHead {
                anchor,
                location: &entry.dn,
                enabled: self.directory_has_state.then_some(entry.enabled),
            };
            let mut writer = records.begin(head).unwrap();
            for name in &names {
                match entry.attributes.get(name) {
                    Some(text) if text.contains('|') => writer.many(text.split('|')).unwrap(),
                    Some(text) => writer.one(text).unwrap(),
                    None => writer.absent().unwrap(),
                }
            }
        }
        let mut read = self.read("directory", records);
        if !self.directory_is_complete {
            read.completeness = Completeness::Partial("cut".to_owned());
        }
        read
    }

    fn read_chat(&self) -> Read {
        let name = Column {
            comparison: Comparison::IgnoreCase,
            ..Column::text("userName")
        };
        let mut records = RecordSet::new(Arc::new(Schema { columns: vec![name] }));
        for (anchor, entry) in &self.chat {
            let head = RecordHead {
                anchor,
                location: &entry.dn,
                enabled: Some(entry.enabled),
            };
            records.begin(head).unwrap().one(&entry.dn).unwrap();
        }
        self.read("chat", records)
    }

    fn read_groups(&self) -> Read {
        let member = Column {
            comparison: Comparison::DistinguishedName,
            multi_valued: true,
            ..Column::text("member")
        };
        let mut columns = vec![Column::text("name"), member];
        columns.extend((!self.group_sids.is_empty()).then(|| Column::text("objectSid")));
        let mut records = RecordSet::new(Arc::new(Schema { columns }));
        for (dn, members) in &self.groups {
            let head = RecordHead {
                anchor: dn,
                location: dn,
                enabled: None,
            };
            let mut writer = records.begin(head).unwrap();
            writer.one(dn.split(['=', ',']).nth(1).unwrap()).unwrap();
            writer.many(members.iter().map(String::as_str)).unwrap();
            match self.group_sids.get(dn) {
                Some(sid) => writer.one(sid).unwrap(),
                None if self.group_sids.is_empty() => {}
                None => writer.absent().unwrap(),
            }
        }
        let mut read = self.read("directory", records);
        if !self.groups_are_complete {
            read.completeness = Completeness::Partial("cut".to_owned());
        }
        read
    }

    fn read_chat_groups(&self) -> Read {
        let member = Column {
            comparison: Comparison::Exact,
            multi_valued: true,
            ..Column::text("member")
        };
        let mut records = RecordSet::new(Arc::new(Schema {
            columns: vec![Column::text("name"), member],
        }));
        for (name, members) in &self.chat_groups {
            let head = RecordHead {
                anchor: &format!("g-{name}"),
                location: name,
                enabled: None,
            };
            let mut writer = records.begin(head).unwrap();
            writer.one(name).unwrap();
            writer.many(members.iter().map(String::as_str)).unwrap();
        }
        self.read("chat", records)
    }

    fn read(&self, system: &str, records: RecordSet) -> Read {
        Read {
            system: system.into(),
            kind: ReadKind::Full,
            coverage: Coverage {
                question: "all".to_owned(),
            },
            completeness: Completeness::Complete,
            records,
            problems: vec![],
            started: self.now,
            ended: self.now,
        }
    }
}

fn row(line: &str) -> Vec<String> {
    line.split('|').map(|field| field.trim().to_owned()).collect()
}

fn member(operation: &Operation) -> (PersonId, RuleName) {
    let change = &operation.changes[0];
    let value = match (&change.before, &change.after) {
        (Value::Reference(reference), _) | (_, After::Known(Value::Reference(reference))) => reference,
        other => panic!("no member in {other:?}"),
    };
    match value {
        Reference::Account { person, rule } => (*person, rule.clone()),
        Reference::Object(_) => panic!("a member that is nobody"),
    }
}

/// Operations as one line each: `joiner create Ana Kovač [uid=akovac] `.
pub fn lines(operations: &[Operation]) -> Vec<String> {
    operations
        .iter()
        .map(|operation| {
            let event = operation.event.map_or("-", usher::model::LifecycleEvent::word);
            let mut line = format!("{event}: {} {}", operation.kind.word(), operation.subject);
            if matches!(operation.kind, Kind::Update) {
                let names: Vec<_> = operation
                    .changes
                    .iter()
                    .map(|change| change.attribute.as_str())
                    .collect();
                line = format!("{line} [{}]", names.join(" "));
            }
            if matches!(operation.kind, Kind::AddMember | Kind::RemoveMember) {
                line = format!("{line} {}", operation.target.location);
            }
            if let Some(due) = operation.due {
                line = format!("{line} @{due}");
            }
            line
        })
        .collect()
}
