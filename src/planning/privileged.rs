//! Marks operations on privileged accounts and groups.

mod nested;

use ahash::{AHashMap, AHashSet};

use self::nested::Nested;
use super::{Inputs, compile::Compiled, names::RecordRow};
use crate::{
    expression::Moment,
    model::{Kind, Operation, RecordView, Risk, Schema, SystemName, sid},
};

/// What tells a group or an account of a domain, whatever it is called.
const SID: &str = "objectSid";

/// The groups an account of a domain is in, also through others, by their identifiers.
const ALL_GROUPS: [&str; 3] = [
    "tokenGroups",
    "tokenGroupsGlobalAndUniversal",
    "tokenGroupsNoGCAcceptable",
];

/// Groups that are privileged wherever they are, by their names: for those whose identifiers are not read, and in
/// directories where there are none.
const GROUPS: [&str; 14] = [
    "domain admins",
    "enterprise admins",
    "schema admins",
    "administrators",
    "account operators",
    "backup operators",
    "server operators",
    "print operators",
    "key admins",
    "enterprise key admins",
    "dnsadmins",
    "group policy creator owners",
    "wheel",
    "sudo",
];

/// Marks what touches a privileged account or group. What is privileged says the configuration; besides, groups that
/// are everywhere (`wheel`; in a domain by their identifiers, as `Domain Admins` is called otherwise in every language),
/// their members, also those of groups in them as far as groups were read, and accounts that Active Directory counts
/// among its administrators (`adminCount`) or has in such a group (`tokenGroups`, where it is read).
pub(super) fn mark(compiled: &Compiled, inputs: &Inputs<'_>, operations: &mut [Operation]) {
    if operations.is_empty() {
        return;
    }
    let nested = nested(compiled, inputs);
    let accounts = accounts(compiled, inputs, operations, &nested);
    for operation in operations {
        let is_privileged = match operation.kind {
            Kind::AddMember | Kind::RemoveMember => {
                is_group(compiled, operation) || {
                    let anchor = operation.target.anchor.as_ref();
                    let nested = nested.get(&operation.system);
                    anchor
                        .zip(nested)
                        .is_some_and(|(anchor, nested)| nested.is_group(anchor.as_str()))
                }
            }
            _ => operation.target.anchor.as_ref().is_some_and(|anchor| {
                let of_system = accounts.get(&operation.system);
                of_system.is_some_and(|accounts| accounts.contains(anchor.as_str()))
            }),
        };
        if is_privileged && !operation.risk.contains(&Risk::Privileged) {
            operation.risk.insert(0, Risk::Privileged);
        }
    }
}

fn is_group(compiled: &Compiled, operation: &Operation) -> bool {
    let target = &operation.target;
    is_privileged(
        compiled,
        &operation.system,
        target.name.as_deref(),
        &target.location,
    )
}

/// Whether a group is privileged by itself.
fn is_privileged(compiled: &Compiled, system: &SystemName, name: Option<&str>, location: &str) -> bool {
    let configured = compiled.rules.privileged.iter();
    let mut configured = configured
        .filter(|privilege| privilege.system == *system)
        .flat_map(|privilege| &privilege.groups);
    is_well_known(name.unwrap_or(location))
        || configured.any(|group| {
            group.eq_ignore_ascii_case(location) || name.is_some_and(|name| group.eq_ignore_ascii_case(name))
        })
}

/// The privileged groups of each system, with the groups in them.
fn nested<'a>(compiled: &Compiled, inputs: &Inputs<'a>) -> AHashMap<&'a SystemName, Nested<'a>> {
    let reads = inputs.groups.iter();
    reads
        .map(|read| {
            let is_privileged = |group: RecordView<'_>| {
                let name = group.get("name").first().filter(|name| !name.is_empty());
                let sid = group.get(SID).first();
                sid.is_some_and(is_group_by_sid)
                    || is_privileged(compiled, &read.system, name, group.location())
            };
            (&read.system, Nested::of(read, is_privileged))
        })
        .collect()
}

