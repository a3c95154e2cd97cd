//! Everything a mapping can say, against a real directory: one account a row of the table, planned, applied and planned
//! again.

use std::fmt::Write as _;

use crate::office::Office;
use crate::support::ldif::Entry;

/// Attributes and their values, one or several.
type Held<'t> = &'t [(&'t str, &'t [&'t str])];

/// A person, what HR says of them, what their account has (none is to be made) and what it has in the end.
struct Row {
    id: &'static str,
    value: &'static str,
    has: Option<Held<'static>>,
    after: Held<'static>,
}

const TABLE: [Row; 9] = [
    // made: a value, and none
    Row {
        id: "new",
        value: "Blue/Red",
        has: None,
        after: &[
            ("title", &["Blue/Red"]),
            ("employeeType", &["Blue/Red"]),
            ("roomNumber", &["Blue/Red"]),
            ("description", &["Blue/Red"]),
            ("departmentNumber", &["Blue/Red"]),
            ("carLicense", &["once"]),
            ("ou", &["Blue", "Red"]),
            ("businessCategory", &["Blue", "Red"]),
            ("manager", &["uid=empty,ou=people,dc=example,dc=com"]),
        ],
    },
    Row {
        id: "bare",
        value: "",
        has: None,
        after: &[
            ("title", &[]),
            ("employeeType", &[]),
            ("roomNumber", &[]),
            ("description", &["by default"]),
            ("departmentNumber", &["at first"]),
            ("carLicense", &["once"]),
            ("ou", &[]),
            ("businessCategory", &[]),
        ],
    },
    // there, and HR says nothing
    Row {
        id: "empty",
        value: "",
        has: Some(&[
            ("title", &["old"]),
            ("employeeType", &["old"]),
            ("roomNumber", &["old"]),
            ("description", &["old"]),
            ("departmentNumber", &["old", "older"]),
            ("ou", &["old", "older"]),
            ("businessCategory", &["old", "older"]),
            ("displayName", &["old"]),
        ]),
        after: &[
            ("title", &[]),
            ("employeeType", &["old"]),
            ("roomNumber", &["old"]),
            ("description", &["by default"]),
            ("departmentNumber", &[]),
            ("carLicense", &["once"]),
            ("ou", &["old", "older"]),
            ("businessCategory", &[]),
            ("displayName", &["old"]),
        ],
    },
    // there, with other values
    Row {
        id: "other",
        value: "Blue/Red",
        has: Some(&[
            ("title", &["old"]),
            ("description", &["old", "older"]),
            ("carLicense", &["M-XY 1", "M-XY 2"]),
            ("ou", &["Green", "RED"]),
            ("businessCategory", &["Green", "RED"]),
            ("manager", &["cn=admin,dc=example,dc=com"]),
        ]),
        after: &[
            ("title", &["Blue/Red"]),
            ("description", &["Blue/Red"]),
            ("carLicense", &["M-XY 1", "M-XY 2"]),
            ("ou", &["Green", "RED", "Blue"]),
            ("businessCategory", &["Blue", "Red"]),
            ("manager", &["cn=admin,dc=example,dc=com"]),
        ],
    },
    // the same to the directory: only the attribute that is compared exactly is written
    Row {
        id: "spelling",
        value: "Grüne Straße",
        has: Some(&[
            ("displayName", &["GRÜNE  straße"]),
            ("l", &["GRÜNE  straße"]),
            ("title", &["grüne STRASSE"]),
        ]),
        after: &[
            ("displayName", &["GRÜNE  straße"]),
            ("l", &["Grüne Straße"]),
            ("title", &["Grüne Straße"]),
        ],
    },
    Row {
        id: "telephone",
        value: "call",
        has: Some(&[("telephoneNumber", &["+4930 12"])]),
        after: &[("telephoneNumber", &["+4930 12"])],
    },
    Row {
        id: "telephone2",
        value: "call",
        has: Some(&[("telephoneNumber", &["+4930 13"])]),
        after: &[("telephoneNumber", &["+49 30-12"])],
    },
    // one value of several is spelt otherwise: merged, it is there already
    Row {
        id: "merged",
        value: "blue/RED/blue",
        has: Some(&[("ou", &["Blue", "Red"]), ("businessCategory", &["Blue", "Red"])]),
        after: &[("ou", &["Blue", "Red"]), ("businessCategory", &["Blue", "Red"])],
    },
    Row {
        id: "right",
        value: "Blue",
        has: Some(&[
            ("title", &["Blue"]),
            ("employeeType", &["Blue"]),
            ("roomNumber", &["Blue"]),
            ("description", &["Blue"]),
            ("departmentNumber", &["Blue"]),
            ("carLicense", &["any"]),
            ("ou", &["Blue"]),
            ("businessCategory", &["Blue"]),
            ("displayName", &["Blue"]),
            ("l", &["Blue"]),
            ("manager", &["UID=empty, ou=people,dc=example,dc=com"]),
        ]),
        after: &[("title", &["Blue"]), ("carLicense", &["any"])],
    },
];

#[test]
#[ignore = "needs OpenLDAP"]
fn each_thing_a_mapping_says_is_done_once() {
    let office = Office::configured("tests/data/mapped.toml");
    let mut hr = "id,value,manager\n".to_owned();
    for row in &TABLE {
        let manager = if row.id == "empty" { "" } else { "empty" };
        writeln!(hr, "{},{},{manager}", row.id, row.value).expect("text can be written");
        if let Some(has) = row.has {
            office.ldap.ldapadd(&ldif(row.id, has));
        }
    }
    office.write("hr.csv", &hr);

    // the account that is right is in no operation
    office.run(&["plan"]).expect(2).says(&["2 create", "6 update"]);
    office.run(&["approve", "--all"]).expect(0);
    office.run(&["apply"]).expect(0);
    for row in &TABLE {
        let entry = account(&office, row.id);
        for (attribute, expected) in row.after {
            let (mut found, mut expected) = (entry.all(attribute), expected.to_vec());
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{attribute} of {}", row.id);
        }
    }
    let before = office.dump();
    office.settled();
    assert_eq!(office.dump(), before);
}

fn account(office: &Office, id: &str) -> Entry {
    let dn = format!("uid={id},ou=people,dc=example,dc=com");
    let mut entries = office.ldap.entries(&dn);
    assert_eq!(entries.len(), 1, "{dn}");
    entries.remove(0)
}

fn ldif(id: &str, has: Held<'_>) -> String {
    let mut text = format!(
        "dn: uid={id},ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: {id}\ncn: {id}\nsn: {id}\n"
    );
    for (attribute, values) in has {
        for value in *values {
            writeln!(text, "{attribute}: {value}").expect("text can be written");
        }
    }
    text + "\n"
}
