//! What stands over all rules: who has to approve, what is counted, who is privileged, what is protected.

use super::Compiler;
use crate::{
    expression::{Expression, Target},
    model::SystemName,
    planning::{
        names::{PersonNames, RecordNames},
        rules::{Rules, Source},
    },
};

impl Compiler<'_> {
    /// Compiles the conditions of the policy; a rule without one has none.
    pub(super) fn policy(&mut self, rules: &Rules, names: &PersonNames<'_>) -> Vec<Option<Expression>> {
        let rules = rules.policy.rules.iter();
        rules
            .map(|rule| self.condition(rule.when.as_ref()?, names, "what the policy is for"))
            .collect()
    }

    /// Compiles whom each guard rail counts, and by what it counts them apart.
    pub(super) fn rails(
        &mut self,
        rules: &Rules,
        names: &PersonNames<'_>,
    ) -> Vec<(Option<Expression>, Option<Expression>)> {
        let by = Target::of("what a rail counts by");
        let mut rails = Vec::new();
        for rail in &rules.rails {
            let when = rail.when.as_ref();
            let when = when.and_then(|when| self.condition(when, names, "what a rail counts"));
            let each = rail.for_each.as_ref();
            rails.push((when, each.and_then(|each| self.value(each, names, &by))));
        }
        rails
    }

    /// Compiles conditions on the records of systems; `what` is what they decide.
    pub(super) fn of_records<'r>(
        &mut self,
        conditions: impl Iterator<Item = (&'r SystemName, &'r Source)>,
        default_domain: Option<&str>,
        what: &str,
    ) -> Vec<(SystemName, Expression)> {
        let mut compiled = Vec::new();
        for (system, when) in conditions {
            if let Some(schema) = self.schema(system) {
                let names = RecordNames {
                    schema,
                    default_domain,
                };
                let when = self.condition(when, &names, what);
                compiled.extend(when.map(|when| (system.clone(), when)));
            }
        }
        compiled
    }
}
