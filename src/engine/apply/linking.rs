//! Applies what changes a link only: nothing is sent to a target.
//!
//! The intent is on disk before, as of every operation. The link and the outcome are written in one step, so an
//! intent without an outcome was certainly not carried out.

use std::sync::Arc;

use super::{Run, work::Ended};
use crate::{
    connectors::Written,
    engine::{Error, Inner, event::Level, lock},
    model::{Kind, LinkOwner, Operation, OperationState},
    store::{self, Intent, StoredOperation},
};

impl Run {
    /// Takes one operation about a link from intent to outcome.
    pub(super) async fn link(&self, stored: &Arc<StoredOperation>) -> Ended {
        let operation = &stored.operation;
        let intent = Intent {
            operation: operation.fingerprint,
            write: String::new(),
            is_marked: false,
        };
        if let Err(error) = self.scribe.intend(intent).await {
            if let store::Error::NotApproved(reason) = error.as_ref() {
                lock(&self.progress).ended(operation, OperationState::Proposed, reason, 0);
                return Ended::NotApplied;
            }
            return self.journal_broke(&error);
        }
        lock(&self.progress).sent(stored);
        let asked = operation.clone();
        let looked = self.inner.blocking(move |inner| look(inner, &asked)).await;
        let (state, reason) = match looked {
            Ok(Ok(by)) => (OperationState::Verified, by),
            Ok(Err(conflict)) => (OperationState::Conflict, conflict),
            Err(error) => {
                self.inner.notice(Level::Error, error.to_string());
                (OperationState::Approved, error.to_string())
            }
        };
        let anchor = operation.target.anchor.clone();
        let written = anchor
            .filter(|_| state == OperationState::Verified)
            .map(|anchor| Written {
                anchor,
                location: operation.target.location.clone(),
                verified: true,
                already: false,
                attributes: Vec::new(),
            });
        if let (Some(written), Kind::Adopt) = (&written, operation.kind) {
            lock(&self.directory).note(operation, written);
        }
        self.concluded(operation, state, &reason, written.as_ref(), 1)
            .await
    }
}

/// Makes sure that the link may be made or taken away; returns who approved that, or what stands against it.
fn look(inner: &Inner, operation: &Operation) -> Result<Result<String, String>, Error> {
    let store = &inner.setup.store;
    let (Some(person), Some(anchor)) = (operation.person, &operation.target.anchor) else {
        return Ok(Err("it names no account".to_owned()));
    };
    let owner = LinkOwner::Account(operation.rule.clone());
    let linked = store.accounts_of(person)?;
    let linked = linked.iter().find(|link| link.owner == owner);
    match (operation.kind, linked) {
        (Kind::Unlink, Some(link)) if link.anchor != *anchor => {
            return Ok(Err(format!("another account is linked by now: {}", link.anchor)));
        }
        (Kind::Unlink, None) => return Ok(Err("the link is gone already".to_owned())),
        (Kind::Adopt, Some(link)) => {
            return Ok(Err(format!("an account is linked by now: {}", link.anchor)));
        }
        _ => {}
    }
    if operation.kind == Kind::Adopt {
        let rules = inner.rules();
        for rule in rules
            .accounts
            .iter()
            .filter(|rule| rule.system == operation.system)
        {
            let owner = LinkOwner::Account(rule.name.clone());
            if let Some(link) = store.owner_of(&owner, anchor.as_str())? {
                return Ok(Err(format!(
                    "the account is linked to somebody else by now ({}, under `{}`)",
                    link.person, rule.name
                )));
            }
        }
    }
    let decision = store.decisions(operation.fingerprint)?.into_iter().next();
    Ok(Ok(decision.map_or_else(
        || "approved".to_owned(),
        |decision| format!("approved by {}", decision.by.user),
    )))
}
