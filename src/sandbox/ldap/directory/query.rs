//! Search: which entries could match, then which do.

use std::collections::BTreeSet;

use rasn_ldap::{Filter, SearchRequestScope};

use super::Directory;
use crate::sandbox::ldap::entry::{Id, Value};
use crate::sandbox::ldap::filter::matches;
use crate::sandbox::ldap::schema::Schema;

impl Directory {
    /// The entries in scope that match, oldest first, from `after` on.
    pub fn search<'a>(
        &'a self,
        base: Id,
        scope: SearchRequestScope,
        filter: &'a Filter,
        after: Id,
    ) -> impl Iterator<Item = Id> + 'a {
        let candidates: Vec<Id> = match scope {
            SearchRequestScope::BaseObject => vec![base],
            _ => match self.indexed(filter) {
                Some(ids) => ids.into_iter().collect(),
                None => self.entries.range(after..).map(|(id, _)| *id).collect(),
            },
        };
        candidates
            .into_iter()
            .filter(move |id| *id > after)
            .filter(move |id| {
                let in_scope = match scope {
                    SearchRequestScope::BaseObject => true,
                    SearchRequestScope::SingleLevel => {
                        self.entry(*id).is_some_and(|entry| entry.parent == Some(base))
                    }
                    _ => self.is_under(*id, base),
                };
                in_scope && matches(self, *id, filter) == Some(true)
            })
    }

    /// A small set that holds every match, when an index can tell.
    fn indexed(&self, filter: &Filter) -> Option<BTreeSet<Id>> {
        match filter {
            Filter::EqualityMatch(assertion) => {
                let attribute = Schema::get().attribute(&assertion.attribute_desc)?;
                let value = Value::new(attribute, &assertion.assertion_value).ok()?;
                Some(self.index.find(&attribute.name, &value.key)?.copied().collect())
            }
            Filter::And(parts) => parts
                .iter()
                .filter_map(|part| self.indexed(part))
                .min_by_key(BTreeSet::len),
            Filter::Or(parts) => {
                let mut all = BTreeSet::new();
                for part in parts.iter() {
                    all.extend(self.indexed(part)?);
                }
                Some(all)
            }
            _ => None,
        }
    }
}
