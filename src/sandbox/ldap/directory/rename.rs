//! Rename and move, and the references to what moved.

use rasn_ldap::ResultCode;

use super::write::{name_entry, set_text, timestamp};
use super::{Directory, parse_dn};
use crate::sandbox::ldap::dn::{Dn, Rdn};
use crate::sandbox::ldap::entry::{Id, Value};
use crate::sandbox::ldap::fault::{Fault, Outcome};
use crate::sandbox::ldap::schema::{Schema, check_entry};

/// What stands in for the last member of a group, which must have one (as `OpenLDAP`'s `refint_nothing`).
const NOBODY: &str = "cn=nobody";

impl Directory {
    /// Renames an entry, moves it, or both; everything below moves along.
    pub fn rename(
        &mut self,
        dn: &str,
        new_rdn: &str,
        delete_old: bool,
        superior: Option<&str>,
    ) -> Outcome<()> {
        let id = self.resolve_text(dn)?;
        let new_rdn =
            Rdn::parse(new_rdn).ok_or_else(|| Fault::new(ResultCode::InvalidDnSyntax, "invalid new RDN"))?;
        let Some(mut entry) = self.entries.get(&id).cloned() else {
            return Ok(());
        };
        let Some(parent) = entry.parent else {
            return Err(Fault::new(
                ResultCode::UnwillingToPerform,
                "a naming context cannot be renamed",
            ));
        };
        let target = match superior {
            Some(text) => self.resolve(&parse_dn(text)?)?,
            None => parent,
        };
        if self.is_under(target, id) {
            return Err(Fault::new(
                ResultCode::UnwillingToPerform,
                "an entry cannot be moved below itself",
            ));
        }
        let key = (target, new_rdn.key());
        if self.children.get(&key).is_some_and(|other| *other != id) {
            return Err(Fault::new(ResultCode::EntryAlreadyExists, "entry already exists"));
        }
        let old_rdn = std::mem::replace(&mut entry.rdn, new_rdn);
        if delete_old {
            for ava in &old_rdn.0 {
                let Some(attribute) = Schema::get().attribute(&ava.attribute) else {
                    continue;
                };
                let old = Value::new(attribute, &ava.value)?.key;
                let kept = entry
                    .values(&attribute.name)
                    .iter()
                    .filter(|value| value.key != old)
                    .cloned()
                    .collect();
                entry.set(&attribute.name, kept);
            }
        }
        name_entry(&mut entry, true)?;
        check_entry(&entry)?;
        set_text(&mut entry, "modifyTimestamp", &timestamp())?;
        entry.parent = Some(target);

        let moved = self.subtree(id);
        let names: Vec<Dn> = moved.iter().map(|id| self.dn(*id)).collect();
        self.children.remove(&(parent, old_rdn.key()));
        self.children.insert(key, id);
        self.store(id, entry);
        for (id, old) in moved.into_iter().zip(names) {
            let new = self.dn(id);
            self.repoint(&old, Some(&new));
        }
        Ok(())
    }

    /// An entry and everything below it.
    pub fn subtree(&self, top: Id) -> Vec<Id> {
        let mut found = vec![top];
        let mut next = 0;
        while let Some(id) = found.get(next).copied() {
            found.extend(self.children_of(id));
            next += 1;
        }
        found
    }

    /// Changes every `member` and `manager` that names `old`; without a new name they are removed.
    pub(super) fn repoint(&mut self, old: &Dn, new: Option<&Dn>) {
        let old_key = old.key().into_bytes();
        for name in ["member", "manager"] {
            let holders: Vec<Id> = self
                .index
                .find(name, &old_key)
                .into_iter()
                .flatten()
                .copied()
                .collect();
            for id in holders {
                let Some(mut entry) = self.entries.get(&id).cloned() else {
                    continue;
                };
                let mut values: Vec<Value> = entry
                    .values(name)
                    .iter()
                    .filter(|value| value.key != old_key)
                    .cloned()
                    .collect();
                let text = match new {
                    Some(dn) => Some(dn.to_string()),
                    None if name == "member" && values.is_empty() => Some(NOBODY.to_owned()),
                    None => None,
                };
                if let (Some(text), Some(attribute)) = (text, Schema::get().attribute(name))
                    && let Ok(value) = Value::new(attribute, text.as_bytes())
                {
                    values.push(value);
                }
                entry.set(name, values);
                self.store(id, entry);
            }
        }
    }
}
