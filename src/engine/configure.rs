//! Changes the configuration: writes the file, notes it in the audit, follows the changed rules from then on.

use std::sync::Arc;

use super::{
    Block, Engine, Error, Inner, Place, command::Trial, event::Event, lock, mappings::LastChange, query,
    view::View,
};
use crate::{
    config::{
        Config,
        edit::{self, replace},
    },
    model::{PersonId, SystemName},
    planning::{
        compile::{RuleError, SystemSchema, compile},
        rules::Rules,
    },
};

/// How many people an expression is tried on besides the selected one.
const SAMPLE: usize = 5;

/// A configuration that can be changed.
pub(super) struct Editable {
    /// As it is in its file.
    pub config: Config,
    /// What was changed since usher was started, the last change last.
    changes: Vec<Change>,
}

impl Editable {
    /// Returns the change that can be put back.
    pub(super) fn last_change(&self) -> Option<LastChange> {
        let Change { place, before } = self.changes.last()?;
        let text = |config: &Config| {
            let source = place.source(&config.rules);
            source.map(|source| source.text.clone()).unwrap_or_default()
        };
        Some(LastChange {
            place: place.clone(),
            before: text(before),
            after: text(&self.config),
        })
    }
}

/// A change that was saved, and what was there before.
#[derive(Clone)]
struct Change {
    place: Place,
    before: Config,
}

/// Why a change is not saved: a line each.
type Refusal = Vec<String>;

impl Engine {
    /// Lets the rules be changed in the configuration they come from.
    #[must_use]
    pub fn editing(self, config: Config) -> Self {
        *lock(&self.inner.configuration) = Some(Editable {
            config,
            changes: Vec::new(),
        });
        self
    }

    /// Saves another text for one expression; returns what was changed, in words. The rules in force change with it;
    /// the plan does not until one is made.
    pub async fn configure(&self, place: Place, expression: String) -> Result<String, Refusal> {
        self.change(move |inner| {
            let before = current(inner)?;
            let after = before.with(&place, &expression).map_err(lines)?;
            check(inner, &after)?;
            save(inner, &before, after, &place, "changed", |editable| {
                editable.changes.push(Change {
                    place: place.clone(),
                    before: before.clone(),
                });
            })?;
            Ok(format!("changed {place}"))
        })
        .await
    }

    /// Puts back what the last [`Engine::configure`] changed; returns what, in words.
    pub async fn put_back(&self) -> Result<String, Refusal> {
        self.change(|inner| {
            let change = lock(&inner.configuration)
                .as_ref()
                .and_then(|editable| editable.changes.last().cloned());
            let Some(Change {
                place,
                before: earlier,
            }) = change
            else {
                return Err(vec![
                    "nothing was changed here, so there is nothing to put back".to_owned(),
                ]);
            };
            let now = current(inner)?;
            check(inner, &earlier)?;
            save(inner, &now, earlier, &place, "put back", |editable| {
                editable.changes.pop();
            })?;
            Ok(format!("put back {place}"))
        })
        .await
    }

    /// Changes the configuration while nothing plans and nothing is applied.
    async fn change(
        &self,
        work: impl FnOnce(&Inner) -> Result<String, Refusal> + Send + 'static,
    ) -> Result<String, Refusal> {
        self.may(crate::model::Right::Configure)
            .map_err(|error| vec![error.to_string()])?;
        let _nobody_plans = self.inner.planning.lock().await;
        if lock(&self.inner.control).is_some() {
            return Err(vec![
                "a run is going on: change the rules when it is over".to_owned(),
            ]);
        }
        self.inner
            .blocking(move |inner| Ok(work(inner)))
            .await
            .unwrap_or_else(|error| Err(vec![error.to_string()]))
    }

    /// Saves a change or puts the last one back, tells how that went, and plans with what is in force then.
    pub(super) async fn obey_configure(&self, change: Option<(Place, String)>) -> Result<(), Error> {
        let outcome = match change {
            Some((place, expression)) => self.configure(place, expression).await,
            None => self.put_back().await,
        };
        let saved = outcome.is_ok();
        self.inner.emit(&Event::Configured { outcome });
        if saved {
            Box::pin(self.obey(super::command::Command::Plan)).await;
        }
        Ok(())
    }

    /// Tries an expression on somebody and five others.
    pub(super) async fn show_trial(&self, trial: Trial) -> Result<View, Error> {
        let Trial {
            ticket,
            block,
            attribute,
            expression,
            person,
            sample,
        } = trial;
        let persons = self
            .inner
            .blocking(move |inner| sampled(inner, person, sample))
            .await?;
        let rule = block.name();
        let tried = match (&block, &attribute) {
            (Block::Accounts(_), Some(attribute)) => {
                self.try_mapping(&expression, rule, attribute, &persons).await
            }
            _ => self.try_expression(&expression, rule, &persons).await,
        };
        Ok(View::Tried {
            ticket,
            outcome: tried.map_err(|error| error.to_string()),
        })
    }
}

