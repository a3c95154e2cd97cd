//! One mapping of one attribute of one person, and the account it is for.

use std::{path::Path, sync::Arc};

use usher::{
    config::Config,
    model::{
        After, Column, Comparison, Completeness, Coverage, Kind, Memory, Operation, Plan, Read, ReadKind,
        RecordSet, Schema, Value, record::RecordHead,
    },
    planning::{
        Inputs,
        compile::{Compiled, RuleError, SystemSchema, compile},
        plan,
        why::{Why, look},
    },
};

/// One person, whose attribute `x` becomes the attribute `t` of an account.
pub const RULES: &str = r#"version = 1
time_zone = "UTC"
[systems.hr]
connector = "csv"
path = "hr.csv"
anchor = "id"
[systems.directory]
connector = "ldap"
url = "ldap://127.0.0.1"
bind_dn = "cn=usher"
password = { env = "PASSWORD" }
base = "dc=x"
[[people]]
name = "employees"
from = "hr"
attributes = { id = "[id]", x = "[x]", y = "[y]" }
[[accounts]]
name = "staff"
in = "directory"
container = '"ou=people,dc=x"'
match = [["uid", "[id]"]]
[accounts.attributes]
uid = "[id]"
"#;

/// What a source says of `x`.
#[derive(Debug, Clone, Copy)]
pub enum Said {
    Absent,
    Null,
    These(&'static [&'static str]),
}

pub const EMPTY: Said = Said::These(&[""]);
pub const NONE: Said = Said::These(&[]);

/// A mapping, what the source says, and what the account has; no account is one that is to be made.
#[derive(Clone)]
pub struct Case<'c> {
    pub mapping: &'c str,
    pub said: Said,
    pub has: Option<&'c [&'c str]>,
    pub target: Column,
}

pub fn target(multi_valued: bool) -> Column {
    Column {
        multi_valued,
        comparison: Comparison::IgnoreCase,
        ..Column::text("t")
    }
}

impl Case<'_> {
    fn read(system: &str, records: RecordSet) -> Read {
        Read {
            system: system.into(),
            kind: ReadKind::Full,
            coverage: Coverage {
                question: "all".to_owned(),
            },
            completeness: Completeness::Complete,
            records,
            problems: vec![],
            started: "2026-11-21T08:00:00Z".parse().unwrap(),
            ended: "2026-11-21T08:00:00Z".parse().unwrap(),
        }
    }

    fn hr(&self) -> Read {
        let columns = vec![Column::text("id"), Column::text("x"), Column::text("y")];
        let mut records = RecordSet::new(Arc::new(Schema { columns }));
        let head = RecordHead {
            anchor: "7",
            location: "hr.csv line 2",
            enabled: None,
        };
        let mut writer = records.begin(head).unwrap();
        writer.one("7").unwrap();
        match self.said {
            Said::Absent => writer.absent().unwrap(),
            Said::Null => writer.cell(usher::model::Cell::Null).unwrap(),
            Said::These([one]) => writer.one(one).unwrap(),
            Said::These(many) => writer.many(many.iter().copied()).unwrap(),
        }
        writer.one("why").unwrap();
        drop(writer);
        Self::read("hr", records)
    }

    fn directory(&self) -> Read {
        let columns = vec![Column::text("uid"), self.target.clone()];
        let mut records = RecordSet::new(Arc::new(Schema { columns }));
        if let Some(has) = self.has {
            let head = RecordHead {
                anchor: "a-7",
                location: "uid=7,ou=people,dc=x",
                enabled: Some(true),
            };
            let mut writer = records.begin(head).unwrap();
            writer.one("7").unwrap();
            match has {
                [] => writer.absent().unwrap(),
                [one] => writer.one(one).unwrap(),
                many => writer.many(many.iter().copied()).unwrap(),
            }
        }
        Self::read("directory", records)
    }

    pub fn with<T>(&self, work: impl FnOnce(&Compiled, &Inputs<'_>) -> T) -> Result<T, Vec<RuleError>> {
        self.with_rules(RULES, work)
    }

    /// Likewise, with other rules around the mapping.
    pub fn with_rules<T>(
        &self,
        rules: &str,
        work: impl FnOnce(&Compiled, &Inputs<'_>) -> T,
    ) -> Result<T, Vec<RuleError>> {
        let text = format!("{rules}t = {}\n", self.mapping);
        let config = Config::parse(Path::new("/x/usher.toml"), &text).unwrap_or_else(|e| panic!("{e}"));
        let reads = [self.hr(), self.directory()];
        let schemas: Vec<_> = reads
            .iter()
            .map(|read| SystemSchema {
                system: read.system.clone(),
                schema: (**read.records.schema()).clone(),
            })
            .collect();
        let compiled = compile(&config.rules, &schemas)?;
        let memory = Memory::default();
        let inputs = Inputs {
            now: "2026-11-21T08:00:00Z".parse().unwrap(),
            reads: &reads,
            groups: &[],
            memory: &memory,
        };
        Ok(work(&compiled, &inputs))
    }

    pub fn plan(&self) -> Plan {
        self.plan_with(RULES)
    }

    /// Plans with other rules around the mapping.
    pub fn plan_with(&self, rules: &str) -> Plan {
        self.with_rules(rules, |compiled, inputs| plan(compiled, inputs).unwrap().plan)
            .unwrap_or_else(|errors| panic!("{}: {errors:?}", self.mapping))
    }

    /// What becomes of the attribute: what it will hold, or a dash.
    pub fn outcome(&self) -> String {
        let plan = self.plan();
        let kind = if self.has.is_some() {
            Kind::Update
        } else {
            Kind::Create
        };
        let operation = plan.operations.iter().find(|operation| operation.kind == kind);
        if self.has.is_none() {
            assert!(operation.is_some(), "the account is made: {:?}", plan.findings);
        }
        written(operation).map_or_else(|| "–".to_owned(), |value| shown(&value))
    }

    pub fn why(&self) -> Why {
        let plan = self.plan();
        let nothing_to_do = Operation {
            kind: Kind::Update,
            changes: vec![],
            ..Case {
                has: None,
                ..self.clone()
            }
            .plan()
            .operations[0]
                .clone()
        };
        let operation = plan.operations.first().unwrap_or(&nothing_to_do);
        self.with(|compiled, inputs| look(compiled, inputs, |scene| scene.why(operation, "t")).unwrap())
            .unwrap()
            .unwrap()
    }
}

pub fn written(operation: Option<&Operation>) -> Option<Value<'static>> {
    let change = operation?.changes.iter().find(|change| change.attribute == "t")?;
    match &change.after {
        After::Known(value) => Some(value.clone()),
        other => panic!("{other:?}"),
    }
}

pub fn shown(value: &Value<'_>) -> String {
    if *value == Value::Absent {
        return "nothing".to_owned();
    }
    value
        .each()
        .map(|one| one.as_text().unwrap().into_owned())
        .collect::<Vec<_>>()
        .join(" · ")
}
