//! Fingerprints of operations and the seal of a plan.
//!
//! Version 1 of the canonical form: every part is written as its length (eight octets, big endian) and its octets,
//! so that no two different operations have the same form. Values are written in the form in which the target calls
//! equal values equal, sets sorted; references as ids, secrets as the names of their policies.
//!
//! Marked values go in as HMAC-SHA-256 (RFC 2104) under a key of the store: a telephone number has so few digits that
//! who has only a digest finds it by trying. So a fingerprint with a marked value is another one in another store, and
//! only the store that made it can compute it again; a plan file is applied by the store that made it anyway.

mod pieces;

use aws_lc_rs::{
    digest::{Context, SHA256},
    hmac,
};

pub(super) use self::pieces::Pieces;
use super::{Inputs, compare::key, compile::Compiled, rules::Rules};
use crate::model::{
    After, Change, Column, Comparison, Fingerprint, Kind, Operation, Read, Reference, Schema, Seed,
    SystemName, Value,
};

const VERSION: &[u8] = b"usher operation 1";
/// What the key for marked values is derived for.
const MARKS: &[u8] = b"usher marked values 1";

/// What marked values are hashed under, derived from the store's seed. It never leaves the store.
#[derive(Clone)]
pub struct MarkKey(hmac::Key);

impl MarkKey {
    /// Derives the key of a store.
    pub fn of(seed: &Seed) -> Self {
        let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &seed.0), MARKS);
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()))
    }
}

impl std::fmt::Debug for MarkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MarkKey(…)")
    }
}

/// SHA-256 over parts, each with its length.
pub(super) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut form = Form::new();
    for part in parts {
        form.part(part);
    }
    form.finish()
}

/// Computes the fingerprint of an operation; `schema` is the target's, `marks` the store's.
pub fn fingerprint(operation: &Operation, schema: &Schema, marks: &MarkKey) -> Fingerprint {
    let mut form = Form::new();
    form.part(VERSION);
    form.part(operation.system.as_str().as_bytes());
    form.count(operation.class.len());
    for class in &operation.class {
        form.part(class.as_bytes());
    }
    form.part(operation.rule.as_str().as_bytes());
    form.part(
        operation
            .person
            .map_or([0; 16], |person| *person.0.as_bytes())
            .as_slice(),
    );
    form.part(
        operation
            .target
            .anchor
            .as_ref()
            .map_or("create", |anchor| anchor.as_str())
            .as_bytes(),
    );
    form.part(operation.kind.word().as_bytes());
    form.part(
        operation
            .due
            .map_or_else(String::new, |due| due.to_string())
            .as_bytes(),
    );
    form.part(operation.target.container.as_deref().unwrap_or("").as_bytes());
    form.part(&[operation.usable.map_or(2, u8::from)]);
    // what goes with a deleted object is told, and is no part of what is approved: it goes whatever it is by then
    let changes = match operation.kind {
        Kind::Delete => &[],
        _ => &operation.changes[..],
    };
    form.count(changes.len());
    for change in changes {
        let fallback = Column::text(change.attribute.clone());
        let column = schema
            .position(&change.attribute)
            .map_or(&fallback, |at| &schema.columns[at]);
        write_change(&mut form, change, column, marks);
    }
    Fingerprint(form.finish())
}

fn write_change(form: &mut Form, change: &Change, column: &Column, marks: &MarkKey) {
    form.part(change.attribute.to_lowercase().as_bytes());
    let write_value = |form: &mut Form, value: &Value<'_>, column: &Column| {
        if !change.marked {
            return write_value(form, value, column);
        }
        let mut inner = Form::new();
        write_value(&mut inner, value, column);
        form.part(b"marked");
        form.part(hmac::sign(&marks.0, &inner.finish()).as_ref());
    };
    write_value(form, &change.before, column);
    match &change.after {
        After::Known(value) => {
            form.part(b"known");
            write_value(form, value, column);
        }
        After::Deferred(deferred) => {
            form.part(b"deferred");
            form.part(deferred.person.0.as_bytes());
            form.part(deferred.rule.as_str().as_bytes());
            form.part(deferred.attribute.as_bytes());
            write_value(
                form,
                deferred.prediction.as_ref().unwrap_or(&Value::Absent),
                column,
            );
        }
        After::Secret { policy, recipient } => {
            form.part(b"secret");
            form.part(policy.as_bytes());
            form.part(recipient.as_bytes());
        }
    }
}

