//! Changes that need no look at the object: where the server checks with the write all that would be looked at.
//!
//! An assertion sees that a value is there, or that there is none. It does not see that there is no other value beside
//! the one that was planned, so this is for attributes that have one value at most, and for those that had none.

use super::super::{Disable, Section, create::is_secret, entry::Entry, facts::Facts, state, values};
use crate::{
    connectors::{AttributeWrite, Write},
    model::{Comparison, ValueType, dn},
};

/// Returns the object as it was planned, if an assertion of what is to be changed says all of it.
pub(super) fn entry(section: &Section, facts: &Facts, write: &Write) -> Option<Entry> {
    let Write::Change {
        object,
        attributes: changed,
        enabled,
        container: None,
    } = write
    else {
        return None;
    };
    if !facts.assertion || !facts.post_read {
        return None;
    }
    let naming = dn::parse(&object.location)?.into_iter().next()?;
    let mut attributes = Vec::with_capacity(changed.len() + 1);
    for AttributeWrite {
        attribute, before, ..
    } in changed
    {
        let names = |name: &str| name.eq_ignore_ascii_case(attribute);
        if is_secret(attribute)
            || names("objectClass")
            || state::attribute(&section.disable).is_some_and(names)
            || naming.iter().any(|ava| names(ava.attribute))
            || !facts.comparable(attribute)
        {
            return None;
        }
        let column = facts.known(attribute);
        let values = values::to_octets(&column, before);
        // a rule that is not known might take more for the same than usher does
        let is_all = !column.multi_valued
            && column.value_type != ValueType::Binary
            && column.comparison != Comparison::Exact;
        if !values.is_empty() && !is_all {
            return None;
        }
        attributes.push((attribute.clone(), values));
    }
    match (enabled, &section.disable) {
        (None, _) => {}
        (Some((usable, _)), Disable::Ppolicy) => {
            let name = state::attribute(&section.disable).filter(|name| facts.comparable(name))?;
            attributes.push((name.to_owned(), state::values(&section.disable, &[], *usable)));
        }
        (Some(_), _) => return None,
    }
    Some(Entry {
        dn: object.location.clone(),
        attributes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{connectors::ObjectRef, model::Value};

    const TYPES: [&str; 7] = [
        "( 1 NAME 'displayName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
        "( 2 NAME 'title' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
        "( 3 NAME 'own' EQUALITY ownMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
        "( 4 NAME 'uid' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
        "( 5 NAME 'photo' SYNTAX 1.3.6.1.4.1.1466.115.121.1.28 SINGLE-VALUE )",
        "( 6 NAME 'userPassword' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )",
        "( 7 NAME 'pwdAccountLockedTime' EQUALITY generalizedTimeMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 )",
    ];

    fn facts(types: &[&str], assertion: bool, post_read: bool) -> Facts {
        let types = types.iter().map(|text| text.as_bytes().to_vec()).collect();
        let mut facts = Facts::default();
        facts.subschema(&Entry {
            dn: "cn=Subschema".to_owned(),
            attributes: vec![("attributeTypes".to_owned(), types)],
        });
        (facts.assertion, facts.post_read) = (assertion, post_read);
        facts
    }

    fn section(disable: &str) -> Section {
        let section = serde_json::json!({ "url": "ldap://x.example", "base": "dc=x", "disable": disable });
        serde_json::from_value(section).unwrap()
    }

    fn change(attributes: &[(&str, Option<&'static str>)], enabled: Option<(bool, bool)>) -> Write {
        Write::Change {
            object: ObjectRef {
                anchor: "1".into(),
                location: "UID=a,dc=x".to_owned(),
                class: String::new(),
            },
            attributes: attributes
                .iter()
                .map(|(name, before)| AttributeWrite {
                    attribute: (*name).to_owned(),
                    before: before.map_or(Value::Absent, Value::text),
                    after: "new".into(),
                })
                .collect(),
            enabled,
            container: None,
        }
    }

    #[test]
    fn only_what_an_assertion_sees_whole_needs_no_look() {
        let all = facts(&TYPES, true, true);
        for (name, before, is_seen) in [
            ("displayName", Some("a"), true),
            ("DISPLAYNAME", None, true),
            // another title may be beside
            ("title", Some("a"), false),
            ("title", None, true),
            // who knows what that rule takes for the same
            ("own", Some("a"), false),
            ("own", None, true),
            // its name
            ("uid", Some("a"), false),
            ("uid", None, false),
            // no assertion says what it has
            ("photo", None, false),
            ("userPassword", None, false),
            ("objectClass", None, false),
            ("unheardOf", None, false),
        ] {
            let planned = entry(&section("none"), &all, &change(&[(name, before)], None));
            assert_eq!(planned.is_some(), is_seen, "{name} {before:?}");
            let both = [("displayName", None), (name, before)];
            let planned = entry(&section("none"), &all, &change(&both, None));
            assert_eq!(planned.is_some(), is_seen, "{name} {before:?} beside another");
        }
        let mut moved = change(&[("displayName", None)], None);
        if let Write::Change { container, .. } = &mut moved {
            *container = Some("ou=b,dc=x".to_owned());
        }
        assert_eq!(entry(&section("none"), &all, &moved), None);
        for (assertion, post_read) in [(false, true), (true, false)] {
            let facts = facts(&TYPES, assertion, post_read);
            let write = change(&[("displayName", None)], None);
            assert_eq!(entry(&section("none"), &facts, &write), None);
        }
    }

    #[test]
    fn a_lock_for_good_is_seen_and_no_other_state() {
        let all = facts(&TYPES, true, true);
        for (states, values) in [((true, false), &[][..]), ((false, true), &[state::LOCKED])] {
            let planned = entry(&section("ppolicy"), &all, &change(&[], Some(states))).unwrap();
            let found: Vec<_> = planned.get("pwdAccountLockedTime").unwrap_or_default().to_vec();
            assert_eq!(
                found,
                values
                    .iter()
                    .map(|value| value.as_bytes().to_vec())
                    .collect::<Vec<_>>()
            );
        }
        for disable in ["shadow", "ns-account-lock", "none"] {
            let planned = entry(&section(disable), &all, &change(&[], Some((true, false))));
            assert_eq!(planned, None, "{disable}");
        }
        let unread = facts(&[], true, true);
        assert_eq!(
            entry(&section("ppolicy"), &unread, &change(&[], Some((true, false)))),
            None
        );
    }
}
