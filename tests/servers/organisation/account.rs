//! An account, as the server's own tools show it.

use std::collections::BTreeMap;

/// One account in the terms of the tests: attributes have the names of the LDAP schema everywhere.
#[derive(Debug)]
pub struct Account {
    /// What other accounts refer to it by: the DN, or the id.
    pub place: String,
    /// Whether it can be used.
    pub enabled: bool,
    /// Its attributes.
    pub values: BTreeMap<String, Vec<String>>,
}

impl Account {
    /// Every value of an attribute.
    pub fn all(&self, attribute: &str) -> Vec<&str> {
        self.values
            .get(attribute)
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect()
    }

    /// The first value of an attribute.
    pub fn get(&self, attribute: &str) -> Option<&str> {
        self.all(attribute).into_iter().next()
    }
}

/// A kind of system: what its accounts hold, under which names, and where they are.
pub struct Target {
    /// The attributes that are mapped: the name in the terms of the tests, and the system's own.
    pub attributes: &'static [(&'static str, &'static str)],
    /// The containers of usable and unusable accounts; empty where the system has none.
    pub containers: (&'static str, &'static str),
    /// The attribute that names an account.
    pub login: &'static str,
}

/// The directory.
pub const DIRECTORY: Target = Target {
    attributes: &[
        ("cn", "cn"),
        ("sn", "sn"),
        ("givenName", "givenName"),
        ("displayName", "displayName"),
        ("employeeNumber", "employeeNumber"),
        ("employeeType", "employeeType"),
        ("title", "title"),
        ("departmentNumber", "departmentNumber"),
        ("l", "l"),
        ("mail", "mail"),
        ("manager", "manager"),
    ],
    containers: ("ou=people,dc=example,dc=com", "ou=disabled,dc=example,dc=com"),
    login: "uid",
};

/// The application.
pub const APPLICATION: Target = Target {
    attributes: &[
        ("sn", "name.familyName"),
        ("givenName", "name.givenName"),
        ("displayName", "displayName"),
        ("employeeNumber", "externalId"),
        ("employeeType", "userType"),
        ("title", "title"),
        (
            "departmentNumber",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        ),
        ("l", "addresses[type eq \"work\"].locality"),
        ("mail", "emails[type eq \"work\"].value"),
        (
            "manager",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        ),
    ],
    containers: ("", ""),
    login: "userName",
};
