//! Directories as sources: their people get accounts in an application and in another directory, two directories
//! know the same person, and a manager may be in the other forest.

use std::process::Stdio;

use serde_json::Value;

use crate::office::{Ended, NOW};
use crate::support::home::Home;
use crate::support::openldap::OpenLdap;
use crate::support::scim::ScimServer;

const CONFIG: &str = r#"
version = 1
mode = "review"
time_zone = "UTC"
store = "usher.db"

[systems.north]
connector = "ldap"
url = "@NORTH@"
bind_dn = "cn=sync,dc=north,dc=example"
password = { env = "NORTH_PASSWORD" }
base = "dc=north,dc=example"
disable = "ppolicy"

[systems.south]
connector = "ldap"
url = "@SOUTH@"
bind_dn = "cn=sync,dc=south,dc=example"
password = { env = "NORTH_PASSWORD" }
base = "dc=south,dc=example"
disable = "ppolicy"

[systems.chat]
connector = "scim"
url = "@SCIM@"
token = { env = "SCIM_TOKEN" }

[systems.archive]
connector = "ldap"
url = "@ARCHIVE@"
bind_dn = "cn=sync,dc=archive,dc=example"
password = { env = "NORTH_PASSWORD" }
base = "dc=archive,dc=example"
disable = "ppolicy"

[[people]]
name = "north"
from = "north"
lifecycle = { active = "Not([IsSoftDeleted])" }
references = { manager = "[manager]" }
attributes = { login = "[uid]", givenName = "[givenName]", sn = "[sn]", mail = "[mail]", home = "[dn]" }

[[people]]
name = "south"
from = "south"
join = [["mail", "[mail]"]]
lifecycle = { active = "Not([IsSoftDeleted])" }
references = { manager = "[manager]" }
attributes = { login = "[uid]", givenName = "[givenName]", sn = "[sn]", mail = "[mail]", room = "[roomNumber]", home = "[dn]" }

[[accounts]]
name = "chat"
in = "chat"
assigned = [{ in = "north", group = "cn=chat,ou=groups,dc=north,dc=example" }, { in = "south", group = "cn=chat,ou=groups,dc=south,dc=example" }]
out_of_scope = "disable"
match = [["userName", "[login]"]]
[accounts.attributes]
userName = "[login]"
'name.givenName' = "[givenName]"
'name.familyName' = "[sn]"
displayName = "[home]"
nickName = "[room]"
'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager' = { reference = "[manager]" }

[[accounts]]
name = "archive"
in = "archive"
class = ["inetOrgPerson"]
container = '"ou=people,dc=archive,dc=example"'
match = [["mail", "[mail]"]]
[accounts.attributes]
uid = { value = "[login]", apply = "create" }
cn = 'Join(" ", [givenName], [sn])'
sn = "[sn]"
mail = "[mail]"
manager = { reference = "[manager]" }

[guard]
create = "unlimited"
disable = "unlimited"
"#;

struct Forests {
    home: Home,
    north: OpenLdap,
    south: OpenLdap,
    archive: OpenLdap,
    chat: ScimServer,
}

