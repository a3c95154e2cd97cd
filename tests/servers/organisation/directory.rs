//! The directory and the application as their own tools show them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::account::{APPLICATION, Account, DIRECTORY};
use crate::support::{
    openldap::OpenLdap,
    org::{Org, Truth},
    scim::ScimServer,
};

/// Everything in a system at one moment.
pub struct Directory {
    /// Accounts of people and services, by login.
    pub accounts: BTreeMap<String, Account>,
    /// The DN of each group and the logins of its members, by the group's name.
    pub groups: BTreeMap<String, (String, HashSet<String>)>,
    /// The last change of every object.
    pub changes: BTreeMap<String, String>,
}

impl Directory {
    /// Whether every reference names an account that is there: a server with referential integrity follows a move
    /// a while later, seconds later if there are many.
    pub fn refers_to_what_is_there(&self) -> bool {
        let places: HashSet<&str> = self
            .accounts
            .values()
            .map(|account| account.place.as_str())
            .collect();
        let mut managers = self.accounts.values().flat_map(|account| account.all("manager"));
        managers.all(|manager| places.contains(manager))
    }

    /// Asks `ldapsearch`.
    pub fn of_ldap(server: &OpenLdap) -> Self {
        let mut directory = Self {
            accounts: BTreeMap::new(),
            groups: BTreeMap::new(),
            changes: BTreeMap::new(),
        };
        for entry in server.entries(server.suffix()) {
            let change = entry.get("entryCSN").unwrap_or_default().to_owned();
            directory.changes.insert(entry.dn.clone(), change);
            let classes = entry.all("objectClass");
            if classes.contains(&"groupOfNames") {
                let members = entry.all("member").into_iter().map(login).collect();
                let name = entry.get("cn").expect("a group has a name").to_owned();
                directory.groups.insert(name, (entry.dn, members));
            } else if classes.contains(&"inetOrgPerson") {
                let name = login(&entry.dn);
                assert_eq!(entry.all("uid"), [name.as_str()], "{}", entry.dn);
                let named = DIRECTORY.attributes.iter().map(|(name, _)| *name);
                let values = named.map(|name| {
                    (
                        name.to_owned(),
                        entry.all(name).into_iter().map(str::to_owned).collect(),
                    )
                });
                let account = Account {
                    enabled: !entry.dn.ends_with(&format!(",{}", DIRECTORY.containers.1)),
                    values: values.collect(),
                    place: entry.dn,
                };
                directory.accounts.insert(name, account);
            }
        }
        directory
    }

    /// Asks the application for all its users.
    pub fn of_scim(server: &ScimServer) -> Self {
        let mut directory = Self {
            accounts: BTreeMap::new(),
            groups: BTreeMap::new(),
            changes: BTreeMap::new(),
        };
        for user in server.all("Users") {
            let text = |pointer: &str| {
                user.pointer(pointer)
                    .and_then(|value| value.as_str())
                    .map(str::to_owned)
            };
            let id = text("/id").expect("an id");
            directory
                .changes
                .insert(id.clone(), text("/meta/lastModified").expect("a time"));
            let work = |list: &str, part: &str| {
                let all = user[list].as_array()?;
                let one = all.iter().find(|value| value["type"] == "work")?;
                Some(one[part].as_str()?.to_owned())
            };
            let enterprise = "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
            let value = |name: &str| match name {
                "sn" => text("/name/familyName"),
                "givenName" => text("/name/givenName"),
                "employeeNumber" => text("/externalId"),
                "employeeType" => text("/userType"),
                "departmentNumber" => text(&format!("{enterprise}/department")),
                "l" => work("addresses", "locality"),
                "mail" => work("emails", "value"),
                "manager" => text(&format!("{enterprise}/manager/value")),
                other => text(&format!("/{other}")),
            };
            let values = APPLICATION
                .attributes
                .iter()
                .map(|(name, _)| ((*name).to_owned(), value(name).into_iter().collect()));
            let account = Account {
                enabled: user["active"] == true,
                values: values.collect(),
                place: id,
            };
            directory
                .accounts
                .insert(text("/userName").expect("a name"), account);
        }
        directory
    }
}

/// The login in the first part of a DN. Logins hold nothing that is escaped.
pub fn login(dn: &str) -> String {
    let rdn = dn.split(',').next().unwrap_or_default();
    rdn.strip_prefix("uid=").unwrap_or(rdn).to_owned()
}

/// Whose entry is which, by the answer key: person → login. Entries without a number belong to nobody unless HR and
/// they share a mail address.
pub fn owners(org: &Org, directory: &Directory, has_mail: impl Fn(&str) -> bool) -> HashMap<String, String> {
    let truth = org.truth();
    let of = |condition: &'static str| truth.iter().filter(move |line| line.condition == condition);
    let unknown: HashSet<&str> = of("no_employee_number")
        .filter(|line| !has_mail(&line.employee_id))
        .map(|line| line.login.as_str())
        .collect();
    let mut owners: HashMap<String, String> = directory
        .accounts
        .iter()
        .filter_map(|(login, account)| Some((account.get("employeeNumber")?.to_owned(), login.clone())))
        .collect();
    for Truth {
        employee_id, login, ..
    } in &truth
    {
        if !employee_id.is_empty() && !login.is_empty() {
            owners.retain(|_, other| other != login);
            if !unknown.contains(login.as_str()) {
                owners.insert(employee_id.clone(), login.clone());
            }
        }
    }
    owners
}
