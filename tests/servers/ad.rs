//! The whole program against Samba AD: people join, move, leave and come back.

#[path = "ad/brownfield.rs"]
mod brownfield;
#[path = "ad/controllers.rs"]
mod controllers;
#[path = "ad/increments.rs"]
mod increments;
#[path = "ad/organisation.rs"]
mod organisation;
#[path = "ad/passwords.rs"]
mod passwords;
#[path = "ad/power.rs"]
mod power;
#[path = "ad/refusals.rs"]
mod refusals;
#[path = "ad/restore.rs"]
mod restore;

use std::path::PathBuf;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::office::{HEADER, NOW, row};
use crate::support::home::Home;
use crate::support::ldif::Entry;
use crate::support::paths;
use crate::support::samba::{BASE, PASSWORD, Samba};

/// A company whose directory is a domain of its own.
struct Domain {
    home: Home,
    samba: Samba,
}

/// A group by rule.
const ENGINEERS: &str = "CN=engineers,OU=Groups,DC=example,DC=test";

const BY_RULE: &str = "[[entitlements]]\nname = \"engineers\"\nwhen = '[team] = \"Engineering\"'\ngrants = [{ in = \
                       \"domain\", group = \"CN=engineers,OU=Groups,DC=example,DC=test\" }]\n";

impl Domain {
    fn start(more: &str) -> Self {
        let domain = Self::of("tests/data/ad.toml", more);
        domain.samba.ldapmodify(&format!(
            "dn: {ENGINEERS}\nchangetype: add\nobjectClass: group\ncn: engineers\nsAMAccountName: engineers\n"
        ));
        domain
    }

    /// A domain, and the configuration of this file of the project.
    fn of(template: &str, more: &str) -> Self {
        let domain = Self {
            home: Home::new(),
            samba: Samba::start(),
        };
        domain.write("ad.password", PASSWORD);
        std::fs::copy(domain.samba.ca(), domain.home.path("ca.pem")).unwrap();
        // what is delivered is kept, one line a letter
        let letters = domain.letters_file();
        let deliver = format!("\"sh\", \"-c\", \"cat >> '{}'\"", letters.display());
        let text = std::fs::read_to_string(paths::root(template)).unwrap();
        let text = text
            .replace("@AD@", &domain.samba.url())
            .replace("@deliver@", &deliver)
            .replace("@more@", more);
        domain.write("usher.toml", &text);
        domain
    }

    fn letters_file(&self) -> PathBuf {
        self.home.path("letters")
    }

    /// What was delivered: whose account, and the password.
    fn letters(&self) -> Vec<(String, String)> {
        let text = std::fs::read_to_string(self.letters_file()).unwrap_or_default();
        text.lines()
            .map(|line| {
                let letter: serde_json::Value = serde_json::from_str(line).unwrap();
                let text = |key: &str| letter[key].as_str().unwrap().to_owned();
                (text("account"), text("secret"))
            })
            .collect()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path(name), text).unwrap();
    }

    /// Runs the program; gives its exit code and what it printed.
    fn try_at(&self, now: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = self.home.usher();
        command.args(arguments).env("USHER_NOW", now).stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        (output.status.code(), text)
    }

    #[track_caller]
    fn run_at(&self, now: &str, arguments: &[&str], code: i32) -> String {
        let (ended, text) = self.try_at(now, arguments);
        assert_eq!(ended, Some(code), "usher {arguments:?}: {text}");
        text
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) -> String {
        self.run_at(NOW, arguments, code)
    }

    /// Plans, approves and applies everything; a second plan finds nothing to do.
    #[track_caller]
    fn bring_about_at(&self, now: &str) {
        self.run_at(now, &["plan"], 2);
        self.run_at(now, &["approve", "--all"], 0);
        self.run_at(now, &["apply"], 0);
        let again = self.run_at(now, &["plan"], 0);
        assert!(again.contains("nothing to do"), "{again}");
    }

    #[track_caller]
    fn bring_about(&self) {
        self.bring_about_at(NOW);
    }

    /// Plans and approves; whoever is to deliver the first password then kills the program instead.
    fn is_killed_while_it_delivers(&self) {
        let text = std::fs::read_to_string(self.home.path("usher.toml")).unwrap();
        let deliver = format!(
            "if test -e '{0}'; then cat >> '{1}'; else cat > '{0}'; kill -KILL $PPID; fi",
            self.home.path("first").display(),
            self.letters_file().display()
        );
        let at = text.find("command = [").unwrap();
        let end = at + text[at..].find(']').unwrap();
        let text = format!(
            "{}command = [\"sh\", \"-c\", \"{deliver}\"{}",
            &text[..at],
            &text[end..]
        );
        self.write("usher.toml", &text);
        self.run(&["plan"], 2);
        self.run(&["approve", "--all"], 0);
        let mut apply = self.home.usher();
        apply.arg("apply").env("USHER_NOW", NOW).stdin(Stdio::null());
        assert_eq!(apply.output().unwrap().status.code(), None, "it was killed");
    }

    /// The account of an employee.
    fn account(&self, id: u32) -> Option<Entry> {
        let filter = format!("(employeeID={id})");
        self.samba.ldapsearch(&["-b", BASE, &filter]).into_iter().next()
    }
}

