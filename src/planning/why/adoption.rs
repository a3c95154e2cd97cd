//! The why of an adoption: what the person and the account have in common.

use super::{
    super::{
        compare::same, compile::CompiledMatch, draft::PersonRow, matching::normal::normal, names::value_of,
    },
    Shown, Verdict, Why,
    chain::{Chain, Context},
    change::empty,
    compared::words,
    scene::Scene,
};
use crate::model::{RecordView, Value};

impl<'s> Scene<'s> {
    /// Tells each part of the match rule by which somebody's account was found.
    pub(super) fn adoption(&self, rule: usize, person: usize) -> Vec<Why> {
        let Some(record) = self.plans[rule].record(person) else {
            return Vec::new();
        };
        let rules = &self.compiled.accounts[rule].matches;
        let exact = rules
            .iter()
            .find(|it| self.agrees(rule, person, record, it, false));
        let found = exact.or_else(|| {
            let mut rules = rules.iter().filter(|it| it.normalised);
            rules.find(|it| self.agrees(rule, person, record, it, true))
        });
        found.map_or_else(Vec::new, |found| {
            let parts = 0..found.all.len();
            parts
                .map(|part| self.in_common(rule, person, record, found, part, exact.is_none()))
                .collect()
        })
    }

    fn agrees(
        &self,
        rule: usize,
        person: usize,
        record: RecordView<'_>,
        matched: &CompiledMatch,
        in_normal_form: bool,
    ) -> bool {
        let row = PersonRow {
            current: None,
            ..self.row(Some(rule), person)
        };
        matched.all.iter().all(|(column, expression)| {
            let comparison = record.schema().columns[*column].comparison;
            let value = expression.evaluate(&row, &self.moment(person)).ok();
            let text = value.as_ref().and_then(Value::as_text);
            text.is_some_and(|text| {
                record.cell(*column).each().any(|has| {
                    same(has, &text, comparison)
                        || (in_normal_form && normal(has, comparison) == normal(&text, comparison))
                })
            })
        })
    }

    fn in_common(
        &self,
        rule: usize,
        person: usize,
        record: RecordView<'s>,
        matched: &CompiledMatch,
        part: usize,
        in_normal_form: bool,
    ) -> Why {
        let (at, expression) = &matched.all[part];
        let column = &record.schema().columns[*at];
        let context = Context::Person {
            rule: Some(rule),
            person,
            column: None,
        };
        let mut chain = Chain::new(self);
        let masked = self.marks.account(rule, *at) || chain.is_masked(expression, context);
        chain.expression(0, expression, context, masked, "match", None);
        let value = chain
            .steps
            .first()
            .map_or(Shown::Nothing, |step| step.value.clone());
        let compared = match &value {
            Shown::Text(text) if in_normal_form => Shown::Text(normal(text, column.comparison).into_owned()),
            other => super::compared::normalised(other, column),
        };
        let comparison = if in_normal_form {
            format!("{}, then in normal form", words(column.comparison))
        } else {
            words(column.comparison).to_owned()
        };
        Why {
            masked,
            source: chain.source,
            steps: chain.steps,
            normalised: compared.masked_if(masked),
            value: value.masked_if(masked),
            target: Some(Shown::of(&value_of(record.cell(*at), column)).masked_if(masked)),
            comparison,
            verdict: Verdict::Same,
            ..empty(&column.name)
        }
    }
}
