//! Lists: filter, pages, and which attributes are shown (RFC 7644 §3.4.2, §3.9).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Outcome};
use super::filter::parse_filter;
use super::path::Path;
use super::store::{Kind, Store};

/// The longest page.
pub const PAGE: usize = 100;

/// The query parameters of a read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Query {
    filter: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    attributes: Option<String>,
    excluded_attributes: Option<String>,
}

impl Query {
    /// One page of what matches.
    pub fn list(&self, store: &Store, kind: Kind, base: &str) -> Outcome<Value> {
        let filter = match &self.filter {
            None => None,
            Some(text) => {
                let parsed = parse_filter(text);
                Some(
                    parsed
                        .ok_or_else(|| Fault::invalid("invalidFilter", format!("invalid filter: {text}")))?,
                )
            }
        };
        let mut found = Vec::new();
        for id in store.all(kind).keys() {
            let view = store.view(kind, id, base)?;
            if filter
                .as_ref()
                .is_none_or(|filter| view.as_object().is_some_and(|view| filter.matches(view)))
            {
                found.push(view);
            }
        }
        if let Some(path) = self.sort_by.as_deref().and_then(Path::parse) {
            found.sort_by_cached_key(|view| {
                let first = view
                    .as_object()
                    .and_then(|view| path.values(view).first().map(ToString::to_string));
                first.map(|text| text.to_lowercase())
            });
            if self.sort_order.as_deref() == Some("descending") {
                found.reverse();
            }
        }
        let total = found.len();
        let start = usize::try_from(self.start_index.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
        let count = usize::try_from(self.count.unwrap_or(PAGE as i64).max(0))
            .unwrap_or(PAGE)
            .min(PAGE);
        let page: Vec<Value> = found
            .into_iter()
            .skip(start - 1)
            .take(count)
            .map(|view| self.shown(view))
            .collect();
        Ok(json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total, "startIndex": start, "itemsPerPage": page.len(), "Resources": page,
        }))
    }

    /// A resource cut down to what was asked for; `id`, `schemas` and `meta` always stay.
    pub fn shown(&self, view: Value) -> Value {
        let Value::Object(map) = view else { return view };
        let names = |list: &str| -> Vec<Path> { list.split(',').filter_map(Path::parse).collect() };
        let always = |key: &str| ["id", "schemas", "meta"].contains(&key);
        let cut: Map<String, Value> = match (&self.attributes, &self.excluded_attributes) {
            (Some(list), _) => {
                let wanted = names(list);
                map.into_iter()
                    .filter_map(|(key, value)| {
                        if always(&key) {
                            return Some((key, value));
                        }
                        let hits: Vec<&Path> = wanted
                            .iter()
                            .filter(|path| top(path).eq_ignore_ascii_case(&key))
                            .collect();
                        let whole = hits.iter().any(|path| leaf(path).is_none());
                        match value {
                            _ if hits.is_empty() => None,
                            Value::Object(inner) if !whole => {
                                let kept = |name: &str| {
                                    hits.iter().any(|path| {
                                        leaf(path).is_some_and(|leaf| leaf.eq_ignore_ascii_case(name))
                                    })
                                };
                                Some((key, inner.into_iter().filter(|(name, _)| kept(name)).collect()))
                            }
                            value => Some((key, value)),
                        }
                    })
                    .collect()
            }
            (None, Some(list)) => {
                let hidden = names(list);
                let gone = |key: &str| {
                    hidden
                        .iter()
                        .any(|path| leaf(path).is_none() && top(path).eq_ignore_ascii_case(key))
                };
                map.into_iter()
                    .filter(|(key, _)| always(key) || !gone(key))
                    .collect()
            }
            (None, None) => map,
        };
        Value::Object(cut)
    }
}

fn top(path: &Path) -> &str {
    path.extension
        .as_deref()
        .or(path.attribute.as_deref())
        .unwrap_or_default()
}

fn leaf(path: &Path) -> Option<&str> {
    if path.extension.is_some() {
        path.attribute.as_deref()
    } else {
        path.sub.as_deref()
    }
}
