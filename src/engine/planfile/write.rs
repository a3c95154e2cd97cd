//! The lines of a plan file.

use serde::Serialize;

use super::{End, Head, Line, mask::masked, read::sha256};
use crate::model::Plan;

/// Writes a plan, marked values masked.
pub(super) fn write(head: &Head, plan: &Plan) -> Result<Vec<u8>, serde_json::Error> {
    let mut lines = Lines::default();
    lines.add(head)?;
    for (operation, _) in plan.all().filter(|(_, scheduled)| !scheduled) {
        lines.add(&Line::Operation(Box::new(masked(&operation))))?;
    }
    for operation in &plan.scheduled {
        lines.add(&Line::Scheduled(Box::new(masked(operation))))?;
    }
    for finding in &plan.findings {
        lines.add(&Line::Finding(finding.clone()))?;
    }
    let end = End {
        lines: lines.count,
        seal: head.seal,
        digest: sha256(&lines.octets),
    };
    lines.add(&Line::End(end))?;
    Ok(lines.octets)
}

#[derive(Default)]
struct Lines {
    octets: Vec<u8>,
    count: usize,
}

impl Lines {
    fn add(&mut self, line: &impl Serialize) -> Result<(), serde_json::Error> {
        serde_json::to_writer(&mut self.octets, line)?;
        self.octets.push(b'\n');
        self.count += 1;
        Ok(())
    }
}
