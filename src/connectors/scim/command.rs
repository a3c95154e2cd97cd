//! A write in the service's own words, for people. The token is no part of it.

use serde_json::{Value as Json, json};

use super::{
    catalog::{Abilities, Catalog},
    create::New,
    membership, patch,
    patch::Wish,
    resource,
};
use crate::connectors::{Write, WriteError};

/// Says a write as a request; a catalog is used if the service was asked already.
pub fn say(catalog: Option<&Catalog>, write: &Write) -> String {
    let assumed;
    let catalog = if let Some(catalog) = catalog {
        catalog
    } else {
        assumed = Catalog::assumed(Abilities::UNKNOWN);
        &assumed
    };
    request(catalog, write).unwrap_or_else(|error| error.to_string())
}

fn request(catalog: &Catalog, write: &Write) -> Result<String, WriteError> {
    let at = |object: &crate::connectors::ObjectRef| {
        resource::address(&resource::endpoint(Some(catalog), &object.class), &object.anchor)
    };
    Ok(match write {
        Write::Create {
            class,
            attributes,
            enabled,
            absent,
            ..
        } => {
            let new = New::of(catalog, class, attributes, *enabled, absent)?;
            format!("POST {} {}", new.endpoint, masked(new.body()))
        }
        Write::Change {
            object,
            attributes,
            enabled,
            ..
        } => {
            let wishes = Wish::of_change(catalog, &object.class, attributes, *enabled)?;
            format!("PATCH {} {}", at(object), masked(patch::patch(&wishes, None)))
        }
        Write::Restore { .. } => return Err(WriteError::Refused(super::KEEPS_NOTHING.to_owned())),
        Write::Delete { object } => format!("DELETE {}", at(object)),
        Write::Membership { group, member, add } => {
            let first = membership::operations(&member.anchor, *add).swap_remove(0);
            format!("PATCH {} {}", at(group), patch::message(&[first]))
        }
    })
}

/// Hides passwords, in resources and in PATCH operations.
fn masked(mut body: Json) -> Json {
    if let Some(object) = body.as_object_mut() {
        for (name, value) in object.iter_mut() {
            if name.eq_ignore_ascii_case("password") {
                *value = json!("***");
            }
        }
    }
    for operation in body
        .get_mut("Operations")
        .and_then(Json::as_array_mut)
        .into_iter()
        .flatten()
    {
        let secret = operation["path"]
            .as_str()
            .is_some_and(|path| path.eq_ignore_ascii_case("password"));
        if secret && let Some(value) = operation.get_mut("value") {
            *value = json!("***");
        }
    }
    body
}
