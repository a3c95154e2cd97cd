//! Keeps plans and runs apart, on one store with several processes.
//!
//! What is read while somebody writes is neither what was there before nor what will be: a plan made of it would
//! propose again what is just being applied. A plan therefore counts only if no run went on between its first read
//! and its storing. It never holds up a run: it is the plan that is refused.

use jiff::Timestamp;

use super::{Error, Inner};
use crate::{
    model::SystemName,
    store::{self, Lease},
};

/// The newest run: its number, when it began and when it ended.
pub(super) type LastRun = Option<(i64, Timestamp, Option<Timestamp>)>;

/// Does something while no system is written to by anybody. Refused if a run is going on.
pub(super) fn without_runs<T>(inner: &Inner, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let systems: Vec<_> = inner
        .setup
        .systems
        .iter()
        .map(|system| system.connector.system().clone())
        .collect();
    let leases = match lease_all(inner, &systems, "planning, ") {
        Err(Error::Store(store::Error::Busy(_))) => return Err(run_meanwhile()),
        leases => leases?,
    };
    let done = work();
    give_back_all(inner, &leases)?;
    done
}

/// Says that the reads of a plan are worth nothing.
pub(super) fn run_meanwhile() -> Error {
    Error::Refused("a run is going on: plan again when it is over".to_owned())
}

/// Takes the right to write to systems, all or none; `doing` tells others what for.
pub(super) fn lease_all(inner: &Inner, systems: &[SystemName], doing: &str) -> Result<Vec<Lease>, Error> {
    let holder = format!("{} ({doing}process {})", inner.setup.actor.user, std::process::id());
    let now = inner.setup.clock.now();
    let mut leases = Vec::with_capacity(systems.len());
    for system in systems {
        match inner.setup.store.lease(system, &holder, now) {
            Ok(lease) => leases.push(lease),
            Err(error) => {
                give_back_all(inner, &leases)?;
                return Err(error.into());
            }
        }
    }
    Ok(leases)
}

/// Gives back what [`lease_all`] took.
pub(super) fn give_back_all(inner: &Inner, leases: &[Lease]) -> Result<(), Error> {
    leases
        .iter()
        .try_for_each(|lease| inner.setup.store.give_back(lease))
        .map_err(Error::from)
}
