//! Where resources live, and the words other systems use for their attributes.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{catalog::Catalog, path::Path};
use crate::{connectors::WriteError, model::Anchor};

/// What may stand in a path segment as it is (RFC 3986 §3.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Reports whether a class means groups.
pub fn is_group(class: &str) -> bool {
    class.eq_ignore_ascii_case("group")
}

/// Returns the endpoint of a class.
pub fn endpoint(catalog: Option<&Catalog>, class: &str) -> String {
    match (catalog, is_group(class)) {
        (Some(catalog), false) => catalog.users.clone(),
        (Some(catalog), true) => catalog.groups.clone().unwrap_or_else(|| "/Groups".to_owned()),
        (None, false) => "/Users".to_owned(),
        (None, true) => "/Groups".to_owned(),
    }
}

/// Returns the address of one resource below the base; ids may hold anything.
pub fn address(endpoint: &str, id: &Anchor) -> String {
    // an id of dots alone would climb out of the endpoint
    let encoded = match id.as_str() {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        id => utf8_percent_encode(id, SEGMENT).to_string(),
    };
    format!("{endpoint}/{encoded}")
}

/// Returns the path of an attribute; groups have `name` and `member` in every system.
pub fn path(class: &str, attribute: &str) -> Result<Path, WriteError> {
    let attribute = match attribute {
        "name" if is_group(class) => "displayName",
        "member" if is_group(class) => "members",
        attribute => attribute,
    };
    Path::parse(attribute).ok_or_else(|| {
        WriteError::Refused(format!(
            "\"{attribute}\" is no SCIM attribute path: correct the mapping"
        ))
    })
}
