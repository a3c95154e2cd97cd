//! Reads plan files, which may have been edited, cut off or made up.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;

use super::{End, FORMAT, Head, Line, PlanFile, mask};
use crate::{
    model::{Fingerprint, Operation, Schema, Seed},
    planning::seal,
};

/// More flaws than this help nobody.
const MOST_FLAWS: usize = 20;

/// Why something is no plan file. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The first line is no head.
    #[error("this is no plan file ({0}): make one with `usher plan -o FILE`")]
    Foreign(String),
    /// A newer usher wrote it.
    #[error("the plan file has form {0}, this usher knows form {FORMAT}: use the usher that wrote it")]
    Newer(u64),
    /// The end is missing.
    #[error("the plan file is cut off after line {lines} of {expected}: get the whole file again")]
    CutOff {
        /// How many lines there are.
        lines: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A line that cannot be understood.
    #[error(
        "line {line} of the plan file cannot be read ({reason}): it was edited or damaged, get the file again"
    )]
    Line {
        /// Which, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
}

/// Returns SHA-256.
pub(super) fn sha256(octets: &[u8]) -> Fingerprint {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, octets).as_ref());
    Fingerprint(out)
}

impl PlanFile {
    /// Reads a plan file and notes what is wrong with it by itself.
    pub fn parse(octets: Vec<u8>) -> Result<Self, Unreadable> {
        let mut reading = Reading::begin(&octets)?;
        let rest = octets
            .iter()
            .position(|octet| *octet == b'\n')
            .unwrap_or(octets.len());
        let mut at = (rest + 1).min(octets.len());
        let mut number = 1;
        let mut end = None;
        while at < octets.len() {
            number += 1;
            let Some(length) = octets[at..].iter().position(|octet| *octet == b'\n') else {
                // every line ends: the last one was cut off in the middle
                return Err(reading.cut_off(number - 1));
            };
            if end.is_some() {
                let reason = "nothing may follow the end".to_owned();
                return Err(Unreadable::Line { line: number, reason });
            }
            let line = &octets[at..at + length];
            if let Some(found) = reading.line(number, line)? {
                if found.digest != sha256(&octets[..at]) {
                    reading.flaw("the digest in its last line is not that of the lines before".to_owned());
                }
                end = Some(found);
            }
            at += length + 1;
        }
        let Some(end) = end else {
            return Err(reading.cut_off(number));
        };
        reading.finish(&end, number - 1);
        let Reading { mut file } = reading;
        file.octets = octets;
        Ok(file)
    }

    /// Returns SHA-256 of the file as it is.
    pub fn digest(&self) -> Fingerprint {
        sha256(&self.octets)
    }

    /// Returns the file as it is.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }
}

/// A plan file that is being read.
struct Reading {
    file: PlanFile,
}

impl Reading {
    fn begin(octets: &[u8]) -> Result<Self, Unreadable> {
        let first = octets.split(|octet| *octet == b'\n').next().unwrap_or_default();
        let foreign = |error: serde_json::Error| Unreadable::Foreign(error.to_string());
        // the form first: what a newer usher writes need not look like a head of today
        let any: serde_json::Value = serde_json::from_slice(first).map_err(foreign)?;
        let format = any.get("usher_plan").and_then(serde_json::Value::as_u64);
        match format {
            None => {
                let reason = "its first line has no `usher_plan`".to_owned();
                return Err(Unreadable::Foreign(reason));
            }
            Some(format) if format > u64::from(FORMAT) => return Err(Unreadable::Newer(format)),
            Some(_) => {}
        }
        let head: Head = serde_json::from_slice(first).map_err(foreign)?;
        let mut reading = Self {
            file: PlanFile {
                head,
                operations: Vec::new(),
                scheduled: Vec::new(),
                findings: Vec::new(),
                flaws: Vec::new(),
                octets: Vec::new(),
            },
        };
        let head = reading.file.head.clone();
        reading.is_as_written(1, first, &head);
        Ok(reading)
    }

    /// Takes a line in; returns the end if it is that.
    fn line(&mut self, number: usize, octets: &[u8]) -> Result<Option<End>, Unreadable> {
        let line: Line = serde_json::from_slice(octets).map_err(|error| Unreadable::Line {
            line: number,
            reason: error.to_string(),
        })?;
        self.is_as_written(number, octets, &line);
        match line {
            Line::Operation(operation) => self.file.operations.push(*operation),
            Line::Scheduled(operation) => self.file.scheduled.push(*operation),
            Line::Finding(finding) => self.file.findings.push(finding),
            Line::End(end) => return Ok(Some(end)),
        }
        Ok(None)
    }

    /// Every content has one way to be written: other blanks, unknown or repeated keys were put in by somebody.
    fn is_as_written(&mut self, number: usize, octets: &[u8], content: &impl Serialize) {
        if serde_json::to_vec(content).ok().as_deref() != Some(octets) {
            self.flaw(format!("line {number} is not as usher wrote it"));
        }
    }

    fn flaw(&mut self, flaw: String) {
        if self.file.flaws.len() < MOST_FLAWS {
            self.file.flaws.push(flaw);
        }
    }

    fn expected(&self) -> usize {
        let head = &self.file.head;
        [head.operations, head.scheduled, head.findings]
            .into_iter()
            .fold(2, usize::saturating_add)
    }

    fn cut_off(&self, lines: usize) -> Unreadable {
        Unreadable::CutOff {
            lines,
            expected: self.expected(),
        }
    }

    /// Compares the whole with what the head promises.
    fn finish(&mut self, end: &End, lines: usize) {
        if end.lines != lines {
            self.flaw(format!(
                "it has {lines} lines before its end, and had {}",
                end.lines
            ));
        }
        let counts = [
            (
                self.file.operations.len(),
                self.file.head.operations,
                "operations",
            ),
            (
                self.file.scheduled.len(),
                self.file.head.scheduled,
                "scheduled operations",
            ),
            (self.file.findings.len(), self.file.head.findings, "findings"),
        ];
        for (count, expected, what) in counts {
            if count != expected {
                self.flaw(format!("it has {count} {what}, and had {expected}"));
            }
        }
        for flaw in self.wrong_fingerprints() {
            self.flaw(flaw);
        }
        let all = self.file.operations.iter().chain(&self.file.scheduled);
        let sealed = seal::seal(
            all.map(|operation| operation.fingerprint),
            &self.file.head.origin(),
        );
        if sealed != self.file.head.seal || end.seal != sealed {
            self.flaw("its operations, rules and reads are not those its seal was made for".to_owned());
        }
    }

    /// The operations that do not have the fingerprint of their content.
    fn wrong_fingerprints(&self) -> Vec<String> {
        let none = Schema::default();
        // whose values are masked is left out, so that no key is needed
        let marks = seal::MarkKey::of(&Seed::default());
        let mut schemas = HashMap::new();
        let all = self.file.operations.iter().chain(&self.file.scheduled);
        all.filter(|operation| !mask::hides(operation))
            .filter(|operation| {
                let accounts = schemas
                    .entry(operation.system.clone())
                    .or_insert_with(|| self.file.head.schema(&operation.system));
                let schema = seal::schema_of(operation, accounts, &none);
                seal::fingerprint(operation, schema, &marks) != operation.fingerprint
            })
            .take(MOST_FLAWS)
            .map(|operation| format!("{} was edited", name(operation)))
            .collect()
    }
}

/// Names an operation for people.
pub(super) fn name(operation: &Operation) -> String {
    format!(
        "operation {} ({} in {})",
        operation.fingerprint.short(),
        crate::engine::describe::operation(operation),
        operation.system
    )
}
