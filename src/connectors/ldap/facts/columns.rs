//! The columns of accounts and groups: what is read of them, and what their classes demand.

use std::collections::HashMap;

use super::{
    super::active_directory::{self, is_made_by_server},
    Facts, ObjectClass,
};
use crate::model::{Column, Comparison, Schema, ValueType};

/// What tells a group of a domain, whatever it is called.
const SID: &str = "objectSid";

impl Facts {
    /// Returns the columns of the classes a filter names, with the anchor and what every entry has.
    pub(in crate::connectors::ldap) fn schema(&self, filter: &str, anchor: &str) -> Schema {
        let mut names: Vec<(String, bool)> = Vec::new();
        for class in self.with_superior(classes_of(filter)) {
            let demanded = |name: &String| !self.active_directory || !is_made_by_server(name);
            names.extend(class.must.iter().map(|name| (name.clone(), demanded(name))));
            names.extend(class.may.iter().map(|name| (name.clone(), false)));
        }
        if names.is_empty() {
            let common = [
                "cn",
                "sn",
                "givenName",
                "displayName",
                "uid",
                "mail",
                "title",
                "employeeNumber",
                "manager",
                "objectClass",
            ];
            names.extend(common.map(|name| (name.to_owned(), false)));
        }
        names.extend(
            [anchor, "memberOf", "createTimestamp", "modifyTimestamp"].map(|name| (name.to_owned(), false)),
        );
        let mut columns: Vec<Column> = Vec::new();
        for (name, required) in names {
            let column = Column {
                required,
                ..self.column(&name)
            };
            match columns
                .iter_mut()
                .find(|known| known.name.eq_ignore_ascii_case(&column.name))
            {
                Some(known) => known.required |= required,
                None => columns.push(column),
            }
        }
        Schema { columns }
    }

    /// Returns the columns of some attributes, as objects of the classes a filter names have them; with what the
    /// classes of new objects demand beside them, `objectClass` where auxiliary classes are among those, and in a
    /// domain what tells administrators.
    pub(in crate::connectors::ldap) fn columns(
        &self,
        names: &[String],
        classes: &[Vec<String>],
        filter: &str,
        anchor: &str,
    ) -> Schema {
        let whole = self.schema(filter, anchor);
        let mut columns: Vec<Column> = names.iter().map(|name| self.column(name)).collect();
        let mut demanded: Vec<(String, String)> = Vec::new();
        let mut has_auxiliary = false;
        for class in classes.iter().flatten() {
            for known in self.with_superior(vec![class.clone()]) {
                has_auxiliary |= known.auxiliary;
                let must = known.must.iter().filter(|name| !is_class(name));
                let must = must.filter(|name| !self.active_directory || !is_made_by_server(name));
                demanded.extend(must.map(|name| (self.column(name).name, class.clone())));
            }
        }
        let more = demanded.iter().map(|(name, _)| name.as_str());
        // whether the domain counts an account among its administrators, through whichever groups
        let counts = self.active_directory.then_some("adminCount");
        let counts = counts.filter(|name| self.types.contains_key(&name.to_ascii_lowercase()));
        for name in more.chain(has_auxiliary.then_some("objectClass")).chain(counts) {
            if !columns.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
                columns.push(self.column(name));
            }
        }
        for column in &mut columns {
            column.required = whole
                .position(&column.name)
                .is_some_and(|at| whole.columns[at].required);
            let asking = demanded
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case(&column.name));
            for (_, class) in asking {
                if !column.required_by.contains(class) {
                    column.required_by.push(class.clone());
                }
            }
        }
        Schema { columns }
    }

    /// Returns the columns of groups: what they are called, and their members by name; in a domain also what tells
    /// the powerful ones, whatever they are called.
    pub(in crate::connectors::ldap) fn group_schema(&self) -> Schema {
        let members = Column {
            value_type: ValueType::Reference,
            comparison: Comparison::DistinguishedName,
            multi_valued: true,
            ..self.column("member")
        };
        let mut columns = vec![self.column("cn"), members];
        columns.extend(self.active_directory.then(|| self.column(SID)));
        Schema { columns }
    }

    /// Returns the classes that each class stands for as well, by its name in lower case.
    pub(in crate::connectors::ldap) fn superior_classes(&self) -> HashMap<String, Vec<String>> {
        self.classes
            .iter()
            .map(|(name, class)| {
                let all = self.with_superior(class.sup.clone());
                (name.clone(), all.iter().map(|class| class.name.clone()).collect())
            })
            .collect()
    }

    /// Follows classes up to those they are made of.
    fn with_superior(&self, mut pending: Vec<String>) -> Vec<&ObjectClass> {
        let mut found = Vec::new();
        let mut seen = Vec::new();
        while let Some(class) = pending.pop() {
            let key = class.to_ascii_lowercase();
            if seen.contains(&key) {
                continue;
            }
            if let Some(class) = self.classes.get(&key) {
                pending.extend(class.sup.iter().cloned());
                if self.active_directory {
                    let hidden = active_directory::hidden_classes(&class.name).iter();
                    pending.extend(hidden.map(|class| (*class).to_owned()));
                }
                found.push(class);
            }
            seen.push(key);
        }
        found
    }
}

fn is_class(name: &str) -> bool {
    name.eq_ignore_ascii_case("objectClass")
}

/// The classes a filter asks for.
fn classes_of(filter: &str) -> Vec<String> {
    let lower = filter.to_ascii_lowercase();
    lower
        .match_indices("(objectclass=")
        .filter_map(|(at, key)| filter[at + key.len()..].split(')').next())
        .map(str::to_owned)
        .collect()
}