fn people(rows: &[String]) -> String {
    format!("{HEADER}{}", rows.concat())
}

#[test]
#[ignore = "needs Samba AD"]
fn an_account_lives_and_dies_in_a_domain() {
    let domain = Domain::start(BY_RULE);
    let checked = {
        domain.write("hr.csv", &people(&[row(1, "Chief", "Engineering", "")]));
        domain.run(&["check"], 0)
    };
    assert!(checked.contains("Active Directory"), "{checked}");
    let hr = |rows: &[(u32, &str, &str)]| {
        let rows: Vec<_> = rows
            .iter()
            .map(|(id, title, team)| row(*id as usize, title, team, if *id == 1 { "" } else { "1" }))
            .collect();
        domain.write("hr.csv", &people(&rows));
    };

    hr(&[
        (1, "Chief", "Engineering"),
        (2, "Engineer", "Engineering"),
        (3, "Clerk", "Sales"),
    ]);
    domain.bring_about();
    let chief = domain.account(1).unwrap();
    assert_eq!(
        chief.dn,
        "CN=Given1 Family1,OU=Engineering,OU=People,DC=example,DC=test"
    );
    assert_eq!(
        (
            chief.get("userAccountControl"),
            chief.get("pwdLastSet"),
            chief.get("sAMAccountName")
        ),
        (Some("512"), Some("0"), Some("u1"))
    );
    let engineer = domain.account(2).unwrap();
    assert_eq!(engineer.get("manager"), Some(chief.dn.as_str()));
    assert_eq!(engineer.all("memberOf"), [ENGINEERS]);
    assert!(domain.account(3).unwrap().all("memberOf").is_empty());
    // everybody's password was delivered once, and is theirs: all that is wrong with it is that it must be changed
    let letters = domain.letters();
    assert_eq!(letters.len(), 3);
    for (account, password) in &letters {
        let refused = domain.samba.bind(account, password).unwrap_err();
        assert!(refused.contains("773"), "{account}: {refused}");
        assert!(domain.samba.bind(account, "wrong").unwrap_err().contains("52e"));
    }
    for file in ["usher.db", "usher.db-wal"] {
        let stored = std::fs::read(domain.home.path(file)).unwrap_or_default();
        for (_, password) in &letters {
            let found = stored
                .windows(password.len())
                .any(|part| part == password.as_bytes());
            assert!(!found, "a password is in {file}");
        }
    }

    // somebody moves: another unit, another title, another group
    hr(&[
        (1, "Chief", "Engineering"),
        (2, "Lead", "Sales"),
        (3, "Clerk", "Sales"),
    ]);
    let before = engineer.get("objectGUID").unwrap().to_owned();
    domain.bring_about();
    let mover = domain.account(2).unwrap();
    assert_eq!(
        mover.dn,
        "CN=Given2 Family2,OU=Sales,OU=People,DC=example,DC=test"
    );
    assert_eq!(
        (mover.get("title"), mover.get("objectGUID")),
        (Some("Lead"), Some(before.as_str()))
    );
    assert!(mover.all("memberOf").is_empty());

    // bits that others have set stay when somebody leaves and comes back
    domain.samba.ldapmodify(&format!(
        "dn: {}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 66048\n",
        chief.dn
    ));
    let rows = |status: &str| {
        let first = row(1, "Chief", "Engineering", "");
        let first = first.replace("active", status);
        people(&[first, row(3, "Clerk", "Sales", "")])
    };
    domain.write("hr.csv", &rows("ended"));
    domain.run(&["plan"], 2);
    domain.run(&["approve", "--all"], 0);
    domain.run(&["apply"], 0);
    let left = domain.account(1).unwrap();
    assert_eq!(left.dn, "CN=Given1 Family1,OU=Disabled,DC=example,DC=test");
    assert_eq!(left.get("userAccountControl"), Some("66050"));
    assert!(left.all("memberOf").is_empty());
    domain.write("hr.csv", &rows("active"));
    domain.bring_about();
    let back = domain.account(1).unwrap();
    assert_eq!(back.dn, chief.dn);
    assert_eq!(back.get("userAccountControl"), Some("66048"));
    assert_eq!(back.all("memberOf"), [ENGINEERS]);
    assert_eq!(domain.letters().len(), 3, "nobody got another password");
}

