//! What was deleted comes back by undo: the same account, at its place, with what it had.

use super::{Domain, ENGINEERS, people};
use crate::office::row;
use crate::support::ldif::Entry;
use crate::support::samba::BASE;

/// A group that no rule knows of.
const CLUB: &str = "CN=club,OU=Groups,DC=example,DC=test";

/// What an account has that has to come back.
const HAD: [&str; 9] = [
    "objectGUID",
    "objectSid",
    "sAMAccountName",
    "userPrincipalName",
    "displayName",
    "mail",
    "proxyAddresses",
    "title",
    "department",
];

/// Whoever leaves the scope is deleted at once.
pub(super) fn out_of_scope_is_deleted() -> Domain {
    let domain = Domain::start("");
    let text = std::fs::read_to_string(domain.home.path("usher.toml")).unwrap();
    let rule = "rehire = \"restore\"";
    let scope = format!("{rule}\nscope = '[team] <> \"Board\"'\nout_of_scope = \"delete\"");
    domain.write(
        "usher.toml",
        &(text.replace(rule, &scope) + "delete = \"unlimited\"\n"),
    );
    domain.samba.ldapmodify(&format!(
        "dn: {CLUB}\nchangetype: add\nobjectClass: group\ncn: club\nsAMAccountName: club\n"
    ));
    domain
}

fn join(domain: &Domain, account: &Entry) {
    domain.samba.ldapmodify(&format!(
        "dn: {CLUB}\nchangetype: modify\nadd: member\nmember: {}\n",
        account.dn
    ));
}

/// The current plan, each operation in full.
#[track_caller]
fn in_full(domain: &Domain, now: &str) -> String {
    let shown = domain.run_at(now, &["show", "--json"], 0);
    let plan: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let rows = plan["rows"].as_array().unwrap().iter();
    rows.map(|row| domain.run_at(now, &["explain", row["id"].as_str().unwrap()], 0))
        .collect()
}

#[track_caller]
fn apply(domain: &Domain) {
    domain.run(&["approve", "--all"], 0);
    domain.run(&["apply"], 0);
}

#[track_caller]
fn compare(back: &Entry, before: &Entry, names: &[&str]) {
    assert_eq!(back.dn, before.dn);
    for name in names {
        assert_eq!(back.all(name), before.all(name), "{name}");
    }
}

#[test]
#[ignore = "needs Samba AD"]
fn what_was_deleted_comes_back_with_a_new_password() {
    let domain = out_of_scope_is_deleted();
    let staff = [
        row(1, "Chief", "Engineering", ""),
        row(2, "Engineer", "Engineering", "1"),
    ];
    domain.write("hr.csv", &people(&staff));
    domain.bring_about();
    // bits that nobody maps, and a group that somebody else has put the account in
    join(&domain, &domain.account(2).unwrap());
    let before = domain.account(2).unwrap();
    assert_eq!(before.all("memberOf"), [CLUB]);
    assert_eq!(domain.letters().len(), 2);

    domain.write(
        "hr.csv",
        &people(&[staff[0].clone(), row(2, "Engineer", "Board", "1")]),
    );
    domain.run(&["plan"], 2);
    // what goes with the account is told before
    let shown = in_full(&domain, super::NOW);
    assert!(shown.contains("memberOf") && shown.contains(CLUB), "{shown}");
    apply(&domain);
    assert!(domain.account(2).is_none());

    let said = domain.run(&["undo", "last"], 2);
    assert!(said.contains("restore"), "{said}");
    let shown = in_full(&domain, super::NOW);
    assert!(
        shown.contains("its password is lost, it gets a new one"),
        "{shown}"
    );
    apply(&domain);
    let back = domain.account(2).unwrap();
    compare(&back, &before, &HAD);
    compare(
        &back,
        &before,
        &["manager", "memberOf", "employeeID", "userAccountControl"],
    );
    // the password is new, was delivered, and has to be changed
    let letters = domain.letters();
    assert_eq!(letters.len(), 3);
    let (account, password) = &letters[2];
    assert!(domain.samba.bind(account, password).unwrap_err().contains("773"));
    let (_, old) = letters.iter().find(|(name, _)| name == account).unwrap();
    assert!(
        domain.samba.bind(account, old).unwrap_err().contains("52e"),
        "the old one is void"
    );
    assert_eq!(back.get("pwdLastSet"), Some("0"));

    // it is linked again: the next plan only knows the delete that was taken back, which is rejected
    let again = domain.run(&["plan"], 2);
    assert!(!again.contains("create"), "{again}");
    let shown = in_full(&domain, super::NOW);
    assert!(shown.contains("undone by run"), "{shown}");
}

