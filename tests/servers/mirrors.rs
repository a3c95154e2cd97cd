//! People and groups of a domain, provisioned to another directory: who is in a group there is in the group here.

use std::process::Stdio;

use crate::office::Ended;
use crate::support::home::Home;
use crate::support::openldap::OpenLdap;
use crate::support::samba::{PASSWORD, Samba};

const CONFIG: &str = r#"
version = 1
mode = "review"
time_zone = "UTC"
store = "usher.db"

[systems.domain]
connector = "active-directory"
url = "@DOMAIN@"
bind_dn = "Administrator@example.test"
password = { env = "DOMAIN" }
ca_file = "ca.pem"
base = "OU=People,DC=example,DC=test"
group_filter = "(&(objectClass=group)(cn=app-*))"

[systems.archive]
connector = "ldap"
url = "@ARCHIVE@"
bind_dn = "cn=sync,dc=archive,dc=example"
password = { env = "ARCHIVE" }
base = "dc=archive,dc=example"
placeholder_member = "cn=nobody"
increments = "auto"

[[people]]
name = "domain"
from = "domain"
lifecycle = { active = "Not([IsSoftDeleted])" }
attributes = { login = "[sAMAccountName]", sn = "[cn]" }

[[accounts]]
name = "archive"
in = "archive"
class = ["inetOrgPerson"]
container = '"ou=people,dc=archive,dc=example"'
actions = ["create", "update", "delete"]
gone = "delete"
match = [["uid", "[login]"]]
[accounts.attributes]
uid = { value = "[login]", apply = "create" }
cn = "[login]"
sn = "[sn]"

[[groups]]
name = "apps"
from = "domain"
in = "archive"

[guard]
create = "unlimited"
add_member = "unlimited"
remove_member = "unlimited"
"#;

const PEOPLE: &str = "OU=People,DC=example,DC=test";

struct House {
    home: Home,
    domain: Samba,
    archive: OpenLdap,
}

impl House {
    fn start() -> Self {
        let house = Self {
            home: Home::new(),
            domain: Samba::start(),
            archive: OpenLdap::options()
                .suffix("dc=archive,dc=example")
                .overlays("refint")
                .start(),
        };
        let config = CONFIG
            .replace("@DOMAIN@", &house.domain.url())
            .replace("@ARCHIVE@", &house.archive.url());
        std::fs::write(house.home.path("usher.toml"), config).unwrap();
        std::fs::copy(house.domain.ca(), house.home.path("ca.pem")).unwrap();
        house
    }

    fn run(&self, arguments: &[&str], code: i32) -> Ended {
        let mut command = self.home.usher();
        command
            .args(arguments)
            .env("USHER_NOW", "2026-11-21T09:00:00Z")
            .env("DOMAIN", PASSWORD)
            .env("ARCHIVE", self.archive.password())
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ended = Ended {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        };
        ended.expect(code)
    }

    fn bring_about(&self) {
        self.run(&["plan"], 2);
        self.run(&["approve", "--all"], 0);
        self.run(&["apply"], 0);
        self.run(&["plan"], 0).says(&["nothing to do"]);
    }

    /// The members of a group in the archive, by their logins.
    fn members(&self, group: &str) -> Vec<String> {
        let place = format!("cn={group},ou=groups,dc=archive,dc=example");
        let entries = self.archive.entries(&place);
        let members = entries[0].all("member").into_iter();
        let mut names: Vec<_> = members
            .map(|member| member.split(['=', ',']).nth(1).unwrap().to_owned())
            .collect();
        names.sort_unstable();
        names
    }

    fn member(&self, order: &str, group: &str, member: &str) {
        self.domain.ldapmodify(&format!(
            "dn: CN={group},{PEOPLE}\nchangetype: modify\n{order}: member\nmember: CN={member},{PEOPLE}\n\n"
        ));
    }
}

#[test]
#[ignore = "needs Samba AD and OpenLDAP"]
fn groups_of_a_domain_are_mirrored_into_another_directory() {
    let house = House::start();
    for (class, names) in [
        ("user", ["ann", "ben", "cleo"]),
        ("group", ["app-news", "app-wiki", "app-all"]),
    ] {
        for name in names {
            house.domain.ldapmodify(&format!(
                "dn: CN={name},{PEOPLE}\nchangetype: add\nobjectClass: {class}\nsAMAccountName: {name}\n\n"
            ));
        }
    }
    for name in ["ann", "ben", "cleo"] {
        house.domain.ldapmodify(&format!(
            "dn: CN={name},{PEOPLE}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 544\n\n"
        ));
    }
    for group in ["app-news", "app-wiki"] {
        house.archive.ldapadd(&format!(
            "dn: cn={group},ou=groups,dc=archive,dc=example\nobjectClass: groupOfNames\ncn: {group}\nmember: \
             cn=nobody\n\n"
        ));
    }
    house.member("add", "app-news", "ann");
    house.member("add", "app-wiki", "ben");
    house.member("add", "app-wiki", "app-news");

    // one of the groups is not here
    house.run(&["plan"], 3).says(&["3 create", "3 add"]);
    house.archive.ldapadd(
        "dn: cn=app-all,ou=groups,dc=archive,dc=example\nobjectClass: groupOfNames\ncn: app-all\nmember: cn=nobody\n\n",
    );
    house.bring_about();
    assert_eq!(house.members("app-news"), ["ann"]);
    assert_eq!(house.members("app-wiki"), ["ann", "ben"]);
    assert_eq!(house.members("app-all"), ["nobody"]);

    // memberships come and go, also by a group in a group; somebody is renamed, somebody deleted
    house.member("add", "app-all", "cleo");
    house.member("delete", "app-news", "ann");
    house.domain.ldapmodify(&format!(
        "dn: CN=cleo,{PEOPLE}\nchangetype: modrdn\nnewrdn: CN=cleopatra\ndeleteoldrdn: 1\n\n"
    ));
    house.bring_about();
    assert_eq!(house.members("app-all"), ["cleo"]);
    assert_eq!(house.members("app-news"), ["nobody"]);
    assert_eq!(house.members("app-wiki"), ["ben"]);
    house
        .domain
        .ldapmodify(&format!("dn: CN=ben,{PEOPLE}\nchangetype: delete\n\n"));
    house.bring_about();
    assert_eq!(house.members("app-wiki"), ["nobody"]);
}
