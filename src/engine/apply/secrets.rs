//! The secrets of new accounts: drawn when the account is there, set, handed to whom they are for, and forgotten.
//!
//! Nothing of it is on disk. So if it is not known whether a secret was set or delivered, a new one is drawn.

use std::{process::Stdio, sync::Arc, time::Duration};

use secrecy::{ExposeSecret as _, zeroize::Zeroizing};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::{
    Run,
    line::{Line, Trouble},
    password, power,
};
use crate::{
    connectors::{Connector, ObjectRef, Secret, Settled, Write, WriteError, Written},
    engine::Inner,
    model::{After, Operation, OperationState, Value},
    planning::rules::MappedValue,
};

/// How often new secrets are drawn if they cannot be set or delivered.
const ATTEMPTS: u32 = 3;

/// How long a command may take to deliver a secret.
const DELIVERY: Duration = Duration::from_secs(60);

/// Why an account that was made is without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfinished {
    /// The system refuses them, and would refuse others.
    #[error("{0}")]
    Refused(String),
    /// It has power that the plan does not know of: it gets none.
    #[error("{0}")]
    Powerful(String),
    /// They may be set or not, delivered or not: others have to be drawn.
    #[error("{0}")]
    Open(String),
    /// The same, as the system could not take them at the moment.
    #[error("{0}")]
    Lost(WriteError),
}

/// A secret that is to be drawn, and the command it is handed to.
struct Wanted {
    attribute: String,
    deliver: Vec<String>,
}

/// Reports whether an account is given secrets when it is made.
pub(super) fn are_due(write: &Write) -> bool {
    matches!(write, Write::Create { secrets, .. } | Write::Restore { secrets, .. } if !secrets.is_empty())
}

impl Run {
    /// Writes, and gives an account that was made its secrets; returns also how often it was tried. Nothing if the
    /// system was taken over by somebody else before it was written.
    pub(super) async fn send(
        &self,
        connector: &dyn Connector,
        operation: &Operation,
        write: &Arc<Write>,
    ) -> Option<(Result<Written, WriteError>, u32)> {
        if !are_due(write) {
            let (result, attempts) = self.attempt(connector, operation, write, &[]).await?;
            return Some((result.map(|(written, _)| written), attempts));
        }
        if !connector.takes_secrets() {
            let reason = format!(
                "{} takes no secrets from usher: take the secret out of the mapping",
                operation.system
            );
            return Some((Err(WriteError::Refused(reason)), 0));
        }
        // whoever cannot be told to whom they go is told so when the account is there, as ever
        let drawn = match (&**write, wanted(&self.inner, operation)) {
            (Write::Create { .. }, Ok(wanted)) => draw(&wanted).ok().map(|secrets| (wanted, secrets)),
            _ => None,
        };
        let secrets = drawn.as_ref().map_or(&[][..], |(_, secrets)| secrets);
        let (result, attempts) = self.attempt(connector, operation, write, secrets).await?;
        let result = match (result, &drawn) {
            (Err(error), _) => Err(error),
            (Ok((written, true)), Some((wanted, secrets))) => {
                match deliver(wanted, operation, write, &written, secrets).await {
                    Ok(()) => Ok(written),
                    Err(reason) => {
                        tracing::info!(system = %operation.system, "{reason}");
                        Box::pin(self.finish(connector, operation, write, written)).await
                    }
                }
            }
            (Ok((written, _)), _) => Box::pin(self.finish(connector, operation, write, written)).await,
        };
        Some((result, attempts))
    }

    /// Gives an account that was made its secrets. If the system refuses them, the account is taken away again: an
    /// operation is done as a whole or not at all.
    async fn finish(
        &self,
        connector: &dyn Connector,
        operation: &Operation,
        write: &Write,
        written: Written,
    ) -> Result<Written, WriteError> {
        let mut tries = self.lines.of(&operation.system).map(Line::tries);
        let handed_over = loop {
            let done = hand_over(&self.inner, connector, operation, write, &written).await;
            match (done, &mut tries) {
                (Err(Unfinished::Lost(error)), Some(tries)) => {
                    if !tries.again(Trouble::of(&error), &self.control).await {
                        break Err(Unfinished::Lost(error));
                    }
                }
                (done, tries) => {
                    if let Some(tries) = tries {
                        tries.answered();
                    }
                    break done;
                }
            }
        };
        match handed_over {
            Ok(()) => Ok(written),
            Err(Unfinished::Lost(error)) => Err(WriteError::Unknown(error.to_string())),
            Err(Unfinished::Open(reason)) => Err(WriteError::Unknown(reason)),
            Err(Unfinished::Powerful(reason)) => Err(WriteError::Refused(reason)),
            Err(Unfinished::Refused(reason)) => Err(take_away(connector, operation, written, &reason).await),
        }
    }
}

