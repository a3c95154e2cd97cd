//! The whole program against a 389 Directory Server, which differs from OpenLDAP in its presets only: no assertion
//! control, `nsUniqueId`, `nsAccountLock`.

use std::process::Stdio;

use crate::office::{HEADER, row};
use crate::support::ds389::{Ds389, MANAGER, PASSWORD};
use crate::support::home::Home;
use crate::support::paths;

const PEOPLE: &str = "ou=people,dc=example,dc=com";

struct Branch {
    home: Home,
    ldap: Ds389,
}

impl Branch {
    fn start() -> Self {
        let branch = Self {
            home: Home::new(),
            ldap: Ds389::start(),
        };
        let text = std::fs::read_to_string(paths::root("tests/data/crash.toml")).unwrap();
        let group = "[[entitlements]]\nname = \"engineering\"\nwhen = '[team] = \"Engineering\"'\ngrants = [{ in = \
                     \"directory\", group = \"cn=eng,ou=groups,dc=example,dc=com\" }]\n";
        let presets = "disable = \"ns-account-lock\"\nanchor = \"nsUniqueId\"\npage_size = 7";
        let text = text
            .replace("@ldap@", &branch.ldap.url())
            .replace("@in-flight@", "16")
            .replace("@more@", group)
            .replace("cn=admin,dc=example,dc=com", MANAGER)
            .replace("disable = \"ppolicy\"", presets);
        branch.write("usher.toml", &text);
        branch.write("ldap.password", PASSWORD);
        branch.write(
            "groups.ldif",
            "dn: cn=eng,ou=groups,dc=example,dc=com\nchangetype: add\nobjectClass: groupOfNames\ncn: eng\n",
        );
        branch.ldap.ldapmodify(&branch.home.path("groups.ldif"));
        branch
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path(name), text).unwrap();
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) -> String {
        let mut command = self.home.usher();
        command
            .args(arguments)
            .env("USHER_NOW", "2026-11-21T09:00:00Z")
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(code), "{text}");
        text
    }

    #[track_caller]
    fn bring_about(&self) {
        self.run(&["plan"], 2);
        self.run(&["approve", "--all"], 0);
        self.run(&["apply"], 0);
        let again = self.run(&["plan"], 0);
        assert!(again.contains("nothing to do"), "{again}");
    }

    fn people(&self, filter: &str) -> usize {
        self.ldap.ldapsearch(&["-b", PEOPLE, filter, "1.1"]).len()
    }

    fn members(&self) -> Vec<String> {
        let group = "cn=eng,ou=groups,dc=example,dc=com";
        let found = self.ldap.ldapsearch(&["-b", group, "-s", "base", "member"]);
        let mut members: Vec<_> = found[0]
            .all("member")
            .into_iter()
            .map(str::to_lowercase)
            .collect();
        members.sort_unstable();
        members
    }
}

#[test]
#[ignore = "needs 389 Directory Server"]
fn a_389_directory_server_needs_its_presets_only() {
    let branch = Branch::start();
    let hr = |title: &str, team: &str, status: &str| {
        let mut text = HEADER.to_owned();
        for id in 1..=20 {
            let title = if id == 1 { title } else { "Engineer" };
            let team = if id <= 3 { team } else { "Sales" };
            text += &row(id, title, team, if id == 1 { "" } else { "1" });
        }
        text.replace("2,Given2,Family2,active", &format!("2,Given2,Family2,{status}"))
    };
    branch.write("hr.csv", &hr("Engineer", "Engineering", "active"));
    let checked = branch.run(&["check"], 0);
    assert!(
        checked.contains("389-Directory") && !checked.contains("assertion control"),
        "{checked}"
    );
    branch.bring_about();
    assert_eq!(branch.people("(objectClass=inetOrgPerson)"), 20);
    assert_eq!(branch.people(&format!("(manager=uid=u1,{PEOPLE})")), 19);
    assert_eq!(branch.members().len(), 3);

    // a mover, a leaver, and those who are in another team now
    branch.write("hr.csv", &hr("Lead", "Engineering", "ended"));
    branch.bring_about();
    assert_eq!(branch.people("(title=Lead)"), 1);
    assert_eq!(branch.people("(nsAccountLock=TRUE)"), 1);
    assert_eq!(
        branch.members(),
        [format!("uid=u1,{PEOPLE}"), format!("uid=u3,{PEOPLE}")]
    );
    branch.write("hr.csv", &hr("Lead", "Sales", "active"));
    branch.bring_about();
    assert_eq!(branch.people("(nsAccountLock=TRUE)"), 0);
    assert!(branch.members().is_empty(), "a group may be empty here");

    // somebody else changes what was planned: a conflict and no overwriting, though there is no assertion control
    branch.write("hr.csv", &hr("Chief", "Sales", "active"));
    branch.run(&["plan"], 2);
    branch.run(&["approve", "--all"], 0);
    branch.write(
        "other.ldif",
        &format!("dn: uid=u1,{PEOPLE}\nchangetype: modify\nreplace: title\ntitle: Boss\n"),
    );
    branch.ldap.ldapmodify(&branch.home.path("other.ldif"));
    let mut apply = branch.home.usher();
    apply
        .arg("apply")
        .env("USHER_NOW", "2026-11-21T09:00:00Z")
        .stdin(Stdio::null());
    assert_ne!(apply.output().unwrap().status.code(), Some(0));
    assert_eq!(branch.people("(title=Boss)"), 1);
    branch.bring_about();
    assert_eq!(branch.people("(title=Chief)"), 1);
}
