//! Assigned roles, as the applications of Microsoft Entra's gallery take them.

use std::borrow::Cow;

use super::Call;
use crate::{
    expression::{Fault, convert},
    model::Value,
};

/// An assignment: the role's name, and the value the application knows it by.
struct Role<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
}

fn roles<'a>(call: &Call<'_, 'a>) -> Result<Vec<Role<'a>>, Fault> {
    let values = match call.value(0)? {
        Value::List(values) => values,
        one => vec![one],
    };
    let mut roles = Vec::with_capacity(values.len());
    for value in values {
        roles.extend(role(value).map_err(|message| call.fault(0, message))?);
    }
    Ok(roles)
}

fn role(value: Value<'_>) -> Result<Option<Role<'_>>, String> {
    let Value::Complex(parts) = value else {
        let name = convert::text(value)?.filter(|name| !name.is_empty());
        return Ok(name.map(|name| Role {
            value: name.clone(),
            name,
        }));
    };
    let (mut name, mut inner) = (None, None);
    for (key, part) in parts {
        if ["displayName", "display"]
            .iter()
            .any(|known| key.eq_ignore_ascii_case(known))
        {
            name = convert::text(part)?;
        } else if key.eq_ignore_ascii_case("value") {
            inner = convert::text(part)?;
        }
    }
    Ok(match (name, inner) {
        (None, None) => None,
        (Some(name), inner) => Some(Role {
            value: inner.unwrap_or_else(|| name.clone()),
            name,
        }),
        (None, Some(value)) => Some(Role {
            name: value.clone(),
            value,
        }),
    })
}

/// `AppRoleAssignments(assignments)`
pub(super) fn names<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    Ok(Value::List(
        roles(call)?
            .into_iter()
            .map(|role| Value::Text(role.name))
            .collect(),
    ))
}

/// `SingleAppRoleAssignment(assignments)`: of several the first by name, so that it stays the same.
pub(super) fn single<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let first = roles(call)?.into_iter().map(|role| role.name).min();
    Ok(first.map_or(Value::Null, Value::Text))
}

/// `AppRoleAssignmentsComplex(assignments)` and its assertive sister; whether roles that are not named are removed
/// is decided by who asked.
pub(super) fn complex<'a>(call: &Call<'_, 'a>) -> Result<Value<'a>, Fault> {
    let one = |role: Role<'a>| {
        Value::Complex(vec![
            (Cow::Borrowed("value"), Value::Text(role.value)),
            (Cow::Borrowed("display"), Value::Text(role.name)),
            (Cow::Borrowed("primary"), Value::Boolean(false)),
        ])
    };
    Ok(Value::List(roles(call)?.into_iter().map(one).collect()))
}