/// Takes an account away again whose secrets are refused; says what came of it.
async fn take_away(
    connector: &dyn Connector,
    operation: &Operation,
    written: Written,
    reason: &str,
) -> WriteError {
    let delete = Write::Delete {
        object: ObjectRef {
            anchor: written.anchor,
            location: written.location,
            class: operation.class.first().cloned().unwrap_or_default(),
        },
    };
    match connector.write(&delete).await {
        Ok(_) => WriteError::Refused(format!(
            "{reason}; the account that was made or brought back for it is removed again"
        )),
        Err(error) => WriteError::Unknown(format!(
            "{reason}; the account is there without it, and cannot be removed: {error}"
        )),
    }
}

/// What becomes of an account that was found after an interruption, and whose secrets are refused. It is taken away as
/// it would have been without the interruption, unless it can be used by now: whoever uses it must not lose it.
pub(super) async fn refused_later(
    connector: &dyn Connector,
    operation: &Operation,
    written: Written,
    reason: &str,
) -> (OperationState, String, Option<Written>) {
    let unused = Write::Change {
        object: ObjectRef {
            anchor: written.anchor.clone(),
            location: written.location.clone(),
            class: operation.class.first().cloned().unwrap_or_default(),
        },
        attributes: Vec::new(),
        enabled: Some((true, false)),
        container: None,
    };
    if operation.usable.is_some() && connector.settle(&unused).await == Settled::NotDone {
        let words = format!(
            "found written after an interruption; {reason}; the account stays, as it can be used already: with a \
             password that nobody was given, or that somebody else has set: set one by hand"
        );
        return (OperationState::Applied, words, Some(written));
    }
    match take_away(connector, operation, written, reason).await {
        WriteError::Unknown(reason) => (OperationState::Unknown, reason, None),
        error => (
            OperationState::Failed,
            format!("found written after an interruption; {error}"),
            None,
        ),
    }
}

/// Draws the secrets of an account that was made, sets them, makes it usable and delivers them.
pub(super) async fn hand_over(
    inner: &Inner,
    connector: &dyn Connector,
    operation: &Operation,
    write: &Write,
    written: &Written,
) -> Result<(), Unfinished> {
    let wanted = wanted(inner, operation)?;
    let object = ObjectRef {
        anchor: written.anchor.clone(),
        location: written.location.clone(),
        class: operation.class.first().cloned().unwrap_or_default(),
    };
    match power::look_before_secrets(connector, &operation.risk, &object).await {
        Ok(None) => {}
        Ok(Some(reason)) => return Err(Unfinished::Powerful(reason)),
        Err(error) => return Err(Unfinished::Lost(error)),
    }
    let mut unfinished = Unfinished::Open(String::new());
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_millis(250 << attempt)).await;
        }
        let secrets = draw(&wanted)?;
        unfinished = match connector.set_secrets(write, &object, &secrets).await {
            Ok(()) => match deliver(&wanted, operation, write, written, &secrets).await {
                Ok(()) => return Ok(()),
                Err(reason) => Unfinished::Open(reason),
            },
            Err(WriteError::Refused(reason) | WriteError::Conflict(reason)) => {
                return Err(Unfinished::Refused(reason));
            }
            Err(error) => Unfinished::Lost(error),
        };
        tracing::info!(system = %operation.system, attempt, "{unfinished}");
    }
    Err(unfinished)
}

