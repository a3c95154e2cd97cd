//! Who has power over a domain, whatever its groups are called, and what becomes of their accounts.

use super::{Domain, ENGINEERS, NOW, people};
use crate::office::row;
use crate::support::samba::BASE;

const ADMINS: &str = "CN=Domain Admins,CN=Users,DC=example,DC=test";

/// What a group in a group is called.
const HELPERS: &str = "CN=helpers,OU=Groups,DC=example,DC=test";

/// The first three work; the second leaves later.
fn staff(title: &str, second: &str) -> String {
    let rows = [
        row(1, "Chief", "Engineering", ""),
        row(2, title, "Engineering", "1").replace("active", second),
        row(3, title, "Sales", "1"),
    ];
    people(&rows)
}

/// The domain with three people in it.
fn domain() -> Domain {
    let domain = Domain::start("");
    domain.write("hr.csv", &staff("Clerk", "active"));
    domain.bring_about();
    domain
}

impl Domain {
    fn reconfigure(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.home.path("usher.toml")).unwrap();
        assert!(text.contains(from), "{from}");
        self.write("usher.toml", &text.replacen(from, to, 1));
    }

    fn puts_into(&self, group: &str, member: &str) {
        self.samba.ldapmodify(&format!(
            "dn: {group}\nchangetype: modify\nadd: member\nmember: {member}\n"
        ));
    }

    /// Puts an employee into a group that is in a privileged one.
    fn gives_power(&self, employee: u32) {
        self.gives_power_to(&self.account(employee).unwrap().dn);
    }

    fn gives_power_to(&self, account: &str) {
        self.samba.ldapmodify(&format!(
            "dn: {HELPERS}\nchangetype: add\nobjectClass: group\nsAMAccountName: helpers\n"
        ));
        self.puts_into(HELPERS, account);
        self.puts_into(ADMINS, HELPERS);
    }

    /// The kinds of the operations about an employee, each with its risks.
    fn risks(&self, subject: &str) -> Vec<(String, String)> {
        let review = self.run(&["show", "--json"], 0);
        let review: serde_json::Value = serde_json::from_str(&review).unwrap();
        let rows = review["rows"].as_array().unwrap();
        let rows = rows
            .iter()
            .filter(|row| row["subject"].as_str().unwrap().contains(subject));
        rows.map(|row| (row["kind"].as_str().unwrap().to_owned(), row["risk"].to_string()))
            .collect()
    }
}

#[test]
#[ignore = "needs Samba AD"]
fn a_renamed_group_is_as_powerful_as_before() {
    let domain = domain();
    domain.reconfigure(
        "(&(objectClass=group)(!(isCriticalSystemObject=TRUE)))",
        "(objectClass=group)",
    );
    domain.samba.ldapmodify(&format!(
        "dn: {ADMINS}\nchangetype: modrdn\nnewrdn: CN=Oberste Heeresleitung\ndeleteoldrdn: 1\n\n"
    ));
    let renamed = "CN=Oberste Heeresleitung,CN=Users,DC=example,DC=test";
    domain.puts_into(renamed, &domain.account(2).unwrap().dn);
    domain.write("hr.csv", &staff("Lead", "active"));
    domain.run(&["plan"], 2);
    let second = domain.risks("Given2");
    assert!(
        second.iter().all(|(_, risk)| risk.contains("privileged")) && !second.is_empty(),
        "{second:?}"
    );
    let third = domain.risks("Given3");
    assert!(
        !third.is_empty() && third.iter().all(|(_, risk)| !risk.contains("privileged")),
        "{third:?}"
    );
}

