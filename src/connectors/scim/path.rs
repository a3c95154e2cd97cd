//! Attribute paths (RFC 7644 §3.5.2, figure 7): parsed once, then resolved against and put into resources.

use std::{borrow::Cow, fmt};

use serde_json::{Map, Value as Json};

use super::filter;
use crate::model::Value;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:";

/// A path to one attribute of a resource: `userName`, `name.givenName`, `emails[type eq "work"].value`,
/// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The schema of an extension; `None` for core attributes, with or without their URN.
    pub extension: Option<String>,
    /// The attribute.
    pub attribute: String,
    /// Which elements of a multi-valued attribute: all of these equalities must hold.
    pub filter: Vec<(String, Json)>,
    /// The part of a complex attribute.
    pub sub: Option<String>,
}

impl Path {
    /// Parses a path; `None` if it is none. Filters may be equalities joined by `and`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let before_filter = text.find('[').unwrap_or(text.len());
        let is_urn = text
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
        let (urn, rest) = match text[..before_filter].rfind(':') {
            Some(colon) if is_urn => (Some(&text[..colon]), &text[colon + 1..]),
            Some(_) => return None,
            None => (None, text),
        };
        let extension = urn
            .filter(|urn| {
                !urn.get(..CORE.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(CORE))
            })
            .map(str::to_owned);
        let (attribute, filter, sub) = if let Some((attribute, tail)) = rest.split_once('[') {
            let (filter, tail) = filter::split_closing(tail)?;
            let sub = match tail {
                "" => None,
                tail => Some(tail.strip_prefix('.')?),
            };
            (attribute, filter::equalities(filter)?, sub)
        } else {
            match rest.split_once('.') {
                Some((attribute, sub)) => (attribute, Vec::new(), Some(sub)),
                None => (rest, Vec::new(), None),
            }
        };
        let named = is_name(attribute) && sub.is_none_or(is_name);
        named.then(|| Self {
            extension,
            attribute: attribute.to_owned(),
            filter,
            sub: sub.map(str::to_owned),
        })
    }

    /// Returns the path of the whole attribute, without filter and part.
    pub fn top(&self) -> Self {
        Self {
            filter: Vec::new(),
            sub: None,
            ..self.clone()
        }
    }

    /// Returns the path of the selected element, without the part.
    pub fn element(&self) -> Self {
        Self {
            sub: None,
            ..self.clone()
        }
    }

    /// Returns what the attribute is filed under in a catalog: without filter, in small letters.
    pub fn key(&self) -> String {
        Self {
            filter: Vec::new(),
            ..self.clone()
        }
        .to_string()
        .to_ascii_lowercase()
    }

    /// Returns what the resource has at this path.
    pub fn resolve<'a>(&self, resource: &'a Json) -> Value<'a> {
        let Some(field) = self.field(resource) else {
            return Value::Absent;
        };
        if !self.filter.is_empty() {
            return elements(field)
                .iter()
                .find(|element| self.selects(element))
                .map_or(Value::Absent, |element| self.part(element));
        }
        match field {
            Json::Array(elements) => {
                let parts = elements.iter().map(|element| self.part(element));
                Value::List(parts.filter(|part| *part != Value::Absent).collect())
            }
            field => self.part(field),
        }
    }

    /// Returns the JSON of the attribute, or of the selected element if there is a filter.
    pub fn field<'a>(&self, resource: &'a Json) -> Option<&'a Json> {
        let holder = match &self.extension {
            Some(urn) => member(resource, urn)?,
            None => resource,
        };
        member(holder, &self.attribute)
    }

    /// Returns the element the filter selects, if it is there.
    pub fn selected<'a>(&self, resource: &'a Json) -> Option<&'a Json> {
        elements(self.field(resource)?)
            .iter()
            .find(|element| self.selects(element))
    }

    /// Puts a value at this path, or removes what is there. Elements and holders are made as needed; a removed
    /// `value` takes its element along, because an e-mail without an address is none.
    pub fn put(&self, resource: &mut Map<String, Json>, value: Option<Json>) {
        let holder = match &self.extension {
            None => resource,
            Some(urn) => {
                if value.is_none() && actual(resource, urn).is_none() {
                    return;
                }
                let name = actual(resource, urn).unwrap_or_else(|| urn.clone());
                match object(resource.entry(name).or_insert(Json::Null)) {
                    Some(holder) => holder,
                    None => return,
                }
            }
        };
        let name = actual(holder, &self.attribute).unwrap_or_else(|| self.attribute.clone());
        if !self.filter.is_empty() {
            self.put_element(holder, &name, value);
        } else if let Some(sub) = &self.sub {
            match value {
                // a part of every element: the list is made anew
                Some(Json::Array(values)) => {
                    let made = values
                        .into_iter()
                        .map(|value| Json::Object(Map::from_iter([(sub.clone(), value)])));
                    holder.insert(name, made.collect());
                }
                Some(value) => {
                    if let Some(parts) = object(holder.entry(name).or_insert(Json::Null)) {
                        set(parts, sub, Some(value));
                    }
                }
                None => {
                    if let Some(Json::Object(parts)) = holder.get_mut(&name) {
                        set(parts, sub, None);
                    } else {
                        holder.shift_remove(&name);
                    }
                }
            }
        } else {
            set(holder, &name, value);
        }
    }

    fn put_element(&self, holder: &mut Map<String, Json>, name: &str, value: Option<Json>) {
        if value.is_none() && !holder.contains_key(name) {
            return;
        }
        let list = holder.entry(name.to_owned()).or_insert(Json::Null);
        if !list.is_array() {
            *list = match list.take() {
                Json::Null => Json::Array(Vec::new()),
                single => Json::Array(vec![single]),
            };
        }
        let Json::Array(list) = list else { return };
        let place = list.iter().position(|element| self.selects(element));
        let sub = self.sub.as_deref().unwrap_or("value");
        match (value, place) {
            (None, Some(place)) if sub.eq_ignore_ascii_case("value") => {
                list.remove(place);
            }
            (None, None) => {}
            (value, place) => {
                let place = place.unwrap_or_else(|| {
                    list.push(Json::Object(self.filter.iter().cloned().collect()));
                    list.len() - 1
                });
                if let Some(element) = list.get_mut(place).and_then(object) {
                    set(element, sub, value);
                }
            }
        }
        if list.is_empty() {
            holder.shift_remove(name);
        }
    }

    fn selects(&self, element: &Json) -> bool {
        self.filter
            .iter()
            .all(|(name, wanted)| match (member(element, name), wanted) {
                (Some(Json::String(there)), Json::String(wanted)) => there.eq_ignore_ascii_case(wanted),
                (there, wanted) => there == Some(wanted),
            })
    }

    fn part<'a>(&self, element: &'a Json) -> Value<'a> {
        match (&self.sub, element) {
            (Some(sub), element) => member(element, sub).map_or(Value::Absent, value),
            (None, element) => value(element),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.extension {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.attribute)?;
        if !self.filter.is_empty() {
            write!(f, "[{}]", filter::text(&self.filter))?;
        }
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// Finds a member of an object by name, without case (RFC 7643 §2.1).
pub fn member<'a>(object: &'a Json, name: &str) -> Option<&'a Json> {
    let object = object.as_object()?;
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// Turns JSON into a value; a complex one stands for its `value` part where it has one (manager, members, e-mails).
pub fn value(json: &Json) -> Value<'_> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Boolean(*truth),
        Json::Number(number) => number
            .as_i64()
            .map_or_else(|| Value::Text(Cow::Owned(number.to_string())), Value::Integer),
        Json::String(text) => Value::text(text),
        Json::Array(values) => Value::List(values.iter().map(value).collect()),
        Json::Object(parts) => member(json, "value").map_or_else(
            || {
                let parts = parts
                    .iter()
                    .map(|(name, part)| (Cow::Borrowed(name.as_str()), value(part)));
                Value::Complex(parts.collect())
            },
            value,
        ),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
}

