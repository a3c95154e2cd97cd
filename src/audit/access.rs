//! Who had access: what a trail tells about the accounts and memberships of one person at one instant.
//!
//! What was written until then is known for sure. What usher never wrote until then, but changed later, is inferred
//! from what it found there when it did: whoever was disabled on Friday was usable on Thursday.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Entry, Record, erasure::Erasure};

/// Who approved a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, if it was said.
    pub reason: Option<String>,
}

/// How something is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// It was written by a run.
    Written {
        /// Whether it was read back.
        verified: bool,
    },
    /// It was found so by a run that changed it later, at this instant.
    ChangedLater(Timestamp),
    /// The account was linked to the person; the text says why.
    Linked(String),
    /// Only a read of the system has it, which ended at this instant.
    Read(Timestamp),
}

/// An account, or a membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// The system.
    pub system: String,
    /// The account rule or entitlement.
    pub rule: Option<String>,
    /// The account's id, or the group's.
    pub anchor: String,
    /// Where it was, or what people call the group.
    pub place: String,
    /// Whether the account was usable; `None` of a membership, and where that is not known.
    pub usable: Option<bool>,
    /// Since when it was so; `None` where that is not known.
    pub since: Option<Timestamp>,
    /// By which run.
    pub run: Option<i64>,
    /// By which operation.
    pub operation: Option<String>,
    /// Who approved that, the last one last.
    pub approvals: Vec<Approval>,
    /// The audit record that tells it.
    pub record: Option<u64>,
    /// How it is known.
    pub evidence: Evidence,
}

type Key = (String, String);

/// Follows a trail, record by record, oldest first; in memory is only what is the person's.
#[derive(Debug)]
pub struct Access {
    person: String,
    at: Timestamp,
    /// Nothing where it is known that there was none.
    accounts: BTreeMap<Key, Option<Holding>>,
    memberships: BTreeMap<Key, Option<Holding>>,
    erasures: Vec<Erasure>,
}

impl Access {
    /// Asks about a person (the id as the trail has it) at an instant.
    pub fn new(person: String, at: Timestamp) -> Self {
        Self {
            person,
            at,
            accounts: BTreeMap::new(),
            memberships: BTreeMap::new(),
            erasures: Vec::new(),
        }
    }

    /// Follows the next record.
    pub fn follow(&mut self, record: &Record) {
        if let Some(erasure) = Erasure::of(record, &self.person) {
            self.erasures.push(erasure);
            return;
        }
        let details = &record.entry.details;
        if text(details, "person") != Some(&self.person) {
            return;
        }
        match record.entry.action.as_str() {
            "write" | "settle" if matches!(text(details, "state"), Some("applied" | "verified")) => {
                self.written(record);
            }
            "link" | "unlink" => self.linked(record),
            _ => {}
        }
    }

    fn written(&mut self, record: &Record) {
        let details = &record.entry.details;
        let (Some(system), Some(anchor), Some(kind)) = (
            text(details, "system"),
            text(details, "anchor"),
            text(details, "kind"),
        ) else {
            return;
        };
        let is_membership = matches!(kind, "add-member" | "remove-member");
        let key = (system.to_owned(), anchor.to_owned());
        let mut holding = holding(record, system, anchor, is_membership);
        if record.entry.at > self.at {
            // what was already so when it was to be written tells nothing of before
            let is_told = details.get("already") != Some(&Value::Bool(true));
            let known = self.table(is_membership);
            if known.contains_key(&key) || !is_told {
                return;
            }
            if matches!(kind, "create" | "restore" | "add-member") {
                known.insert(key, None);
                return;
            }
            holding.usable = holding.usable.filter(|_| !is_membership).map(|usable| !usable);
            holding.evidence = Evidence::ChangedLater(record.entry.at);
            (holding.since, holding.run, holding.operation) = (None, None, None);
            known.insert(key, Some(holding));
            return;
        }
        match kind {
            "delete" => {
                self.accounts.insert(key, None);
                let has_other = self
                    .accounts
                    .values()
                    .flatten()
                    .any(|account| account.system == system);
                for (group, membership) in &mut self.memberships {
                    // an account that is gone is in no group
                    if group.0 == system && !has_other {
                        *membership = None;
                    }
                }
            }
            "remove-member" => {
                self.memberships.insert(key, None);
            }
            "adopt" => {
                let by = record.entry.actor.user.clone();
                holding.evidence = Evidence::Linked(format!("adopted by {by}"));
                self.accounts.insert(key, Some(holding));
            }
            "unlink" => {
                self.accounts.insert(key, None);
            }
            "create" | "restore" | "enable" | "disable" | "add-member" => {
                self.table(is_membership).insert(key, Some(holding));
            }
            _ => {
                if let Some(Some(account)) = self.accounts.get_mut(&key) {
                    account.place = holding.place;
                } else {
                    // it was there, but since when is not told
                    holding.since = None;
                    self.accounts.insert(key, Some(holding));
                }
            }
        }
    }

