//! The rules as the screen shows them: every expression with its place, so that it can be edited.

use serde::Serialize;

use super::{Block, Error, Inner, Part, Place, lock};
use crate::{
    model::{Comparison, Kind, Schema, SystemName},
    planning::{
        names::GROUPS,
        rules::{
            AccountRule, Gone, MappedValue, Mapping, MatchRule, NullPolicy, OutOfScope, PeopleRule, Source,
            ValuesPolicy,
        },
    },
};

/// The rules of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RulesView {
    /// The file they can be changed in; `None` if they cannot be changed here.
    pub file: Option<String>,
    /// The change that can be put back.
    pub last_change: Option<LastChange>,
    /// The account rules, then the rules about people.
    pub rules: Vec<RuleView>,
}

/// A change that was saved here and can be put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastChange {
    /// Of which expression.
    pub place: Place,
    /// What it was before; empty if it was not there.
    pub before: String,
    /// What it is now.
    pub after: String,
}

/// A rule, for reading and editing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleView {
    /// Which rule.
    pub block: Block,
    /// The system it writes to, or people come from.
    pub system: SystemName,
    /// What it says besides its expressions: (what, in words).
    pub facts: Vec<(String, String)>,
    /// Its expressions: scope, matching, container, lifecycle; then the attributes.
    pub expressions: Vec<ExpressionView>,
}

/// An expression of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpressionView {
    /// Which one; `None` is no expression: a secret.
    pub part: Option<Part>,
    /// What it is called: `scope`, or the attribute.
    pub label: String,
    /// The expression; empty if the rule does without.
    pub text: String,
    /// What it has to give.
    pub gives: Gives,
    /// What is special about it: `on create only`, `marked`.
    pub flags: Vec<&'static str>,
}

/// What an expression has to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gives {
    /// Any value.
    Value,
    /// True or false.
    Truth,
    /// Somebody: nothing but the name of a reference.
    Reference,
    /// Nothing: it is no expression.
    Secret,
}

impl RuleView {
    /// Counts the attributes.
    pub fn attributes(&self) -> usize {
        let is_value = |it: &&ExpressionView| matches!(it.part, None | Some(Part::Attribute(_)));
        self.expressions.iter().filter(is_value).count()
    }
}

impl ExpressionView {
    /// Reports whether it gives an attribute its value, or its default.
    pub const fn is_attribute(&self) -> bool {
        matches!(self.part, None | Some(Part::Attribute(_) | Part::Default(_)))
    }
}

/// Gathers the rules.
pub(super) fn rules(inner: &Inner) -> RulesView {
    let rules = inner.rules();
    let editable = lock(&inner.configuration);
    RulesView {
        file: editable.as_ref().map(|it| it.config.path.display().to_string()),
        last_change: editable
            .as_ref()
            .and_then(super::configure::Editable::last_change),
        rules: rules
            .accounts
            .iter()
            .map(accounts)
            .chain(rules.people.iter().map(people))
            .collect(),
    }
}

fn accounts(rule: &AccountRule) -> RuleView {
    let mut expressions = vec![scope(rule.scope.as_ref())];
    expressions.extend(matches(&rule.matches));
    expressions.extend(one(Part::Container, "container", rule.container.as_ref()));
    expressions.extend(one(
        Part::LeaverContainer,
        "leavers to",
        rule.leaver.container.as_ref(),
    ));
    expressions.extend(rule.attributes.iter().flat_map(mapping));
    RuleView {
        block: Block::Accounts(rule.name.clone()),
        system: rule.system.clone(),
        facts: account_facts(rule),
        expressions,
    }
}

fn people(rule: &PeopleRule) -> RuleView {
    let lifecycle = &rule.lifecycle;
    let mut expressions = vec![scope(rule.scope.as_ref())];
    expressions.extend(pairs("join", &rule.join));
    for (key, source) in [
        ("active", &lifecycle.active),
        ("start", &lifecycle.start),
        ("end", &lifecycle.end),
        ("leave", &lifecycle.leave),
    ] {
        expressions.extend(one(Part::Lifecycle(key), key, source.as_ref()));
    }
    expressions.extend(one(Part::Previous, "previous", rule.previous.as_ref()));
    expressions.extend(one(Part::TimeZone, "time zone", rule.time_zone.as_ref()));
    let marked = |name: &String| rule.marked.iter().any(|other| other.eq_ignore_ascii_case(name));
    for (name, source) in &rule.references {
        let mut view = view(Part::Reference(name.clone()), name, source);
        view.flags.push("a reference");
        expressions.push(view);
    }
    for (name, source) in &rule.attributes {
        let mut view = view(Part::Attribute(name.clone()), name, source);
        if marked(name) {
            view.flags.push("marked");
        }
        expressions.push(view);
    }
    let brings = if rule.creates {
        "brings people nobody else knows"
    } else {
        "only adds to people others know"
    };
    RuleView {
        block: Block::People(rule.name.clone()),
        system: rule.from.clone(),
        facts: vec![("source".into(), brings.into())],
        expressions,
    }
}

