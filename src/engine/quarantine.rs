//! Quarantine at work: who enters and leaves it, and what people may do about it.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Engine, Error, Inner,
    alerts::Alert,
    event::{Event, Level},
    failing::{age, minute},
    reading::Reads,
    unread::Unread,
};
use crate::{
    audit,
    model::{
        Cause, Completeness, Coverage, OperationState, Quarantine, Read, ReadKind, RecordSet, Right,
        RuleName, SystemName,
    },
    planning::restraint::quarantine::next_try,
};

impl Engine {
    /// Returns what is in quarantine, by system.
    pub async fn quarantines(&self) -> Result<Vec<Quarantine>, Error> {
        self.may(Right::View)?;
        self.inner
            .blocking(|inner| Ok(inner.setup.store.quarantines()?))
            .await
    }

    /// Says what is in quarantine, why, since when, and when it is tried again.
    pub fn describe_quarantine(&self, one: &Quarantine) -> String {
        describe(one, self.now())
    }

    /// Puts a system, or a rule of it, in quarantine until somebody releases it.
    pub async fn quarantine(
        &self,
        system: SystemName,
        rule: Option<RuleName>,
        reason: String,
    ) -> Result<(), Error> {
        needs_reason(&reason, "putting a system in quarantine")?;
        self.inner
            .blocking(move |inner| {
                inner.may(Right::Apply)?;
                if inner.system(&system).is_none() {
                    return Err(Error::Refused(format!(
                        "there is no system `{system}`: see `usher check`"
                    )));
                }
                enter(inner, (system, rule), Cause::ByHand, &reason)
            })
            .await?;
        self.inner.emit(&Event::Restrained);
        Ok(())
    }

    /// Releases a system, or a rule of it, from quarantine.
    pub async fn release_quarantine(
        &self,
        system: SystemName,
        rule: Option<RuleName>,
        reason: String,
    ) -> Result<Quarantine, Error> {
        needs_reason(&reason, "releasing a quarantine")?;
        let released = self
            .inner
            .blocking(move |inner| {
                inner.may(Right::Apply)?;
                let found = inner.setup.store.quarantines()?.into_iter();
                let mut found = found.filter(|one| one.system == system);
                let Some(one) = found.find(|one| one.rule == rule) else {
                    let place = rule.map_or(system.to_string(), |rule| format!("rule {rule} in {system}"));
                    return Err(Error::Refused(format!(
                        "{place} is not in quarantine: `usher quarantine list` says what is"
                    )));
                };
                let summary = format!("released by hand: {reason}");
                leave(inner, &one, &summary, Some(&reason))?;
                Ok(one)
            })
            .await?;
        let text = format!("{} is no longer in quarantine", released.place());
        self.inner.notice(Level::Warning, text);
        self.inner.emit(&Event::Restrained);
        Ok(released)
    }
}

fn needs_reason(reason: &str, what: &str) -> Result<(), Error> {
    if reason.trim().is_empty() {
        return Err(Error::Refused(format!("{what} needs a reason")));
    }
    Ok(())
}

/// Puts something in quarantine, or notes that it stays there: another reason, a try in vain.
pub(super) fn enter(
    inner: &Inner,
    (system, rule): (SystemName, Option<RuleName>),
    cause: Cause,
    reason: &str,
) -> Result<(), Error> {
    let now = inner.setup.clock.now();
    let mut before = inner.setup.store.quarantines()?.into_iter();
    let before = before.find(|one| one.system == system && one.rule == rule);
    let (since, tries, word) = match &before {
        None => (now, 0, "enters"),
        Some(before) if before.cause == cause => (before.since, before.tries.saturating_add(1), "stays"),
        Some(before) => (
            before.since,
            before.tries.saturating_add(1),
            "stays for another reason",
        ),
    };
    let next = match cause {
        Cause::ByHand | Cause::Unread => None,
        _ => next_try(since, now, tries),
    };
    let one = Quarantine {
        system,
        rule,
        cause,
        reason: reason.to_owned(),
        since,
        tries,
        next,
    };
    let entry = entry(inner, &one, format!("{word}: {reason}"), None);
    inner.setup.store.quarantine(&one, &[entry])?;
    inner.notice(Level::Error, describe(&one, now));
    if word != "stays" {
        inner.alert(Alert::Quarantine, &one.place(), &one.reason);
    }
    Ok(())
}

/// Ends a quarantine.
pub(super) fn leave(
    inner: &Inner,
    one: &Quarantine,
    summary: &str,
    reason: Option<&str>,
) -> Result<(), Error> {
    let entry = entry(inner, one, format!("leaves: {summary}"), reason);
    inner
        .setup
        .store
        .end_quarantine(&one.system, one.rule.as_ref(), &[entry])?;
    Ok(())
}

