//! Alerts: somebody outside is told of what cannot wait until they look. A command gets one line of JSON on its standard
//! input; nothing waits for it but the end of the program, and that not longer than the command may take.

use std::{
    io::Write as _,
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use jiff::SignedDuration;
use serde_json::json;

use super::{Engine, Inner};

/// How often it is looked whether a command has ended.
const LOOK: Duration = Duration::from_millis(20);
/// The same is told again only after so long.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// The longest text that is told; a pipe holds at least 4096 octets (pipe(7)), and letters have up to four.
const LONGEST: usize = 600;
/// How many of the last alerts are looked at for the same.
const REMEMBERED: usize = 50;

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerts {
    /// The command and its arguments.
    pub command: Vec<String>,
    /// How long it may take.
    pub limit: Duration,
    /// What the environment is called.
    pub label: Option<String>,
}

/// What somebody is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alert {
    /// A system or a rule went into quarantine.
    Quarantine,
    /// No plan could be made.
    NoPlan,
    /// A guard rail stops operations.
    Rail,
    /// Operations of a run have failed.
    Failures,
}

impl Alert {
    const fn word(self) -> &'static str {
        match self {
            Self::Quarantine => "quarantine",
            Self::NoPlan => "no-plan",
            Self::Rail => "rail",
            Self::Failures => "failures",
        }
    }
}

/// Commands that are under way; whoever drops it waits for them.
#[derive(Debug, Default)]
pub(super) struct Underway(Mutex<Vec<thread::JoinHandle<()>>>);

impl Drop for Underway {
    fn drop(&mut self) {
        let handles = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for handle in handles.drain(..) {
            // one that panicked has told nobody, and there is nobody left to tell
            let _ = handle.join();
        }
    }
}

impl Engine {
    /// Tells a command of quarantines, plans that could not be made, guard rails that stop something and runs with
    /// failures. The first one given counts.
    #[must_use]
    pub fn alerting(self, alerts: Alerts) -> Self {
        let _ = self.inner.alerts.set(alerts);
        self
    }
}

impl Inner {
    /// Tells of something, if somebody is to be told and has not been told the same within a day. That it was told, or
    /// could not be, is in the audit.
    pub(super) fn alert(&self, alert: Alert, subject: &str, text: &str) {
        let Some(alerts) = self.alerts.get() else { return };
        let now = self.setup.clock.now();
        let text: String = text.chars().take(LONGEST).collect();
        let told = json!({
            "alert": alert.word(), "subject": subject, "text": text, "environment": alerts.label, "at": now,
            "by": self.setup.actor.user,
        });
        let store = self.setup.store.clone();
        let words = format!("alert {}", alert.word());
        let recent = store.audit(0, REMEMBERED, &words).map(|(_, records)| records);
        let is_same = |record: &crate::audit::Record| {
            let details = &record.entry.details;
            record.entry.action == "alert"
                && record.entry.at.checked_add(AGAIN).is_ok_and(|until| now < until)
                && ["alert", "subject", "text"]
                    .iter()
                    .all(|name| details[*name] == told[*name])
        };
        if recent.is_ok_and(|records| records.iter().any(is_same)) {
            return;
        }
        let mut entry = self.entry("alert", subject, "");
        let alerts = alerts.clone();
        let handle = thread::spawn(move || {
            let name = alerts.command.first().cloned().unwrap_or_default();
            entry.summary = match tell(&alerts, &format!("{told}\n")) {
                Ok(()) => format!("{}: `{name}` was told", alert.word()),
                Err(problem) => format!("{}: `{name}` could not be told: it {problem}", alert.word()),
            };
            entry.details = told;
            // a store that cannot be written to has told so where it matters
            let _ = store.append(&[entry]);
        });
        self.underway
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(handle);
    }
}

/// Runs the command; the error follows “it”.
fn tell(alerts: &Alerts, line: &str) -> Result<(), String> {
    let [program, arguments @ ..] = alerts.command.as_slice() else {
        return Err("is not named".to_owned());
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot be started ({error})"))?;
    if let Some(mut input) = child.stdin.take() {
        // what is told is less than a pipe holds, so a command that reads nothing holds nobody up; one that wants to
        // read nothing may
        let _ = input.write_all(line.as_bytes());
    }
    let ended = wait(&mut child, alerts.limit)?;
    if ended.success() {
        return Ok(());
    }
    Err(format!("has failed ({ended})"))
}

fn wait(child: &mut Child, limit: Duration) -> Result<std::process::ExitStatus, String> {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(ended)) => return Ok(ended),
            Ok(None) if began.elapsed() < limit => thread::sleep(LOOK),
            Ok(None) => {
                // it may have ended by itself at this moment
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("was stopped after {} seconds", limit.as_secs()));
            }
            Err(error) => return Err(format!("is lost ({error})")),
        }
    }
}
