//! The people, in the form each contender takes them in.

use std::fmt::Write as _;

use super::server::{PASSWORD, SUFFIX, Server};

const GIVEN: [&str; 8] = [
    "Anna",
    "Björn",
    "Dagmar",
    "Émile",
    "Fatima",
    "Giorgos",
    "Ingeborg",
    "Jean-Pierre",
];
const FAMILY: [&str; 7] = [
    "Müller",
    "Nguyen",
    "Smith",
    "Okonkwo-Adeyemi",
    "Þórsson",
    "Łukasiewicz",
    "van der Berg",
];

/// What a contender is to do for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Add the entries.
    Creates,
    /// Replace one attribute of each.
    Changes,
}

impl Work {
    /// Returns the title everybody has afterwards.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Creates => "Engineer",
            Self::Changes => "Principal engineer",
        }
    }
}

/// Everybody.
pub struct Company {
    url: String,
    entries: Vec<Entry>,
}

/// One entry, as all contenders write it.
pub struct Entry {
    pub dn: String,
    pub attributes: Vec<(&'static str, String)>,
}

pub const CLASSES: [&str; 4] = ["top", "person", "organizationalPerson", "inetOrgPerson"];

impl Company {
    /// Makes people up, for a server.
    pub fn new(people: usize, server: &Server) -> Self {
        Self {
            url: server.url(),
            entries: (0..people).map(entry).collect(),
        }
    }

    /// Returns the entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the work as `ldapmodify` reads it: what is not ASCII in Base64.
    pub fn ldif(&self, work: Work) -> String {
        use base64::Engine as _;
        let mut text = String::new();
        for entry in &self.entries {
            let _ = writeln!(text, "dn: {}", entry.dn);
            if work == Work::Changes {
                let _ = writeln!(
                    text,
                    "changetype: modify\nreplace: title\ntitle: {}\n",
                    work.title()
                );
                continue;
            }
            let _ = writeln!(text, "changetype: add");
            for class in CLASSES {
                let _ = writeln!(text, "objectClass: {class}");
            }
            for (name, value) in &entry.attributes {
                let _ = if value.is_ascii() {
                    writeln!(text, "{name}: {value}")
                } else {
                    writeln!(
                        text,
                        "{name}:: {}",
                        base64::prelude::BASE64_STANDARD.encode(value)
                    )
                };
            }
            text.push('\n');
        }
        text
    }

    /// Returns the people as HR exports them.
    pub fn csv(&self, work: Work) -> String {
        let mut text = "uid,cn,sn,givenName,mail,employeeNumber,departmentNumber,title\n".to_owned();
        for entry in &self.entries {
            let values = entry.attributes.iter().map(|(name, value)| match *name {
                "title" => work.title(),
                _ => value.as_str(),
            });
            let _ = writeln!(text, "{}", values.collect::<Vec<_>>().join(","));
        }
        text
    }

    /// Returns the rules that make the same entries.
    pub fn rules(&self) -> String {
        let names: Vec<_> = self.entries[0].attributes.iter().map(|(name, _)| *name).collect();
        let mapped: String = names
            .iter()
            .map(|name| format!("{name} = \"[{name}]\"\n"))
            .collect();
        let (url, admin) = (&self.url, Server::admin());
        let classes = CLASSES;
        format!(
            r#"version = 1
store = "usher.db"
[systems.hr]
connector = "csv"
path = "people.csv"
anchor = "employeeNumber"
[systems.directory]
connector = "ldap"
url = "{url}"
bind_dn = "{admin}"
password = {{ command = ["printf", "{PASSWORD}"] }}
base = "{SUFFIX}"
[[people]]
name = "employees"
from = "hr"
creates = true
[people.attributes]
{mapped}
[[accounts]]
name = "staff"
in = "directory"
class = {classes:?}
naming = "uid"
container = '"ou=people,{SUFFIX}"'
actions = ["create", "update"]
adopt = "automatic"
match = [["uid", "[uid]"]]
[accounts.attributes]
{mapped}
[guard]
create = {{ absolute = 1000000 }}
update = {{ absolute = 1000000 }}
"#
        )
    }
}

fn entry(number: usize) -> Entry {
    let (given, family) = (GIVEN[number % GIVEN.len()], FAMILY[number % FAMILY.len()]);
    let uid = format!("user{number:06}");
    Entry {
        dn: format!("uid={uid},ou=people,{SUFFIX}"),
        attributes: vec![
            ("uid", uid.clone()),
            ("cn", format!("{given} {family}")),
            ("sn", family.to_owned()),
            ("givenName", given.to_owned()),
            ("mail", format!("{uid}@example.com")),
            ("employeeNumber", format!("E{number:06}")),
            ("departmentNumber", format!("Department {}", number % 40)),
            ("title", Work::Creates.title().to_owned()),
        ],
    }
}
