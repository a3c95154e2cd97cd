//! Operations in words.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value as Json;

use crate::{
    audit::Slot,
    engine::view::ChangeLine,
    model::{After, Kind, Operation, Reference, Value},
    planning::{rules::AccountRule, undo::outlook},
    store::Brief,
};

/// What a masked value is shown as.
const MASK: &str = "••••";

/// Says what an operation does: `create Ana Kovač`, `add Ana Kovač to cn=eng`.
pub(super) fn operation(operation: &Operation) -> String {
    let group = || group(operation).to_owned();
    match operation.kind {
        Kind::AddMember => format!("add {} to {}", operation.subject, group()),
        Kind::RemoveMember => format!("remove {} from {}", operation.subject, group()),
        kind => format!("{} {}", kind.word(), operation.subject),
    }
}

/// Says what changes, in few words: `title, department`, `cn=eng`.
pub(super) fn what(operation: &Operation) -> String {
    gist(&Brief::of(operation)).into_owned()
}

/// The same of an operation of which only what a list shows is known.
pub(super) fn gist<'a>(brief: &Brief<'a>) -> Cow<'a, str> {
    match brief.kind {
        Kind::AddMember | Kind::RemoveMember => {
            Cow::Borrowed(brief.name.unwrap_or_else(|| short_place(brief.location)))
        }
        Kind::Create if brief.location.is_empty() => {
            Cow::Owned(brief.first.as_ref().map(text).unwrap_or_default())
        }
        // all that it had goes with it
        Kind::Delete => Cow::Borrowed(""),
        Kind::Create | Kind::Restore => Cow::Borrowed(short_place(brief.location)),
        Kind::Move | Kind::Enable | Kind::Disable if brief.attributes.is_empty() => brief
            .container
            .map(|to| Cow::Owned(format!("→ {}", short_place(to))))
            .unwrap_or_default(),
        _ => match &brief.attributes[..] {
            [only] => Cow::Borrowed(short_name(only)),
            several => {
                let names: Vec<_> = several.iter().map(|name| short_name(name)).collect();
                Cow::Owned(names.join(", "))
            }
        },
    }
}

/// What people call the group of a membership.
pub(super) fn group(operation: &Operation) -> &str {
    let target = &operation.target;
    target
        .name
        .as_deref()
        .unwrap_or_else(|| short_place(&target.location))
}

/// The first part of a DN, or the last of a path.
pub(super) fn short_place(location: &str) -> &str {
    if location.starts_with('/') {
        return location.rsplit('/').next().unwrap_or(location);
    }
    crate::model::dn::rdn(location).unwrap_or(location)
}

/// The last part of a SCIM attribute's URN; other names as they are.
fn short_name(attribute: &str) -> &str {
    if attribute.starts_with("urn:") {
        attribute.rsplit(':').next().unwrap_or(attribute)
    } else {
        attribute
    }
}

/// Renders a value for people.
pub(super) fn text(value: &Value<'_>) -> String {
    match value {
        Value::Absent | Value::Null => String::new(),
        Value::List(values) => values.iter().map(text).collect::<Vec<_>>().join(" · "),
        Value::Reference(Reference::Account { rule, .. }) => format!("(account of `{rule}`)"),
        Value::Reference(Reference::Object(anchor)) => anchor.to_string(),
        Value::Binary(octets) => format!("({} octets)", octets.len()),
        Value::Complex(parts) => {
            let parts: Vec<_> = parts
                .iter()
                .map(|(name, value)| format!("{name}={}", text(value)))
                .collect();
            parts.join(" ")
        }
        scalar => scalar
            .as_text()
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default(),
    }
}

/// Renders the changes of an operation for people; `name` turns a reference into the name of what it points at.
pub(super) fn lines(operation: &Operation, name: &dyn Fn(&Reference) -> Option<String>) -> Vec<ChangeLine> {
    let render = |value: &Value<'_>, marked: bool| match value {
        _ if marked && !value.is_nothing() => MASK.to_owned(),
        Value::Reference(reference) => name(reference).unwrap_or_else(|| text(value)),
        value => text(value),
    };
    let mut lines: Vec<_> = operation
        .changes
        .iter()
        .map(|change| {
            let before = render(&change.before, change.marked);
            let after = match &change.after {
                After::Known(value) => render(value, change.marked),
                After::Deferred(deferred) => format!("(`{}` of the new account)", deferred.attribute),
                After::Secret { policy, recipient } => {
                    format!("(secret by `{policy}`, handed to {recipient})")
                }
            };
            let mark = match (before.is_empty(), after.is_empty()) {
                (true, _) => '+',
                (false, true) => '-',
                (false, false) => '~',
            };
            ChangeLine {
                mark,
                attribute: change.attribute.clone(),
                before,
                after,
            }
        })
        .collect();
    lines.extend(standing_lines(operation));
    lines
}

