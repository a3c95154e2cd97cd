//! Membership of a group: by its distinguished name in any spelling, or by its name.

use super::Call;
use crate::{
    expression::{Fault, convert},
    model::{Value, dn},
};

/// The attributes that are looked in where none is named, in this order.
pub(in crate::expression) const MEMBERSHIPS: [&str; 3] = ["memberOf", "current.memberOf", "groups"];

/// `IsMemberOf(group, memberships?)`; the compiler fills in the memberships.
pub(super) fn is_member<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let Some(group) = call.text(0)?.filter(|group| !group.is_empty()) else {
        return Ok(Value::Boolean(false));
    };
    let memberships = call.value(1)?;
    let mut found = false;
    for one in memberships.each() {
        call.context
            .charge(one.as_text().map_or(64, |text| text.len()), call.span)?;
        found |= is(one, &group);
    }
    Ok(Value::Boolean(found))
}

fn is(membership: &Value<'_>, group: &str) -> bool {
    if let Value::Complex(parts) = membership {
        return parts
            .iter()
            .any(|(name, part)| matches!(&**name, "value" | "display") && is(part, group));
    }
    let Ok(Some(text)) = convert::text(membership.clone()) else {
        return false;
    };
    if *text == *group || dn::same(&text, group) {
        return true;
    }
    if group.contains('=') {
        return false;
    }
    let name = dn::parse(&text)
        .and_then(|parts| parts.into_iter().next())
        .and_then(|part| part.into_iter().next())
        .map(|part| String::from_utf8_lossy(&part.value).to_lowercase());
    name.unwrap_or_else(|| text.to_lowercase()) == group.to_lowercase()
}
