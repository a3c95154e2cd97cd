//! What makes the accounts that are not there.

use super::{
    Case, Columns, Stage, demands,
    given::{Given, Occasion},
    place,
};
use crate::{
    model::{After, Change, Kind, Operation, Precondition, Target, Value, dn},
    planning::{
        compile::CompiledValue,
        draft::{Draft, PersonRow},
        holding,
        references::References,
        unique::Uniques,
        wanted::Wanted,
    },
};

/// The references of a new account that are written when it is there.
#[derive(Default)]
struct Afterwards {
    changes: Vec<Change>,
    waits: Vec<(u32, u16)>,
}

impl<'a: 'b, 'b> Stage<'a, 'b> {
    /// Makes an account: the values it will have, and the operations.
    pub(super) fn create(
        &self,
        person: usize,
        case: Case,
        references: &References<'_>,
        uniques: &mut Uniques<'a>,
    ) -> Result<(Columns, Vec<Draft>), String> {
        let accounts = self.accounts();
        let moment = self.moment(person);
        let mut own: Vec<(usize, Value<'static>)> = Vec::new();
        let mut changes = Vec::new();
        let mut waits = Vec::new();
        let mut afterwards = Afterwards::default();
        let mut absent: Vec<(String, Value<'static>)> = Vec::new();
        for (mapping, compiled) in accounts.rule.attributes.iter().zip(&accounts.mappings) {
            let column = &compiled.target;
            let after = match &compiled.value {
                CompiledValue::Secret { policy, recipient } => After::Secret {
                    policy: policy.clone(),
                    recipient: recipient.clone(),
                },
                CompiledValue::Reference(reference) => match references.for_new(person, *reference) {
                    None => continue,
                    Some(found) if found.comes_after => {
                        own.push((compiled.column, found.account.clone()));
                        afterwards.waits.extend(found.waits);
                        afterwards.changes.push(Change {
                            attribute: column.name.clone(),
                            before: Value::Absent,
                            after: After::Known(found.account),
                            marked: mapping.marked,
                        });
                        continue;
                    }
                    Some(found) => {
                        waits.extend(found.waits);
                        After::Known(found.account)
                    }
                },
                CompiledValue::Expression(expression) => {
                    let row = PersonRow {
                        own: &own,
                        ..self.row(person, None, case.in_scope)
                    };
                    if expression.is_unique_choice() {
                        waits.extend(self.waits(person, compiled));
                        let chosen =
                            uniques.choose(self, compiled.column, person, expression, &row, &moment)?;
                        absent.push((column.name.clone(), Value::from(chosen.clone())));
                        After::Known(Value::from(chosen))
                    } else {
                        waits.extend(self.waits(person, compiled));
                        let kept = &mut uniques.reservations;
                        match self.given(person, mapping, compiled, &row, Occasion::Create, kept)? {
                            Given::Stays => continue,
                            Given::Later(deferred) => After::Deferred(Box::new(deferred)),
                            Given::Value(value) if value.is_nothing() => continue,
                            Given::Value(value) => {
                                After::Known(holding::fitting(value, column)?.into_owned())
                            }
                        }
                    }
                }
            };
            if let Some(refusal) = demands::refusal(accounts, column, &after) {
                return Err(refusal);
            }
            if let After::Known(value) = &after {
                own.push((compiled.column, value.clone()));
            }
            changes.push(Change {
                attribute: column.name.clone(),
                before: Value::Absent,
                after,
                marked: mapping.marked,
            });
        }
        // with one attribute by itself somebody is found; several are only together
        let alone = accounts
            .matches
            .iter()
            .filter_map(|rule| match (&*rule.all, &rule.when) {
                ([one], None) => Some(one),
                _ => None,
            });
        for (column, expression) in alone {
            let row = PersonRow {
                own: &own,
                ..self.row(person, None, case.in_scope)
            };
            if let Ok(value) = expression.evaluate(&row, &moment)
                && !value.is_nothing()
            {
                let key = (accounts.schema.columns[*column].name.clone(), value.into_owned());
                if !absent.contains(&key) {
                    absent.push(key);
                }
            }
        }
        if let Some(missing) = demands::missing(accounts, &changes) {
            return Err(missing);
        }
        let (container, location) = self.birthplace(person, case, &own, &mut changes)?;
        let mut drafts = self.births(person, case, container, location, changes, absent, waits);
        drafts.extend(self.second_pass(person, &drafts[0].operation, afterwards));
        Ok((own, drafts))
    }

    /// Writes the references that close a circle, when all its accounts are there.
    fn second_pass(&self, person: usize, create: &Operation, afterwards: Afterwards) -> Option<Draft> {
        if afterwards.changes.is_empty() {
            return None;
        }
        let names: Vec<_> = afterwards
            .changes
            .iter()
            .map(|it| it.attribute.as_str())
            .collect();
        let why = format!(
            "{}: {} refers back to this account, and is written when both are there",
            self.place(person),
            names.join(", ")
        );
        let mut draft = self.draft(Kind::Update, person, None, why);
        draft
            .operation
            .target
            .location
            .clone_from(&create.target.location);
        draft.operation.due = create.due;
        draft.operation.precondition = Precondition::Unchanged {
            enabled: create.usable,
        };
        draft.operation.changes = afterwards.changes;
        draft.waits = afterwards.waits;
        Some(draft)
    }

    /// Where a new account will be; the naming attribute comes first among the changes.
    fn birthplace(
        &self,
        person: usize,
        case: Case,
        own: &[(usize, Value<'static>)],
        changes: &mut [Change],
    ) -> Result<(Option<String>, String), String> {
        let accounts = self.accounts();
        let Some(expression) = &accounts.container else {
            return Ok((None, String::new()));
        };
        let row = PersonRow {
            own,
            ..self.row(person, None, case.in_scope)
        };
        let container = place::container(expression, &row, &self.moment(person))?;
        let naming = accounts
            .rule
            .naming
            .as_deref()
            .ok_or("the rule names no naming attribute")?;
        let at = changes
            .iter()
            .position(|change| change.attribute.eq_ignore_ascii_case(naming))
            .ok_or_else(|| format!("`{naming}` names the account and has no value"))?;
        changes[..=at].rotate_right(1);
        let After::Known(value) = &changes[0].after else {
            return Err(format!(
                "`{naming}` names the account and must be known when it is planned"
            ));
        };
        let value = value
            .as_text()
            .ok_or_else(|| format!("`{naming}` names the account and must be one text"))?;
        let location = format!(
            "{}={},{container}",
            changes[0].attribute,
            dn::escape_value(&value)
        );
        Ok((Some(container), location))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one operation, put together once"
    )]
    fn births(
        &self,
        person: usize,
        case: Case,
        container: Option<String>,
        location: String,
        changes: Vec<Change>,
        absent: Vec<(String, Value<'static>)>,
        waits: Vec<(u32, u16)>,
    ) -> Vec<Draft> {
        let rule = &self.accounts().rule;
        let (due, enable_later) = match self.wanted(person, case.in_scope) {
            Wanted::Upcoming { create, enable } => (Some(create), (enable > create).then_some(enable)),
            Wanted::Usable { due, .. } => (due, None),
            _ => (None, None),
        };
        let has_state = self.has_state();
        let why = match self.people.standings[person].start {
            Some(start) => format!("{}: starts {start}, has no account", self.place(person)),
            None => format!(
                "{}: in the scope of `{}`, has no account",
                self.place(person),
                rule.name
            ),
        };
        let mut create = self.draft(Kind::Create, person, None, why);
        create.operation.target = Target {
            anchor: None,
            location: location.clone(),
            container,
            name: None,
        };
        create.operation.changes = changes;
        create.operation.precondition = Precondition::Absent(absent);
        create.operation.due = due;
        create.operation.usable = has_state.then_some(enable_later.is_none());
        create.waits = waits;
        let mut drafts = vec![create];
        if let Some(enable) = enable_later.filter(|_| has_state && rule.actions.contains(&Kind::Enable)) {
            let why = format!("{}: starts {}", self.place(person), self.start_text(person));
            let mut draft = self.draft(Kind::Enable, person, None, why);
            draft.operation.target.location = location;
            draft.operation.due = Some(enable);
            draft.operation.usable = Some(true);
            draft.operation.precondition = Precondition::Unchanged { enabled: Some(false) };
            drafts.push(draft);
        }
        drafts
    }
}
