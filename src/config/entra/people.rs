//! The directory that a rule reads → one `[[people]]` block, which hands attributes on under their own names.

use super::{
    accounts::{self, Account},
    check,
    document::{Line, Section},
    origin::quoted,
    schema::{Rule, Schema},
    systems::{Kind, Systems},
    toml_text::{key, list, string},
    translate::Remarks,
};

/// The attribute that tells people of several sources apart.
const SOURCE: &str = "sourceDirectory";
/// Attributes of a target whose change makes a mover.
const MOVER: [&str; 12] = [
    "department",
    "title",
    "jobTitle",
    "l",
    "city",
    "location",
    "physicalDeliveryOfficeName",
    "manager",
    "company",
    "companyName",
    "division",
    "employeeType",
];
/// Attributes of a target whose change makes a name change.
const NAMES: [&str; 8] = [
    "givenName",
    "sn",
    "surname",
    "familyName",
    "displayName",
    "cn",
    "name.givenName",
    "name.familyName",
];
/// What sources call the first day.
const STARTS: [&str; 4] = ["StatusHireDate", "HireDate", "employeeHireDate", "startDate"];
/// What sources call the last day.
const ENDS: [&str; 5] = [
    "StatusTerminationLastDayOfWork",
    "StatusTerminationDate",
    "TerminationDate",
    "employeeLeaveDateTime",
    "endDate",
];

/// A block of people in the making.
#[derive(Debug)]
pub(super) struct People {
    pub(super) kind: Kind,
    directory: String,
    system: String,
    scope: Option<String>,
    /// Attributes whose values are found by a path of the source: (name, path).
    found_by: Vec<(String, String)>,
    dates: Vec<String>,
    /// Whether there are others.
    is_one_of_several: bool,
}

