//! Add, modify and delete.

use std::collections::HashSet;

use rasn_ldap::ResultCode;

use super::{Directory, parse_dn};
use crate::sandbox::ldap::dn::Dn;
use crate::sandbox::ldap::entry::{Entry, Id, Value};
use crate::sandbox::ldap::fault::{Fault, Outcome};
use crate::sandbox::ldap::schema::{AttributeType, Schema, check_attribute, check_entry, structural_class};

/// What a modification does with its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Adds values.
    Add,
    /// Removes values, or the whole attribute when none is named.
    Delete,
    /// Sets the values.
    Replace,
}

/// One modification of an attribute.
#[derive(Debug, Clone)]
pub struct Change {
    /// What to do.
    pub kind: ChangeKind,
    /// The attribute description.
    pub attribute: String,
    /// The values.
    pub values: Vec<Vec<u8>>,
}

impl Directory {
    /// Adds an entry below an existing one.
    pub fn add(&mut self, dn: &str, attributes: Vec<(String, Vec<Vec<u8>>)>) -> Outcome<Id> {
        let dn = parse_dn(dn)?;
        let mut typed = Vec::new();
        for (name, values) in attributes {
            typed.push((check_attribute(&name)?, values));
        }
        let Some(above) = dn.parent() else {
            return Err(Fault::new(
                ResultCode::UnwillingToPerform,
                "the root entry cannot be added",
            ));
        };
        if self.find(&dn).is_some() {
            return Err(Fault::new(ResultCode::EntryAlreadyExists, "entry already exists"));
        }
        let parent = self.resolve(&above)?;
        self.insert(&dn, Some(parent), typed)
    }

    /// Adds an entry as it was saved: a naming context may be made, operational attributes are kept.
    pub fn load(&mut self, dn: &str, attributes: Vec<(String, Vec<Vec<u8>>)>) -> Outcome<Id> {
        let dn = parse_dn(dn)?;
        if self.find(&dn).is_some() {
            return Err(Fault::new(
                ResultCode::EntryAlreadyExists,
                format!("{dn}: entry already exists"),
            ));
        }
        let parent = dn.parent().and_then(|above| self.find(&above));
        let mut typed = Vec::new();
        for (name, values) in attributes {
            let unknown = || {
                Fault::new(
                    ResultCode::UndefinedAttributeType,
                    format!("{name}: attribute type undefined"),
                )
            };
            typed.push((Schema::get().attribute(&name).ok_or_else(unknown)?, values));
        }
        self.insert(&dn, parent, typed)
    }

    fn insert(
        &mut self,
        dn: &Dn,
        parent: Option<Id>,
        attributes: Vec<(&AttributeType, Vec<Vec<u8>>)>,
    ) -> Outcome<Id> {
        let mut rdns = dn.0.clone();
        if rdns.is_empty() {
            return Err(Fault::new(
                ResultCode::UnwillingToPerform,
                "the root entry cannot be added",
            ));
        }
        let rdn = rdns.remove(0);
        let context = if parent.is_some() { Vec::new() } else { rdns };
        let mut entry = Entry {
            parent,
            rdn,
            context,
            attributes: std::collections::BTreeMap::new(),
        };
        for (attribute, values) in attributes {
            add_values(&mut entry, attribute, &values)?;
        }
        name_entry(&mut entry, false)?;
        check_entry(&entry)?;
        let now = timestamp();
        let defaults = [
            ("entryUUID", uuid::Uuid::new_v4().to_string()),
            ("createTimestamp", now.clone()),
            ("modifyTimestamp", now),
            ("structuralObjectClass", structural_class(&entry)?.name.clone()),
        ];
        for (name, text) in defaults {
            if entry.values(name).is_empty() {
                set_text(&mut entry, name, &text)?;
            }
        }
        self.last += 1;
        let id = self.last;
        let key = if parent.is_some() {
            entry.rdn.key()
        } else {
            dn.key()
        };
        self.children.insert((parent.unwrap_or(0), key), id);
        self.index.insert(id, &entry);
        self.entries.insert(id, entry);
        self.revision += 1;
        Ok(id)
    }

