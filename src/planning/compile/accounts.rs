//! Which accounts people get.

use super::{
    CompiledMapping, Compiler,
    expressions::{matched, one},
};
use crate::{
    expression::{Expression, Gives},
    model::{RuleName, Schema},
    planning::{
        accounts::demands::class_column,
        names::PersonNames,
        rules::{AccountRule, Source},
    },
};

pub(in super::super) struct CompiledAccounts {
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

pub(in super::super) struct CompiledMatch {
    /// (column of the target, expression); all must match.
    pub all: Vec<(usize, Expression)>,
    pub when: Option<Expression>,
    pub normalised: bool,
}

impl Compiler<'_> {
    pub(super) fn accounts(
        &mut self,
        rule: &AccountRule,
        schema: &Schema,
        names: &PersonNames<'_>,
        references: &[String],
    ) -> CompiledAccounts {
        let mut matches = Vec::new();
        for way in &rule.matches {
            let mut all = Vec::new();
            for (attribute, source) in &way.all {
                if let Some(column) = self.column(schema, attribute, &rule.name) {
                    let value = self.value(source, names, &matched(&schema.columns[column]));
                    all.extend(value.map(|expression| (column, expression)));
                }
            }
            matches.push(CompiledMatch {
                all,
                when: way
                    .when
                    .as_ref()
                    .and_then(|when| self.condition(when, names, "match")),
                normalised: way.normalised,
            });
        }
        let mut mappings = Vec::new();
        for mapping in &rule.attributes {
            let Some(column) = self.column(schema, &mapping.attribute, &rule.name) else {
                continue;
            };
            mappings.extend(self.mapping(rule, mapping, column, &schema.columns[column], names, references));
        }
        let place = one("container", Gives::Text);
        let mut container = |source: &Option<Source>| {
            source
                .as_ref()
                .and_then(|source| self.value(source, names, &place))
        };
        CompiledAccounts {
            container: container(&rule.container),
            leaver_container: container(&rule.leaver.container),
            scope: rule
                .scope
                .as_ref()
                .and_then(|source| self.condition(source, names, "scope")),
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
}
