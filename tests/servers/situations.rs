//! Each situation, shown on a real directory: how it comes about, what is said of it, how it is put right.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use usher::model::Situation;

use crate::office::Office;

const HEADER: &str = "id,given,family,status,hired,last_day,mail,team\n";

/// Who stands so in the end: numbers of people, and the names of accounts that nobody owns.
///
/// A situation that is missing here fails the test: it is to be shown too.
fn shown(situation: Situation) -> &'static [&'static str] {
    match situation {
        Situation::Confirmed => &["1", "14"],
        Situation::Drifted => &["2"],
        Situation::Missing => &["3"],
        Situation::Leaving => &["4"],
        Situation::Vanished => &["5"],
        Situation::Retired => &["6"],
        Situation::Closed => &["7"],
        Situation::New => &["8"],
        Situation::Upcoming => &["9"],
        Situation::Found => &["10"],
        Situation::Ambiguous => &["11"],
        Situation::OutOfScope => &["12"],
        Situation::Taken => &["13"],
        Situation::Unknown => &["15"],
        // the account made again where the third one's was, and the two that the eleventh matches
        Situation::Candidate => &["uid=u11,", "uid=u11b,", "uid=u3,"],
        Situation::Orphan => &["uid=ghost,"],
        Situation::Protected => &["uid=root,"],
    }
}

fn row(id: u8, status: &str, hired: &str, last_day: &str, mail: &str, team: &str) -> String {
    format!("{id},Given{id},Family{id},{status},{hired},{last_day},{mail},{team}\n")
}

fn active(id: u8) -> String {
    row(id, "active", "2020-01-01", "", "", "Sales")
}

fn left(id: u8) -> String {
    row(id, "left", "2020-01-01", "", "", "Sales")
}

fn account(uid: &str, id: u8, more: &str) -> String {
    format!(
        "dn: uid={uid},ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: {uid}\n\
         cn: Given{id} Family{id}\ngivenName: Given{id}\nsn: Family{id}\n{more}\n"
    )
}

fn numbered(id: u8) -> String {
    account(&format!("u{id}"), id, &format!("employeeNumber: {id}\n"))
}

/// The people who have been looked after for a while.
fn settled() -> Office {
    let office = Office::configured("tests/data/situations.toml");
    let linked = [1, 2, 3, 4, 5, 6, 7, 14];
    let accounts = linked.map(|id| match id {
        14 => account("u14", 14, "employeeNumber: 14\nmail: shared@example.com\n"),
        _ => numbered(id),
    });
    office.ldap.ldapadd(&accounts.concat());
    let rows = linked.map(|id| if id == 6 { left(id) } else { active(id) });
    office.write("hr.csv", &format!("{HEADER}{}", rows.concat()));
    let before = office.dump();
    office.run(&["plan"]).expect(2).says(&["8 adopt", "1 disable"]);
    // nothing of an account is changed before it is adopted, and adopting changes nothing of it
    office.run(&["approve", "--all", "--kind", "disable"]).expect(0);
    office
        .run(&["apply"])
        .expect(1)
        .says(&["wait for others that are not approved"]);
    assert_eq!(office.dump(), before);
    office
        .run(&["approve", "--all", "--kind", "adopt"])
        .expect(0)
        .says(&["8 approved"]);
    office.run(&["apply"]).expect(0);
    let unlocked = |line: String| line.replace(" | pwdAccountLockedTime: 000001010000Z", "");
    let after: Vec<_> = office.dump().into_iter().map(unlocked).collect();
    assert_eq!(after, before);
    let locked = office.ldap.entries("uid=u6,ou=people,dc=example,dc=com");
    assert!(
        locked[0].get("pwdAccountLockedTime").is_some(),
        "the one who has left is cut off"
    );
    office.settled();
    let linked = office.run(&["link", "show", "1"]).expect(0);
    linked.says(&["matched by employeeNumber = 1; adopted by run", "approved by "]);
    office
}

/// The same company after a day on which everything has happened.
fn eventful() -> Office {
    let office = settled();
    let people = [
        active(1),
        active(2),
        active(3),
        left(4),
        left(6),
        left(7),
        active(8),
        row(9, "active", "2027-01-01", "", "", "Sales"),
        active(10),
        active(11),
        row(12, "active", "2020-01-01", "", "", "Board"),
        row(13, "active", "2020-01-01", "", "shared@example.com", "Sales"),
        active(14),
        row(15, "active", "2020-01-01", "soon", "", "Sales"),
    ];
    office.write("hr.csv", &format!("{HEADER}{}", people.concat()));
    let delete = |uid: &str| format!("dn: uid={uid},ou=people,dc=example,dc=com\nchangetype: delete\n\n");
    office.ldap.ldapmodify(&format!(
        "dn: uid=u2,ou=people,dc=example,dc=com\nchangetype: modify\nreplace: sn\nsn: Other\n\n{}{}",
        delete("u3"),
        delete("u7")
    ));
    office.ldap.ldapadd(
        &[
            numbered(3),
            account("u10", 10, "employeeNumber: 0010\n"),
            account("u11", 11, "employeeNumber: 11\n"),
            account("u11b", 11, "employeeNumber: 11\n"),
            account("ghost", 99, "employeeNumber: 99\n"),
            account("root", 98, ""),
        ]
        .concat(),
    );
    office.run(&["plan"]).expect(3);
    office
}

fn json(office: &Office, arguments: &[&str]) -> Json {
    let ended = office.run(&[&["--json"], arguments].concat()).expect(0);
    serde_json::from_str(&ended.out).expect("JSON")
}

