//! What stands over all rules: who has to approve, what is counted, who is privileged, what is protected; and which
//! groups follow others.

use super::{CompiledMirror, Compiler};
use crate::{
    expression::{Expression, Target},
    model::SystemName,
    planning::{
        names::{PersonNames, RecordNames, of_groups::GroupNames},
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

    /// Compiles which groups follow which.
    pub(super) fn mirrors(&mut self, rules: &Rules, default_domain: Option<&str>) -> Vec<CompiledMirror> {
        let names = GroupNames { default_domain };
        let target = Target::of("the group that follows");
        let mut compiled = Vec::new();
        for (at, rule) in rules.mirrors.iter().enumerate() {
            let scope = rule.scope.as_ref();
            let scope = scope.and_then(|scope| self.condition(scope, &names, "which groups are followed"));
            let group = rule.group.as_ref();
            let group = group.and_then(|group| self.value(group, &names, &target));
            compiled.push(CompiledMirror { at, scope, group });
        }
        compiled
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