impl Forests {
    fn start() -> Self {
        let ldap = |name: &str| {
            let options = OpenLdap::options().overlays("memberof ppolicy");
            options.suffix(&format!("dc={name},dc=example")).start()
        };
        let forests = Self {
            home: Home::new(),
            north: ldap("north"),
            south: ldap("south"),
            archive: ldap("archive"),
            chat: ScimServer::start(),
        };
        let config = CONFIG
            .replace("@NORTH@", &forests.north.url())
            .replace("@SOUTH@", &forests.south.url())
            .replace("@ARCHIVE@", &forests.archive.url())
            .replace("@SCIM@", &forests.chat.url());
        std::fs::write(forests.home.path("usher.toml"), config).unwrap();
        forests
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = self.home.usher();
        command
            .args(arguments)
            .env("USHER_NOW", NOW)
            .env("NORTH_PASSWORD", self.north.password())
            .env("SCIM_TOKEN", self.chat.token())
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    #[track_caller]
    fn bring_about(&self) {
        self.run(&["plan"]).expect(2);
        self.run(&["approve", "--all"]).expect(0);
        self.run(&["apply"]).expect(0);
        self.run(&["plan"]).expect(0).says(&["nothing to do"]);
    }

    fn user(&self, login: &str) -> Value {
        let users = self.chat.all("Users");
        let user = users.into_iter().find(|user| user["userName"] == login);
        user.unwrap_or(Value::Null)
    }

    fn manager_of(&self, login: &str) -> String {
        let manager = &self.user(login)["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"]
            ["value"];
        let users = self.chat.all("Users");
        let user = users.iter().find(|user| user["id"] == *manager);
        user.map_or_else(String::new, |user| user["userName"].as_str().unwrap().to_owned())
    }

    fn archived(&self, login: &str, attribute: &str) -> Vec<String> {
        let filter = format!("(uid={login})");
        let found = self.archive.ldapsearch(&["-b", self.archive.suffix(), &filter]);
        found
            .iter()
            .flat_map(|entry| entry.all(attribute))
            .map(str::to_owned)
            .collect()
    }
}

fn person(uid: &str, base: &str, more: &str) -> String {
    format!(
        "dn: uid={uid},ou=people,{base}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\ngivenName: {uid}\nsn: Żak\n\
         mail: {uid}@example.com\n{more}\n"
    )
}

fn group(base: &str, members: &[&str]) -> String {
    let members: String = members.iter().map(|dn| format!("member: {dn}\n")).collect();
    format!("dn: cn=chat,ou=groups,{base}\nobjectClass: groupOfNames\ncn: chat\n{members}\n")
}

const NORTH: &str = "dc=north,dc=example";
const SOUTH: &str = "dc=south,dc=example";

#[test]
#[ignore = "needs OpenLDAP and scim2-server"]
fn people_of_two_directories_get_accounts_in_an_application_and_a_directory() {
    let forests = Forests::start();
    let (north, south) = (&forests.north, &forests.south);
    // ben reports to ana by another spelling of her name; ada (south) reports to ana (north); ben is in both
    north.ldapadd(&person("ana", NORTH, ""));
    north.ldapadd(&person(
        "ben",
        NORTH,
        "manager: UID=ANA, OU=people,dc=north,dc=example\n",
    ));
    south.ldapadd(&person(
        "ada",
        SOUTH,
        "manager: uid=ana,ou=people,dc=north,dc=example\n",
    ));
    let twice = person("bsouth", SOUTH, "roomNumber: 7\n").replace("mail: bsouth@", "mail: ben@");
    south.ldapadd(&twice);
    // cy reports to the other ben: who both are is one person
    south.ldapadd(&person(
        "cy",
        SOUTH,
        "manager: uid=bsouth,ou=people,dc=south,dc=example\n",
    ));
    // not in any group
    south.ldapadd(&person("dee", SOUTH, ""));
    north.ldapadd(&group(NORTH, &["uid=ana,ou=people,dc=north,dc=example"]));
    south.ldapadd(&group(
        SOUTH,
        &[
            "uid=ada,ou=people,dc=south,dc=example",
            "uid=bsouth,ou=people,dc=south,dc=example",
            "uid=cy,ou=people,dc=south,dc=example",
        ],
    ));
    forests.bring_about();

    let mut logins: Vec<String> = forests
        .chat
        .all("Users")
        .iter()
        .map(|user| user["userName"].as_str().unwrap().to_owned())
        .collect();
    logins.sort_unstable();
    assert_eq!(logins, ["ada", "ana", "ben", "cy"]);
    assert_eq!(forests.manager_of("ben"), "ana");
    assert_eq!(forests.manager_of("ada"), "ana", "across forests");
    assert_eq!(forests.manager_of("cy"), "ben", "by the further record");
    let ben = forests.user("ben");
    assert_eq!(ben["displayName"], "uid=ben,ou=people,dc=north,dc=example");
    assert_eq!(ben["nickName"], "7", "of the second directory");
    assert_eq!(
        forests.archived("ada", "manager"),
        ["uid=ana,ou=people,dc=archive,dc=example"]
    );
    assert_eq!(forests.archived("dee", "mail"), ["dee@example.com"]);

    // why is told with the manager's record of the other forest
    let ada = forests
        .run(&["evaluate", "[manager.mail]", "--person", "ada"])
        .expect(0);
    ada.says(&["ana@example.com"]);

    // locked at the source: a leaver everywhere; out of the group: only out of the application
    south.ldapmodify(
        "dn: uid=ada,ou=people,dc=south,dc=example\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n",
    );
    south.ldapmodify(
        "dn: cn=chat,ou=groups,dc=south,dc=example\nchangetype: modify\ndelete: member\nmember: uid=cy,ou=people,dc=south,dc=example\n",
    );
    forests.bring_about();
    assert_eq!(forests.user("ada")["active"], false);
    assert_eq!(forests.user("cy")["active"], false);
    assert_eq!(forests.user("ben")["active"], true);
}

#[test]
#[ignore = "needs OpenLDAP and scim2-server"]
fn whom_a_directory_moves_stays_the_same_person() {
    let forests = Forests::start();
    let (north, south) = (&forests.north, &forests.south);
    north.ldapadd(&person("ana", NORTH, ""));
    north.ldapadd(&person(
        "ben",
        NORTH,
        "manager: uid=ana,ou=people,dc=north,dc=example\n",
    ));
    south.ldapadd(&person("ada", SOUTH, ""));
    north.ldapadd(&group(NORTH, &["uid=ben,ou=people,dc=north,dc=example"]));
    south.ldapadd(&group(SOUTH, &["uid=ada,ou=people,dc=south,dc=example"]));
    forests.bring_about();
    let before = forests.archived("ana", "entryUUID");
    // no overlay follows the manager here: ben's names nobody until somebody corrects it
    north.ldapmodify(
        "dn: uid=ana,ou=people,dc=north,dc=example\nchangetype: modrdn\nnewrdn: uid=anna\ndeleteoldrdn: 0\nnewsuperior: ou=disabled,dc=north,dc=example\n",
    );
    let findings = |words: &[&str]| {
        forests.run(&["plan"]).expect(0).says(&["nothing to do"]);
        forests.run(&["show", "--findings"]).says(words);
    };
    findings(&["the manager named in north is nobody"]);
    north.ldapmodify(
        "dn: uid=ben,ou=people,dc=north,dc=example\nchangetype: modify\nreplace: manager\nmanager: uid=anna,ou=disabled,dc=north,dc=example\n",
    );
    forests.run(&["plan"]).expect(0).says(&["nothing to do"]);
    assert_eq!(forests.archived("ana", "entryUUID"), before);
}
