//! PATCH (RFC 7644 §3.5.2) on the JSON of a resource.

use serde_json::{Map, Value};

use super::fault::{Fault, Outcome};
use super::filter::Filter;
use super::path::{ENTERPRISE, Path, get, key_of};

const READ_ONLY: [&str; 4] = ["id", "meta", "groups", "schemas"];
const MULTI: [&str; 8] = [
    "emails",
    "phoneNumbers",
    "addresses",
    "members",
    "roles",
    "entitlements",
    "photos",
    "ims",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Add,
    Replace,
    Remove,
}

/// Applies a PATCH body; the resource is only to be kept if this succeeds.
pub fn apply(resource: &mut Map<String, Value>, body: &Value) -> Outcome<()> {
    let operations = body
        .as_object()
        .and_then(|body| get(body, "Operations"))
        .and_then(Value::as_array);
    let missing = || Fault::invalid("invalidSyntax", "a PATCH body needs a list \"Operations\"");
    for operation in operations.ok_or_else(missing)? {
        let operation = operation.as_object().ok_or_else(missing)?;
        let name = get(operation, "op")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_ascii_lowercase();
        let kind = match name.as_str() {
            "add" => Kind::Add,
            "replace" => Kind::Replace,
            "remove" => Kind::Remove,
            _ => {
                return Err(Fault::invalid(
                    "invalidSyntax",
                    format!("unknown operation \"{name}\""),
                ));
            }
        };
        let value = get(operation, "value");
        match get(operation, "path").and_then(Value::as_str) {
            Some(text) => {
                let invalid = || Fault::invalid("invalidPath", format!("invalid path \"{text}\""));
                at_path(resource, kind, &Path::parse(text).ok_or_else(invalid)?, value)?;
            }
            None => without_path(resource, kind, value)?,
        }
    }
    Ok(())
}

fn without_path(resource: &mut Map<String, Value>, kind: Kind, value: Option<&Value>) -> Outcome<()> {
    if kind == Kind::Remove {
        return Err(Fault::invalid("noTarget", "remove needs a path"));
    }
    let needs_object = || Fault::invalid("invalidValue", "without a path the value must be an object");
    for (name, value) in value.and_then(Value::as_object).ok_or_else(needs_object)? {
        if READ_ONLY.iter().any(|fixed| fixed.eq_ignore_ascii_case(name)) {
            continue;
        }
        let invalid = || Fault::invalid("invalidPath", format!("invalid path \"{name}\""));
        at_path(
            resource,
            kind,
            &Path::parse(name).ok_or_else(invalid)?,
            Some(value),
        )?;
    }
    Ok(())
}

fn at_path(resource: &mut Map<String, Value>, kind: Kind, path: &Path, value: Option<&Value>) -> Outcome<()> {
    if path.extension.is_none()
        && path
            .attribute
            .as_deref()
            .is_some_and(|name| READ_ONLY.iter().any(|fixed| fixed.eq_ignore_ascii_case(name)))
    {
        return Err(Fault::invalid("mutability", "the attribute is read-only"));
    }
    if kind != Kind::Remove && value.is_none() {
        return Err(Fault::invalid("invalidValue", "add and replace need a value"));
    }
    let map = match &path.extension {
        None => resource,
        Some(urn) => {
            let key = key_of(resource, urn).unwrap_or_else(|| ENTERPRISE.to_owned());
            let inner = resource.entry(key).or_insert_with(|| Value::Object(Map::new()));
            inner
                .as_object_mut()
                .ok_or_else(|| Fault::invalid("invalidPath", "the extension is no object"))?
        }
    };
    let Some(name) = &path.attribute else {
        match (kind, value.and_then(Value::as_object)) {
            (Kind::Remove, _) => map.clear(),
            (_, Some(new)) => new
                .iter()
                .for_each(|(name, value)| assign(map, name, value.clone())),
            (_, None) => return Err(Fault::invalid("invalidValue", "an extension is an object")),
        }
        return Ok(());
    };
    match (&path.select, &path.sub) {
        (Some(select), sub) => selected(map, kind, name, select, sub.as_deref(), value),
        (None, Some(sub)) => {
            let key = key_of(map, name).unwrap_or_else(|| name.clone());
            if kind == Kind::Remove && !map.contains_key(&key) {
                return Ok(());
            }
            match map.entry(key).or_insert_with(|| Value::Object(Map::new())) {
                Value::Object(inner) => set(inner, kind, sub, value),
                Value::Array(items) => {
                    items
                        .iter_mut()
                        .filter_map(Value::as_object_mut)
                        .for_each(|item| set(item, kind, sub, value));
                }
                _ => {
                    return Err(Fault::invalid(
                        "invalidPath",
                        format!("{name} has no sub-attributes"),
                    ));
                }
            }
            Ok(())
        }
        (None, None) => {
            plain(map, kind, name, value);
            Ok(())
        }
    }
}

