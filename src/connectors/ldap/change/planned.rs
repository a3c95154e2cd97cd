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
            || naming.iter().any(|ava| names(&ava.attribute))
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
            let name = state::attribute(&section.disable)?;
            attributes.push((name.to_owned(), state::values(&section.disable, &[], *usable)));
        }
        (Some(_), _) => return None,
    }
    Some(Entry {
        dn: object.location.clone(),
        attributes,
    })
}