#[test]
#[ignore = "needs Samba AD"]
fn a_create_that_was_cut_off_is_finished_with_another_password() {
    let domain = Domain::start("");
    domain.write("hr.csv", &people(&[row(1, "Chief", "Engineering", "")]));
    domain.is_killed_while_it_delivers();
    assert!(domain.letters().is_empty());
    // the account is there with a password that nobody was given
    assert!(domain.account(1).is_some());

    domain.run(&["apply"], 0);
    let again = domain.run(&["plan"], 0);
    assert!(again.contains("nothing to do"), "{again}");
    let letters = domain.letters();
    assert_eq!(letters.len(), 1);
    let first: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(domain.home.path("first")).unwrap()).unwrap();
    let (account, password) = &letters[0];
    assert_ne!(first["secret"].as_str(), Some(password.as_str()));
    assert!(domain.samba.bind(account, password).unwrap_err().contains("773"));
    let lost = first["secret"].as_str().unwrap();
    assert!(
        domain.samba.bind(account, lost).unwrap_err().contains("52e"),
        "it is void"
    );
    assert_eq!(domain.account(1).unwrap().get("userAccountControl"), Some("512"));
}

#[test]
#[ignore = "needs Samba AD"]
fn a_password_the_domain_refuses_leaves_nothing_behind() {
    let domain = Domain::start("");
    domain.write("hr.csv", &people(&[row(1, "Chief", "Engineering", "")]));
    domain.samba.ldapmodify(&format!(
        "dn: {BASE}\nchangetype: modify\nreplace: minPwdLength\nminPwdLength: 100\n"
    ));
    domain.run(&["plan"], 2);
    domain.run(&["approve", "--all"], 0);
    let ended = domain.try_at(NOW, &["apply"]);
    assert_ne!(ended.0, Some(0));
    let why = domain.run(&["audit", "log"], 0);
    assert!(
        why.contains("policy") || ended.1.contains("policy"),
        "{why}\n{}",
        ended.1
    );
    assert!(domain.account(1).is_none(), "the account is removed again");
    assert!(domain.letters().is_empty());
}