fn plain(map: &mut Map<String, Value>, kind: Kind, name: &str, value: Option<&Value>) {
    let key = key_of(map, name).unwrap_or_else(|| name.to_owned());
    let multi = MULTI.iter().any(|multi| multi.eq_ignore_ascii_case(name));
    match (kind, value) {
        // some clients remove members by listing them
        (Kind::Remove, Some(Value::Array(gone))) if multi => {
            if let Some(Value::Array(items)) = map.get_mut(&key) {
                items.retain(|item| !gone.iter().any(|gone| same(item, gone)));
            }
        }
        (Kind::Add, Some(new)) if multi => {
            let items = map.entry(key).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(items) = items {
                let new = new.as_array().cloned().unwrap_or_else(|| vec![new.clone()]);
                for value in new {
                    if !items.iter().any(|item| same(item, &value)) {
                        items.push(value);
                    }
                }
            }
        }
        (Kind::Add | Kind::Replace, Some(Value::Object(new)))
            if map.get(&key).is_some_and(Value::is_object) =>
        {
            if let Some(Value::Object(inner)) = map.get_mut(&key) {
                new.iter()
                    .for_each(|(name, value)| assign(inner, name, value.clone()));
            }
        }
        _ => set(map, kind, name, value),
    }
}

/// Works on the values of a list that match.
fn selected(
    map: &mut Map<String, Value>,
    kind: Kind,
    name: &str,
    select: &Filter,
    sub: Option<&str>,
    value: Option<&Value>,
) -> Outcome<()> {
    let key = key_of(map, name).unwrap_or_else(|| name.to_owned());
    let items = map.entry(key).or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(items) = items else {
        return Err(Fault::invalid("invalidPath", format!("{name} is not a list")));
    };
    let hit = |item: &Value| item.as_object().is_some_and(|item| select.matches(item));
    if !items.iter().any(hit) {
        // `add emails[type eq "work"].value` makes the value it names
        if let (Kind::Add, Filter::Compare(path, "eq", wanted)) = (kind, select)
            && let (Some(field), Some(new)) = (&path.attribute, value)
        {
            let mut item = Map::new();
            item.insert(field.clone(), wanted.clone());
            match (sub, new) {
                (Some(sub), new) => assign(&mut item, sub, new.clone()),
                (None, Value::Object(new)) => item.extend(new.clone()),
                _ => return Err(Fault::invalid("invalidValue", "the value must be an object")),
            }
            items.push(Value::Object(item));
            return Ok(());
        }
        return match kind {
            Kind::Remove => Ok(()),
            _ => Err(Fault::invalid("noTarget", format!("no value of {name} matches"))),
        };
    }
    if kind == Kind::Remove && sub.is_none() {
        items.retain(|item| !hit(item));
        return Ok(());
    }
    for item in items.iter_mut().filter(|item| hit(item)) {
        let Some(item) = item.as_object_mut() else {
            continue;
        };
        match (sub, value) {
            (Some(sub), value) => set(item, kind, sub, value),
            (None, Some(Value::Object(new))) => new
                .iter()
                .for_each(|(name, value)| assign(item, name, value.clone())),
            _ => return Err(Fault::invalid("invalidValue", "the value must be an object")),
        }
    }
    Ok(())
}

