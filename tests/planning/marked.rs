//! Fingerprints of operations with marked values: nobody finds the value by trying, for lack of the store's key.

use usher::model::{Column, Fingerprint, Seed};

use crate::company::Company;

const ANA: &str = "1||Ana|Kovac|active|Sales|Clerk||2020-01-01|";

/// The fingerprint of Ana's account in a store with this seed.
fn fingerprint(mapping: &str, seed: u8) -> Fingerprint {
    let mut company = Company::new(&[ANA]);
    company.columns = vec![Column::text("badge")];
    company.map(mapping);
    company.memory.seed = Seed([seed; 32]);
    let plan = company.plan();
    let of = |attribute: &str| {
        plan.operations[0]
            .changes
            .iter()
            .any(|change| change.attribute == attribute)
    };
    assert!(of("badge"), "{plan:?}");
    plan.operations[0].fingerprint
}

#[test]
fn a_fingerprint_with_a_marked_value_needs_the_key_of_the_store() {
    let (marked, plain) = (
        "badge = { value = \"[department]\", marked = true }",
        "badge = { value = \"[department]\" }",
    );
    assert_eq!(fingerprint(marked, 1), fingerprint(marked, 1));
    assert_ne!(fingerprint(marked, 1), fingerprint(marked, 2), "another store");
    assert_ne!(fingerprint(marked, 1), fingerprint(plain, 1));
    assert_eq!(fingerprint(plain, 1), fingerprint(plain, 2), "nothing is marked");
    // and it is of the value still
    let other = "badge = { value = \"[title]\", marked = true }";
    assert_ne!(fingerprint(marked, 1), fingerprint(other, 1));
}