/// Ends the quarantines of systems that refused the credentials and have been read in full with them now.
pub(super) fn answered(inner: &Inner, reads: &Reads, unread: &[Unread]) -> Result<(), Error> {
    for one in inner.setup.store.quarantines()? {
        let is_read = !unread.iter().any(|other| other.system == one.system);
        let mut own = reads
            .accounts
            .iter()
            .filter(|read| is_read && read.system == one.system);
        let is_over = matches!(one.cause, Cause::Credentials | Cause::RefusedRead);
        if is_over && own.any(|read| read.completeness == Completeness::Complete) {
            let summary = "the credentials were accepted when it was read";
            leave(inner, &one, summary, None)?;
        }
    }
    Ok(())
}

/// Puts systems in quarantine that have refused the credentials when they were read: they are asked ever more rarely.
pub(super) fn refused(inner: &Inner, reads: &Reads) {
    let refused = reads.accounts.iter().filter_map(|read| match &read.completeness {
        Completeness::Refused(reason) => Some((read, reason)),
        _ => None,
    });
    for (read, reason) in refused {
        let noted = inner
            .setup
            .store
            .quarantines()
            .map_err(Error::from)
            .and_then(|known| {
                let mut own = known
                    .iter()
                    .filter(|one| one.system == read.system && one.rule.is_none());
                // whoever put it there by hand decides when it ends; who was not asked has not refused
                let stays = own.any(|one| one.cause == Cause::ByHand || !one.may_be_read(read.started));
                if stays {
                    return Ok(());
                }
                enter(inner, (read.system.clone(), None), Cause::RefusedRead, reason)
            });
        if let Err(error) = noted {
            inner.notice(Level::Error, error.to_string());
        }
    }
}

/// Returns a read that was refused, without asking, for a system that has refused the credentials lately.
pub(super) fn not_asked(inner: &Inner, system: &SystemName) -> Option<Read> {
    let now = inner.setup.clock.now();
    // a store that cannot answer now says so when the plan is made
    let known = inner.setup.store.quarantines().unwrap_or_default();
    let mut own = known.iter().filter(|one| one.system == *system);
    let one = own.find(|one| one.rule.is_none() && !one.may_be_read(now))?;
    let until = one
        .next
        .map_or_else(String::new, |next| format!(" before {}", minute(next)));
    let reason = format!(
        "{}; so that the account is not locked it is not asked again{until}: correct it, then `usher quarantine \
         release {system}`",
        one.reason
    );
    Some(Read {
        system: system.clone(),
        kind: ReadKind::Full,
        coverage: Coverage {
            question: String::new(),
        },
        completeness: Completeness::Refused(reason),
        records: RecordSet::new(Arc::default()),
        problems: Vec::new(),
        started: now,
        ended: now,
    })
}

fn entry(inner: &Inner, one: &Quarantine, summary: String, reason: Option<&str>) -> audit::Entry {
    let mut entry = inner.entry("quarantine", one.place(), summary);
    entry.details = serde_json::json!({
        "system": one.system, "rule": one.rule, "cause": one.cause, "why": one.reason, "since": one.since,
        "tries": one.tries, "next": one.next, "reason": reason,
    });
    entry
}

/// Says why an operation waits that is approved, or could be, if its system or its rule is in quarantine.
pub(super) fn waits(
    quarantines: &[Quarantine],
    (system, rule): (&SystemName, &RuleName),
    state: OperationState,
    now: Timestamp,
) -> Option<String> {
    let one = quarantines.iter().find(|one| one.concerns(system, rule))?;
    matches!(state, OperationState::Proposed | OperationState::Approved).then(|| describe(one, now))
}

/// Says what is in quarantine, why, since when, and when it is tried again.
pub(super) fn describe(one: &Quarantine, now: Timestamp) -> String {
    let mut words = format!(
        "{} is in quarantine since {} ({}): {}; ",
        one.place(),
        minute(one.since),
        age(now, one.since),
        one.reason
    );
    match one.next {
        Some(next) if next <= now && one.cause == Cause::RefusedRead => {
            words.push_str("the next plan reads it");
        }
        Some(next) if next <= now => words.push_str("the next run tries it"),
        Some(next) => {
            words.push_str("tried again after ");
            words.push_str(&minute(next));
        }
        None if one.cause == Cause::Unread => words.push_str("until it is read in full again"),
        None => words.push_str("until somebody releases it"),
    }
    words
}