fn write_value(form: &mut Form, value: &Value<'_>, column: &Column) {
    match value {
        Value::Absent => form.part(b"absent"),
        Value::Null => form.part(b"null"),
        Value::Reference(Reference::Account { person, rule }) => {
            form.part(b"account");
            form.part(person.0.as_bytes());
            form.part(rule.as_str().as_bytes());
        }
        Value::Reference(Reference::Object(anchor)) => {
            form.part(b"object");
            form.part(anchor.as_str().as_bytes());
        }
        Value::Binary(octets) => {
            form.part(b"octets");
            form.part(octets);
        }
        Value::List(values) => {
            let mut digests: Vec<_> = values
                .iter()
                .map(|value| {
                    let mut inner = Form::new();
                    write_value(&mut inner, value, column);
                    inner.finish()
                })
                .collect();
            if !column.ordered {
                digests.sort_unstable();
            }
            form.part(b"list");
            form.count(digests.len());
            for digest in digests {
                form.part(&digest);
            }
        }
        Value::Complex(parts) => {
            form.part(b"complex");
            form.count(parts.len());
            for (name, value) in parts {
                form.part(name.as_bytes());
                write_value(form, value, column);
            }
        }
        Value::Text(_) | Value::Integer(_) | Value::Boolean(_) | Value::Date(_) | Value::Instant(_) => {
            form.part(b"text");
            let text = value.as_text().unwrap_or_default();
            // what is approved is what is written: only differences the target cannot store are left out
            let comparison = match column.comparison {
                Comparison::DistinguishedName => Comparison::DistinguishedName,
                _ => Comparison::Exact,
            };
            form.part(key(&text, comparison).as_bytes());
        }
    }
}

/// The Merkle root over fingerprints in the order of their octets; an odd one out moves up alone.
pub fn merkle_root(fingerprints: impl IntoIterator<Item = Fingerprint>) -> [u8; 32] {
    let mut level: Vec<[u8; 32]> = fingerprints
        .into_iter()
        .map(|fingerprint| fingerprint.0)
        .collect();
    level.sort_unstable();
    if level.is_empty() {
        return digest(&[]);
    }
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => digest(&[left, right]),
                _ => pair[0],
            })
            .collect();
    }
    level[0]
}

/// The digests of all reads, piece by piece.
pub(super) struct Digests {
    /// Of the accounts, in the order of the reads.
    pub(super) accounts: Vec<Pieces>,
    /// Of the groups.
    pub(super) groups: Vec<Pieces>,
}

impl Digests {
    /// Hashes everything that was read.
    pub(super) fn of(inputs: &Inputs<'_>) -> Self {
        let all = |reads: &[Read]| reads.iter().map(|read| Pieces::of(&read.records)).collect();
        Self {
            accounts: all(inputs.reads),
            groups: all(inputs.groups),
        }
    }

    /// Returns what a plan is computed from: the parsed rules, and what was read.
    pub(super) fn origin(&self, compiled: &Compiled, inputs: &Inputs<'_>) -> Origin {
        let reads = inputs.reads.iter().chain(inputs.groups);
        let pieces = self.accounts.iter().chain(&self.groups);
        let reads = reads.zip(pieces).map(|(read, pieces)| {
            let asked = [read.system.as_str(), read.coverage.asked()];
            (
                read.system.clone(),
                Fingerprint(pieces.whole(&asked, &read.records)),
            )
        });
        Origin {
            rules: rules(&compiled.rules),
            reads: reads.collect(),
        }
    }
}

/// What a plan was computed from, as digests: with the operations they give the [`seal`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Of the parsed rules.
    pub rules: Fingerprint,
    /// Of each read, by system; a system whose groups were read has two.
    pub reads: Vec<(SystemName, Fingerprint)>,
}

/// Returns the digest of parsed rules; comments and places in the file do not count.
pub fn rules(rules: &Rules) -> Fingerprint {
    let form = serde_json::to_vec(rules).unwrap_or_default();
    Fingerprint(digest(&[&form]))
}

/// Computes the seal of a plan from the fingerprints of its operations, due and scheduled.
pub fn seal(operations: impl IntoIterator<Item = Fingerprint>, origin: &Origin) -> Fingerprint {
    let mut reads: Vec<_> = origin.reads.iter().map(|(_, read)| read.0).collect();
    reads.sort_unstable();
    let reads: Vec<&[u8]> = reads.iter().map(<[u8; 32]>::as_slice).collect();
    let root = merkle_root(operations);
    let parts: [&[u8]; 4] = [b"usher plan 1", &root, &origin.rules.0, &digest(&reads)];
    Fingerprint(digest(&parts))
}

/// Returns the schema the fingerprint of an operation is computed with, from that of its system's accounts:
/// memberships are compared without one.
pub fn schema_of<'a>(operation: &Operation, accounts: &'a Schema, none: &'a Schema) -> &'a Schema {
    match operation.kind {
        Kind::AddMember | Kind::RemoveMember => none,
        _ => accounts,
    }
}

struct Form(Context);

impl Form {
    fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    fn part(&mut self, octets: &[u8]) {
        self.0.update(&(octets.len() as u64).to_be_bytes());
        self.0.update(octets);
    }

    fn count(&mut self, count: usize) {
        self.0.update(&(count as u64).to_be_bytes());
    }

    fn finish(self) -> [u8; 32] {
        let digest = self.0.finish();
        let mut octets = [0; 32];
        octets.copy_from_slice(digest.as_ref());
        octets
    }
}