/// Chooses who an expression is tried on: the selected person, then others all over the company.
fn sampled(inner: &Inner, person: Option<PersonId>, sample: u64) -> Result<Vec<PersonId>, Error> {
    let people = query::people(inner)?;
    let known: Vec<PersonId> = people.iter().map(|(row, _)| row.person).collect();
    let mut chosen: Vec<PersonId> = person
        .into_iter()
        .filter(|person| known.contains(person))
        .collect();
    let wanted = (SAMPLE + 1).min(known.len());
    // a sequence that is the same each time (Knuth's MMIX constants): who is shown does not change while typing
    let mut state = sample.wrapping_add(1);
    for _ in 0..known.len().saturating_mul(4).min(400) {
        if chosen.len() >= wanted {
            break;
        }
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let next = known[(state >> 33) as usize % known.len()];
        if !chosen.contains(&next) {
            chosen.push(next);
        }
    }
    Ok(chosen)
}

fn current(inner: &Inner) -> Result<Config, Refusal> {
    lock(&inner.configuration)
        .as_ref()
        .map(|editable| editable.config.clone())
        .ok_or_else(|| vec!["the rules were not read from a file that could be changed here".to_owned()])
}

fn save(
    inner: &Inner,
    before: &Config,
    after: Config,
    place: &Place,
    verb: &str,
    note: impl FnOnce(&mut Editable),
) -> Result<(), Refusal> {
    if before.text == after.text {
        return Err(vec![
            "the expression is what it was: nothing is to be saved".to_owned(),
        ]);
    }
    replace(&before.path, &before.text, &after.text).map_err(lines)?;
    let text = |rules: &Rules| place.source(rules).map(|source| source.text.clone());
    let (old, new) = (text(&before.rules), text(&after.rules));
    let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "(nothing)".to_owned());
    let summary = format!("{verb}: {} → {}", said(&old), said(&new));
    let mut entry = inner.entry("configure", place.to_string(), summary);
    entry.details = serde_json::json!({
        "file": before.path,
        "rule": place.block,
        "part": place.part,
        "before": old,
        "after": new,
    });
    if let Err(error) = inner.setup.store.append(&[entry]) {
        // no change without its trail
        replace(&before.path, &after.text, &before.text).map_err(lines)?;
        return Err(vec![format!("nothing was changed: {error}")]);
    }
    *lock(&inner.rules) = Arc::new(after.rules.clone());
    // what was explained by the rules before is not so any more
    *lock(&inner.excerpt) = None;
    if let Some(editable) = lock(&inner.configuration).as_mut() {
        note(editable);
        editable.config = after;
    }
    Ok(())
}

/// Checks the rules against what was read last; where nothing was read yet there is nothing to check against.
fn check(inner: &Inner, config: &Config) -> Result<(), Refusal> {
    let mut schemas = Vec::new();
    for system in systems(&config.rules) {
        let Some(records) = inner
            .last_records(&system)
            .map_err(|error| vec![error.to_string()])?
        else {
            return Ok(());
        };
        let schema = (**records.schema()).clone();
        schemas.push(SystemSchema { system, schema });
    }
    compile(&config.rules, &schemas)
        .map(|_| ())
        .map_err(|errors| located(config, &errors))
}

/// Lists the systems whose records the rules are about, each once.
pub(super) fn systems(rules: &Rules) -> Vec<SystemName> {
    let people = rules.people.iter().map(|rule| &rule.from);
    let mut systems: Vec<SystemName> = Vec::new();
    for system in people.chain(rules.accounts.iter().map(|rule| &rule.system)) {
        if !systems.contains(system) {
            systems.push(system.clone());
        }
    }
    systems
}

/// Says what is wrong with rules, and where in the file.
pub(super) fn located(config: &Config, errors: &[RuleError]) -> Refusal {
    let problem = |error: &RuleError| {
        error.source.as_ref().map_or_else(
            || crate::config::Problem::error(0..0, error.message.clone()),
            |source| {
                crate::config::Problem::in_expression(
                    source,
                    error.inner.clone(),
                    error.message.clone(),
                    error.hint.clone(),
                )
            },
        )
    };
    lines_of(&config.errors(errors.iter().map(problem).collect()))
}

pub(super) fn lines(error: edit::Error) -> Refusal {
    match error {
        edit::Error::Invalid(errors) => lines_of(&errors),
        other => vec![other.to_string()],
    }
}

fn lines_of(errors: &crate::config::Errors) -> Refusal {
    errors
        .located()
        .into_iter()
        .map(|it| {
            let hint = it.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            if it.line == 0 {
                format!("{}{hint}", it.message)
            } else {
                format!("line {}, column {}: {}{hint}", it.line, it.column, it.message)
            }
        })
        .collect()
}
