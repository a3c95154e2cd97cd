//! The guard rails of a plan, as they are shown: how full each is, what it stops, who let what pass.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    engine::{Error, Inner},
    model::{Fingerprint, RailReading},
    store::Release,
};

/// The guard rails of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RailsView {
    /// Those that counted something, those that stop something first.
    pub rails: Vec<RailView>,
}

/// One guard rail.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RailView {
    /// What it counted.
    pub reading: RailReading,
    /// Who let what pass; `None` if nobody did.
    pub released: Option<Released>,
    /// The operations that it still stops.
    pub stops: Vec<Fingerprint>,
}

/// A guard rail that somebody released for this plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Released {
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Whether for all that it stops.
    pub is_whole: bool,
    /// How many operations pass.
    pub passes: usize,
}

/// Returns the guard rails of the current plan; `None` if there is no plan.
pub(in crate::engine) fn rails(inner: &Inner) -> Result<Option<RailsView>, Error> {
    let store = &inner.setup.store;
    let Some(plan) = store.current_plan()? else {
        return Ok(None);
    };
    let releases = store.releases(plan.id)?;
    let mut rails: Vec<_> = plan
        .rails
        .iter()
        .map(|reading| view(reading, &releases))
        .collect();
    rails.sort_by_key(|rail| std::cmp::Reverse((!rail.stops.is_empty(), rail.reading.is_exceeded())));
    Ok(Some(RailsView { rails }))
}

fn view(reading: &RailReading, releases: &[Release]) -> RailView {
    let release = releases.iter().find(|release| release.rail == reading.rail);
    let stops: Vec<_> = match release {
        None => reading.stopped.clone(),
        Some(Release { operations: None, .. }) => Vec::new(),
        Some(Release {
            operations: Some(part),
            ..
        }) => {
            let passes: HashSet<_> = part.iter().collect();
            let stopped = reading.stopped.iter().filter(|id| !passes.contains(id));
            stopped.copied().collect()
        }
    };
    RailView {
        released: release.map(|release| Released {
            by: release.by.clone(),
            at: release.at,
            reason: release.reason.clone(),
            is_whole: release.operations.is_none(),
            passes: reading.stopped.len() - stops.len(),
        }),
        stops,
        reading: reading.clone(),
    }
}
