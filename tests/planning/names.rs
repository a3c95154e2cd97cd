//! Login names that collide neither with the directory nor inside the plan.

use usher::model::{After, Value};

use crate::company::Company;

fn logins(company: &mut Company) -> Vec<String> {
    let plan = company.plan();
    let of = |operation: &usher::model::Operation| {
        let change = operation
            .changes
            .iter()
            .find(|change| change.attribute == "uid")?;
        match &change.after {
            After::Known(Value::Text(text)) => Some(text.to_string()),
            _ => None,
        }
    };
    plan.operations.iter().filter_map(of).collect()
}

#[test]
fn names_are_free_in_the_directory_and_in_the_plan() {
    let mut company = Company::new(&[
        "1||Ana|Kovac|active|Sales|Clerk||2020-01-01|",
        "2||Ivo|Kovac|active|Sales|Clerk||2020-01-01|",
        "3||Eva|Kovac|active|Sales|Clerk||2020-01-01|",
    ]);
    company.entry("uid=KOVAC2,ou=people,dc=x", true, &[("uid", "KOVAC2")]);
    assert_eq!(logins(&mut company), ["kovac", "kovac3", "kovac4"]);
}

#[test]
fn a_name_stays_kept_for_somebody_until_the_account_is_there() {
    let mut company = Company::new(&[
        "1||Ana|Kovac|active|Sales|Clerk||2020-01-01|",
        "2||Ivo|Kovac|active|Sales|Clerk||2020-01-01|",
    ]);
    assert_eq!(logins(&mut company), ["kovac", "kovac2"]);
    // Ana does not come after all: Ivo keeps the name he was promised
    company.hr(&["2||Ivo|Kovac|active|Sales|Clerk||2020-01-01|"]);
    assert_eq!(logins(&mut company), ["kovac2"]);
}

#[test]
fn names_are_escaped_in_the_place_of_the_account() {
    let mut company = Company::new(&["1||Ana|O, Neill+#|active|Sales|Clerk||2020-01-01|"]);
    let plan = company.plan();
    assert_eq!(
        plan.operations[0].target.location,
        r"uid=o\, neill\+#,ou=people,dc=x"
    );
}
