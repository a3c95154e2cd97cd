//! Finding resources by the values of attributes, without believing the filter.

use serde_json::Value as Json;

use super::{Scim, compare, failure, failure::Sent, patch::Wish, reading};
use crate::connectors::WriteError;

/// What a look for resources with a value brought.
#[derive(Debug)]
pub enum Looked {
    /// These have it; none if the list is empty.
    Found(Vec<Json>),
    /// The service cannot be asked for this.
    Unable,
}

impl Scim {
    /// Looks for resources that have the value of one of the keys, in one request. Every resource that comes is
    /// compared here, because filters are ignored by some services and match too much in others.
    pub(super) async fn look(&self, endpoint: &str, keys: &[&Wish]) -> Result<Looked, WriteError> {
        let terms: Option<Vec<_>> = keys.iter().map(|key| term(key)).collect();
        let Some(filter) = terms
            .map(|terms| terms.join(" or "))
            .filter(|filter| !filter.is_empty())
        else {
            return Ok(Looked::Unable);
        };
        let query = [("filter", filter.as_str()), ("startIndex", "1"), ("count", "10")];
        let reply = self
            .http
            .get(endpoint, &query)
            .await
            .map_err(|trouble| failure::lost(trouble, Sent::Look))?;
        if matches!(reply.status, 401 | 403 | 429 | 503) {
            return Err(failure::refused(
                &reply,
                Sent::Look,
                &format!("looking in {endpoint}"),
            ));
        }
        let Ok((resources, total)) = reading::list(&reply, endpoint) else {
            return Ok(Looked::Unable);
        };
        let hits: Vec<_> = resources
            .iter()
            .filter(|there| keys.iter().any(|key| has(key, there)))
            .cloned()
            .collect();
        let ignored =
            hits.is_empty() && !resources.is_empty() && total.is_none_or(|total| total > resources.len());
        Ok(if ignored {
            Looked::Unable
        } else {
            Looked::Found(hits)
        })
    }

    /// Looks for each key, all at once where the service filters by its own word, else one by one.
    /// Returns the hits without repetition, and which keys could be asked for.
    pub(super) async fn look_each<'k>(
        &self,
        endpoint: &str,
        keys: &[&'k Wish],
        together: bool,
    ) -> Result<(Vec<Json>, Vec<&'k Wish>), WriteError> {
        if together && let Looked::Found(hits) = self.look(endpoint, keys).await? {
            return Ok((hits, keys.to_vec()));
        }
        let (mut hits, mut asked): (Vec<Json>, Vec<&Wish>) = (Vec::new(), Vec::new());
        for key in keys {
            if let Looked::Found(found) = self.look(endpoint, &[key]).await? {
                asked.push(key);
                for resource in found {
                    if !hits.iter().any(|hit| reading::id(hit) == reading::id(&resource)) {
                        hits.push(resource);
                    }
                }
            }
        }
        Ok((hits, asked))
    }
}

/// Writes the filter term of a key; several terms if it has several values.
fn term(key: &Wish) -> Option<String> {
    let values = key
        .after
        .each()
        .map(|value| compare::json(value, key.column.value_type));
    let mut path = key.path.clone();
    let (before, after) = if path.filter.is_empty() {
        (path.to_string(), "")
    } else {
        let equalities = super::filter::text(&path.filter);
        let sub = path.sub.take().unwrap_or_else(|| "value".to_owned());
        (format!("{}[{equalities} and {sub}", path.top()), "]")
    };
    let terms: Option<Vec<_>> = values
        .map(|value| Some(format!("{before} eq {}{after}", value?)))
        .collect();
    terms
        .filter(|terms| !terms.is_empty())
        .map(|terms| terms.join(" or "))
}

/// Reports whether a resource has one of a key's values, without case: a second account that differs in case alone
/// is a mistake everywhere.
fn has(key: &Wish, resource: &Json) -> bool {
    let mut column = key.column.clone();
    if column.comparison == crate::model::Comparison::Exact
        && column.value_type == crate::model::ValueType::Text
    {
        column.comparison = crate::model::Comparison::IgnoreCase;
    }
    let there = key.path.resolve(resource);
    key.after
        .each()
        .any(|wanted| there.each().any(|there| compare::same(&column, there, wanted)))
}
