//! Whether the chain of the audit holds, as far as it is known: what was verified once is not verified again.

use std::sync::Mutex;

use jiff::Timestamp;
use serde::Serialize;

use super::{Error, Inner, lock};
use crate::audit::{Examiner, Record};

/// How far the trail was verified, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainView {
    /// The number of the last record that was verified.
    pub sequence: u64,
    /// Its hash, hexadecimal.
    pub head: String,
    /// When it was verified.
    pub at: Timestamp,
    /// The first broken record and why; `None` while the chain holds.
    pub broken: Option<String>,
}

/// What was verified so far.
#[derive(Default)]
pub(super) struct Chain(Mutex<Examiner>);

/// Verifies what has come since the last time: at first the whole trail. A trail that was found broken is verified
/// from its beginning again.
pub(super) fn verify(inner: &Inner) -> Result<ChainView, Error> {
    let mut known = lock(&inner.chain.0);
    let last = known.head().clone();
    let mut broken = None;
    let mut is_there = last.sequence == 0;
    inner.setup.store.audit_from(last.sequence, &mut |record| {
        let outcome = if record.sequence == last.sequence && last.sequence > 0 {
            is_there = record.hash == last.hash;
            is_same(&record, &last.hash)
        } else {
            known.check(&record).map_err(|problem| problem.to_string())
        };
        broken = outcome.err();
        broken.is_none()
    })?;
    if !is_there && broken.is_none() {
        broken = Some(format!(
            "audit record {} was there when it was verified and is not any more: the last ones were cut off",
            last.sequence
        ));
    }
    let broken = broken.or_else(|| known.clone().finish().err().map(|problem| problem.to_string()));
    let view = ChainView {
        sequence: known.head().sequence,
        head: known.head().hash.clone(),
        at: inner.setup.clock.now(),
        broken,
    };
    if view.broken.is_some() {
        *known = Examiner::default();
    }
    Ok(view)
}

/// Makes sure that the last record that was verified is still what it was.
fn is_same(record: &Record, hash: &str) -> Result<(), String> {
    if record.hash == hash {
        return Ok(());
    }
    Err(format!(
        "audit record {} is another one than when it was verified: the trail was rewritten",
        record.sequence
    ))
}