#[test]
#[ignore = "needs OpenLDAP"]
fn each_situation_comes_about_and_is_shown() {
    let office = eventful();
    let mut all = BTreeMap::new();
    for situation in Situation::ALL {
        let there = json(&office, &["situations", situation.word()]);
        let who: BTreeSet<String> = there
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| match one["name"].as_str() {
                Some("") | None => one["location"]
                    .as_str()
                    .expect("a place")
                    .split_inclusive(',')
                    .next()
                    .expect("a name")
                    .to_owned(),
                Some(name) => name.split_once(' ').expect("two names").0.replace("Given", ""),
            })
            .collect();
        all.insert(situation, who);
    }
    for situation in Situation::ALL {
        let expected: BTreeSet<String> = shown(situation).iter().map(|&who| who.to_owned()).collect();
        assert_eq!(all[&situation], expected, "{} in {all:?}", situation.word());
    }
    // the plan counts the same
    let counted = json(&office, &["situations"]);
    for one in counted.as_array().expect("a list") {
        let situation: Situation = one["situation"]
            .as_str()
            .expect("a word")
            .parse()
            .expect("a situation");
        assert_eq!(one["rules"]["staff"], shown(situation).len(), "{one}");
        assert!(!one["leads_to"].as_str().expect("a sentence").is_empty());
    }
    // and filters by them
    let found = office.run(&["show", "--situation", "found"]).expect(0);
    assert!(
        found.out.contains("Given10") && !found.out.contains("Given2 "),
        "{}",
        found.out
    );
    let taken = office.run(&["show", "--situation", "taken"]).expect(0);
    taken.says(&["uid=u14", "is linked to Given14 Family14"]);
}

#[test]
#[ignore = "needs OpenLDAP"]
fn an_entry_made_again_under_the_same_name_is_another_account() {
    let office = eventful();
    let before = office.dump();
    let finding = office
        .run(&["show", "--findings", "--situation", "missing"])
        .expect(0);
    finding.says(&[
        "gone from directory",
        "it was uid=u3,ou=people,dc=example,dc=com",
        "matched by employeeNumber = 3; adopted by run",
        "another account stands at the same place now, and it is not the same",
    ]);
    // it is neither adopted nor made again, however often it is planned
    let plan = office.run(&["plan"]).expect(3);
    let rows = office.run(&["show", "Given3"]).expect(0);
    assert!(rows.out.contains("no operations"), "{}\n{}", rows.out, plan.out);
    office
        .run(&["show", "--situation", "missing"])
        .expect(0)
        .says(&["it was uid=u3,ou=people"]);
    // matching anew proposes it, with a decision still to be made
    let anew = office.run(&[
        "link",
        "rematch",
        "3",
        "staff",
        "--reason",
        "restored from backup",
    ]);
    anew.expect(0).says(&["found uid=u3,ou=people", "usher approve"]);
    assert_eq!(office.dump(), before);
    // or a person says at once that it is the right one
    let set = [
        "link",
        "set",
        "3",
        "staff",
        "uid=u3,ou=people,dc=example,dc=com",
        "--reason",
        "restored",
    ];
    office.run(&set).expect(0);
    office.run(&["plan"]).expect(3);
    let missing = json(&office, &["situations", "missing"]);
    assert_eq!(missing.as_array().map(Vec::len), Some(0), "{missing}");
    assert_eq!(office.dump(), before);
}

#[test]
#[ignore = "needs OpenLDAP"]
fn a_doubt_is_shown_with_all_candidates_and_settled_by_a_person() {
    let office = eventful();
    let finding = office
        .run(&["show", "--findings", "--situation", "ambiguous"])
        .expect(0);
    finding.says(&[
        "uid=u11,ou=people,dc=example,dc=com (",
        "uid=u11b,ou=people,dc=example,dc=com (",
        "Given11 Family11",
    ]);
    let set = [
        "link",
        "set",
        "11",
        "staff",
        "uid=u11b,ou=people,dc=example,dc=com",
        "--reason",
        "she says so",
    ];
    office.run(&set).expect(0);
    office.run(&["plan"]).expect(3);
    assert_eq!(
        json(&office, &["situations", "candidate"])
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let orphans = json(&office, &["situations", "orphan"]);
    assert_eq!(
        orphans.as_array().map(Vec::len),
        Some(2),
        "the other one is nobody's: {orphans}"
    );
}

#[test]
#[ignore = "needs OpenLDAP"]
fn an_adoption_is_explained_applied_and_taken_back() {
    let office = eventful();
    let before = office.dump();
    let shown = json(&office, &["show", "--situation", "found"]);
    let rows = shown["rows"].as_array().expect("rows");
    let adopt = rows
        .iter()
        .find(|row| row["kind"] == "adopt")
        .expect("an adoption");
    let id = adopt["id"].as_str().expect("an id")[..12].to_owned();
    office.run(&["explain", &id]).expect(0).says(&[
        "employeeNumber",
        "normalised from 10",
        "nothing is sent",
    ]);
    office.run(&["approve", &id]).expect(0);
    office.run(&["apply"]).expect(0);
    assert_eq!(office.dump(), before, "nothing is written");
    office
        .run(&["link", "show", "10"])
        .expect(0)
        .says(&["matched by employeeNumber = 0010, normalised from 10; adopted by"]);
    office.run(&["undo", &id]).says(&["unlink"]);
    office.run(&["approve", "--all"]).expect(0);
    office.run(&["apply"]).expect(0);
    let links = json(&office, &["link", "list", "10", "--rule", "staff"]);
    assert_eq!(links.as_array().map(Vec::len), Some(0));
    office.run(&["audit", "verify"]).expect(0);
    assert_eq!(office.dump(), before);
}
