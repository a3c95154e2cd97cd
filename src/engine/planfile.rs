//! Plan files: a sealed plan as text, to be reviewed, carried, signed and applied once.
//!
//! A plan file is JSON Lines: a [`Head`], a line for each operation that is due, each that is scheduled and each
//! finding, and an end with the number of lines and their digest, so that a file that was cut off is told from a
//! whole one. Each line is exactly what [`write`] makes of its content; anything else was edited. Fingerprints are
//! recomputed from the content, the seal from the fingerprints, the digest of the rules and those of the reads.
//!
//! Values of marked attributes are masked and secrets were never in the plan, so a file tells no more than the
//! console shows. It is therefore no plan by itself: what is applied is the plan in the store that made it, and only
//! after every line of the file was found to say what the store's plan says (`check`). The file's fingerprints
//! can be recomputed except where a value is masked; there only the store can tell.

mod applying;
pub(super) mod check;
pub mod compare;
mod mask;
mod read;
pub mod signature;
mod signers;
mod write;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::{applying::Signed, read::Unreadable};
use super::{Error, Inner, planning::Export};
use crate::{
    config::RulesDigest,
    model::{
        Column, Comparison, Finding, Fingerprint, Operation, PlanId, RailReading, Read, Schema, SystemName,
    },
    planning::{Planned, seal::Origin},
};

/// What signatures on plan files are made for: `ssh-keygen -Y sign -n plan@usher`.
pub const NAMESPACE: &str = "plan@usher";

/// The version of the form that is written.
const FORMAT: u32 = 1;

/// The first line of a plan file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The version of the form.
    #[serde(rename = "usher_plan")]
    pub format: u32,
    /// The store that has the plan.
    pub store: String,
    /// What the environment is called.
    pub label: Option<String>,
    /// The plan's number in its store.
    pub plan: PlanId,
    /// The instant it was computed for.
    pub now: Timestamp,
    /// Its seal.
    pub seal: Fingerprint,
    /// The digest of the parsed rules, as the seal has it.
    pub rules: Fingerprint,
    /// A digest of each rule, to name the one that changed.
    pub rule: IndexMap<String, String>,
    /// The digest of each read, as the seal has it.
    pub reads: Vec<ReadDigest>,
    /// How the changed attributes are compared, where that is not octet for octet.
    pub columns: BTreeMap<SystemName, BTreeMap<String, Compared>>,
    /// How many operations are due.
    pub operations: usize,
    /// How many are scheduled.
    pub scheduled: usize,
    /// How many findings there are.
    pub findings: usize,
    /// The guard rails that counted something.
    pub rails: Vec<RailReading>,
}

/// The digest of one read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadDigest {
    /// The system.
    pub system: SystemName,
    /// The digest.
    pub digest: Fingerprint,
}

/// How an attribute's values go into fingerprints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// As distinguished names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub names: bool,
    /// In their order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ordered: bool,
}

/// Any line but the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    /// An operation that is due.
    Operation(Box<Operation>),
    /// One that is due later.
    Scheduled(Box<Operation>),
    /// A situation that wants a person.
    Finding(Finding),
    /// The last line.
    End(End),
}

/// The last line of a plan file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    /// How many lines come before it.
    lines: usize,
    /// The seal once more.
    seal: Fingerprint,
    /// SHA-256 of all octets before this line.
    digest: Fingerprint,
}

/// A plan file that could be read. Whether it is whole and genuine is another question: see [`PlanFile::flaws`].
#[derive(Debug, Clone, PartialEq)]
pub struct PlanFile {
    /// Its first line.
    pub head: Head,
    /// The operations that are due, marked values masked.
    pub operations: Vec<Operation>,
    /// The operations that are due later, marked values masked.
    pub scheduled: Vec<Operation>,
    /// The situations that want a person.
    pub findings: Vec<Finding>,
    /// What is wrong with the file by itself, a sentence each. A file with flaws was edited or damaged.
    pub flaws: Vec<String>,
    /// The file as it is.
    octets: Vec<u8>,
}

impl Head {
    /// What the plan was computed from.
    fn origin(&self) -> Origin {
        Origin {
            rules: self.rules,
            reads: self
                .reads
                .iter()
                .map(|read| (read.system.clone(), read.digest))
                .collect(),
        }
    }

    /// The schema that fingerprints of a system's operations are computed with.
    fn schema(&self, system: &SystemName) -> Schema {
        let column = |(name, compared): (&String, &Compared)| Column {
            ordered: compared.ordered,
            comparison: if compared.names {
                Comparison::DistinguishedName
            } else {
                Comparison::Exact
            },
            ..Column::text(name.clone())
        };
        Schema {
            columns: self
                .columns
                .get(system)
                .into_iter()
                .flatten()
                .map(column)
                .collect(),
        }
    }
}

/// Writes a stored plan down, and notes that in the audit.
pub(super) fn export(
    inner: &Inner,
    plan: PlanId,
    planned: &Planned,
    reads: &[Read],
    export: &Export,
) -> Result<Vec<u8>, Error> {
    let Planned {
        plan: content,
        origin,
        ..
    } = planned;
    let store = &inner.setup.store;
    let head = Head {
        format: FORMAT,
        store: store.identity()?,
        label: export.label.clone(),
        plan,
        now: content.now,
        seal: content.seal,
        rules: origin.rules,
        rule: RulesDigest::of(&inner.rules()).rules,
        reads: origin
            .reads
            .iter()
            .map(|(system, digest)| ReadDigest {
                system: system.clone(),
                digest: *digest,
            })
            .collect(),
        columns: columns(content.operations.iter().chain(&content.scheduled), reads),
        operations: content.operations.len() + content.adoptions.len(),
        scheduled: content.scheduled.len(),
        findings: content.findings.len(),
        rails: content.rails.clone(),
    };
    let octets = write::write(&head, content)
        .map_err(|error| Error::Refused(format!("plan {plan} cannot be written to a file: {error}")))?;
    let mut entry = inner.entry("export", format!("plan {plan}"), "written to a plan file");
    entry.details = serde_json::json!({
        "plan": plan, "seal": content.seal, "sha256": read::sha256(&octets),
    });
    store.append(&[entry])?;
    Ok(octets)
}

/// How the attributes that change are compared, where that is not octet for octet.
fn columns<'a>(
    operations: impl Iterator<Item = &'a Operation>,
    reads: &[Read],
) -> BTreeMap<SystemName, BTreeMap<String, Compared>> {
    let mut columns: BTreeMap<SystemName, BTreeMap<String, Compared>> = BTreeMap::new();
    for operation in operations {
        let Some(read) = reads.iter().find(|read| read.system == operation.system) else {
            continue;
        };
        let schema = read.records.schema();
        for change in &operation.changes {
            let Some(column) = schema.position(&change.attribute).map(|at| &schema.columns[at]) else {
                continue;
            };
            let compared = Compared {
                names: column.comparison == Comparison::DistinguishedName,
                ordered: column.ordered,
            };
            if compared != Compared::default() {
                columns
                    .entry(operation.system.clone())
                    .or_default()
                    .insert(column.name.clone(), compared);
            }
        }
    }
    columns
}
