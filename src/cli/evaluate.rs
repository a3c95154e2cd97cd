//! `usher evaluate`

mod record;

use std::path::PathBuf;

use clap::Args;
use color_eyre::eyre::{Result, bail, eyre};
use jiff::{Timestamp, tz::TimeZone};

use self::record::Record;
use super::{
    DONE, Global, NOT_DONE, explain, open,
    output::{self, say},
};
use crate::{
    engine::{
        Engine, Error,
        view::{Shown, Why},
        whois::{Found, MOST},
    },
    expression::{Diagnostic, Expression, Moment},
    model::Value,
    planning::why,
    tui::text,
};

/// Evaluates an expression on a person, or on a record given as JSON.
#[derive(Debug, Args)]
pub(super) struct Evaluate {
    /// The expression: Join(" ", [givenName], [familyName])
    expression: String,
    /// A person, by id, by number in HR, or by part of the name
    #[arg(long, value_name = "WHO")]
    person: Option<String>,
    /// The rule whose names are used: one of accounts, or one of people [default: all that account rules have]
    #[arg(long, value_name = "NAME", requires = "person")]
    rule: Option<String>,
    /// The attribute of the rule's accounts that the expression is to give its value to
    #[arg(long, value_name = "NAME", requires = "rule")]
    attribute: Option<String>,
    /// A file with a JSON object: attribute → text, number, truth value, null or a list of them
    #[arg(long, value_name = "FILE", conflicts_with = "person")]
    record: Option<PathBuf>,
    /// An account rule: tells who would enter its scope and who would leave it, if the expression were its scope
    #[arg(long, value_name = "RULE", conflicts_with_all = ["person", "record", "trace"])]
    scope: Option<String>,
    /// Shows what each part of the expression gave, and where it comes from
    #[arg(long)]
    trace: bool,
}

impl Evaluate {
    pub(super) fn run(&self, global: &Global) -> Result<u8> {
        match (&self.scope, &self.person) {
            (Some(rule), _) => self.as_scope(global, rule),
            (None, Some(who)) => self.on_person(global, who),
            (None, None) => self.on_record(global),
        }
    }

