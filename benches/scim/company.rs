//! The people, as HR exports them, as rules make accounts of them, and as the bodies of requests.

use std::fmt::Write as _;

use serde_json::{Value, json};

pub const TOKEN: &str = "secret";

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Everybody.
pub struct Company {
    people: usize,
    url: String,
}

impl Company {
    /// Makes people up, for a server.
    pub fn new(people: usize, url: String) -> Self {
        Self { people, url }
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the people as HR exports them.
    pub fn csv(&self) -> String {
        let mut text = "number,given,family,department,title\n".to_owned();
        for number in 0..self.people {
            let _ = writeln!(
                text,
                "E{number:06},Given{number},Ørsted-{number},Department {},Engineer",
                number % 40
            );
        }
        text
    }

    /// Returns the bodies of the requests that make the accounts.
    pub fn bodies(&self) -> impl Iterator<Item = Value> {
        (0..self.people).map(|number| {
            let mail = format!("e{number:06}@example.com");
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
                "userName": mail,
                "externalId": format!("E{number:06}"),
                "displayName": format!("Given{number} Ørsted-{number}"),
                "name": {"givenName": format!("Given{number}"), "familyName": format!("Ørsted-{number}")},
                "title": "Engineer",
                "emails": [{"type": "work", "value": mail, "primary": true}],
                ENTERPRISE: {"department": format!("Department {}", number % 40)},
                "active": true,
            })
        })
    }

    /// Returns the rules that make the same accounts.
    pub fn rules(&self) -> String {
        let (url, in_flight) = (&self.url, super::IN_FLIGHT);
        format!(
            r#"version = 1
store = "usher.db"
[systems.hr]
connector = "csv"
path = "people.csv"
anchor = "number"
[systems.application]
connector = "scim"
url = "{url}"
token = {{ command = ["printf", "{TOKEN}"] }}
in_flight = {in_flight}
[[people]]
name = "employees"
from = "hr"
creates = true
[people.attributes]
number = "[number]"
given = "[given]"
family = "[family]"
department = "[department]"
title = "[title]"
[[accounts]]
name = "staff"
in = "application"
class = ["User"]
actions = ["create", "update"]
adopt = "automatic"
match = [["userName", 'Join("", ToLower([number]), "@example.com")']]
[accounts.attributes]
userName = 'Join("", ToLower([number]), "@example.com")'
externalId = "[number]"
displayName = 'Join(" ", [given], [family])'
'name.givenName' = "[given]"
'name.familyName' = "[family]"
title = "[title]"
'emails[type eq "work"].value' = 'Join("", ToLower([number]), "@example.com")'
'{ENTERPRISE}:department' = "[department]"
[guard]
create = "unlimited"
"#
        )
    }
}