fn view(part: Part, label: &str, source: &Source) -> ExpressionView {
    ExpressionView {
        gives: if part.is_condition() {
            Gives::Truth
        } else {
            Gives::Value
        },
        part: Some(part),
        label: label.to_owned(),
        text: source.text.replace("\r\n", "\n"),
        flags: Vec::new(),
    }
}

fn one(part: Part, label: &str, source: Option<&Source>) -> Option<ExpressionView> {
    source.map(|source| view(part, label, source))
}

fn scope(source: Option<&Source>) -> ExpressionView {
    source.map_or_else(
        || ExpressionView {
            part: Some(Part::Scope),
            label: "scope".to_owned(),
            text: String::new(),
            gives: Gives::Truth,
            flags: vec!["everybody"],
        },
        |source| view(Part::Scope, "scope", source),
    )
}

fn pairs<'r>(word: &'r str, pairs: &'r [(String, Source)]) -> impl Iterator<Item = ExpressionView> + 'r {
    pairs
        .iter()
        .enumerate()
        .map(move |(at, (name, source))| view(Part::Match(at), &format!("{word} {name}"), source))
}

/// The expressions of match rules, numbered one after another; `+` where a rule has several.
fn matches(rules: &[MatchRule]) -> impl Iterator<Item = ExpressionView> + '_ {
    let parts = rules.iter().flat_map(|rule| {
        let all = rule.all.iter().enumerate().map(|(at, (name, source))| {
            let word = if at == 0 { "match" } else { "+ match" };
            (format!("{word} {name}"), source, Gives::Value)
        });
        let when = rule.when.iter();
        all.chain(when.map(|source| ("+ match when".to_owned(), source, Gives::Truth)))
    });
    parts
        .enumerate()
        .map(|(at, (label, source, gives))| ExpressionView {
            gives,
            ..view(Part::Match(at), &label, source)
        })
}

/// The value of a mapping, and its default below it.
fn mapping(mapping: &Mapping) -> impl Iterator<Item = ExpressionView> {
    let name = &mapping.attribute;
    let mut shown = match &mapping.value {
        MappedValue::Expression(source) => view(Part::Attribute(name.clone()), name, source),
        MappedValue::Reference(source) => {
            let mut shown = view(Part::Attribute(name.clone()), name, source);
            shown.gives = Gives::Reference;
            shown.flags.push("a reference");
            shown
        }
        MappedValue::Secret { .. } => ExpressionView {
            part: None,
            label: name.clone(),
            text: String::new(),
            gives: Gives::Secret,
            flags: vec!["a secret drawn at random"],
        },
    };
    shown.flags.extend(flags(mapping));
    let default = mapping.default.as_ref().map(|default| {
        let mut shown = view(
            Part::Default(name.clone()),
            &format!("{name} default"),
            &default.source,
        );
        shown.flags.push(if default.on_create_only {
            "if there is no value, on create only"
        } else {
            "if there is no value"
        });
        shown
    });
    std::iter::once(shown).chain(default)
}

/// What a mapping says besides its value and its default, in words.
fn flags(mapping: &Mapping) -> Vec<&'static str> {
    let mut flags = Vec::new();
    if mapping.on_create_only {
        flags.push("on create only");
    }
    match mapping.null {
        NullPolicy::Clear => flags.push("nothing clears it"),
        NullPolicy::Skip => {}
    }
    flags.extend(mapping.empty.map(|policy| match policy {
        NullPolicy::Clear => "empty clears it",
        NullPolicy::Skip => "empty leaves it",
    }));
    flags.extend(mapping.absent.map(|policy| match policy {
        NullPolicy::Clear => "absent clears it",
        NullPolicy::Skip => "absent leaves it",
    }));
    match mapping.values {
        ValuesPolicy::Replace => {}
        ValuesPolicy::Merge => flags.push("other values stay"),
        ValuesPolicy::Keep => flags.push("what is there is kept"),
    }
    flags.extend(mapping.comparison.map(|rule| match rule {
        Comparison::Exact => "compared exactly",
        Comparison::IgnoreCase => "compared without case",
        Comparison::FoldSpace => "compared with spaces folded",
        Comparison::Telephone => "compared as telephone numbers",
        Comparison::DistinguishedName => "compared as names",
        Comparison::Numeric => "compared as numbers",
        Comparison::Digits => "compared as digits",
        Comparison::Boolean => "compared as true or false",
        Comparison::Instant | Comparison::FileTime => "compared as points in time",
        Comparison::Zero => "compared as 0 or not",
    }));
    if mapping.marked {
        flags.push("marked");
    }
    flags
}