    fn as_scope(&self, global: &Global, rule: &str) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let change = engine.scope_change(rule.into(), self.expression.clone());
        let change = open::runtime()?.block_on(change)?;
        if global.json {
            output::json(&change)?;
            return Ok(DONE);
        }
        for (verb, names) in [("enter", &change.enters), ("leave", &change.leaves)] {
            say!("{} would {verb} the scope of {}", names.len(), change.rule);
            for name in names {
                say!("  {}", text::clean(name));
            }
        }
        Ok(DONE)
    }

    fn on_person(&self, global: &Global, who: &str) -> Result<u8> {
        let config = open::config(global)?;
        let engine = open::engine(global, &config)?;
        let runtime = open::runtime()?;
        let found = runtime.block_on(engine.find_people(who))?;
        let [person] = found.as_slice() else {
            return several(global, who, &found);
        };
        let why = match runtime.block_on(self.why(&engine, person)) {
            Err(Error::Expression(diagnostics)) => return self.complain(global, &diagnostics),
            other => other?,
        };
        let Some(why) = why else {
            bail!("{} has no record that the rule could use", person.name);
        };
        if global.json {
            output::json(&self.json(person, &why))?;
        } else {
            match &why.value {
                Shown::Nothing => say!("(nothing)"),
                Shown::Masked => say!("{} (marked)", why::MASK),
                Shown::Text(value) => value.split(" · ").try_for_each(|value| {
                    say!("{}", text::clean(value));
                    Ok::<_, color_eyre::Report>(())
                })?,
                // told below, as the error it is
                Shown::Fault(_) => {}
            }
            if self.trace {
                say!("");
                explain::chain(&why)?;
            }
        }
        match why.value {
            Shown::Fault(message) if !global.json => Err(eyre!("{message}")),
            Shown::Fault(_) => Ok(NOT_DONE),
            _ => Ok(DONE),
        }
    }

    async fn why(&self, engine: &Engine, person: &Found) -> Result<Option<Why>, Error> {
        let rule = self.rule.as_deref().map(Into::into);
        engine
            .trace_expression(
                &self.expression,
                rule.as_ref(),
                self.attribute.as_deref(),
                person.person,
            )
            .await
    }

    fn json(&self, person: &Found, why: &Why) -> serde_json::Value {
        let (value, fault) = match &why.value {
            Shown::Text(value) => (Some(value), None),
            Shown::Fault(message) => (None, Some(message)),
            Shown::Nothing | Shown::Masked => (None, None),
        };
        let mut answer = serde_json::json!({
            "person": person.person, "name": person.name, "value": value, "masked": why.masked, "fault": fault,
        });
        if self.trace {
            answer["steps"] = serde_json::json!(why.steps);
            answer["source"] = serde_json::json!(why.source);
        }
        answer
    }

    fn on_record(&self, global: &Global) -> Result<u8> {
        let record = Record::read(self.record.as_deref())?;
        let expression = match Expression::compile(&self.expression, &record) {
            Ok(expression) => expression,
            Err(diagnostics) => return self.complain(global, &diagnostics),
        };
        let now = global.instant("UTC")?.unwrap_or_else(Timestamp::now);
        let moment = Moment {
            now,
            time_zone: &TimeZone::UTC,
        };
        let value = expression.evaluate(&record, &moment);
        let steps = why::steps(&expression.trace(&record, &moment));
        if !global.json {
            if let Ok(value) = &value {
                print(value)?;
            }
            if self.trace {
                say!("");
                explain::steps(&steps)?;
            }
        }
        let value = value.map_err(|fault| eyre!("{}", fault.message))?;
        match (global.json, self.trace) {
            (true, true) => output::json(&serde_json::json!({ "value": value, "steps": steps }))?,
            (true, false) => output::json(&value)?,
            (false, _) => {}
        }
        Ok(DONE)
    }

    /// Says what is wrong with the expression, each mistake under its place.
    fn complain(&self, global: &Global, diagnostics: &[Diagnostic]) -> Result<u8> {
        if global.json {
            let errors: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
            let places: Vec<_> = diagnostics
                .iter()
                .map(|diagnostic| {
                    serde_json::json!({
                        "start": diagnostic.span.start, "end": diagnostic.span.end,
                        "message": diagnostic.message, "hint": diagnostic.hint,
                    })
                })
                .collect();
            output::json(&serde_json::json!({ "errors": errors, "diagnostics": places }))?;
            return Ok(NOT_DONE);
        }
        for diagnostic in diagnostics {
            let (line, before, wrong) = place(&self.expression, diagnostic);
            eprintln!("{}", text::clean(line));
            let marks = "^".repeat(text::width(wrong).max(1));
            eprintln!("{:1$}{marks} {2}", "", text::width(before), diagnostic.message);
            if let Some(hint) = &diagnostic.hint {
                eprintln!("{hint}");
            }
        }
        Ok(NOT_DONE)
    }
}

/// The line a mistake is on, what stands before it there, and the mistake itself.
fn place<'t>(text: &'t str, diagnostic: &Diagnostic) -> (&'t str, &'t str, &'t str) {
    let head = text.get(..diagnostic.span.start).unwrap_or_default();
    let start = head.rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let wrong = diagnostic.span.of(text).lines().next().unwrap_or_default();
    (line, &head[start..], wrong)
}

/// Says that a text means nobody, or several people.
fn several(global: &Global, who: &str, found: &[Found]) -> Result<u8> {
    if found.is_empty() {
        bail!("nobody fits `{who}`: give a number in HR, a person id, or part of a name");
    }
    let several = if found.len() < MOST { "" } else { "or more " };
    let message = format!(
        "`{who}` fits {} {several}people: give the number of one",
        found.len()
    );
    if global.json {
        output::json(&serde_json::json!({ "errors": [message], "candidates": found }))?;
        return Ok(NOT_DONE);
    }
    let rows: Vec<_> = found
        .iter()
        .map(|found| {
            vec![
                found.numbers.join(", "),
                found.name.clone(),
                found.person.to_string(),
            ]
        })
        .collect();
    output::table(&rows)?;
    eprintln!("usher: {message}");
    Ok(NOT_DONE)
}

fn print(value: &Value<'_>) -> Result<()> {
    match value {
        Value::Absent => say!("(absent)"),
        Value::Null => say!("(null)"),
        Value::List(values) => {
            for value in values.iter().filter_map(Value::as_text) {
                say!("{value}");
            }
        }
        scalar => say!("{}", scalar.as_text().unwrap_or_default()),
    }
    Ok(())
}
