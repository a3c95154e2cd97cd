//! A write in the words of `ldapmodify` (RFC 2849), for people to read or to run by hand.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Disable, Section,
    create::is_secret,
    membership::{self, Kind},
    state,
};
use crate::{
    connectors::Write,
    model::{Value, dn},
};

/// Says a write as LDIF; secrets are masked.
#[expect(
    clippy::too_many_lines,
    reason = "one LDIF change record a kind of write, read side by side"
)]
pub(super) fn command(section: &Section, write: &Write) -> String {
    let who = if section.bind_dn.is_empty() {
        "-Y EXTERNAL".to_owned()
    } else {
        format!("-D {} -W", quoted(&section.bind_dn))
    };
    let servers = section.url.each().collect::<Vec<_>>().join(" ");
    let mut text = format!("ldapmodify -H {} {who} <<'LDIF'\n", quoted(&servers));
    match write {
        Write::Create {
            class,
            container,
            attributes,
            enabled,
            secrets,
            ..
        } => {
            // usable only with a password
            let waits = section.is_active_directory() && !secrets.is_empty();
            let disabled = *enabled == Some(false) || waits;
            let container = match &section.disable {
                Disable::Container(container) if disabled => container,
                _ => container.as_ref().unwrap_or(&section.base),
            };
            let (name, value) = attributes
                .first()
                .map(|(name, value)| {
                    (
                        name.as_str(),
                        value.each().next().and_then(Value::as_text).unwrap_or_default(),
                    )
                })
                .unwrap_or_default();
            line(&mut text, "dn", dn::join(name, &value, container).as_bytes());
            text.push_str("changetype: add\n");
            for class in class {
                line(&mut text, "objectClass", class.as_bytes());
            }
            for (name, value) in attributes {
                lines(&mut text, name, value);
            }
            if let (true, Some(attribute)) = (disabled, state::attribute(&section.disable)) {
                for value in state::values(&section.disable, &[], false) {
                    line(&mut text, attribute, &value);
                }
            }
            for secret in secrets {
                text.push('\n');
                line(&mut text, "dn", dn::join(name, &value, container).as_bytes());
                let _ = writeln!(text, "changetype: modify\nreplace: {secret}");
                line(&mut text, secret, b"********");
                text.push_str("-\n");
            }
            if let (true, Some(attribute)) = (
                waits && *enabled != Some(false),
                state::attribute(&section.disable),
            ) {
                let _ = writeln!(text, "replace: {attribute}");
                for value in state::values(&section.disable, &[], true) {
                    line(&mut text, attribute, &value);
                }
                text.push_str("-\n");
            }
        }
        Write::Change {
            object,
            attributes,
            enabled,
            container,
        } => {
            line(&mut text, "dn", object.location.as_bytes());
            text.push_str("changetype: modify\n");
            for change in attributes {
                let _ = writeln!(text, "replace: {}", change.attribute);
                lines(&mut text, &change.attribute, &change.after);
                text.push_str("-\n");
            }
            if let (Some((_, to)), Some(attribute)) = (enabled, state::attribute(&section.disable)) {
                let _ = writeln!(text, "replace: {attribute}");
                for value in state::values(&section.disable, &[], *to) {
                    line(&mut text, attribute, &value);
                }
                text.push_str("-\n");
            }
            let place = match (&section.disable, enabled, container) {
                (_, _, Some(container)) | (Disable::Container(container), Some((_, false)), None) => {
                    Some(container)
                }
                _ => None,
            };
            if let Some(place) = place {
                text.push('\n');
                line(&mut text, "dn", object.location.as_bytes());
                text.push_str("changetype: modrdn\n");
                line(
                    &mut text,
                    "newrdn",
                    dn::rdn(&object.location).unwrap_or_default().as_bytes(),
                );
                text.push_str("deleteoldrdn: 1\n");
                line(&mut text, "newsuperior", place.as_bytes());
            }
        }
        Write::Delete { object } => {
            line(&mut text, "dn", object.location.as_bytes());
            text.push_str("changetype: delete\n");
        }
        Write::Membership { group, member, add } => {
            let kinds = match *Kind::named(&group.class) {
                [one] => [one].into(),
                _ => Kind::named(&section.group_filter),
            };
            // several kinds: what most groups are
            let kind = kinds.first().copied().unwrap_or(Kind::Names);
            let name = kind.attribute();
            let value = membership::shown(kind, member);
            line(&mut text, "dn", group.location.as_bytes());
            let _ = writeln!(
                text,
                "changetype: modify\n{}: {name}",
                if *add { "add" } else { "delete" }
            );
            line(&mut text, name, value.as_bytes());
        }
    }
    text.push_str("LDIF");
    text
}

fn lines(text: &mut String, name: &str, value: &Value<'_>) {
    for value in value.each().filter(|value| !value.is_nothing()) {
        match value {
            _ if is_secret(name) => line(text, name, b"********"),
            Value::Binary(octets) => line(text, name, octets),
            value => line(text, name, value.as_text().unwrap_or_default().as_bytes()),
        }
    }
}

/// `name: value`, in Base64 where the value is not safe as it is.
fn line(text: &mut String, name: &str, value: &[u8]) {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~');
    let safe = value.iter().all(plain)
        && !matches!(value.first(), Some(b' ' | b':' | b'<'))
        && value.last() != Some(&b' ');
    let _ = match std::str::from_utf8(value) {
        Ok(value) if safe => writeln!(text, "{name}: {value}"),
        _ => writeln!(text, "{name}:: {}", STANDARD.encode(value)),
    };
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
