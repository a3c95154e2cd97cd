//! Compares the plan that must come out with the one that did.

use std::collections::BTreeSet;

use super::program::Plan;

/// Leaves out which events the operations name.
pub fn forget_events(plan: &mut Plan) {
    for operations in plan.operations.values_mut() {
        *operations = std::mem::take(operations)
            .into_iter()
            .map(|mut op| {
                op.event.clear();
                op
            })
            .collect();
    }
}

/// Compares two plans person by person, and shows the first differences.
pub fn compare(expected: &Plan, plan: &Plan) {
    let people: BTreeSet<_> = expected.operations.keys().chain(plan.operations.keys()).collect();
    let differences: Vec<String> = people
        .into_iter()
        .filter(|person| expected.operations.get(*person) != plan.operations.get(*person))
        .map(|person| {
            format!(
                "{person}\n  expected {:?}\n  planned  {:?}",
                expected.operations.get(person),
                plan.operations.get(person)
            )
        })
        .collect();
    assert!(
        differences.is_empty(),
        "{} people differ\n{}",
        differences.len(),
        differences[..differences.len().min(8)].join("\n")
    );
    assert_eq!(expected.situations, plan.situations);
    assert_eq!(expected.findings, plan.findings);
}
