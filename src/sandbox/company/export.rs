//! The company as HR's CSV, the directory's LDIF and the chat's JSON.

use serde_json::{Value, json};

use super::worker::{Account, Worker};
use super::{BASE, Company};
use crate::sandbox::ldap::ldif;

const COLUMNS: [&str; 15] = [
    "worker_id",
    "previous_worker_id",
    "given_name",
    "family_name",
    "preferred_name",
    "email",
    "status",
    "department",
    "title",
    "location",
    "country",
    "manager_id",
    "hire_date",
    "last_day",
    "phone",
];

/// What stands in for the time of a lock that only an admin can undo (password policy draft §5.3.3).
pub const LOCKED: &str = "000001010000Z";

impl Company {
    /// `people.csv`. An error is the writer's.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS)?;
        for worker in &self.workers {
            let last_day = worker.last_day.map(|date| date.to_string()).unwrap_or_default();
            let hired = worker.hired.to_string();
            writer.write_record([
                worker.number.as_str(),
                &worker.previous,
                &worker.given,
                &worker.family,
                &worker.preferred,
                &worker.email,
                worker.status(self.today),
                &worker.department,
                &worker.title,
                &worker.location,
                &worker.country,
                &worker.manager,
                &hired,
                &last_day,
                &worker.phone,
            ])?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    }

    /// The directory; `password` is that of `uid=usher,ou=service`.
    pub fn ldif(&self, password: &str) -> String {
        let mut out = entry(BASE, &["domain"], &[("dc", "acme"), ("o", "ACME")]);
        for unit in ["people", "disabled", "groups", "service"] {
            out += &entry(
                &format!("ou={unit},{BASE}"),
                &["organizationalUnit"],
                &[("ou", unit)],
            );
        }
        let secret = uuid::Uuid::new_v4().to_string();
        for (uid, password) in [
            ("usher", password),
            ("svc-backup", &secret),
            ("svc-print", &secret),
        ] {
            let dn = format!("uid={uid},ou=service,{BASE}");
            out += &entry(
                &dn,
                &["account", "simpleSecurityObject"],
                &[("uid", uid), ("userPassword", password)],
            );
        }
        for account in &self.accounts {
            out += &self.person_entry(account);
        }
        for (name, members) in self.groups() {
            let dns: Vec<String> = members.into_iter().map(Account::dn).collect();
            let mut values = vec![("cn", name)];
            values.extend(dns.iter().map(|dn| ("member", dn.as_str())));
            if name == "admins" {
                values.push(("member", "uid=svc-backup,ou=service,dc=acme,dc=example"));
            }
            out += &entry(&format!("cn={name},ou=groups,{BASE}"), &["groupOfNames"], &values);
        }
        out
    }

    fn person_entry(&self, account: &Account) -> String {
        let worker = &account.worker;
        let display = worker.display();
        let family = if worker.family.is_empty() {
            &worker.given
        } else {
            &worker.family
        };
        let manager = self
            .accounts
            .iter()
            .find(|other| other.worker.number == worker.manager)
            .map(Account::dn);
        let all = [
            ("uid", account.uid.as_str()),
            ("cn", &display),
            ("sn", family),
            ("givenName", &worker.given),
            ("displayName", &display),
            ("employeeNumber", &worker.number),
            ("departmentNumber", &worker.department),
            ("title", &worker.title),
            ("l", &worker.location),
            ("mail", &account.mail),
            ("manager", manager.as_deref().unwrap_or_default()),
            ("telephoneNumber", &worker.phone),
            ("pwdAccountLockedTime", if account.enabled { "" } else { LOCKED }),
        ];
        let values: Vec<(&str, &str)> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        entry(&account.dn(), &["inetOrgPerson"], &values)
    }

    /// The groups and who is in them.
    fn groups(&self) -> Vec<(&'static str, Vec<&Account>)> {
        let enabled: Vec<&Account> = self.accounts.iter().filter(|account| account.enabled).collect();
        let of = |wanted: &dyn Fn(usize, &Worker) -> bool| -> Vec<&Account> {
            let chosen = enabled
                .iter()
                .enumerate()
                .filter(|(index, account)| wanted(*index, &account.worker));
            chosen.map(|(_, account)| *account).collect()
        };
        vec![
            ("all-staff", of(&|_, _| true)),
            ("eng", of(&|_, worker| worker.department == "Engineering")),
            ("sales", of(&|_, worker| worker.department == "Sales")),
            (
                "vpn",
                of(&|index, worker| index % 4 == 0 || worker.number == "000482"),
            ),
            (
                "admins",
                of(&|index, worker| matches!(index, 0 | 3 | 12) || worker.number == "000482"),
            ),
        ]
    }

    /// The chat's users and groups.
    pub fn chat(&self) -> Value {
        let ids: Vec<(&Account, String)> = self
            .accounts
            .iter()
            .filter(|account| account.chat)
            .enumerate()
            .map(|(index, account)| (account, format!("u{:05}", 10_000 + index)))
            .collect();
        let users: Vec<Value> = ids.iter().map(|(account, id)| user(account, id)).collect();
        let members = |department: Option<&str>| -> Vec<Value> {
            let in_it = |account: &Account| department.is_none_or(|name| account.worker.department == name);
            let chosen = ids
                .iter()
                .filter(|(account, _)| account.enabled && in_it(account));
            chosen
                .map(|(account, id)| json!({"value": id, "display": account.worker.display()}))
                .collect()
        };
        let group = |id: &str, name: &str, members: Vec<Value>| json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": id, "displayName": name, "members": members});
        json!({"Users": users, "Groups": [
            group("g-everyone", "Everyone", members(None)),
            group("g-engineering", "Engineering", members(Some("Engineering"))),
            group("g-sales", "Sales", members(Some("Sales"))),
        ]})
    }
}

fn user(account: &Account, id: &str) -> Value {
    let worker = &account.worker;
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let display = worker.display();
    let family = if worker.family.is_empty() {
        &worker.given
    } else {
        &worker.family
    };
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", enterprise],
        "id": id, "externalId": worker.number, "userName": account.mail,
        "name": {"givenName": worker.given, "familyName": family},
        "displayName": display, "title": worker.title, "active": account.enabled,
        "emails": [{"type": "work", "value": account.mail, "primary": true}],
        enterprise: {"department": worker.department, "employeeNumber": worker.number},
    })
}

fn entry(dn: &str, classes: &[&str], values: &[(&str, &str)]) -> String {
    let classes = classes.iter().map(|class| class.as_bytes()).collect();
    let mut attributes: Vec<(&str, Vec<&[u8]>)> = vec![("objectClass", classes)];
    attributes.extend(values.iter().map(|(name, value)| (*name, vec![value.as_bytes()])));
    ldif::write(dn, &attributes)
}
