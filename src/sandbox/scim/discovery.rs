//! What the service says of itself (RFC 7644 §4, RFC 7643 §5 to §7).

use serde_json::{Value, json};

use super::list::PAGE;
use super::path::ENTERPRISE;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// `/ServiceProviderConfig`.
pub fn service() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": true}, "etag": {"supported": true}, "sort": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": PAGE}, "changePassword": {"supported": false},
        "authenticationSchemes": [
            {"type": "oauthbearertoken", "name": "Bearer token", "description": "A fixed token", "primary": true},
        ],
    })
}

/// `/ResourceTypes`.
pub fn resource_types() -> Value {
    let kind = |name: &str, schema: &str, extensions: &Value| {
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": name, "name": name,
            "endpoint": format!("/{name}s"), "schema": schema, "schemaExtensions": extensions})
    };
    let enterprise = json!([{"schema": ENTERPRISE, "required": false}]);
    list(&[kind("User", USER, &enterprise), kind("Group", GROUP, &json!([]))])
}

/// `/Schemas`.
pub fn schemas() -> Value {
    let text = |name| attribute(name, "string", &[]);
    let listed = |name| {
        let sub = [
            text("value"),
            text("type"),
            text("display"),
            attribute("primary", "boolean", &[]),
        ];
        with(attribute(name, "complex", &sub), "multiValued", true)
    };
    let user_name = with(with(text("userName"), "required", true), "uniqueness", "server");
    let names = ["formatted", "familyName", "givenName", "middleName"].map(text);
    let user = vec![
        user_name,
        with(text("externalId"), "caseExact", true),
        attribute("name", "complex", &names),
        text("displayName"),
        text("nickName"),
        text("title"),
        text("userType"),
        text("preferredLanguage"),
        text("locale"),
        text("timezone"),
        attribute("active", "boolean", &[]),
        listed("emails"),
        listed("phoneNumbers"),
        listed("addresses"),
        with(listed("groups"), "mutability", "readOnly"),
    ];
    let group = vec![
        with(text("displayName"), "required", true),
        text("externalId"),
        listed("members"),
    ];
    let manager = attribute("manager", "complex", &[text("value"), text("displayName")]);
    let texts = [
        "employeeNumber",
        "costCenter",
        "organization",
        "division",
        "department",
    ]
    .map(text);
    let enterprise: Vec<Value> = texts.into_iter().chain([manager]).collect();
    list(&[
        schema(USER, "User", &user),
        schema(GROUP, "Group", &group),
        schema(ENTERPRISE, "EnterpriseUser", &enterprise),
    ])
}

fn schema(id: &str, name: &str, attributes: &[Value]) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": id, "name": name, "attributes": attributes})
}

fn attribute(name: &str, kind: &str, sub: &[Value]) -> Value {
    let plain = json!({"name": name, "type": kind, "multiValued": false, "required": false, "caseExact": false,
        "mutability": "readWrite", "returned": "default", "uniqueness": "none"});
    if sub.is_empty() {
        plain
    } else {
        with(plain, "subAttributes", json!(sub))
    }
}

fn with(mut attribute: Value, key: &str, value: impl Into<Value>) -> Value {
    if let Some(map) = attribute.as_object_mut() {
        map.insert(key.to_owned(), value.into());
    }
    attribute
}

fn list(resources: &[Value]) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": resources.len(),
        "startIndex": 1, "itemsPerPage": resources.len(), "Resources": resources})
}
