//! The default domain of the organisation.

use usher::model::{After, Value};

use crate::company::Company;

fn company(first_line: &str) -> Company {
    let mut company = Company::new(&["1||Ana|Kovac|active|Sales|Clerk||2020-01-01|"]);
    let mail = "mail = 'ToLower(Join(\"\", [givenName], \".\", [familyName], \"@x.example\"))'";
    assert!(company.rules.contains(mail));
    let with = "mail = 'ToLower(Join(\"\", [givenName], \"@\", DefaultDomain()))'";
    company.rules = format!("{first_line}\n{}", company.rules.replace(mail, with));
    company
}

#[test]
fn the_default_domain_is_that_of_the_configuration() {
    let plan = company("default_domain = \"Acme.example\"").plan();
    let mail = plan.operations[0]
        .changes
        .iter()
        .find(|change| change.attribute == "mail");
    assert_eq!(mail.unwrap().after, After::Known(Value::text("ana@acme.example")));
}

#[test]
fn without_one_the_function_is_a_mistake_at_its_place() {
    let errors = company("").compiled().err().unwrap();
    let error = &errors[0];
    let text = &error.source.as_ref().unwrap().text;
    assert_eq!(&text[error.inner.clone()], "DefaultDomain");
    assert_eq!(error.message, "the organisation has no default domain");
}
