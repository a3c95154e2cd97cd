//! Asking a service what it is. Everything but a connection may be missing; what is missing is assumed and said.

use serde_json::Value as Json;

use super::{
    catalog::{Abilities, Catalog, add_schema},
    http::{Http, Trouble},
    path::member,
    standard,
};
use crate::model::Column;

/// Asks for `ServiceProviderConfig`, `ResourceTypes` and `Schemas` (RFC 7644 §4).
///
/// Fails only if the service cannot be reached.
pub async fn discover(http: &Http) -> Result<Catalog, Trouble> {
    let (config, types, schemas) = futures_util::future::try_join3(
        ask(http, "/ServiceProviderConfig"),
        ask(http, "/ResourceTypes"),
        ask(http, "/Schemas"),
    )
    .await?;
    let mut warnings = Vec::new();
    let abilities = config.map_or_else(
        |why| {
            warnings.push(format!(
                "{why}: PATCH is tried, filters are checked, entity tags are not used"
            ));
            Abilities::UNKNOWN
        },
        |config| Abilities::read(&config),
    );
    let types = types.unwrap_or_else(|why| {
        warnings.push(format!("{why}: /Users and /Groups are assumed"));
        Json::Null
    });
    let user = resource_type(&types, "User");
    let group = resource_type(&types, "Group");
    let groups = match (group, listed(&types).is_empty()) {
        (Some(group), _) => Some(endpoint(group, "/Groups")),
        (None, true) => Some("/Groups".to_owned()),
        (None, false) => None,
    };

    let mut catalog = Catalog {
        users: user.map_or_else(|| "/Users".to_owned(), |user| endpoint(user, "/Users")),
        groups,
        ..Catalog::assumed(abilities)
    };
    let mut columns = Vec::new();
    match &schemas {
        Ok(schemas) => {
            for schema in listed(schemas).iter().filter(|schema| is_of_users(schema, user)) {
                add_schema(schema, &mut columns, &mut catalog.attributes, true);
            }
            if columns.is_empty() {
                warnings.push(
                    "/Schemas does not describe accounts: the attributes of RFC 7643 are assumed".to_owned(),
                );
            }
        }
        Err(why) => warnings.push(format!("{why}: the attributes of RFC 7643 are assumed")),
    }
    if !columns.is_empty() {
        let common = |column: &Column| column.name == "externalId";
        if !columns.iter().any(common) {
            // an attribute of every resource (RFC 7643 §3.1): schemas need not list it
            columns.extend(catalog.columns.iter().find(|column| common(column)).cloned());
        }
        catalog.columns = columns;
    }
    catalog.warnings = warnings;
    Ok(catalog)
}

async fn ask(http: &Http, path: &str) -> Result<Result<Json, String>, Trouble> {
    let reply = match http.get(path, &[]).await {
        Err(Trouble::Lost(why)) => return Ok(Err(format!("{path}: {why}"))),
        reply => reply?,
    };
    let found = reply.is_success() && !reply.cut;
    Ok(match reply.json {
        Some(json) if found && (json.is_object() || json.is_array()) => Ok(json),
        _ if found => Err(format!("{path} is not JSON")),
        _ => Err(format!("{path} answers {}", reply.status)),
    })
}

/// Returns the resources of a list, also of one that is a bare array.
fn listed(json: &Json) -> &[Json] {
    let list = if json.is_array() {
        Some(json)
    } else {
        member(json, "Resources")
    };
    list.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn resource_type<'a>(types: &'a Json, wanted: &str) -> Option<&'a Json> {
    listed(types).iter().find(|kind| {
        let named = |part| {
            member(kind, part)
                .and_then(Json::as_str)
                .is_some_and(|name| name.eq_ignore_ascii_case(wanted))
        };
        named("name") || named("id")
    })
}

/// Returns the endpoint as a path below the base; some services write the whole URL.
fn endpoint(kind: &Json, usual: &str) -> String {
    let said = member(kind, "endpoint").and_then(Json::as_str).unwrap_or(usual);
    let last = said.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let plain = !last.is_empty()
        && last
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if plain {
        format!("/{last}")
    } else {
        usual.to_owned()
    }
}

fn is_of_users(schema: &Json, user: Option<&Json>) -> bool {
    let id = member(schema, "id").and_then(Json::as_str).unwrap_or_default();
    let is = |other: Option<&Json>| {
        other
            .and_then(Json::as_str)
            .is_some_and(|other| other.eq_ignore_ascii_case(id))
    };
    let extensions = user
        .and_then(|user| member(user, "schemaExtensions"))
        .and_then(Json::as_array);
    let named = extensions
        .into_iter()
        .flatten()
        .any(|extension| is(member(extension, "schema")));
    id.eq_ignore_ascii_case(standard::USER)
        || id.eq_ignore_ascii_case(standard::ENTERPRISE)
        || is(user.and_then(|user| member(user, "schema")))
        || named
}
