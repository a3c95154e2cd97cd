//! Users and groups in memory.

use serde_json::{Map, Value, json};

use super::fault::{Fault, Outcome};
use super::path::get;

/// What kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `/Users`.
    User,
    /// `/Groups`.
    Group,
}

impl Kind {
    /// The last part of the endpoint's path.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    /// `meta.resourceType`.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Group => "displayName",
        }
    }
}

/// A resource, with the version that its `ETag` is made of.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The attributes, without `meta` and `groups`.
    pub body: Map<String, Value>,
    version: u64,
    created: String,
    modified: String,
}

/// All resources.
#[derive(Debug, Default)]
pub struct Store {
    users: indexmap::IndexMap<String, Resource>,
    groups: indexmap::IndexMap<String, Resource>,
}

impl Store {
    /// Loads `{"Users": […], "Groups": […]}`; resources without an id get one.
    pub fn from_json(seed: &Value) -> Outcome<Self> {
        let mut store = Self::default();
        for kind in [Kind::User, Kind::Group] {
            for body in seed
                .get(kind.endpoint())
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                store.create(kind, body.as_object().cloned().unwrap_or_default(), true)?;
            }
        }
        Ok(store)
    }

    /// Everything, in the form it is loaded from.
    pub fn to_json(&self) -> Value {
        let all = |kind| {
            self.all(kind)
                .values()
                .map(|resource| &resource.body)
                .collect::<Vec<_>>()
        };
        json!({ "Users": all(Kind::User), "Groups": all(Kind::Group) })
    }

    /// The resources of a kind by id, in the order they were made.
    pub fn all(&self, kind: Kind) -> &indexmap::IndexMap<String, Resource> {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }

    fn all_mut(&mut self, kind: Kind) -> &mut indexmap::IndexMap<String, Resource> {
        match kind {
            Kind::User => &mut self.users,
            Kind::Group => &mut self.groups,
        }
    }

    /// A resource, or 404.
    pub fn get(&self, kind: Kind, id: &str) -> Outcome<&Resource> {
        self.all(kind).get(id).ok_or_else(|| Fault::missing(id))
    }

    /// Makes a resource and returns its id; only seeds keep the id they bring.
    pub fn create(&mut self, kind: Kind, mut body: Map<String, Value>, keep_id: bool) -> Outcome<String> {
        let brought = body
            .get("id")
            .and_then(Value::as_str)
            .filter(|_| keep_id)
            .map(ToOwned::to_owned);
        let id = brought.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        self.check(kind, None, &mut body)?;
        body.shift_insert(0, "id".to_owned(), id.clone().into());
        let now = now();
        let resource = Resource {
            body,
            version: 1,
            created: now.clone(),
            modified: now,
        };
        self.all_mut(kind).insert(id.clone(), resource);
        Ok(id)
    }

    /// Puts a changed body in place; the version moves only if something differs.
    pub fn replace(&mut self, kind: Kind, id: &str, mut body: Map<String, Value>) -> Outcome<()> {
        self.check(kind, Some(id), &mut body)?;
        body.shift_insert(0, "id".to_owned(), id.into());
        let resource = self.all_mut(kind).get_mut(id).ok_or_else(|| Fault::missing(id))?;
        if resource.body != body {
            resource.body = body;
            resource.version += 1;
            resource.modified = now();
        }
        Ok(())
    }

    /// Removes a resource, and it from every group.
    pub fn delete(&mut self, kind: Kind, id: &str) -> Outcome<()> {
        self.all_mut(kind)
            .shift_remove(id)
            .ok_or_else(|| Fault::missing(id))?;
        for group in self.groups.values_mut() {
            if let Some(Value::Array(members)) = group.body.get_mut("members") {
                let before = members.len();
                members.retain(|member| member_id(member) != Some(id));
                group.version += u64::from(members.len() != before);
            }
        }
        Ok(())
    }

    /// The version as a weak `ETag`.
    pub fn etag(resource: &Resource) -> String {
        format!("W/\"{}\"", resource.version)
    }

    /// A resource as clients see it.
    pub fn view(&self, kind: Kind, id: &str, base: &str) -> Outcome<Value> {
        let resource = self.get(kind, id)?;
        let mut body = resource.body.clone();
        if kind == Kind::User {
            let groups: Vec<Value> = self
                .groups
                .iter()
                .filter(|(_, group)| members(group).any(|member| member == id))
                .map(|(group, resource)| {
                    let display = resource.body.get("displayName");
                    json!({"value": group, "display": display, "$ref": format!("{base}/Groups/{group}"), "type": "direct"})
                })
                .collect();
            if !groups.is_empty() {
                body.insert("groups".to_owned(), groups.into());
            }
        }
        let meta = json!({
            "resourceType": kind.name(), "created": resource.created, "lastModified": resource.modified,
            "version": Self::etag(resource), "location": format!("{base}/{}/{id}", kind.endpoint()),
        });
        body.insert("meta".to_owned(), meta);
        Ok(Value::Object(body))
    }

    /// Checks what a resource must have, and takes out what clients cannot set.
    fn check(&self, kind: Kind, id: Option<&str>, body: &mut Map<String, Value>) -> Outcome<()> {
        for name in ["id", "meta", "groups"] {
            body.shift_remove(name);
        }
        let key = kind.key();
        let name = get(body, key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .trim()
            .to_lowercase();
        if name.is_empty() {
            return Err(Fault::invalid("invalidValue", format!("{key} is required")));
        }
        if get(body, "active").is_some_and(|active| !active.is_boolean()) {
            return Err(Fault::invalid("invalidValue", "active is a boolean"));
        }
        let taken = self.all(kind).iter().any(|(other, resource)| {
            let held = get(&resource.body, key)
                .and_then(Value::as_str)
                .unwrap_or_default();
            id != Some(other.as_str()) && held.to_lowercase() == name
        });
        if taken {
            return Err(Fault::taken(format!("{key} is already taken")));
        }
        if kind == Kind::Group
            && let Some(Value::Array(list)) = body.get("members")
        {
            let known = |id: &str| self.users.contains_key(id) || self.groups.contains_key(id);
            if let Some(unknown) = list.iter().find(|member| !member_id(member).is_some_and(known)) {
                return Err(Fault::invalid(
                    "invalidValue",
                    format!("there is no member {unknown}"),
                ));
            }
        }
        body.entry("schemas")
            .or_insert_with(|| json!([format!("urn:ietf:params:scim:schemas:core:2.0:{}", kind.name())]));
        if kind == Kind::User {
            body.entry("active").or_insert(Value::Bool(true));
        }
        Ok(())
    }
}

fn member_id(member: &Value) -> Option<&str> {
    member.get("value").and_then(Value::as_str)
}

fn members(group: &Resource) -> impl Iterator<Item = &str> {
    group
        .body
        .get("members")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(member_id)
}

fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
        .to_string()
}