#[test]
#[ignore = "needs Samba AD"]
fn a_leaver_comes_back_by_undo() {
    let domain = Domain::start(BY_RULE);
    let both = [
        row(1, "Chief", "Engineering", ""),
        row(2, "Engineer", "Engineering", "1"),
    ];
    domain.write("hr.csv", &people(&both));
    domain.bring_about();
    let before = domain.account(2).unwrap();
    domain.write(
        "hr.csv",
        &people(&both).replace("Family2,active", "Family2,ended"),
    );
    domain.run(&["plan"], 2);
    domain.run(&["approve", "--all"], 0);
    domain.run(&["apply"], 0);
    let left = domain.account(2).unwrap();
    assert!(left.dn.ends_with("OU=Disabled,DC=example,DC=test") && left.all("memberOf").is_empty());
    domain.run(&["undo", "last"], 2);
    domain.run(&["approve", "--all"], 0);
    domain.run(&["apply"], 0);
    let back = domain.account(2).unwrap();
    for name in ["dn", "memberOf", "userAccountControl", "title", "objectGUID"] {
        assert_eq!(back.all(name), before.all(name), "{name}");
    }
    assert_eq!(back.dn, before.dn);
}

#[test]
#[ignore = "needs Samba AD"]
fn what_is_protected_and_what_nobody_knows_is_explained() {
    let domain = Domain::start("");
    domain.write(
        "hr.csv",
        &people(&[row(1, "Chief", "Engineering", ""), row(2, "Clerk", "Sales", "")]),
    );
    domain.bring_about();
    let place = domain.account(1).unwrap().dn;
    domain.samba.samba_tool(&[
        "dsacl",
        "set",
        &format!("--objectdn={place}"),
        "--sddl=(D;;SDDT;;;WD)",
    ]);
    let unit = "OU=Engineering,OU=People,DC=example,DC=test";
    domain.samba.samba_tool(&[
        "dsacl",
        "set",
        &format!("--objectdn={unit}"),
        "--sddl=(D;;DC;;;WD)",
    ]);
    domain.write(
        "hr.csv",
        &people(&[row(1, "Chief", "Sales", ""), row(2, "Clerk", "Sales", "")]),
    );
    domain.run(&["plan"], 2);
    domain.run(&["approve", "--all"], 0);
    let ended = domain.try_at(NOW, &["apply"]);
    assert_ne!(ended.0, Some(0));
    let why = domain.run(&["audit", "log"], 0);
    assert!(
        why.contains("protected from accidental deletion"),
        "{why}\n{}",
        ended.1
    );
}

#[test]
#[ignore = "needs Samba AD"]
fn primary_groups_have_members_they_do_not_list() {
    let domain = Domain::start(BY_RULE);
    domain.write(
        "hr.csv",
        &people(&[row(1, "Chief", "Engineering", ""), row(2, "Clerk", "Sales", "")]),
    );
    domain.bring_about();
    // somebody makes the group by rule the primary one: it is not listed among the members any more
    let place = domain.account(1).unwrap().dn;
    let group = domain.samba.entry(ENGINEERS, &["primaryGroupToken"]).unwrap();
    let number = group.get("primaryGroupToken").unwrap();
    domain.samba.ldapmodify(&format!(
        "dn: {place}\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: {number}\n"
    ));
    assert!(
        domain
            .samba
            .entry(ENGINEERS, &["member"])
            .unwrap()
            .all("member")
            .is_empty()
    );
    let again = domain.run(&["plan"], 0);
    assert!(again.contains("nothing to do"), "{again}");
    // and nobody can be taken out of it
    domain.write(
        "hr.csv",
        &people(&[row(1, "Chief", "Sales", ""), row(2, "Clerk", "Sales", "")]),
    );
    domain.run(&["plan"], 2);
    domain.run(&["approve", "--all"], 0);
    let ended = domain.try_at(NOW, &["apply"]);
    assert_ne!(ended.0, Some(0));
    let why = domain.run(&["audit", "log"], 0);
    assert!(why.contains("it is the primary group of that account"), "{why}");
}

