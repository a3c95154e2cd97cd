//! Compiles the rules against the attributes that the reads have, so that an unknown attribute is found before the
//! first person is looked at.

mod mapping;

use std::ops::Range;

use jiff::tz::TimeZone;

pub(super) use self::mapping::{CompiledMapping, CompiledValue};
use super::{
    accounts::demands::class_column,
    names::{PersonNames, RecordNames},
    rules::{AccountRule, PeopleRule, Rules, Source},
    why::marks::spread,
};
use crate::{
    expression::{Diagnostic, Expression, Names},
    model::{Column, RuleName, Schema, SystemName},
};

/// A rule that cannot be followed. The expression says where in the configuration it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The expression at fault; `None` if it is not one expression.
    pub source: Option<Source>,
    /// The bytes of the expression that are wrong.
    pub inner: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl std::fmt::Display for RuleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if let Some(source) = &self.source {
            write!(f, " in `{}`", source.text)?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

/// The attributes of one system's records.
#[derive(Debug, Clone)]
pub struct SystemSchema {
    /// The system.
    pub system: SystemName,
    /// Its attributes.
    pub schema: Schema,
}

pub(super) struct CompiledPeople {
    pub rule: PeopleRule,
    pub join: Vec<(usize, Expression)>,
    pub previous: Option<Expression>,
    pub scope: Option<Expression>,
    pub active: Option<Expression>,
    pub start: Option<Expression>,
    pub end: Option<Expression>,
    pub leave: Option<Expression>,
    pub references: Vec<(usize, Expression)>,
    /// One expression a column of the people's schema; `None` where this source has nothing to say.
    pub attributes: Vec<Option<Expression>>,
    pub time_zone: Option<Expression>,
}

pub(super) struct CompiledAccounts {
    pub rule: AccountRule,
    pub schema: Schema,
    pub container: Option<Expression>,
    pub leaver_container: Option<Expression>,
    pub scope: Option<Expression>,
    /// How the account of somebody without a link is found, tried in order.
    pub matches: Vec<CompiledMatch>,
    /// Beside `rule.attributes`, in the same order.
    pub mappings: Vec<CompiledMapping>,
    /// Where the classes of accounts are, if some may have to be added.
    pub class_column: Option<usize>,
}

pub(super) struct CompiledMatch {
    /// (column of the target, expression); all must match.
    pub all: Vec<(usize, Expression)>,
    pub when: Option<Expression>,
    pub normalised: bool,
}

pub(super) struct CompiledEntitlement {
    pub at: usize,
    pub when: Expression,
}

/// Rules that are ready to be followed.
pub struct Compiled {
    pub(super) people_schema: Schema,
    pub(super) references: Vec<String>,
    pub(super) people: Vec<CompiledPeople>,
    pub(super) accounts: Vec<CompiledAccounts>,
    pub(super) entitlements: Vec<CompiledEntitlement>,
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
        let (people_schema, references) = person_shape(&rules.people);
        let people: Vec<_> = rules
            .people
            .iter()
            .filter_map(|rule| self.people(rule, &people_schema, &references))
            .collect();
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
                references: &references,
                accounts: &targets[..at],
                current: Some(targets[at].1),
            };
            accounts.push(self.accounts(rule, targets[at].1, &names, &references));
        }
        let person_names = PersonNames {
            people: &people_schema,
            references: &references,
            accounts: &[],
            current: None,
        };
        let mut entitlements = Vec::new();
        for (at, entitlement) in rules.entitlements.iter().enumerate() {
            let when = self.condition(&entitlement.when, &person_names);
            entitlements.extend(when.map(|when| CompiledEntitlement { at, when }));
        }
        let policy_rules = rules.policy.rules.iter();
        let policy = policy_rules
            .map(|rule| self.condition(rule.when.as_ref()?, &person_names))
            .collect();
        let mut privileged = Vec::new();
        for privilege in &rules.privileged {
            if let (Some(when), Some(schema)) = (&privilege.when, self.schema(&privilege.system)) {
                let when = self.condition(when, &RecordNames(schema));
                privileged.extend(when.map(|when| (privilege.system.clone(), when)));
            }
        }
        let mut rails = Vec::new();
        for rail in &rules.rails {
            let when = rail.when.as_ref();
            let when = when.and_then(|when| self.condition(when, &person_names));
            let each = rail.for_each.as_ref();
            rails.push((when, each.and_then(|each| self.value(each, &person_names))));
        }
        let mut protected = Vec::new();
        for protection in &rules.protected {
            if let Some(schema) = self.schema(&protection.system) {
                let when = self.condition(&protection.when, &RecordNames(schema));
                protected.extend(when.map(|when| (protection.system.clone(), when)));
            }
        }
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
            references,
            people,
            accounts,
            entitlements,
            protected,
            policy,
            privileged,
            rails,
            time_zone,
            rules: rules.clone(),
        })
    }

    fn people(
        &mut self,
        rule: &PeopleRule,
        people: &Schema,
        references: &[String],
    ) -> Option<CompiledPeople> {
        let names = RecordNames(self.schema(&rule.from)?);
        let mut attributes: Vec<Option<Expression>> = people.columns.iter().map(|_| None).collect();
        for (name, source) in &rule.attributes {
            if let Some(at) = people.position(name) {
                attributes[at] = self.value(source, &names);
            }
        }
        let mut join = Vec::new();
        for (name, source) in &rule.join {
            match people.position(name) {
                Some(at) => join.extend(self.value(source, &names).map(|expression| (at, expression))),
                None => self.plain(format!(
                    "people `{}` joins on `{name}`, which is no attribute of a person: map it under `attributes`",
                    rule.name
                )),
            }
        }
        let mut named = Vec::new();
        for (name, source) in &rule.references {
            if let Some(at) = references.iter().position(|known| known == name) {
                named.extend(self.value(source, &names).map(|expression| (at, expression)));
            }
        }
        Some(CompiledPeople {
            join,
            previous: rule
                .previous
                .as_ref()
                .and_then(|source| self.value(source, &names)),
            scope: rule
                .scope
                .as_ref()
                .and_then(|source| self.condition(source, &names)),
            active: rule
                .lifecycle
                .active
                .as_ref()
                .and_then(|source| self.condition(source, &names)),
            start: rule
                .lifecycle
                .start
                .as_ref()
                .and_then(|source| self.value(source, &names)),
            end: rule
                .lifecycle
                .end
                .as_ref()
                .and_then(|source| self.value(source, &names)),
            leave: rule
                .lifecycle
                .leave
                .as_ref()
                .and_then(|source| self.condition(source, &names)),
            references: named,
            attributes,
            time_zone: rule
                .time_zone
                .as_ref()
                .and_then(|source| self.value(source, &names)),
            rule: rule.clone(),
        })
    }

    fn accounts(
        &mut self,
        rule: &AccountRule,
        schema: &Schema,
        names: &PersonNames<'_>,
        references: &[String],
    ) -> CompiledAccounts {
        let mut matches = Vec::new();
        for matched in &rule.matches {
            let mut all = Vec::new();
            for (attribute, source) in &matched.all {
                if let Some(column) = self.column(schema, attribute, &rule.name) {
                    all.extend(self.value(source, names).map(|expression| (column, expression)));
                }
            }
            matches.push(CompiledMatch {
                all,
                when: matched.when.as_ref().and_then(|when| self.condition(when, names)),
                normalised: matched.normalised,
            });
        }
        let mut mappings = Vec::new();
        for mapping in &rule.attributes {
            let Some(column) = self.column(schema, &mapping.attribute, &rule.name) else {
                continue;
            };
            mappings.extend(self.mapping(rule, mapping, column, &schema.columns[column], names, references));
        }
        CompiledAccounts {
            container: rule
                .container
                .as_ref()
                .and_then(|source| self.value(source, names)),
            leaver_container: rule
                .leaver
                .container
                .as_ref()
                .and_then(|source| self.value(source, names)),
            scope: rule
                .scope
                .as_ref()
                .and_then(|source| self.condition(source, names)),
            class_column: class_column(schema, &rule.class, mappings.iter().map(|mapping| mapping.column)),
            matches,
            mappings,
            schema: schema.clone(),
            rule: rule.clone(),
        }
    }

    fn column(&mut self, schema: &Schema, attribute: &str, rule: &RuleName) -> Option<usize> {
        let found = schema.position(attribute);
        if found.is_none() {
            self.plain(format!(
                "accounts `{rule}`: the system has no attribute `{attribute}`"
            ));
        }
        found
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

    fn value(&mut self, source: &Source, names: &dyn Names) -> Option<Expression> {
        let compiled = Expression::compile(&source.text, names);
        self.take(source, compiled)
    }

    fn condition(&mut self, source: &Source, names: &dyn Names) -> Option<Expression> {
        let compiled = Expression::compile_condition(&source.text, names);
        self.take(source, compiled)
    }

    fn take(&mut self, source: &Source, compiled: Result<Expression, Vec<Diagnostic>>) -> Option<Expression> {
        compiled
            .map_err(|diagnostics| {
                self.errors
                    .extend(diagnostics.into_iter().map(|diagnostic| RuleError {
                        source: Some(source.clone()),
                        inner: diagnostic.span.start..diagnostic.span.end,
                        message: diagnostic.message,
                        hint: diagnostic.hint,
                    }));
            })
            .ok()
    }

    /// Notes that an expression that is sound by itself cannot stand where it does.
    fn refuse(&mut self, source: &Source, message: String, hint: impl Into<String>) {
        self.errors.push(RuleError {
            source: Some(source.clone()),
            inner: 0..source.text.len(),
            message,
            hint: Some(hint.into()),
        });
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

/// The attributes and references that any source gives people, in the order in which they are first named.
fn person_shape(rules: &[PeopleRule]) -> (Schema, Vec<String>) {
    let mut schema = Schema::default();
    let mut references: Vec<String> = Vec::new();
    for rule in rules {
        for (name, _) in &rule.attributes {
            if schema.position(name).is_none() {
                schema.columns.push(Column::text(name.clone()));
            }
        }
        for (name, _) in &rule.references {
            if !references.contains(name) {
                references.push(name.clone());
            }
        }
    }
    (schema, references)
}
