//! Compiles the rules against the attributes that the reads have, so that an unknown attribute is found before the
//! first person is looked at.

mod accounts;
mod error;
mod expressions;
mod governing;
mod mapping;
mod people;

use jiff::tz::TimeZone;

pub use self::error::RuleError;
pub(super) use self::{
    accounts::{CompiledAccounts, CompiledMatch},
    expressions::written,
    mapping::{CompiledMapping, CompiledValue},
    people::CompiledPeople,
};
use super::{
    names::{PersonNames, RecordNames},
    rules::{PeopleRule, Rules},
    why::marks::spread,
};
use crate::{
    expression::{Expression, Gives},
    model::{RuleName, Schema, SystemName},
};

/// The attributes of one system's records.
#[derive(Debug, Clone)]
pub struct SystemSchema {
    /// The system.
    pub system: SystemName,
    /// Its attributes.
    pub schema: Schema,
}

/// A rule about groups that follow others.
pub(super) struct CompiledMirror {
    pub at: usize,
    pub scope: Option<Expression>,
    pub group: Option<Expression>,
}

pub(super) struct CompiledEntitlement {
    pub at: usize,
    pub when: Expression,
}

/// Rules that are ready to be followed.
pub struct Compiled {
    pub(super) people_schema: Schema,
    /// What people's attributes always hold, as far as that is known.
    pub(super) kinds: Vec<Option<Gives>>,
    pub(super) references: Vec<String>,
    pub(super) people: Vec<CompiledPeople>,
    pub(super) accounts: Vec<CompiledAccounts>,
    pub(super) entitlements: Vec<CompiledEntitlement>,
    pub(super) mirrors: Vec<CompiledMirror>,
    pub(super) protected: Vec<(SystemName, Expression)>,
    pub(super) privileged: Vec<(SystemName, Expression)>,
    /// The condition of each rail, and the expression whose values it counts by themselves.
    pub(super) rails: Vec<(Option<Expression>, Option<Expression>)>,
    /// The condition of each policy rule.
    pub(super) policy: Vec<Option<Expression>>,
    pub(super) mover: Vec<usize>,
    pub(super) name_change: Vec<usize>,
    pub(super) mover_references: Vec<usize>,
    pub(super) time_zone: TimeZone,
    /// The rules they were compiled from.
    pub rules: Rules,
}

/// Compiles rules; returns every error, not only the first.
pub fn compile(rules: &Rules, systems: &[SystemSchema]) -> Result<Compiled, Vec<RuleError>> {
    let mut compiler = Compiler {
        systems,
        errors: Vec::new(),
    };
    let compiled = compiler.all(rules);
    match compiled {
        Some(mut compiled) if compiler.errors.is_empty() => {
            spread(&mut compiled);
            Ok(compiled)
        }
        _ => Err(compiler.errors),
    }
}

struct Compiler<'a> {
    systems: &'a [SystemSchema],
    errors: Vec<RuleError>,
}

impl<'a> Compiler<'a> {
    fn all(&mut self, rules: &Rules) -> Option<Compiled> {
        let (people_schema, references) = people::shape(&rules.people);
        let default_domain = rules.default_domain.as_deref();
        let mut people = Vec::new();
        let mut kinds = people::Kinds::new(&people_schema);
        for rule in &rules.people {
            let Some(schema) = self.schema(&rule.from) else {
                continue;
            };
            let names = RecordNames {
                schema,
                default_domain,
            };
            let compiled = self.people(rule, &people_schema, &references, &names);
            kinds.note(&compiled, &names);
            people.push(compiled);
        }
        let kinds = kinds.known();
        let targets: Vec<(RuleName, &'a Schema)> = rules
            .accounts
            .iter()
            .filter_map(|rule| Some((rule.name.clone(), self.schema(&rule.system)?)))
            .collect();
        if targets.len() != rules.accounts.len() {
            return None;
        }
        let mut accounts = Vec::new();
        for (at, rule) in rules.accounts.iter().enumerate() {
            // a rule may use the accounts of the rules before it: the graph is acyclic by construction
            let names = PersonNames {
                people: &people_schema,
                kinds: &kinds,
                references: &references,
                accounts: &targets[..at],
                current: Some(targets[at].1),
                default_domain,
            };
            accounts.push(self.accounts(rule, targets[at].1, &names, &references));
        }
        let person_names = PersonNames {
            people: &people_schema,
            kinds: &kinds,
            references: &references,
            accounts: &[],
            current: None,
            default_domain,
        };
        let mut entitlements = Vec::new();
        for (at, entitlement) in rules.entitlements.iter().enumerate() {
            let when = self.condition(&entitlement.when, &person_names, "who is entitled");
            entitlements.extend(when.map(|when| CompiledEntitlement { at, when }));
        }
        let mirrors = self.mirrors(rules, default_domain);
        let policy = self.policy(rules, &person_names);
        let rails = self.rails(rules, &person_names);
        let privileged = rules.privileged.iter();
        let privileged = privileged.filter_map(|one| Some((&one.system, one.when.as_ref()?)));
        let privileged = self.of_records(privileged, default_domain, "who is privileged");
        let protected = rules.protected.iter().map(|one| (&one.system, &one.when));
        let protected = self.of_records(protected, default_domain, "what is protected");
        let time_zone = TimeZone::get(&rules.time_zone)
            .map_err(|_| {
                self.plain(format!(
                    "the time zone `{}` is not known: use an IANA name",
                    rules.time_zone
                ));
            })
            .ok()?;
        let columns = |pick: fn(&PeopleRule) -> &Vec<String>| -> Vec<usize> {
            let names = rules.people.iter().flat_map(pick);
            let mut at: Vec<_> = names.filter_map(|name| people_schema.position(name)).collect();
            at.sort_unstable();
            at.dedup();
            at
        };
        let mover_references = references
            .iter()
            .enumerate()
            .filter(|(_, name)| rules.people.iter().any(|rule| rule.mover.contains(name)))
            .map(|(at, _)| at)
            .collect();
        Some(Compiled {
            mover: columns(|rule| &rule.mover),
            name_change: columns(|rule| &rule.name_change),
            mover_references,
            people_schema,
            kinds,
            references,
            people,
            accounts,
            entitlements,
            mirrors,
            protected,
            policy,
            privileged,
            rails,
            time_zone,
            rules: rules.clone(),
        })
    }

    fn schema(&mut self, system: &SystemName) -> Option<&'a Schema> {
        let found = self.systems.iter().find(|known| known.system == *system);
        if found.is_none() {
            self.plain(format!(
                "the system `{system}` was not read, so its attributes are not known"
            ));
        }
        found.map(|known| &known.schema)
    }

    fn plain(&mut self, message: String) {
        self.errors.push(RuleError {
            source: None,
            inner: 0..0,
            message,
            hint: None,
        });
    }
}
