//! Guard rails at work: what they stop, and who lets what pass.

pub(super) mod shown;

use std::collections::{HashMap, HashSet};

use super::{
    Engine, Error, Inner,
    event::{Event, Level},
    no_plan,
    standing::Standings,
};
use crate::{
    model::{Fingerprint, OperationState, RailReading, Right},
    store::{Release, StoredPlan},
};

/// The operations of a plan that exceeded rails stop and nobody has released, each with its first rail.
pub(super) fn stopped<'a>(
    plan: &'a StoredPlan,
    releases: &[Release],
) -> HashMap<Fingerprint, &'a RailReading> {
    let mut stopped = HashMap::new();
    for rail in plan.rails.iter().filter(|rail| rail.is_exceeded()) {
        let passes: HashSet<Fingerprint> = match releases.iter().find(|release| release.rail == rail.rail) {
            Some(Release { operations: None, .. }) => continue,
            Some(Release {
                operations: Some(part),
                ..
            }) => part.iter().copied().collect(),
            None => HashSet::new(),
        };
        for id in rail.stopped.iter().filter(|id| !passes.contains(*id)) {
            stopped.entry(*id).or_insert(rail);
        }
    }
    stopped
}

/// Says which rail stops something and by how much it is exceeded.
pub(super) fn describe(rail: &RailReading) -> String {
    let earlier = match rail.earlier {
        0 => String::new(),
        some => format!(", {some} of them in earlier runs"),
    };
    format!(
        "{} ({} of at most {}{earlier})",
        rail.rail, rail.count, rail.limit
    )
}

/// Adds to what is said of an operation that a rail stops it.
pub(super) fn noted(note: &str, rail: &RailReading) -> String {
    let words = format!("stopped by the guard rail {}", describe(rail));
    if note.is_empty() {
        words
    } else {
        format!("{note}; {words}")
    }
}

/// Which of the operations that a rail stops are let pass.
enum Part {
    /// All.
    Whole,
    /// So many, the first in the order of the run.
    First(usize),
    /// These.
    These(Vec<Fingerprint>),
}

impl Engine {
    /// Releases an exceeded guard rail for the current plan, with all it stops.
    pub async fn release(&self, rail: String, reason: String) -> Result<(), Error> {
        self.release_some(rail, None, reason).await.map(|_| ())
    }

    /// Releases an exceeded guard rail for the current plan; of what it stops only the first `part` operations in the
    /// order of the run, rejected and held ones not counted. Returns how many operations it lets pass.
    pub async fn release_some(
        &self,
        rail: String,
        part: Option<usize>,
        reason: String,
    ) -> Result<usize, Error> {
        self.release_part(rail, part.map_or(Part::Whole, Part::First), reason)
            .await
    }

    /// Releases an exceeded guard rail for the current plan for these of the operations it stops, and for those it
    /// was released for before. Returns how many operations it lets pass.
    ///
    /// # Errors
    ///
    /// Refused without a reason, if the rail stops none of them, and if it is released already in full.
    pub async fn release_these(
        &self,
        rail: String,
        these: Vec<Fingerprint>,
        reason: String,
    ) -> Result<usize, Error> {
        self.release_part(rail, Part::These(these), reason).await
    }

    async fn release_part(&self, rail: String, part: Part, reason: String) -> Result<usize, Error> {
        if reason.trim().is_empty() {
            return Err(Error::Refused("releasing a guard rail needs a reason".to_owned()));
        }
        let name = rail.clone();
        let is_whole = matches!(part, Part::Whole);
        let passes = self
            .inner
            .blocking(move |inner| {
                inner.may(Right::Release)?;
                release(inner, &rail, &part, reason)
            })
            .await?;
        let text = if is_whole {
            format!("the guard rail `{name}` is released for this plan")
        } else {
            format!("the guard rail `{name}` lets {passes} operations of this plan pass")
        };
        self.inner.notice(Level::Warning, text);
        self.inner.emit(&Event::Released);
        Ok(passes)
    }
}

fn release(inner: &Inner, rail: &str, part: &Part, reason: String) -> Result<usize, Error> {
    let store = &inner.setup.store;
    let plan = store.current_plan()?.ok_or_else(no_plan)?;
    let found = plan.rails.iter().find(|reading| reading.rail == rail);
    let reading =
        found.ok_or_else(|| Error::Refused(format!("the current plan has no guard rail `{rail}`")))?;
    if !reading.is_exceeded() {
        return Err(Error::Refused(format!(
            "the guard rail `{rail}` is not exceeded: {} of at most {}, it stops nothing",
            reading.count, reading.limit
        )));
    }
    let operations = match part {
        Part::Whole => None,
        Part::First(most) => Some(first(inner, &plan, reading, *most)?),
        Part::These(these) => Some(together(inner, &plan, reading, these)?),
    };
    let passes = operations.as_ref().map_or(reading.stopped.len(), Vec::len);
    let summary = format!(
        "released for {passes} of {} operations: {}",
        reading.stopped.len(),
        describe(reading)
    );
    let mut entry = inner.entry("release", rail, summary);
    entry.details = serde_json::json!({ "plan": plan.id, "reason": reason, "operations": operations });
    let release = Release {
        rail: rail.to_owned(),
        operations,
        by: entry.actor.user.clone(),
        at: entry.at,
        reason,
    };
    store.release(plan.id, &release, &[entry])?;
    Ok(passes)
}

/// The operations that a rail was released for before.
fn released_before(inner: &Inner, plan: &StoredPlan, rail: &RailReading) -> Result<Vec<Fingerprint>, Error> {
    let before = inner.setup.store.releases(plan.id)?;
    let before = before.into_iter().find(|release| release.rail == rail.rail);
    match before {
        Some(Release { operations: None, .. }) => {
            let text = format!("the guard rail `{}` is released already, in full", rail.rail);
            Err(Error::Refused(text))
        }
        Some(Release {
            operations: Some(part),
            ..
        }) => Ok(part),
        None => Ok(Vec::new()),
    }
}

/// These of the operations that a rail stops, after those released before.
fn together(
    inner: &Inner,
    plan: &StoredPlan,
    rail: &RailReading,
    these: &[Fingerprint],
) -> Result<Vec<Fingerprint>, Error> {
    let mut passes = released_before(inner, plan, rail)?;
    let stopped: HashSet<&Fingerprint> = rail.stopped.iter().collect();
    let before = passes.len();
    for id in these {
        if stopped.contains(id) && !passes.contains(id) {
            passes.push(*id);
        }
    }
    if passes.len() == before {
        return Err(Error::Refused(format!(
            "the guard rail `{}` stops none of these operations: nothing was released",
            rail.rail
        )));
    }
    Ok(passes)
}

/// The first operations that a rail stops and that may be applied otherwise, after those released before.
fn first(
    inner: &Inner,
    plan: &StoredPlan,
    rail: &RailReading,
    part: usize,
) -> Result<Vec<Fingerprint>, Error> {
    let store = &inner.setup.store;
    let mut passes = released_before(inner, plan, rail)?;
    let standings = Standings::of_some(inner, plan, &rail.stopped)?;
    let mut left = part;
    for id in rail
        .stopped
        .iter()
        .filter(|id| !passes.contains(*id))
        .collect::<Vec<_>>()
    {
        if left == 0 {
            break;
        }
        let stored = store.operation(plan.id, *id)?;
        let state = stored.map(|stored| standings.of(&stored).state);
        if matches!(state, Some(OperationState::Proposed | OperationState::Approved)) {
            passes.push(*id);
            left -= 1;
        }
    }
    Ok(passes)
}
