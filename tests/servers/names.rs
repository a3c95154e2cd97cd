//! Names that are hard: each goes into the directory as HR has it, and comes back octet for octet.

use std::collections::BTreeMap;

use crate::office::Office;
use crate::support::{org, paths};

/// What no directory can hold: usher refuses it before it is sent.
const WITH_NUL: (&str, &str) = ("Nul\0Byte", "Zero");

#[test]
#[ignore = "needs OpenLDAP"]
fn hard_names_of_one_seed() {
    come_back_as_they_were(21);
}

#[test]
#[ignore = "needs OpenLDAP"]
fn hard_names_of_another_seed() {
    come_back_as_they_were(22);
}

#[test]
#[ignore = "needs OpenLDAP"]
fn hard_names_of_a_third_seed() {
    come_back_as_they_were(23);
}

fn come_back_as_they_were(seed: u32) {
    let office = Office::configured("tests/data/names.toml");
    let people = feed(&office, seed);
    office.run(&["plan"]).expect(3).says(&["328 create", "1 finding"]);
    office.run(&["approve", "--all"]).expect(0);
    // two names are longer than the server's database can index: those, and only those, it refuses
    let is_too_long = |name: &str| name.len() > 250;
    let run = office.run(&["apply"]).expect(3);
    assert_eq!(office.standing("failed"), 2, "{}", run.out);
    run.says(&["the server has an internal error"]);

    let there: BTreeMap<String, _> = office
        .ldap
        .entries("ou=people,dc=example,dc=com")
        .into_iter()
        .filter_map(|entry| Some((entry.get("employeeNumber")?.to_owned(), entry)))
        .collect();
    for (number, (given, family)) in &people {
        let parts = [given, family, number].map(String::as_str);
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let name = parts.join(" ");
        if is_too_long(&name) || given == WITH_NUL.0 {
            assert!(!there.contains_key(number), "{name:?} went into the directory");
            continue;
        }
        let entry = there.get(number).unwrap_or_else(|| panic!("{name:?} is missing"));
        assert_eq!(entry.all("cn"), [name], "{number}");
        assert_eq!(entry.get("givenName").unwrap_or_default(), given, "{number}");
        let last = if family.is_empty() { given } else { family };
        assert_eq!(entry.get("sn"), Some(last.as_str()), "{number}");
    }
    assert_eq!(there.len(), people.len() - 3);

    // nobody who is there is touched again
    let before = office.dump();
    office.run(&["plan"]).expect(3).says(&["2 create"]);
    assert_eq!(office.dump(), before);
}

/// Writes a generated feed whose people have the hard names; gives each number's names.
fn feed(office: &Office, seed: u32) -> BTreeMap<String, (String, String)> {
    let mut names: Vec<(String, String)> = csv::Reader::from_path(paths::root("tests/data/names.csv"))
        .expect("the names")
        .deserialize::<BTreeMap<String, String>>()
        .map(|row| {
            let mut row = row.expect("a row of names");
            let mut take = |column: &str| row.remove(column).expect("a column of names");
            (take("given"), take("family"))
        })
        .collect();
    names.push((WITH_NUL.0.to_owned(), WITH_NUL.1.to_owned()));
    let org = org::generate(400, seed, 1);
    let mut reader = csv::Reader::from_path(org.hr_day1()).expect("the feed");
    let header = reader.headers().expect("a header").clone();
    let column = |name: &str| {
        header
            .iter()
            .position(|known| known == name)
            .expect("a column of the feed")
    };
    let (number, given, family) = (column("employee_id"), column("given_name"), column("family_name"));
    let mut people = BTreeMap::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut names = names.into_iter().peekable();
    for row in reader.records() {
        let row = row.expect("a row of the feed");
        // the feed has a few rows twice
        if people.contains_key(&row[number]) {
            continue;
        }
        let Some(name) = names.next() else { break };
        let mut fields: Vec<String> = row.iter().map(str::to_owned).collect();
        (fields[given], fields[family]) = name.clone();
        people.insert(row[number].to_owned(), name);
        rows.push(fields);
    }
    let mut writer = csv::Writer::from_path(office.home.path("hr.csv")).expect("room for the feed");
    writer.write_record(&header).expect("room for the feed");
    for row in rows {
        writer.write_record(row).expect("room for the feed");
    }
    assert_eq!(names.next(), None, "a name is left over");
    writer.flush().expect("room for the feed");
    people
}