#[test]
#[ignore = "needs Samba AD"]
fn whoever_has_power_unawares_keeps_the_account() {
    let domain = domain();
    domain.gives_power(2);
    // the privileged group is beyond what is read
    domain.write("hr.csv", &staff("Clerk", "gone"));
    domain.run(&["plan"], 2);
    domain.run(&["approve", "--all"], 0);
    let (code, said) = domain.try_at(NOW, &["apply"]);
    assert_ne!(code, Some(0), "{said}");
    let account = domain.account(2).unwrap();
    assert_eq!(account.get("userAccountControl"), Some("512"));
    assert!(account.dn.contains("OU=Engineering"), "{}", account.dn);
    let log = domain.run(&["audit", "log"], 0);
    assert!(
        log.contains("is in Administrators (S-1-5-32-544) and Domain Admins (S-1-5-21-")
            && log.contains("[[privileged]]"),
        "{log}"
    );

    // nor was the group left that gives the power, which looks like any other
    assert_eq!(account.all("memberOf"), [HELPERS]);

    // known as what it is, it is reviewed as such and the account goes
    let text = std::fs::read_to_string(domain.home.path("usher.toml")).unwrap();
    let group = format!("\n[[privileged]]\nin = \"domain\"\ngroups = [\"{HELPERS}\"]\n");
    domain.write("usher.toml", &format!("{text}{group}"));
    domain.run(&["plan"], 2);
    let risks = domain.risks("Given2");
    assert!(
        risks.len() > 1 && risks.iter().all(|(_, risk)| risk.contains("privileged")),
        "{risks:?}"
    );
    domain.run(&["approve", "--all"], 0);
    domain.run(&["apply"], 0);
    let account = domain.account(2).unwrap();
    assert_eq!(account.get("userAccountControl"), Some("514"));
    assert!(account.all("memberOf").is_empty());
}

#[test]
#[ignore = "needs Samba AD"]
fn nobody_gains_power_unawares() {
    let domain = domain();
    domain.gives_power(3);
    let text = std::fs::read_to_string(domain.home.path("usher.toml")).unwrap();
    let rule = super::BY_RULE.replace(ENGINEERS, HELPERS);
    domain.write("usher.toml", &format!("{text}\n{rule}"));
    domain.run(&["plan"], 2);
    domain.run(&["approve", "--all"], 0);
    let (code, said) = domain.try_at(NOW, &["apply"]);
    assert_ne!(code, Some(0), "{said}");
    assert!(domain.account(2).unwrap().all("memberOf").is_empty());
    let log = domain.run(&["audit", "log"], 0);
    assert!(
        log.contains("CN=helpers")
            && log.contains("is in Administrators (S-1-5-32-544) and Domain Admins (S-1-5-21-"),
        "{log}"
    );
}

#[test]
#[ignore = "needs Samba AD"]
fn nobody_is_handed_the_password_of_whom_somebody_else_gave_power() {
    // an account that was made, and not finished before it was given power
    let domain = Domain::start("");
    domain.write("hr.csv", &people(&[row(1, "Chief", "Engineering", "")]));
    domain.is_killed_while_it_delivers();
    let set = |account: &str| {
        domain
            .samba
            .entry(account, &["pwdLastSet", "userAccountControl", "whenChanged"])
    };
    let place = domain.account(1).unwrap().dn;
    domain.gives_power(1);
    let before = set(&place);
    domain.try_at(NOW, &["apply"]);
    let log = domain.run(&["audit", "log"], 0);
    assert!(
        log.contains("perhaps through another group") && log.contains("sets no password"),
        "{log}"
    );
    assert!(domain.letters().is_empty());
    assert_eq!(set(&place), before);
}

/// A domain in which the second employee was deleted, is to come back by undo, and was brought back by somebody else
/// meanwhile; and the account's place.
fn brought_back_by_others() -> (Domain, String) {
    let domain = super::restore::out_of_scope_is_deleted();
    let staff = [
        row(1, "Chief", "Engineering", ""),
        row(2, "Clerk", "Engineering", "1"),
    ];
    domain.write("hr.csv", &people(&staff));
    domain.bring_about();
    let place = domain.account(2).unwrap().dn;
    domain.write(
        "hr.csv",
        &people(&[staff[0].clone(), row(2, "Clerk", "Board", "1")]),
    );
    domain.run(&["plan"], 2);
    domain.run(&["approve", "--all"], 0);
    domain.run(&["apply"], 0);
    domain.run(&["undo", "last"], 2);
    domain.run(&["approve", "--all"], 0);
    // meanwhile
    let all = ["-E", "!1.2.840.113556.1.4.417", "-b", BASE, "(sAMAccountName=u2)"];
    let deleted = domain.samba.ldapsearch(&all).remove(0);
    domain.samba.ldapmodify_with(
        &["-e", "!1.2.840.113556.1.4.417"],
        &format!(
            "dn: {}\nchangetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\ndistinguishedName: {place}\n",
            deleted.dn
        ),
    );
    (domain, place)
}

