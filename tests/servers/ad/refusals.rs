//! What a domain would refuse, told before it is written, and what it refuses, explained.

use super::{Domain, NOW, people};
use crate::office::row;

#[test]
#[ignore = "needs Samba AD"]
fn a_suffix_the_forest_does_not_know_is_told_in_the_plan() {
    let domain = Domain::start("");
    domain.write("hr.csv", &people(&[row(1, "Chief", "Engineering", "")]));
    let text = std::fs::read_to_string(domain.home.path("usher.toml")).unwrap();
    let name = "userPrincipalName = 'Join(\"\", \"u\", [employeeNumber], \"@example.test\")'";
    assert!(text.contains(name));
    domain.write("usher.toml", &text.replace(name, &name.replace(".test", ".com")));
    let planned = domain.run(&["plan"], 3);
    assert!(!planned.contains("create"), "{planned}");
    let told = domain.run(&["show", "--findings"], 0);
    assert!(
        told.contains("u1@example.com") && told.contains("knows the suffixes example.test only"),
        "{told}"
    );
    // known by now
    domain.samba.ldapmodify(
        "dn: CN=Partitions,CN=Configuration,DC=example,DC=test\nchangetype: modify\nadd: uPNSuffixes\n\
         uPNSuffixes: example.com\n",
    );
    domain.bring_about();
    assert_eq!(
        domain.account(1).unwrap().get("userPrincipalName"),
        Some("u1@example.com")
    );
}

#[test]
#[ignore = "needs Samba AD"]
fn rights_that_are_taken_away_from_privileged_accounts_are_explained() {
    let domain = Domain::start("");
    domain.write("hr.csv", &people(&[row(1, "Chief", "Engineering", "")]));
    domain.bring_about();
    let place = domain.account(1).unwrap().dn;
    // what AdminSDHolder leaves behind: the mark, and no right to write
    domain.samba.ldapmodify(&format!(
        "dn: {place}\nchangetype: modify\nreplace: adminCount\nadminCount: 1\n"
    ));
    domain.samba.samba_tool(&[
        "dsacl",
        "set",
        &format!("--objectdn={place}"),
        "--sddl=(D;;WP;;;WD)",
    ]);
    domain.write("hr.csv", &people(&[row(1, "Head", "Engineering", "")]));
    domain.run(&["plan"], 2);
    domain.run(&["approve", "--all"], 0);
    let ended = domain.try_at(NOW, &["apply"]);
    assert_ne!(ended.0, Some(0));
    let why = domain.run(&["audit", "log"], 0);
    assert!(
        why.contains("AdminSDHolder takes away within an hour") && why.contains("clear adminCount"),
        "{why}\n{}",
        ended.1
    );
    assert_eq!(domain.account(1).unwrap().get("title"), Some("Chief"));
}
