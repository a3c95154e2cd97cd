//! What operations wait for that nobody has approved: approving these alone would let them wait on.

use std::collections::{HashMap, HashSet};

use super::{Engine, Error, Inner, query::PlanRows};
use crate::model::{Fingerprint, OperationState, Right};

/// Up to so many operations are looked up one by one; of more, all of the plan are read once.
const FEW: usize = 200;

impl Engine {
    /// Returns the operations that these wait for, in turn and in the order of the run, as far as nobody has decided
    /// about them and who acts can approve them.
    pub async fn awaited(&self, operations: Vec<Fingerprint>) -> Result<Vec<Fingerprint>, Error> {
        self.may(Right::View)?;
        self.inner
            .blocking(move |inner| awaited(inner, &operations))
            .await
    }
}

/// The same, where it may block.
pub(super) fn awaited(inner: &Inner, operations: &[Fingerprint]) -> Result<Vec<Fingerprint>, Error> {
    let Some(kept) = PlanRows::of(inner)? else {
        return Ok(Vec::new());
    };
    let can_be_approved =
        |row: &&super::view::ReviewRow| row.state == OperationState::Proposed && row.lack.refusal().is_none();
    let open: HashSet<Fingerprint> = kept
        .rows
        .iter()
        .filter(can_be_approved)
        .map(|row| row.id)
        .collect();
    let store = &inner.setup.store;
    let mut known: HashMap<Fingerprint, Vec<Fingerprint>> = HashMap::new();
    if operations.len() > FEW {
        store.operations(kept.plan.id, &mut |stored| {
            let operation = stored.operation;
            if !operation.waits_for.is_empty() {
                known.insert(operation.fingerprint, operation.waits_for);
            }
        })?;
    }
    let mut found: HashSet<Fingerprint> = HashSet::new();
    let mut next: Vec<Fingerprint> = operations.to_vec();
    let meant: HashSet<Fingerprint> = operations.iter().copied().collect();
    while let Some(id) = next.pop() {
        let waits_for = if operations.len() > FEW {
            known.remove(&id).unwrap_or_default()
        } else {
            let stored = store.operation(kept.plan.id, id)?;
            stored.map_or_else(Vec::new, |stored| stored.operation.waits_for)
        };
        for other in waits_for {
            if open.contains(&other) && !meant.contains(&other) && found.insert(other) {
                next.push(other);
            }
        }
    }
    let in_order = kept.rows.iter().map(|row| row.id);
    Ok(in_order.filter(|id| found.contains(id)).collect())
}