fn wanted(inner: &Inner, operation: &Operation) -> Result<Vec<Wanted>, Unfinished> {
    let rules = inner.rules();
    let rule = rules.accounts.iter().find(|rule| rule.name == operation.rule);
    let attributes = operation
        .changes
        .iter()
        .filter(|change| matches!(change.after, After::Secret { .. }));
    attributes
        .map(|change| {
            let mut mappings = rule.into_iter().flat_map(|rule| &rule.attributes);
            let found = mappings.find_map(|mapping| match &mapping.value {
                MappedValue::Secret { deliver, .. }
                    if mapping.attribute.eq_ignore_ascii_case(&change.attribute) =>
                {
                    Some(deliver.clone())
                }
                _ => None,
            });
            let deliver = found.ok_or_else(|| {
                Unfinished::Open(format!(
                    "`{}` does not say any more to whom {} is delivered: put its `deliver` back",
                    operation.rule, change.attribute
                ))
            })?;
            Ok(Wanted {
                attribute: change.attribute.clone(),
                deliver,
            })
        })
        .collect()
}

fn draw(wanted: &[Wanted]) -> Result<Vec<Secret>, Unfinished> {
    wanted
        .iter()
        .map(|wanted| {
            Ok(Secret {
                attribute: wanted.attribute.clone(),
                value: password::draw().map_err(|error| Unfinished::Open(error.to_string()))?,
            })
        })
        .collect()
}

/// Hands each secret to its command.
async fn deliver(
    wanted: &[Wanted],
    operation: &Operation,
    write: &Write,
    written: &Written,
    secrets: &[Secret],
) -> Result<(), String> {
    for (wanted, secret) in wanted.iter().zip(secrets) {
        let letter = letter(operation, write, written, secret);
        send(&wanted.deliver, &letter).await.map_err(|problem| {
            format!(
                "{} of {} was set and could not be delivered: the command `{}` {problem}; another one is set and \
                 delivered as soon as the command works",
                wanted.attribute,
                written.location,
                wanted.deliver.first().map_or("", String::as_str)
            )
        })?;
    }
    Ok(())
}

/// What a command is told on its standard input: one line of JSON.
fn letter(operation: &Operation, write: &Write, written: &Written, secret: &Secret) -> Zeroizing<String> {
    let marked = |name: &str| {
        operation
            .changes
            .iter()
            .any(|change| change.marked && change.attribute.eq_ignore_ascii_case(name))
    };
    let mut attributes = serde_json::Map::new();
    if let Write::Create {
        attributes: known, ..
    }
    | Write::Restore {
        attributes: known, ..
    } = write
    {
        for (name, value) in known.iter().filter(|(name, _)| !marked(name)) {
            let texts: Vec<_> = value.each().filter_map(Value::as_text).collect();
            attributes.insert(
                name.clone(),
                match texts.as_slice() {
                    [one] => json!(one),
                    several => json!(several),
                },
            );
        }
    }
    let rest = json!({
        "system": operation.system.as_str(),
        "account": written.location,
        "id": written.anchor.as_str(),
        "person": operation.person.map(|person| person.to_string()),
        "name": operation.subject,
        "attribute": secret.attribute,
        "attributes": attributes,
    })
    .to_string();
    // the secret itself is only ever in memory that is wiped
    let quoted = quoted(secret.value.expose_secret());
    let mut letter = Zeroizing::new(String::with_capacity(rest.len() + quoted.len() + 16));
    letter.push_str(rest.strip_suffix('}').unwrap_or(&rest));
    for part in [",\"secret\":", &quoted, "}\n"] {
        letter.push_str(part);
    }
    letter
}

/// A text in the quotes of JSON.
fn quoted(text: &str) -> Zeroizing<String> {
    let mut quoted = Zeroizing::new(String::with_capacity(2 * text.len() + 2));
    quoted.push('"');
    for sign in text.chars() {
        if matches!(sign, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(sign);
    }
    quoted.push('"');
    quoted
}

async fn send(words: &[String], letter: &str) -> Result<(), String> {
    let (program, arguments) = words.split_first().ok_or("is empty")?;
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("cannot be run: {error}"))?;
    let mut stdin = child.stdin.take().ok_or("takes no input")?;
    let talk = async {
        // a command that needs nothing of it may be gone already: how it ends is what counts
        let _ = stdin.write_all(letter.as_bytes()).await;
        drop(stdin);
        child.wait().await
    };
    match tokio::time::timeout(DELIVERY, talk).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("ended with {status}")),
        Ok(Err(error)) => Err(format!("was lost: {error}")),
        Err(_) => Err(format!("took more than {} seconds", DELIVERY.as_secs())),
    }
}
