//! Guard rails at work: what they stop, and who lets what pass.

use std::collections::{HashMap, HashSet};

use super::{Engine, Error, Inner, event::Level, no_plan, standing::Standings};
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
        if reason.trim().is_empty() {
            return Err(Error::Refused("releasing a guard rail needs a reason".to_owned()));
        }
        let name = rail.clone();
        let passes = self
            .inner
            .blocking(move |inner| {
                inner.may(Right::Release)?;
                release(inner, &rail, part, reason)
            })
            .await?;
        let text = match part {
            None => format!("the guard rail `{name}` is released for this plan"),
            Some(_) => format!("the guard rail `{name}` lets {passes} operations of this plan pass"),
        };
        self.inner.notice(Level::Warning, text);
        Ok(passes)
    }
}

fn release(inner: &Inner, rail: &str, part: Option<usize>, reason: String) -> Result<usize, Error> {
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
        None => None,
        Some(part) => Some(first(inner, &plan, reading, part)?),
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

/// The first operations that a rail stops and that may be applied otherwise, after those released before.
fn first(
    inner: &Inner,
    plan: &StoredPlan,
    rail: &RailReading,
    part: usize,
) -> Result<Vec<Fingerprint>, Error> {
    let store = &inner.setup.store;
    let before = store.releases(plan.id)?;
    let before = before.into_iter().find(|release| release.rail == rail.rail);
    let mut passes = match before {
        Some(Release { operations: None, .. }) => {
            let text = format!("the guard rail `{}` is released already, in full", rail.rail);
            return Err(Error::Refused(text));
        }
        Some(Release {
            operations: Some(part),
            ..
        }) => part,
        None => Vec::new(),
    };
    let standings = Standings::load(inner, plan)?;
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
