//! A write in the words of `ldapmodify` (RFC 2849), for people to read or to run by hand.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Disable, Section,
    active_directory::{self, control, restore::SHOW_DELETED},
    create::is_secret,
    membership::{self, Kind},
    state,
};
use crate::{
    connectors::{ObjectRef, Write},
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
    // what is deleted is only seen by who asks for it
    let more = if matches!(write, Write::Restore { .. }) {
        format!(" -e '!{SHOW_DELETED}'")
    } else {
        String::new()
    };
    let mut text = format!("ldapmodify -H {} {who}{more} <<'LDIF'\n", quoted(&servers));
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
            let has_bits = section.is_active_directory() && active_directory::has_state(class);
            let waits = has_bits && !secrets.is_empty();
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
            let bits = bits(section, attributes.iter().map(|(name, value)| (name, value)));
            for (name, value) in attributes {
                if bits.is_none() || !is_bits(name) {
                    lines(&mut text, name, value);
                }
            }
            let mapped = bits.unwrap_or_default();
            let is_told = disabled || has_bits;
            if let (true, Some(attribute)) = (is_told, state::attribute(&section.disable)) {
                for value in state::values(&section.disable, &mapped, !disabled) {
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
                for value in state::values(&section.disable, &mapped, true) {
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
            let values = attributes.iter().map(|change| (&change.attribute, &change.after));
            let bits = bits(section, values.clone());
            for (name, value) in values {
                if bits.is_none() || enabled.is_none() || !is_bits(name) {
                    replaced(&mut text, name, value);
                }
            }
            if let (Some(_), None) = (&bits, enabled) {
                text.push_str("# and the bit ACCOUNTDISABLE (2) if the account has it\n");
            }
            if let Some((_, to)) = enabled {
                usable(&mut text, section, bits, *to);
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
        Write::Restore {
            object,
            attributes,
            enabled,
            secrets,
        } => restored(&mut text, section, object, attributes, *enabled, secrets),
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

/// A deleted object comes back by one change, and what it has lost by another.
fn restored(
    text: &mut String,
    section: &Section,
    object: &ObjectRef,
    attributes: &[(String, Value<'static>)],
    enabled: Option<bool>,
    secrets: &[String],
) {
    let rdn = dn::rdn(&object.location).unwrap_or_default();
    let mut domain = object.location.as_str();
    while let Some(parent) = dn::parent(domain).filter(|_| !domain.to_ascii_lowercase().starts_with("dc=")) {
        domain = parent;
    }
    let deleted = format!("{rdn}\\0ADEL:{},CN=Deleted Objects,{domain}", object.anchor);
    line(text, "dn", deleted.as_bytes());
    text.push_str("changetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\n");
    line(text, "distinguishedName", object.location.as_bytes());
    text.push_str("-\n");
    if attributes.is_empty() && enabled.is_none() && secrets.is_empty() {
        return;
    }
    text.push('\n');
    line(text, "dn", object.location.as_bytes());
    text.push_str("changetype: modify\n");
    let bits = bits(section, attributes.iter().map(|(name, value)| (name, value)));
    for (name, value) in attributes {
        if bits.is_none() || enabled.is_none() || !is_bits(name) {
            replaced(text, name, value);
        }
    }
    for secret in secrets {
        let _ = writeln!(text, "replace: {secret}");
        line(text, secret, b"********");
        text.push_str("-\n");
    }
    if let Some(to) = enabled {
        usable(text, section, bits, to);
    }
}

fn replaced(text: &mut String, name: &str, value: &Value<'_>) {
    let _ = writeln!(text, "replace: {name}");
    lines(text, name, value);
    text.push_str("-\n");
}

/// Makes an account usable or not. Where the values it has are not known, a comment says what they were taken for.
fn usable(text: &mut String, section: &Section, bits: Option<Vec<Vec<u8>>>, to: bool) {
    let Some(attribute) = state::attribute(&section.disable) else {
        return;
    };
    if bits.is_none() && section.is_active_directory() {
        let verb = if to { "cleared" } else { "set" };
        let _ = writeln!(
            text,
            "# of the bits the account has only ACCOUNTDISABLE (2) is {verb}; of 512 that makes:"
        );
    }
    let _ = writeln!(text, "replace: {attribute}");
    for value in state::values(&section.disable, &bits.unwrap_or_default(), to) {
        line(text, attribute, &value);
    }
    text.push_str("-\n");
}

/// The bits of an account that a mapping sets, if it does and the directory has them.
fn bits<'v>(
    section: &Section,
    mut values: impl Iterator<Item = (&'v String, &'v Value<'static>)>,
) -> Option<Vec<Vec<u8>>> {
    let (_, mapped) = values.find(|(name, _)| section.is_active_directory() && is_bits(name))?;
    let texts = mapped.each().filter_map(Value::as_text);
    Some(texts.map(|text| text.into_owned().into_bytes()).collect())
}

fn is_bits(name: &str) -> bool {
    name.eq_ignore_ascii_case(control::ATTRIBUTE)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{connectors::AttributeWrite, connectors::active_directory};

    fn domain() -> Section {
        let section =
            json!({"url": "ldaps://dc1.example.test", "bind_dn": "usher@example.test", "base": "DC=example"});
        let section: active_directory::Section = serde_json::from_value(section).unwrap();
        section.directory()
    }

    fn object() -> ObjectRef {
        ObjectRef {
            anchor: "03020100-0504-0706-0809-0a0b0c0d0e0f".into(),
            location: "CN=Ana,DC=example".to_owned(),
            class: "user".to_owned(),
        }
    }

    fn disabling(bits: Option<&'static str>) -> String {
        let bits = bits.map(|bits| AttributeWrite {
            attribute: control::ATTRIBUTE.to_owned(),
            before: "512".into(),
            after: bits.into(),
        });
        let write = Write::Change {
            object: object(),
            attributes: bits.into_iter().collect(),
            enabled: Some((true, false)),
            container: None,
        };
        command(&domain(), &write)
    }

    #[test]
    fn the_bits_of_an_account_are_shown_as_far_as_they_are_known() {
        let told = disabling(Some("66048"));
        assert_eq!(told.matches("\nuserAccountControl: ").count(), 1, "{told}");
        assert!(told.contains("\nuserAccountControl: 66050\n"), "{told}");
        let told = disabling(None);
        assert!(told.contains("only ACCOUNTDISABLE (2) is set"), "{told}");
        assert!(told.contains("\nuserAccountControl: 514\n"), "{told}");

        let write = Write::Create {
            class: vec!["user".to_owned()],
            container: None,
            attributes: vec![
                ("cn".to_owned(), "Ana".into()),
                ("userAccountControl".to_owned(), "66048".into()),
            ],
            enabled: Some(true),
            absent: Vec::new(),
            secrets: vec!["unicodePwd".to_owned()],
        };
        let told = command(&domain(), &write);
        // made disabled, then given a password, then enabled
        let places = [
            "userAccountControl: 66050",
            "unicodePwd: ***",
            "userAccountControl: 66048",
        ];
        let places = places.map(|part| told.find(part).unwrap_or_else(|| panic!("{part}: {told}")));
        assert!(places.is_sorted(), "{told}");
        assert!(!told.contains(": 514"), "{told}");
    }

    #[test]
    fn what_is_deleted_is_brought_back_under_its_id() {
        let write = Write::Restore {
            object: object(),
            attributes: vec![("title".to_owned(), "Clerk".into())],
            enabled: Some(false),
            secrets: Vec::new(),
        };
        let told = command(&domain(), &write);
        for part in [
            "-e '!1.2.840.113556.1.4.417'",
            "dn: CN=Ana\\0ADEL:03020100-0504-0706-0809-0a0b0c0d0e0f,CN=Deleted Objects,DC=example\n",
            "delete: isDeleted",
            "distinguishedName: CN=Ana,DC=example",
            "title: Clerk",
            "userAccountControl: 514",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}
