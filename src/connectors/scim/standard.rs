//! The attributes of RFC 7643 §4, for services that do not describe theirs.

use serde_json::{Value as Json, json};

/// The core schema of accounts.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of accounts.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The message of a PATCH (RFC 7644 §3.5.2).
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

const TEXTS: [&str; 8] = [
    "displayName",
    "nickName",
    "profileUrl",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
];
const NAMES: [&str; 6] = [
    "formatted",
    "familyName",
    "givenName",
    "middleName",
    "honorificPrefix",
    "honorificSuffix",
];
const LISTS: [(&str, &[&str]); 7] = [
    ("emails", &["work", "home", "other"]),
    (
        "phoneNumbers",
        &["work", "home", "mobile", "fax", "pager", "other"],
    ),
    ("ims", &[]),
    ("photos", &["photo", "thumbnail"]),
    ("entitlements", &[]),
    ("roles", &[]),
    ("x509Certificates", &[]),
];
const ADDRESS: [&str; 6] = [
    "formatted",
    "streetAddress",
    "locality",
    "region",
    "postalCode",
    "country",
];

/// Returns the definition of the core attributes of accounts. No attribute counts as unique: a service that does
/// not say so may not check it.
pub fn user() -> Json {
    let text = |name: &str| json!({ "name": name, "type": "string" });
    let mut attributes = vec![
        json!({ "name": "userName", "type": "string", "required": true }),
        json!({ "name": "externalId", "type": "string", "caseExact": true }),
        json!({ "name": "name", "type": "complex", "subAttributes": NAMES.map(text) }),
    ];
    attributes.extend(TEXTS.map(text));
    attributes.push(json!({ "name": "active", "type": "boolean" }));
    attributes.push(json!({ "name": "password", "type": "string", "mutability": "writeOnly" }));
    for (name, types) in LISTS {
        let parts = json!([
            { "name": "value", "type": "string" },
            { "name": "type", "type": "string", "canonicalValues": types },
            { "name": "primary", "type": "boolean" },
            { "name": "display", "type": "string" },
        ]);
        attributes
            .push(json!({ "name": name, "type": "complex", "multiValued": true, "subAttributes": parts }));
    }
    let mut parts = ADDRESS.map(text).to_vec();
    parts.push(json!({ "name": "type", "type": "string", "canonicalValues": ["work", "home", "other"] }));
    parts.push(json!({ "name": "primary", "type": "boolean" }));
    attributes
        .push(json!({ "name": "addresses", "type": "complex", "multiValued": true, "subAttributes": parts }));
    json!({ "id": USER, "attributes": attributes })
}

/// Returns the definition of the enterprise extension.
pub fn enterprise() -> Json {
    let names = [
        "employeeNumber",
        "costCenter",
        "organization",
        "division",
        "department",
    ];
    let mut attributes = names
        .map(|name| json!({ "name": name, "type": "string" }))
        .to_vec();
    attributes.push(json!({ "name": "manager", "type": "complex", "subAttributes": [
        { "name": "value", "type": "reference", "referenceTypes": ["User"] },
        { "name": "displayName", "type": "string", "mutability": "readOnly" },
    ] }));
    json!({ "id": ENTERPRISE, "attributes": attributes })
}

/// Returns what usher uses of the definition of groups.
pub fn group() -> Json {
    json!({ "id": GROUP, "attributes": [
        { "name": "members", "type": "complex", "multiValued": true, "subAttributes": [
            { "name": "value", "type": "reference", "referenceTypes": ["User", "Group"] },
        ] },
    ] })
}