impl People {
    /// Adds the people of a rule, unless they are there already or the rule writes back.
    pub(super) fn of_rule(
        schema: &Schema,
        rule: &Rule,
        systems: &Systems,
        accounts: &[Account],
        people: &mut Vec<Self>,
        remarks: &mut Remarks<'_>,
    ) {
        let is_own = |account: &&Account| {
            !account.reads_accounts && account.source_directory.eq_ignore_ascii_case(&rule.source)
        };
        let has_filter = !rule.containers.is_empty() || !rule.groups.is_empty();
        let (Some(account), Some(system)) = (accounts.iter().find(is_own), systems.get(&rule.source)) else {
            if has_filter {
                remarks.left_out(
                    &rule.path,
                    "what a rule that writes back reads is not filtered by place or group",
                );
            }
            return;
        };
        let scope = scope(rule, system.kind, remarks);
        if let Some(known) = people.iter().find(|people| people.reads(&rule.source)) {
            if known.scope != scope {
                let reason = "another rule reads the same directory without this filter: it is not applied";
                remarks.left_out(&rule.path, reason);
            }
            return;
        }
        let object = accounts::source_object(schema, account);
        let has = |name: &&str| object.is_some_and(|object| object.attribute(name).is_some());
        let first = |names: &[&'static str]| names.iter().copied().find(has);
        let date = |word, names: &[&'static str]| first(names).map(|name| format!("{word} = \"[{name}]\""));
        let mut block = Self {
            kind: system.kind,
            directory: rule.source.clone(),
            system: system.name.clone(),
            scope,
            found_by: Vec::new(),
            dates: [date("start", &STARTS), date("end", &ENDS)]
                .into_iter()
                .flatten()
                .collect(),
            is_one_of_several: !people.is_empty(),
        };
        for attribute in object.into_iter().flat_map(|object| &object.attributes) {
            if let Some(path) = &attribute.found_by {
                block.found_by.push((attribute.name.clone(), path.clone()));
            }
        }
        if let Some(first) = people.first_mut() {
            first.is_one_of_several = true;
            let reason = format!(
                "people come from `{}` too: say with `join` who is the same",
                rule.source
            );
            remarks.left_out(&rule.path, reason);
        }
        people.push(block);
    }

    /// Whether it reads a directory.
    pub(super) fn reads(&self, directory: &str) -> bool {
        self.directory.eq_ignore_ascii_case(directory)
    }

    /// Returns the condition that somebody comes from here.
    pub(super) fn only(&self) -> String {
        format!("[{SOURCE}] = {}", quoted(&self.system))
    }

    /// Writes the block and its attributes, as the rules that read it need them.
    pub(super) fn sections(&self, accounts: &[Account]) -> Vec<Section> {
        let own: Vec<&Account> = accounts
            .iter()
            .filter(|account| !account.reads_accounts && self.reads(&account.source_directory))
            .collect();
        let references = distinct(own.iter().flat_map(|account| &account.references));
        let attributes = self.attributes(&own, &references);
        let mut block = Section::new("[[people]]");
        block.comment(format!(
            "The people of `{}`. Their attributes keep their names, so that expressions do too.",
            self.directory
        ));
        block.add(Line::key("name", string(&self.system)));
        block.add(Line::key("from", string(&self.system)));
        if let Some(scope) = &self.scope {
            block.add(Line::key("scope", string(scope)));
        }
        if let Some(active) = own.iter().find_map(|account| account.active.as_ref()) {
            block.add(Line::key(
                "lifecycle",
                format!("{{ active = {} }}", string(active)),
            ));
        }
        if !self.dates.is_empty() {
            let dates = self.dates.join(", ");
            block.add(Line::comment(format!(
                "The source knows dates: into `lifecycle`, {dates} lets usher act before and on the day."
            )));
        }
        if !references.is_empty() {
            let pairs: Vec<_> = references
                .iter()
                .map(|name| format!("{} = {}", key(name), string(&format!("[{name}]"))))
                .collect();
            block.add(Line::key("references", format!("{{ {} }}", pairs.join(", "))));
        }
        let known: Vec<&str> = attributes
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(references.iter().copied())
            .collect();
        for (word, targets) in [("mover", &MOVER[..]), ("name_change", &NAMES[..])] {
            let fed = fed(&own, targets, &known);
            if !fed.is_empty() {
                block.add(Line::key(word, list(fed)));
            }
        }
        let mut table = Section::new("[people.attributes]");
        for (name, value) in &attributes {
            let line = Line::key(name, string(value));
            let found_by = self
                .found_by
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            table.add(match found_by {
                Some((_, path)) => line.says(path),
                None => line,
            });
        }
        vec![block, table]
    }

    fn attributes(&self, own: &[&Account], references: &[&str]) -> Vec<(String, String)> {
        let read = distinct(own.iter().flat_map(|account| &account.reads));
        let mut attributes: Vec<_> = read
            .iter()
            .filter(|name| {
                **name != SOURCE && !references.iter().any(|known| known.eq_ignore_ascii_case(name))
            })
            .map(|name| ((*name).to_owned(), format!("[{name}]")))
            .collect();
        let has_name = attributes
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("displayName"));
        let display = own.iter().find_map(|account| account.display.as_ref());
        if let Some(display) = display.filter(|display| !has_name && check::value(display).is_ok()) {
            attributes.push(("displayName".to_owned(), display.clone()));
        }
        if self.is_one_of_several {
            attributes.push((SOURCE.to_owned(), quoted(&self.system)));
        }
        attributes
    }
}

/// Lists the attributes of people that go straight into one of these attributes of an account.
fn fed<'a>(own: &[&'a Account], targets: &[&str], known: &[&str]) -> Vec<&'a str> {
    let direct = own.iter().flat_map(|account| &account.direct);
    let is_meant = |target: &str| {
        let last = target.rsplit(':').next().unwrap_or(target);
        targets.iter().any(|wanted| wanted.eq_ignore_ascii_case(last))
    };
    let fed = distinct(
        direct
            .filter(|(target, _)| is_meant(target))
            .map(|(_, source)| source),
    );
    fed.into_iter()
        .filter(|name| known.iter().any(|known| known.eq_ignore_ascii_case(name)))
        .collect()
}

fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut kept: Vec<&str> = Vec::new();
    for name in names {
        if !kept.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            kept.push(name);
        }
    }
    kept
}

/// Writes the filter of containers and groups as a condition on the records.
fn scope(rule: &Rule, kind: Kind, remarks: &mut Remarks<'_>) -> Option<String> {
    if rule.containers.is_empty() && rule.groups.is_empty() {
        return None;
    }
    if kind != Kind::ActiveDirectory {
        let reason = format!(
            "`{}` has no containers and groups that usher could filter by",
            rule.source
        );
        remarks.left_out(&rule.path, reason);
        return None;
    }
    let below = |container: &String| {
        let parts: Vec<_> = container.split(',').map(str::trim).collect();
        let end = format!(",{}", parts.join(",").to_lowercase());
        format!("ToLower([dn]) ends with {}", quoted(&end))
    };
    let member = |group: &String| format!("[memberOf] = {}", quoted(group));
    let any = |conditions: Vec<String>| match conditions.len() {
        0 => None,
        _ => Some(conditions.join(" or ")),
    };
    let containers = any(rule.containers.iter().map(below).collect());
    let groups = any(rule.groups.iter().map(member).collect());
    super::filter::both(containers, groups)
}