fn set(map: &mut Map<String, Value>, kind: Kind, name: &str, value: Option<&Value>) {
    match (kind, value) {
        (Kind::Remove, _) | (_, None) => {
            if let Some(key) = key_of(map, name) {
                map.shift_remove(&key);
            }
        }
        (_, Some(value)) => assign(map, name, value.clone()),
    }
}

fn assign(map: &mut Map<String, Value>, name: &str, value: Value) {
    let key = key_of(map, name).unwrap_or_else(|| name.to_owned());
    if value.is_null() {
        map.shift_remove(&key);
    } else {
        map.insert(key, value);
    }
}

/// Whether two list values are the same: by `value` where they have one.
fn same(left: &Value, right: &Value) -> bool {
    match (left.get("value"), right.get("value")) {
        (Some(a), Some(b)) => a == b && left.get("type") == right.get("type"),
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[allow(clippy::needless_pass_by_value, reason = "callers write the JSON in place")]
    fn patched(mut resource: Value, operations: Value) -> Result<Value, Option<&'static str>> {
        let body = json!({ "Operations": operations });
        apply(resource.as_object_mut().unwrap(), &body).map_err(|fault| fault.kind)?;
        Ok(resource)
    }

    #[test]
    fn values_are_set_with_and_without_a_path() {
        let user = json!({"userName": "a", "name": {"givenName": "A", "familyName": "B"}, "title": "T"});
        let operations = json!([
            {"op": "Replace", "value": {"active": false, "name.givenName": "C"}},
            {"op": "remove", "path": "TITLE"},
            {"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"},
            {"op": "replace", "path": "name", "value": {"familyName": "D"}},
        ]);
        let expected = json!({"userName": "a", "name": {"givenName": "C", "familyName": "D"}, "active": false,
            ENTERPRISE: {"department": "Sales"}});
        assert_eq!(patched(user, operations), Ok(expected));
    }

    #[test]
    fn lists_are_changed_by_selection() {
        let user = json!({"emails": [{"type": "work", "value": "a"}, {"type": "home", "value": "b"}]});
        let operations = json!([
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "c"},
            {"op": "remove", "path": "emails[type eq \"home\"]"},
            {"op": "add", "path": "phoneNumbers[type eq \"work\"].value", "value": "1"},
        ]);
        let expected = json!({"emails": [{"type": "work", "value": "c"}], "phoneNumbers": [{"type": "work", "value": "1"}]});
        assert_eq!(patched(user.clone(), operations), Ok(expected));
        let missing = json!([{"op": "replace", "path": "emails[type eq \"x\"].value", "value": "c"}]);
        assert_eq!(patched(user.clone(), missing), Err(Some("noTarget")));
        assert_eq!(
            patched(
                user.clone(),
                json!([{"op": "replace", "path": "id", "value": "c"}])
            ),
            Err(Some("mutability"))
        );
        assert_eq!(
            patched(user, json!([{"op": "replace", "path": "a b", "value": "c"}])),
            Err(Some("invalidPath"))
        );
    }

    #[test]
    fn members_come_once_and_go_both_ways() {
        let group = json!({"members": [{"value": "1"}]});
        let operations = json!([
            {"op": "add", "path": "members", "value": [{"value": "1"}, {"value": "2"}, {"value": "3"}]},
            {"op": "remove", "path": "members[value eq \"1\"]"},
            {"op": "remove", "path": "members", "value": [{"value": "3"}]},
        ]);
        assert_eq!(
            patched(group, operations),
            Ok(json!({"members": [{"value": "2"}]}))
        );
    }
}
