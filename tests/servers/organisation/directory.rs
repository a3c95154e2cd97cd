//! The directory as its own tools show it.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::support::{
    ldif::Entry,
    openldap::OpenLdap,
    org::{Org, Truth},
};

/// Everything below the suffix at one moment.
pub struct Directory {
    /// Entries of people and services, by login.
    pub accounts: BTreeMap<String, Entry>,
    /// The DN of each group and the logins of its members, by the group's name.
    pub groups: BTreeMap<String, (String, HashSet<String>)>,
    /// The last change of every entry.
    pub changes: BTreeMap<String, String>,
}

impl Directory {
    /// Asks `ldapsearch`.
    pub fn of(server: &OpenLdap) -> Self {
        let mut directory = Self { accounts: BTreeMap::new(), groups: BTreeMap::new(), changes: BTreeMap::new() };
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
                directory.accounts.insert(name, entry);
            }
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
    let unknown: HashSet<&str> =
        of("no_employee_number").filter(|line| !has_mail(&line.employee_id)).map(|line| line.login.as_str()).collect();
    let mut owners: HashMap<String, String> = directory
        .accounts
        .values()
        .filter_map(|entry| Some((entry.get("employeeNumber")?.to_owned(), entry.get("uid")?.to_owned())))
        .collect();
    for Truth { employee_id, login, .. } in &truth {
        if !employee_id.is_empty() && !login.is_empty() {
            owners.retain(|_, other| other != login);
            if !unknown.contains(login.as_str()) {
                owners.insert(employee_id.clone(), login.clone());
            }
        }
    }
    owners
}