fn elements(field: &Json) -> &[Json] {
    match field {
        Json::Array(elements) => elements,
        single => std::slice::from_ref(single),
    }
}

fn actual(object: &Map<String, Json>, name: &str) -> Option<String> {
    object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned()
}

/// Returns the JSON as an object, making it one if it is something else; always `Some`.
fn object(json: &mut Json) -> Option<&mut Map<String, Json>> {
    if !json.is_object() {
        *json = Json::Object(Map::new());
    }
    json.as_object_mut()
}

fn set(object: &mut Map<String, Json>, name: &str, value: Option<Json>) {
    let name = actual(object, name).unwrap_or_else(|| name.to_owned());
    match value {
        Some(value) => {
            object.insert(name, value);
        }
        None => {
            object.shift_remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn paths_read_back_as_written() {
        for text in [
            "userName",
            "name.givenName",
            r#"emails[type eq "work"].value"#,
            r#"emails[type eq "a]\"b" and primary eq true].value"#,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
        ] {
            assert_eq!(path(text).to_string(), text);
        }
        assert_eq!(
            path("urn:ietf:params:scim:schemas:core:2.0:User:userName"),
            path("userName")
        );
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "",
            "a b",
            "a[",
            "a[type]",
            "a[type eq ]",
            r#"a[type eq "x"]b"#,
            "x:y",
            "a.",
            "a..b",
        ] {
            assert_eq!(Path::parse(text), None, "{text}");
        }
    }

    #[test]
    fn resolving_ignores_case_and_takes_the_value_part() {
        let user = json!({
            "USERNAME": "anna", "externalId": null, "active": true,
            "emails": [{"type": "home", "value": "h"}, {"type": "Work", "value": "w"}],
            "Urn:ietf:params:scim:schemas:extension:enterprise:2.0:user": {"Manager": {"value": "7"}, "department": "X"},
        });
        assert_eq!(path("userName").resolve(&user), Value::text("anna"));
        assert_eq!(path("externalId").resolve(&user), Value::Null);
        assert_eq!(path("title").resolve(&user), Value::Absent);
        assert_eq!(
            path(r#"emails[type eq "work"].value"#).resolve(&user),
            Value::text("w")
        );
        assert_eq!(
            path(r#"emails[type eq "other"].value"#).resolve(&user),
            Value::Absent
        );
        assert_eq!(
            path("emails").resolve(&user),
            Value::List(vec![Value::text("h"), Value::text("w")])
        );
        let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        assert_eq!(path(&format!("{urn}:manager")).resolve(&user), Value::text("7"));
        assert_eq!(
            path(&format!("{urn}:department")).resolve(&user),
            Value::text("X")
        );
    }

    #[test]
    fn putting_keeps_siblings_and_reuses_spelling() {
        let mut user = json!({"Emails": [{"type": "home", "value": "h"}], "name": {"familyName": "F"}});
        let map = user.as_object_mut().unwrap();
        path(r#"emails[type eq "work"].value"#).put(map, Some(json!("w")));
        path("name.givenName").put(map, Some(json!("G")));
        path("urn:x:2.0:User:department").put(map, Some(json!("D")));
        path(r#"emails[type eq "home"].value"#).put(map, None);
        path("urn:y:2.0:User:none").put(map, None);
        assert_eq!(
            user,
            json!({
                "Emails": [{"type": "work", "value": "w"}],
                "name": {"familyName": "F", "givenName": "G"},
                "urn:x:2.0:User": {"department": "D"},
            })
        );
    }
}