/// The changes that are no attributes: the usable state and the container.
fn standing_lines(operation: &Operation) -> Vec<ChangeLine> {
    let mut lines = Vec::new();
    let line = |mark, attribute: &str, before: &str, after: &str| ChangeLine {
        mark,
        attribute: attribute.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    };
    match (operation.kind, operation.usable) {
        (Kind::Create | Kind::Restore, Some(usable)) => {
            lines.push(line('+', "(usable)", "", if usable { "yes" } else { "not yet" }));
        }
        (_, Some(true)) => lines.push(line('~', "(usable)", "no", "yes")),
        (_, Some(false)) => lines.push(line('~', "(usable)", "yes", "no")),
        (_, None) => {}
    }
    if let (Some(container), true) = (
        &operation.target.container,
        !matches!(operation.kind, Kind::Create | Kind::Restore),
    ) {
        let before = crate::model::dn::parent(&operation.target.location).unwrap_or("");
        lines.push(line('~', "(container)", before, container));
    }
    if operation.kind == Kind::Delete {
        lines.push(line('-', "(object)", &operation.target.location, ""));
    }
    if operation.kind == Kind::Restore {
        lines.push(line('+', "(object)", "", &operation.target.location));
    }
    lines
}

/// Writes the changes for the audit: old and new values, masked where marked. What is absent is left out.
pub(super) fn audited_changes(operation: &Operation, slot: Slot<'_>) {
    slot.list(|changes| {
        for change in &operation.changes {
            changes.add().members(|members| {
                let masked = |value: &Value<'_>| change.marked && !value.is_nothing();
                match &change.after {
                    After::Known(Value::Absent) => {}
                    After::Known(value) if masked(value) => members.add("after").text(MASK),
                    After::Known(value) => plain(value, members.add("after")),
                    // what it will be is not known, or no matter for a trail: what it is made of is
                    made => members
                        .add("after")
                        .json(&serde_json::to_value(made).unwrap_or_default()),
                }
                members.add("attribute").text(&change.attribute);
                match &change.before {
                    Value::Absent => {}
                    value if masked(value) => members.add("before").text(MASK),
                    value => plain(value, members.add("before")),
                }
            });
        }
    });
}

/// Writes a value as plain JSON.
fn plain(value: &Value<'_>, slot: Slot<'_>) {
    match value {
        Value::Text(text) => slot.text(text),
        Value::List(values) => slot.list(|items| values.iter().for_each(|value| plain(value, items.add()))),
        rare => slot.json(&tree(rare)),
    }
}

fn tree(value: &Value<'_>) -> Json {
    match value {
        Value::Absent | Value::Null => Json::Null,
        Value::List(values) => Json::Array(values.iter().map(tree).collect()),
        Value::Complex(parts) => {
            let parts = parts.iter().map(|(name, value)| (name.to_string(), tree(value)));
            Json::Object(parts.collect())
        }
        Value::Integer(number) => (*number).into(),
        Value::Boolean(truth) => (*truth).into(),
        Value::Binary(octets) => serde_json::json!({ "base64": STANDARD.encode(octets) }),
        Value::Reference(reference) => serde_json::to_value(reference).unwrap_or_default(),
        Value::Text(text) => Json::String(text.clone().into_owned()),
        Value::Date(date) => date.to_string().into(),
        Value::Instant(instant) => instant.to_string().into(),
    }
}

/// Says what undoing an applied operation would take; `rule` is its account rule, where it has one, and `restores`
/// tells whether its system may have something left of what was deleted.
pub(super) fn undo(operation: &Operation, rule: Option<&AccountRule>, restores: bool) -> String {
    match outlook(operation, rule, restores) {
        Ok(how) => format!("yes: {how}"),
        Err(why) => format!("no: {why}"),
    }
}
