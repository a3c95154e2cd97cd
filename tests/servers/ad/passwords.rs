//! When passwords were set, and first passwords that a domain refuses.

use super::{Domain, NOW, people};
use crate::office::row;
use crate::support::samba::BASE;

/// Maps when the password was set to a number.
fn map(domain: &Domain, number: &str) {
    let text = std::fs::read_to_string(domain.home.path("usher.toml")).unwrap();
    let kept = text.lines().filter(|line| !line.starts_with("pwdLastSet"));
    let kept: Vec<_> = kept.collect();
    let text = kept.join("\n").replace(
        "\nemployeeID =",
        &format!("\npwdLastSet = '\"{number}\"'\nemployeeID ="),
    );
    domain.write("usher.toml", &text);
}

#[test]
#[ignore = "needs Samba AD"]
fn when_a_password_was_set_is_0_or_now() {
    let domain = Domain::start("");
    domain.write("hr.csv", &people(&[row(1, "Chief", "Engineering", "")]));
    map(&domain, "-1");
    // the server makes a time of it, and that is what was wanted: nothing is proposed again
    domain.bring_about();
    let set = |domain: &Domain| domain.account(1).unwrap().get("pwdLastSet").unwrap().to_owned();
    let first = set(&domain);
    assert!(first.len() > 10, "{first}");
    let (account, password) = &domain.letters()[0];
    assert!(
        domain.samba.bind(account, password).is_ok(),
        "nobody has to change it"
    );

    map(&domain, "0");
    domain.bring_about();
    assert_eq!(set(&domain), "0");
    assert!(domain.samba.bind(account, password).unwrap_err().contains("773"));
    map(&domain, "-1");
    domain.bring_about();
    assert!(set(&domain).len() > 10);
    // what it was is taken back as far as the server takes it
    domain.run(&["undo", "last"], 2);
    domain.run(&["approve", "--all"], 0);
    domain.run(&["apply"], 0);
    assert_eq!(set(&domain), "0");

    map(&domain, "7");
    domain.run(&["plan"], 3);
    let told = domain.run(&["show", "--findings"], 0);
    assert!(told.contains("nothing else is taken"), "{told}");
}

#[test]
#[ignore = "needs Samba AD"]
fn a_first_password_that_is_refused_after_an_interruption_leaves_nothing_open() {
    let domain = Domain::start("");
    domain.write("hr.csv", &people(&[row(1, "Chief", "Engineering", "")]));
    domain.is_killed_while_it_delivers();
    // as if it had been cut off before the account was made usable
    let place = domain.account(1).unwrap().dn;
    domain.samba.ldapmodify(&format!(
        "dn: {place}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514\n"
    ));
    let shortest = |length: u32| {
        domain.samba.ldapmodify(&format!(
            "dn: {BASE}\nchangetype: modify\nreplace: minPwdLength\nminPwdLength: {length}\n"
        ));
    };
    // meanwhile the domain wants longer ones
    shortest(100);
    domain.try_at(NOW, &["apply"]);
    let trail = domain.run(&["audit", "log"], 0);
    assert!(
        trail.contains("found written after an interruption") && trail.contains("removed again"),
        "{trail}"
    );
    assert!(domain.account(1).is_none());
    assert!(!domain.run(&["show", "--json"], 0).contains("\"unknown\""));
    // it is approved still, and tried again after a while
    shortest(7);
    let later = "2026-11-21T16:00:00Z";
    domain.run_at(later, &["plan"], 2);
    domain.run_at(later, &["apply"], 0);
    let again = domain.run_at(later, &["plan"], 0);
    assert!(again.contains("nothing to do"), "{again}");
    assert_eq!(domain.letters().len(), 1);
    assert_eq!(domain.account(1).unwrap().get("userAccountControl"), Some("512"));
}

#[test]
#[ignore = "needs Samba AD"]
fn an_account_that_can_be_used_already_stays() {
    let domain = Domain::start("");
    domain.write("hr.csv", &people(&[row(1, "Chief", "Engineering", "")]));
    domain.is_killed_while_it_delivers();
    domain.samba.ldapmodify(&format!(
        "dn: {BASE}\nchangetype: modify\nreplace: minPwdLength\nminPwdLength: 100\n"
    ));
    domain.try_at(NOW, &["apply"]);
    let trail = domain.run(&["audit", "log"], 0);
    assert!(trail.contains("as it can be used already"), "{trail}");
    assert_eq!(domain.account(1).unwrap().get("userAccountControl"), Some("512"));
    let again = domain.run(&["plan"], 0);
    assert!(again.contains("nothing to do"), "{again}");
}