#[test]
#[ignore = "needs Samba AD"]
fn whoever_was_brought_back_by_others_and_can_be_used_keeps_the_password() {
    let (domain, place) = brought_back_by_others();
    let password = "Somebody-Else-7";
    let quoted: Vec<u8> = format!("\"{password}\"")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    domain.samba.ldapmodify(&format!(
        "dn: {place}\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: {}\n-\nreplace: userAccountControl\n\
         userAccountControl: 512\n",
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, quoted)
    ));
    assert_eq!(domain.samba.bind(&place, password), Ok(()));
    let letters = domain.letters().len();
    let (code, said) = domain.try_at(NOW, &["apply"]);
    assert_ne!(code, Some(0), "{said}");
    let log = domain.run(&["audit", "log"], 0);
    assert!(log.contains("was brought back by somebody else"), "{log}");
    assert_eq!(domain.samba.bind(&place, password), Ok(()));
    assert_eq!(domain.letters().len(), letters);
}

#[test]
#[ignore = "needs Samba AD"]
fn whoever_was_brought_back_and_given_power_by_others_is_left_alone() {
    let (domain, place) = brought_back_by_others();
    domain.gives_power_to(&place);
    let is = || {
        domain
            .samba
            .entry(&place, &["pwdLastSet", "userAccountControl", "uSNChanged"])
    };
    let before = is();
    let letters = domain.letters().len();
    let (code, said) = domain.try_at(NOW, &["apply"]);
    assert_ne!(code, Some(0), "{said}");
    let log = domain.run(&["audit", "log"], 0);
    assert!(log.contains("perhaps through another group"), "{log}");
    assert_eq!((is(), domain.letters().len()), (before, letters));
}

#[test]
#[ignore = "needs Samba AD"]
fn whoever_may_see_all_groups_is_not_told_otherwise() {
    let domain = domain();
    let (_, said) = domain.try_at(NOW, &["check"]);
    assert!(said.contains("Active Directory"), "{said}");
    assert!(!said.contains("are not shown"), "{said}");
}

#[test]
#[ignore = "needs Samba AD"]
fn a_rule_may_ask_for_all_groups_of_an_account() {
    let domain = domain();
    domain.gives_power(2);
    let text = std::fs::read_to_string(domain.home.path("usher.toml")).unwrap();
    let told = domain
        .samba
        .samba_tool(&["group", "show", "Domain Admins", "--attributes=objectSid"]);
    let sid = told.lines().find_map(|line| line.strip_prefix("objectSid: "));
    let sid = sid.unwrap_or_else(|| panic!("no identifier: {told}"));
    assert!(sid.starts_with("S-1-5-21-") && sid.ends_with("-512"), "{sid}");
    let when = format!("\n[[protected]]\nin = \"domain\"\nwhen = '[tokenGroups] = \"{sid}\"'\n");
    domain.write("usher.toml", &format!("{text}{when}"));
    // everybody is to be changed; whoever is in that group, through another, is left alone
    domain.write("hr.csv", &staff("Lead", "active"));
    let (_, planned) = domain.try_at(NOW, &["plan"]);
    let (second, third) = (domain.risks("Given2"), domain.risks("Given3"));
    assert!(second.is_empty(), "{second:?} {planned}");
    assert!(!third.is_empty(), "{planned}");
}