#[test]
#[ignore = "needs Samba AD"]
fn a_leaver_who_was_deleted_comes_back_disabled() {
    let domain = Domain::start("");
    let rows = [row(1, "Chief", "Engineering", ""), row(2, "Clerk", "Sales", "1")];
    domain.write("hr.csv", &people(&rows));
    domain.bring_about();
    let left = people(&rows).replace(
        "Family2,active,2020-01-01,,",
        "Family2,active,2020-01-01,2026-11-20,",
    );
    domain.write("hr.csv", &left);
    domain.run(&["plan"], 2);
    apply(&domain);
    let before = domain.account(2).unwrap();
    domain.run(&["plan"], 0);
    let later = "2027-02-21T09:00:00Z";
    domain.bring_about_at(later);
    assert!(domain.account(2).is_none());

    domain.run_at(later, &["undo", "last"], 2);
    let shown = in_full(&domain, later);
    assert!(
        shown.contains("it comes back disabled and without a password"),
        "{shown}"
    );
    domain.run_at(later, &["approve", "--all"], 0);
    domain.run_at(later, &["apply"], 0);
    let back = domain.account(2).unwrap();
    compare(&back, &before, &HAD);
    compare(&back, &before, &["manager"]);
    assert_eq!(back.get("userAccountControl"), Some("514"));
    assert_eq!(domain.letters().len(), 2, "nobody got a password");
}

#[test]
#[ignore = "needs Samba AD"]
fn what_was_made_is_deleted_by_undo_and_comes_back_by_another() {
    let domain = Domain::start(super::BY_RULE);
    let text = std::fs::read_to_string(domain.home.path("usher.toml")).unwrap();
    domain.write("usher.toml", &(text + "delete = \"unlimited\"\n"));
    let staff = [
        row(1, "Chief", "Engineering", ""),
        row(2, "Engineer", "Engineering", "1"),
    ];
    domain.write("hr.csv", &people(&staff));
    domain.bring_about();
    let before = [1, 2].map(|id| domain.account(id).unwrap());
    domain.run(&["undo", "1"], 2);
    apply(&domain);
    assert!(domain.account(1).is_none() && domain.account(2).is_none());
    domain.run(&["undo", "2"], 2);
    apply(&domain);
    for (id, before) in [(1, &before[0]), (2, &before[1])] {
        let back = domain.account(id).unwrap();
        compare(&back, before, &HAD);
        assert_eq!(back.all("memberOf"), [ENGINEERS]);
        assert_eq!(back.get("userAccountControl"), Some("512"));
    }
    assert_eq!(
        domain.account(2).unwrap().get("manager"),
        Some(before[0].dn.as_str())
    );
    let again = domain.run(&["plan"], 0);
    assert!(again.contains("nothing to do"), "{again}");
}

#[test]
#[ignore = "needs Samba AD"]
fn what_cannot_come_back_is_told() {
    let domain = out_of_scope_is_deleted();
    let staff = [
        row(1, "Chief", "Engineering", ""),
        row(2, "Engineer", "Engineering", "1"),
        row(3, "Clerk", "Sales", "1"),
    ];
    domain.write("hr.csv", &people(&staff));
    domain.bring_about();
    let place = domain.account(2).unwrap().dn;
    domain.write(
        "hr.csv",
        &people(&[
            staff[0].clone(),
            row(2, "Engineer", "Board", "1"),
            row(3, "Clerk", "Board", "1"),
        ]),
    );
    domain.run(&["plan"], 2);
    apply(&domain);
    // they are read to be gone; then one is gone for good, and the name of the other is taken
    domain.run(&["plan"], 0);
    let all = ["-E", "!1.2.840.113556.1.4.417", "-b", BASE, "(sAMAccountName=u3)"];
    let deleted = domain.samba.ldapsearch(&all).remove(0);
    domain.samba.remove_for_good(&deleted.dn);
    // no domain tells of what is removed by force, before its time
    domain.run(&["plan", "--full"], 0);
    domain
        .samba
        .ldapmodify(&format!("dn: {place}\nchangetype: add\nobjectClass: contact\n"));
    let said = domain.run(&["undo", "last"], 3);
    assert!(said.contains("not among the deleted objects any more"), "{said}");
    domain.run(&["approve", "--all"], 0);
    let ended = domain.try_at("2026-11-21T09:00:00Z", &["apply"]);
    assert_ne!(ended.0, Some(0), "{}", ended.1);
    let why = domain.run(&["audit", "log"], 0);
    assert!(why.contains("another object has its name by now"), "{why}");
    assert!(domain.account(2).is_none());
}

#[test]
#[ignore = "needs Samba AD"]
fn a_recycle_bin_gives_everything_back() {
    let domain = out_of_scope_is_deleted();
    domain.samba.recycle();
    let staff = [
        row(1, "Chief", "Engineering", ""),
        row(2, "Engineer", "Engineering", "1"),
    ];
    domain.write("hr.csv", &people(&staff));
    domain.bring_about();
    join(&domain, &domain.account(2).unwrap());
    domain.write(
        "hr.csv",
        &people(&[staff[0].clone(), row(2, "Engineer", "Board", "1")]),
    );
    domain.run(&["plan"], 2);
    apply(&domain);
    domain.run(&["undo", "last"], 2);
    let shown = in_full(&domain, super::NOW);
    assert!(shown.contains("it comes back with all it had"), "{shown}");
    // nothing has to be set again, and nobody has to be put into a group
    assert!(!shown.contains("title") && !shown.contains(CLUB), "{shown}");
    assert!(shown.contains("delete: isDeleted"), "{shown}");
}
