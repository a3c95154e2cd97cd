//! One row lived through: a subtree, a folder, and the built program run day by day.

use crate::support::home::Home;
use crate::support::ldif::Entry;
use crate::support::openldap::OpenLdap;
use crate::support::paths;

/// What the rule says of leavers unless a row says otherwise.
pub const LEAVER: &str =
    r#"leaver = [{ disable = "end of last day", remove_groups = true, delete_after = "90 days" }]"#;

/// The columns of HR.
const HEADER: &str = "id,name,status,hired,last_day,title,team,manager,mail\n";

/// One row of the table.
pub struct Row {
    pub name: &'static str,
    /// More keys of the directory's section.
    pub system: &'static str,
    /// More keys of the account rule.
    pub rule: &'static str,
    /// More blocks.
    pub more: &'static str,
    /// The guard rail for deletions.
    pub deletes: &'static str,
    pub days: &'static [Day],
    /// How the entries stand in the end: `u2 people usable Clerk under u1 in eng`.
    pub expected: &'static [&'static str],
    /// How planning ends when all is done: 0 nothing is left, 3 something waits for a person.
    pub left: i32,
    /// What the journal must tell once.
    pub journal: &'static str,
}

/// One day.
pub struct Day {
    /// What happens in the directory beside usher.
    pub meanwhile: fn(&Case<'_>),
    /// What HR says.
    pub hr: &'static [&'static str],
    /// Whether something cannot be applied.
    pub fails: bool,
}

/// A row, and where it takes place.
pub struct Case<'l> {
    ldap: &'l OpenLdap,
    row: &'static Row,
    home: Home,
    /// The subtree.
    pub base: String,
}

impl<'l> Case<'l> {
    /// Makes the subtree and the folder.
    pub fn new(ldap: &'l OpenLdap, row: &'static Row, number: usize) -> Self {
        let base = format!("ou=row{number},{}", ldap.suffix());
        let case = Self {
            ldap,
            row,
            home: Home::new(),
            base,
        };
        let base = &case.base;
        let unit =
            |name: &str, at: &str| format!("dn: {at}\nobjectClass: organizationalUnit\nou: {name}\n\n");
        let group = |name: &str| {
            format!(
                "dn: cn={name},ou=groups,{base}\nobjectClass: groupOfNames\ncn: {name}\nmember: {}\n\n",
                ldap.admin_dn()
            )
        };
        let mut ldif = unit(&format!("row{number}"), base);
        for name in ["people", "groups", "wiki"] {
            ldif += &unit(name, &format!("ou={name},{base}"));
        }
        ldif += &group("eng");
        ldif += &group("wiki-users");
        ldap.ldapadd(&ldif);
        let template =
            std::fs::read_to_string(paths::root("tests/data/decisions.toml")).expect("the template");
        let text = template
            .replace("@system@", row.system)
            .replace("@rule@", row.rule)
            .replace("@more@", row.more)
            .replace("@deletes@", row.deletes)
            .replace("@ldap@", &ldap.url())
            .replace("@base@", base);
        case.write("usher.toml", &text);
        case.write("ldap.password", ldap.password());
        case
    }

    /// Lives through the days; the error tells what is not as expected.
    pub fn live(&self) -> Result<(), String> {
        for (number, day) in self.row.days.iter().enumerate() {
            (day.meanwhile)(self);
            self.write("hr.csv", &format!("{HEADER}{}\n", day.hr.join("\n")));
            let (code, said) = self.run(number, &["plan"]);
            if code == 1 {
                return Err(format!("day {}: no plan: {said}", number + 1));
            }
            // where there is nothing to approve there is nothing to apply
            if code == 0 || self.run(number, &["approve", "--all"]).0 != 0 {
                continue;
            }
            let (code, said) = self.run(number, &["apply"]);
            let nothing = said.contains("nothing that is due is approved");
            if !nothing && !day.fails && code != 0 {
                return Err(format!("day {}: {said}", number + 1));
            }
        }
        let found = self.stand();
        if found != self.row.expected {
            return Err(format!("expected {:#?}, found {found:#?}", self.row.expected));
        }
        let (code, said) = self.run(self.row.days.len() - 1, &["plan"]);
        if code != self.row.left {
            return Err(format!("in the end planning gives {code}: {said}"));
        }
        let told = self.run(0, &["audit", "log"]).1.contains(self.row.journal);
        if !told {
            return Err(format!("`{}` is not in the audit", self.row.journal));
        }
        Ok(())
    }

    /// Adds an account, as if somebody else had made it.
    pub fn add(&self, uid: &str) {
        self.ldap.ldapadd(&format!(
            "dn: uid={uid},ou=people,{}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: Old\nsn: Old\nemployeeNumber: 2\n\
             title: Old\n\n",
            self.base
        ));
    }

    /// Deletes an account behind usher's back.
    pub fn delete(&self, uid: &str) {
        let dn = format!("uid={uid},ou=people,{}", self.base);
        self.ldap.ldapmodify(&format!("dn: {dn}\nchangetype: delete\n\n"));
    }

    /// Puts somebody into a group, or takes them out.
    pub fn member(&self, how: &str, uid: &str, group: &str) {
        let base = &self.base;
        self.ldap.ldapmodify(&format!(
            "dn: cn={group},ou=groups,{base}\nchangetype: modify\n{how}: member\nmember: uid={uid},ou=people,{base}\n\n"
        ));
    }

    /// How every account stands, in order.
    fn stand(&self) -> Vec<String> {
        let entries = self.ldap.entries(&self.base);
        let name_of = |dn: &str| {
            let (_, name) = dn
                .split(',')
                .next()
                .unwrap_or_default()
                .split_once('=')
                .unwrap_or_default();
            name.to_owned()
        };
        let line = |entry: &Entry| {
            let container = entry.dn.split_once(',').map_or("", |(_, container)| container);
            let usable = entry.get("pwdAccountLockedTime").is_none();
            let mut line = format!(
                "{} {} {} {}",
                entry.get("uid").unwrap_or_default(),
                name_of(container),
                if usable { "usable" } else { "locked" },
                entry.get("title").unwrap_or("-"),
            );
            for manager in entry.all("manager") {
                line = format!("{line} under {}", name_of(manager));
            }
            let is_member = |group: &&Entry| {
                let mut members = group.all("member").into_iter();
                members.any(|member| member.eq_ignore_ascii_case(&entry.dn))
            };
            let mut groups: Vec<_> = entries
                .iter()
                .filter(is_member)
                .map(|it| name_of(&it.dn))
                .collect();
            groups.sort_unstable();
            for group in groups {
                line = format!("{line} in {group}");
            }
            line
        };
        let accounts = entries.iter().filter(|entry| entry.get("uid").is_some());
        let mut lines: Vec<_> = accounts.map(line).collect();
        lines.sort_unstable();
        lines
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path(name), text).expect("a file in the home");
    }

    /// Runs the program on a day; gives its exit code and what it said.
    fn run(&self, day: usize, arguments: &[&str]) -> (i32, String) {
        let now = format!("2026-11-{}T09:00:00Z", 20 + day);
        let output = self.home.usher().args(arguments).env("USHER_NOW", now).output();
        let output = output.expect("the program");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        (output.status.code().unwrap_or(-1), said)
    }
}