    /// Changes an entry: all modifications or none.
    pub fn modify(&mut self, dn: &str, changes: &[Change]) -> Outcome<()> {
        let id = self.resolve_text(dn)?;
        let Some(before) = self.entries.get(&id) else {
            return Ok(());
        };
        let mut entry = before.clone();
        for change in changes {
            let attribute = check_attribute(&change.attribute)?;
            match change.kind {
                ChangeKind::Add if change.values.is_empty() => {
                    return Err(Fault::new(
                        ResultCode::ProtocolError,
                        "modify/add: no values given",
                    ));
                }
                ChangeKind::Add => add_values(&mut entry, attribute, &change.values)?,
                ChangeKind::Delete => delete_values(&mut entry, attribute, &change.values)?,
                ChangeKind::Replace => {
                    entry.attributes.remove(&attribute.name);
                    add_values(&mut entry, attribute, &change.values)?;
                }
            }
        }
        for ava in &entry.rdn.0 {
            let Some(attribute) = Schema::get().attribute(&ava.attribute) else {
                continue;
            };
            let key = Value::new(attribute, &ava.value)?.key;
            if !entry.values(&attribute.name).iter().any(|value| value.key == key) {
                let message = format!("{}: the naming value cannot be removed", attribute.name);
                return Err(Fault::new(ResultCode::NotAllowedOnRdn, message));
            }
        }
        check_entry(&entry)?;
        if structural_class(&entry)?.name != structural_class(before)?.name {
            let message = "structural object class modification not allowed";
            return Err(Fault::new(ResultCode::ObjectClassModsProhibited, message));
        }
        set_text(&mut entry, "modifyTimestamp", &timestamp())?;
        self.store(id, entry);
        Ok(())
    }

    /// Removes a leaf entry, and its name wherever others refer to it.
    pub fn delete(&mut self, dn: &str) -> Outcome<()> {
        let id = self.resolve_text(dn)?;
        if self.children_of(id).next().is_some() {
            return Err(Fault::new(
                ResultCode::NotAllowedOnNonLeaf,
                "subordinate objects must be deleted first",
            ));
        }
        let dn = self.dn(id);
        if let Some(entry) = self.entries.remove(&id) {
            let key = if entry.parent.is_some() {
                entry.rdn.key()
            } else {
                dn.key()
            };
            self.children.remove(&(entry.parent.unwrap_or(0), key));
            self.index.remove(id, &entry);
        }
        self.repoint(&dn, None);
        self.revision += 1;
        Ok(())
    }

    /// Puts a changed entry in place of the old one.
    pub(super) fn store(&mut self, id: Id, entry: Entry) {
        if let Some(before) = self.entries.get(&id) {
            self.index.update(id, before, &entry);
        }
        self.entries.insert(id, entry);
        self.revision += 1;
    }
}

/// Adds values; attributeOrValueExists when one is there or given twice.
pub(super) fn add_values(entry: &mut Entry, attribute: &AttributeType, values: &[Vec<u8>]) -> Outcome<()> {
    let mut held = entry.values(&attribute.name).to_vec();
    let mut keys: HashSet<Vec<u8>> = held.iter().map(|value| value.key.clone()).collect();
    for raw in values {
        let value = Value::new(attribute, raw)?;
        if !keys.insert(value.key.clone()) {
            let message = format!("{}: the value is already there", attribute.name);
            return Err(Fault::new(ResultCode::AttributeOrValueExists, message));
        }
        held.push(value);
    }
    entry.set(&attribute.name, held);
    Ok(())
}

fn delete_values(entry: &mut Entry, attribute: &AttributeType, values: &[Vec<u8>]) -> Outcome<()> {
    let missing = || {
        Fault::new(
            ResultCode::NoSuchAttribute,
            format!("{}: no such value", attribute.name),
        )
    };
    let mut held = entry.values(&attribute.name).to_vec();
    if held.is_empty() {
        return Err(missing());
    }
    if values.is_empty() {
        held.clear();
    }
    for raw in values {
        let key = Value::new(attribute, raw)?.key;
        let at = held
            .iter()
            .position(|value| value.key == key)
            .ok_or_else(missing)?;
        held.remove(at);
    }
    entry.set(&attribute.name, held);
    Ok(())
}

/// Makes the values of the RDN values of the entry. Those left out are added (RFC 4511 §4.7); on an add, others
/// in their place are a namingViolation, on a rename (`extend`) they stay beside the new ones.
pub(super) fn name_entry(entry: &mut Entry, extend: bool) -> Outcome<()> {
    for ava in entry.rdn.0.clone() {
        let attribute = check_attribute(&ava.attribute)?;
        let value = Value::new(attribute, &ava.value)?;
        let held = entry.values(&attribute.name);
        if held.iter().any(|other| other.key == value.key) {
            continue;
        }
        if !held.is_empty() && !extend {
            let message = format!(
                "value of naming attribute '{}' is not present in entry",
                attribute.name
            );
            return Err(Fault::new(ResultCode::NamingViolation, message));
        }
        let mut values = held.to_vec();
        values.push(value);
        entry.set(&attribute.name, values);
    }
    Ok(())
}

/// Sets one text.
pub(super) fn set_text(entry: &mut Entry, name: &str, text: &str) -> Outcome<()> {
    if let Some(attribute) = Schema::get().attribute(name) {
        entry.set(name, vec![Value::new(attribute, text.as_bytes())?]);
    }
    Ok(())
}

/// Now, as a generalized time.
pub(super) fn timestamp() -> String {
    jiff::Timestamp::now().strftime("%Y%m%d%H%M%SZ").to_string()
}