    fn linked(&mut self, record: &Record) {
        let details = &record.entry.details;
        let Some(system) = text(details, "system") else {
            return;
        };
        let anchor = |name: &str| details.get(name).and_then(|link| text(link, "anchor"));
        let is_later = record.entry.at > self.at;
        if let Some(before) = anchor("before") {
            let key = (system.to_owned(), before.to_owned());
            if is_later {
                self.accounts.entry(key).or_insert_with(|| {
                    let mut before = holding(record, system, before, false);
                    before.evidence = Evidence::ChangedLater(record.entry.at);
                    before.since = None;
                    Some(before)
                });
            } else {
                self.accounts.insert(key, None);
            }
        }
        if let (Some(after), false) = (anchor("after"), is_later) {
            let mut holding = holding(record, system, after, false);
            let reason = text(details, "reason").unwrap_or_default();
            holding.evidence = Evidence::Linked(format!("{}: {reason}", record.entry.actor.user));
            self.accounts
                .insert((system.to_owned(), after.to_owned()), Some(holding));
        }
    }

    fn table(&mut self, is_membership: bool) -> &mut BTreeMap<Key, Option<Holding>> {
        if is_membership {
            &mut self.memberships
        } else {
            &mut self.accounts
        }
    }

    /// Ends the trail; [`Holdings::approved`] follows it once more.
    pub fn finish(self) -> Holdings {
        Holdings {
            at: self.at,
            accounts: self.accounts,
            memberships: self.memberships,
            erasures: self.erasures,
        }
    }
}

/// What a trail tells; nothing of a key means that there was none.
#[derive(Debug)]
pub struct Holdings {
    at: Timestamp,
    /// Accounts by system and id.
    pub accounts: BTreeMap<(String, String), Option<Holding>>,
    /// Memberships by system and the group's id.
    pub memberships: BTreeMap<(String, String), Option<Holding>>,
    /// What was erased of what the trail told.
    pub erasures: Vec<Erasure>,
}

impl Holdings {
    /// Follows the trail a second time, for who approved what.
    pub fn approved(&mut self, record: &Record) {
        let Entry {
            at, action, details, ..
        } = &record.entry;
        let is_approval = action == "approve";
        if !(is_approval || matches!(action.as_str(), "withdraw" | "reject" | "hold")) || *at > self.at {
            return;
        }
        let Some(operation) = text(details, "operation") else {
            return;
        };
        for holding in self
            .accounts
            .values_mut()
            .chain(self.memberships.values_mut())
            .flatten()
        {
            let is_meant = holding.operation.as_deref() == Some(operation)
                && holding.record.is_some_and(|written| record.sequence < written);
            if !is_meant {
                continue;
            }
            if !is_approval {
                holding.approvals.clear();
                continue;
            }
            holding.approvals.push(Approval {
                by: record.entry.actor.user.clone(),
                at: *at,
                reason: text(details, "reason").map(ToOwned::to_owned),
            });
        }
    }
}

fn holding(record: &Record, system: &str, anchor: &str, is_membership: bool) -> Holding {
    let details = &record.entry.details;
    let place = if is_membership { "group" } else { "location" };
    Holding {
        system: system.to_owned(),
        rule: text(details, "rule").map(ToOwned::to_owned),
        anchor: anchor.to_owned(),
        place: text(details, place).unwrap_or(anchor).to_owned(),
        usable: details.get("usable").and_then(Value::as_bool),
        since: Some(record.entry.at),
        run: details.get("run").and_then(Value::as_i64),
        operation: text(details, "operation").map(ToOwned::to_owned),
        approvals: Vec::new(),
        record: Some(record.sequence),
        evidence: Evidence::Written {
            verified: text(details, "state") == Some("verified"),
        },
    }
}

fn text<'a>(details: &'a Value, name: &str) -> Option<&'a str> {
    details.get(name).and_then(Value::as_str)
}