#[test]
#[ignore = "needs Samba AD"]
fn names_dates_and_addresses_change_in_place() {
    let domain = Domain::start("");
    let first = row(1, "Chief", "Engineering", "");
    domain.write("hr.csv", &people(&[first.clone(), row(2, "Clerk", "Sales", "1")]));
    domain.bring_about();
    let before = domain.account(1).unwrap();
    // somebody marries and moves at once, on a contract that ends
    let married = first
        .replace("Family1", "O\u{2019}Brien-Łoś")
        .replace("Engineering", "Sales")
        .replace("2020-01-01,,", "2020-01-01,2026-12-31,");
    domain.write(
        "hr.csv",
        &people(&[married.clone(), row(2, "Clerk", "Sales", "1")]),
    );
    domain.bring_about();
    let after = domain.account(1).unwrap();
    assert_eq!(
        after.dn,
        "CN=Given1 O\u{2019}Brien-Łoś,OU=Sales,OU=People,DC=example,DC=test"
    );
    assert_eq!(after.get("objectGUID"), before.get("objectGUID"));
    assert_eq!(domain.account(2).unwrap().get("manager"), Some(after.dn.as_str()));
    // the last day is a day of work: the account expires when it is over
    assert_eq!(after.get("accountExpires"), Some("134432352000000000"));
    // whoever says "never" in the other way says the same
    domain.write(
        "hr.csv",
        &people(&[married.replace("2026-12-31", ""), row(2, "Clerk", "Sales", "1")]),
    );
    domain.bring_about();
    assert_eq!(domain.account(1).unwrap().get("accountExpires"), Some("0"));
    domain.samba.ldapmodify(&format!(
        "dn:: {}\nchangetype: modify\nreplace: accountExpires\naccountExpires: 9223372036854775807\n",
        STANDARD.encode(&after.dn)
    ));
    assert!(domain.run(&["plan"], 0).contains("nothing to do"));
    // the case of a prefix says which address is the primary one
    domain.samba.ldapmodify(&format!(
        "dn:: {}\nchangetype: modify\nreplace: proxyAddresses\nproxyAddresses: smtp:u1@example.test\n",
        STANDARD.encode(&after.dn)
    ));
    domain.bring_about();
    assert_eq!(
        domain.account(1).unwrap().all("proxyAddresses"),
        ["SMTP:u1@example.test"]
    );
}

#[test]
#[ignore = "needs Samba AD"]
fn whoever_left_is_deleted_when_the_grace_is_over() {
    let domain = Domain::start("");
    let rows = [row(1, "Chief", "Engineering", ""), row(2, "Clerk", "Sales", "")];
    domain.write("hr.csv", &people(&rows));
    domain.bring_about();
    domain.write(
        "hr.csv",
        &people(&rows).replace(
            "Family2,active,2020-01-01,,",
            "Family2,active,2020-01-01,2026-11-20,",
        ),
    );
    domain.run(&["plan"], 2);
    domain.run(&["approve", "--all"], 0);
    domain.run(&["apply"], 0);
    let left = domain.account(2).unwrap();
    assert_eq!(left.get("userAccountControl"), Some("514"));
    // the grace begins when the next plan finds the account disabled; nothing is due before its time
    domain.run(&["plan"], 0);
    let early = domain.run_at("2027-02-18T09:00:00Z", &["plan"], 0);
    assert!(early.contains("nothing to do"), "{early}");
    domain.bring_about_at("2027-02-21T09:00:00Z");
    assert!(domain.account(2).is_none());
    // the tombstone keeps the id by which an administrator brings it back
    let all = ["-E", "!1.2.840.113556.1.4.417", "-b", BASE, "(sAMAccountName=u2)"];
    let deleted = domain.samba.ldapsearch(&all);
    assert_eq!(deleted[0].get("objectGUID"), left.get("objectGUID"));
}
