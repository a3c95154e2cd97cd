//! `[policy.roles]`: who may do what.

use super::{policy::plain, table::Fields};
use crate::model::{Role, Roles};

const KEYS: [(&str, Role); 5] = [
    ("viewer", Role::Viewer),
    ("reviewer", Role::Reviewer),
    ("operator", Role::Operator),
    ("responder", Role::Responder),
    ("admin", Role::Admin),
];

/// Reads who has which role.
pub(super) fn read(policy: &mut Fields<'_, '_, '_>) -> Roles {
    let Some(mut table) = policy.table("roles") else {
        return Roles::default();
    };
    "the roles".clone_into(&mut table.what);
    let mut members = Vec::new();
    for (key, role) in KEYS {
        let mut named = Vec::new();
        for name in table.texts(key).unwrap_or_default() {
            let text = *name.get_ref();
            let bare = text.strip_prefix('@').unwrap_or(text);
            if bare.is_empty()
                || bare
                    .chars()
                    .any(|c| c.is_control() || c.is_whitespace() || c == '@')
            {
                let message = format!("`{text}` is no user and no group");
                let hint = "write the name of an OS user, or `@` and the name of a group";
                table.report.error(name.span(), message, hint);
            }
            named.push(text.to_owned());
        }
        if !named.is_empty() {
            members.push((role, named));
        }
    }
    let on_behalf = plain(&mut table, "on_behalf");
    let is_closed = !members.is_empty();
    if is_closed && !members.iter().any(|(role, _)| *role == Role::Admin) {
        let message = "nobody is `admin`: nobody may release a guard rail, link or change rules";
        let hint = "add `admin = [\"root\"]`";
        table
            .report
            .add(super::Problem::warning(table.span.clone(), message).hint(hint));
    }
    table.finish();
    Roles { members, on_behalf }
}