fn account_facts(rule: &AccountRule) -> Vec<(String, String)> {
    let days = |days: u16| match days {
        0 => "on the first day".to_owned(),
        1 => "a day before".to_owned(),
        days => format!("{days} days before"),
    };
    let mut leaver = Vec::new();
    if rule.leaver.disable {
        leaver.push("disabled after the last day".to_owned());
    }
    if rule.leaver.remove_groups {
        leaver.push("groups removed".to_owned());
    }
    if let Some(after) = rule.leaver.delete_after_days {
        leaver.push(format!("deleted after {after} days"));
    }
    let out = match rule.out_of_scope {
        OutOfScope::Keep => "kept",
        OutOfScope::Disable => "disabled",
        OutOfScope::Delete => "deleted",
    };
    let created = days(rule.joiner.create_days_before);
    let enabled = days(rule.joiner.enable_days_before);
    let joiner = if created == enabled {
        format!("made and enabled {created}")
    } else {
        format!("made {created}, enabled {enabled}")
    };
    let actions: Vec<_> = rule.actions.iter().map(|kind: &Kind| kind.word()).collect();
    let mut facts = vec![
        ("may".to_owned(), actions.join(", ")),
        ("joiner".to_owned(), joiner),
        (
            "on leave".to_owned(),
            if rule.leave_disables { "disabled" } else { "kept" }.to_owned(),
        ),
    ];
    if !leaver.is_empty() {
        facts.push(("leaver".to_owned(), leaver.join(", ")));
    }
    if !rule.assigned.is_empty() {
        let groups = rule.assigned.iter().map(|it| {
            let nested = if it.nested { " and groups in it" } else { "" };
            format!("members of {}{nested} in {}", it.group.text, it.system)
        });
        facts.push(("assigned".to_owned(), groups.collect::<Vec<_>>().join(", ")));
    }
    facts.push(("out of scope".to_owned(), out.to_owned()));
    let gone = match rule.gone {
        Gone::Leaver => None,
        Gone::Keep => Some("kept"),
        Gone::Disable => Some("disabled"),
        Gone::Delete => Some("deleted"),
    };
    facts.extend(gone.map(|gone| ("gone".to_owned(), gone.to_owned())));
    facts
}

/// Lists the names that the expressions of a rule may use, those it will probably use first.
pub(super) fn names(inner: &Inner, block: &Block) -> Result<Vec<String>, Error> {
    let rules = inner.rules();
    let columns = |system: &SystemName| -> Result<Vec<String>, Error> {
        let records = inner.last_records(system)?;
        let names = |schema: &Schema| schema.columns.iter().map(|column| column.name.clone()).collect();
        Ok(records.map(|records| names(records.schema())).unwrap_or_default())
    };
    let mut names: Vec<String> = Vec::new();
    match block {
        Block::People(name) => {
            if let Some(rule) = rules.people.iter().find(|rule| rule.name == *name) {
                names.extend(columns(&rule.from)?);
                names.extend(["dn".to_owned(), "anchor".to_owned()]);
            }
        }
        Block::Accounts(name) => {
            let mut own: Vec<String> = Vec::new();
            for rule in &rules.people {
                own.extend(rule.attributes.iter().map(|(name, _)| name.clone()));
            }
            let mut references: Vec<String> = Vec::new();
            for rule in &rules.people {
                references.extend(rule.references.iter().map(|(name, _)| name.clone()));
            }
            names.extend(own.iter().cloned());
            names.extend(references.iter().cloned());
            names.extend(["state", "IsSoftDeleted", GROUPS].map(str::to_owned));
            let before = rules.accounts.iter().take_while(|rule| rule.name != *name);
            for rule in before {
                for column in columns(&rule.system)? {
                    names.push(format!("accounts.{}.{column}", rule.name));
                }
                names.push(format!("accounts.{}.{GROUPS}", rule.name));
            }
            if let Some(rule) = rules.accounts.iter().find(|rule| rule.name == *name) {
                names.extend(
                    columns(&rule.system)?
                        .into_iter()
                        .map(|name| format!("current.{name}")),
                );
                names.push(format!("current.{GROUPS}"));
            }
            for reference in &references {
                names.extend(own.iter().map(|name| format!("{reference}.{name}")));
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.to_lowercase()));
    Ok(names)
}