/// Whether a group, by its name or its DN, is privileged everywhere.
fn is_well_known(group: &str) -> bool {
    let name = match group.split_once('=') {
        Some((_, rest)) => rest.split(',').next().unwrap_or(rest),
        None => group,
    };
    GROUPS.iter().any(|known| known.eq_ignore_ascii_case(name.trim()))
}

fn is_group_by_sid(sid: &str) -> bool {
    sid::privileged_group(sid).is_some()
}

/// The privileged accounts among those that operations change, by system.
fn accounts<'a>(
    compiled: &Compiled,
    inputs: &Inputs<'a>,
    operations: &[Operation],
    nested: &AHashMap<&SystemName, Nested<'_>>,
) -> AHashMap<SystemName, AHashSet<&'a str>> {
    let mut touched: AHashMap<&SystemName, AHashSet<&str>> = AHashMap::new();
    for operation in operations {
        if let Some(anchor) = &operation.target.anchor {
            touched
                .entry(&operation.system)
                .or_default()
                .insert(anchor.as_str());
        }
    }
    let mut found = AHashMap::new();
    for read in inputs.reads {
        let Some(touched) = touched.get(&read.system) else {
            continue;
        };
        let schema = read.records.schema();
        let signs = Signs::of(schema);
        let conditions = compiled.privileged.iter();
        let conditions: Vec<_> = conditions
            .filter(|(system, _)| *system == read.system)
            .map(|(_, when)| when)
            .collect();
        let nested = nested.get(&read.system);
        if conditions.is_empty() && !signs.are_read() && nested.is_none() {
            continue;
        }
        let moment = Moment {
            now: inputs.now,
            time_zone: &compiled.time_zone,
        };
        let records = read.records.iter();
        let privileged = records.filter(|record| {
            touched.contains(record.anchor())
                && (signs.tell(*record)
                    || nested.is_some_and(|nested| nested.has(*record))
                    // what cannot be evaluated is taken for privileged
                    || conditions
                        .iter()
                        .any(|when| when.holds(&RecordRow(*record), &moment).unwrap_or(true)))
        });
        let anchors = privileged.map(RecordView::anchor).collect();
        found.insert(read.system.clone(), anchors);
    }
    found
}

/// Where an account itself tells that it is privileged.
struct Signs {
    member_of: Option<usize>,
    admin_count: Option<usize>,
    sid: Option<usize>,
    all_groups: [Option<usize>; 3],
}

impl Signs {
    fn of(schema: &Schema) -> Self {
        Self {
            member_of: schema.position("memberOf"),
            admin_count: schema.position("adminCount"),
            sid: schema.position(SID),
            all_groups: ALL_GROUPS.map(|name| schema.position(name)),
        }
    }

    fn are_read(&self) -> bool {
        let mut columns = [self.member_of, self.admin_count, self.sid]
            .into_iter()
            .chain(self.all_groups);
        columns.any(|column| column.is_some())
    }

    fn tell(&self, record: RecordView<'_>) -> bool {
        let has = |column: Option<usize>, is: fn(&str) -> bool| {
            column.is_some_and(|column| record.cell(column).each().any(is))
        };
        has(self.member_of, is_well_known)
            || has(self.admin_count, |count| count == "1")
            || has(self.sid, sid::is_privileged_account)
            || self.all_groups.iter().any(|column| has(*column, is_group_by_sid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_known_by_name_and_by_place() {
        for group in [
            "CN=Domain Admins,CN=Users,DC=example,DC=org",
            "cn=wheel,ou=groups,dc=example,dc=org",
            "Administrators",
        ] {
            assert!(is_well_known(group), "{group}");
        }
        for group in ["cn=domain admins friends,dc=x", "cn=eng,ou=wheel,dc=x", ""] {
            assert!(!is_well_known(group), "{group}");
        }
    }
}
