//! A change taken apart: what is sent, what it ends in, and whether somebody else was there first.

use std::collections::HashSet;

use ldap3::{
    Mod,
    controls::{Assertion, MakeCritical, RawControl},
};

use super::{
    Disable, Section,
    create::{Attribute, is_secret, no_state},
    entry::Entry,
    facts::Facts,
    filter,
    lookup::anchor_filter,
    state, values,
};
use crate::{
    connectors::{AttributeWrite, ObjectRef, Write, WriteError},
    model::dn,
};

/// One attribute of a change, on the wire.
pub(super) struct Step {
    name: String,
    before: Vec<Vec<u8>>,
    after: Vec<Vec<u8>>,
    single: bool,
}

/// A change, taken apart into what is sent.
pub(super) struct Steps {
    /// What is changed in place.
    pub(super) modify: Vec<Step>,
    /// The new relative name and the new container.
    pub(super) rename: Option<(String, Option<String>)>,
    /// What the object has in the end.
    pub(super) goal: Vec<Attribute>,
    /// Where it is in the end.
    pub(super) dn: String,
    /// Whether everything is as it should be in the end.
    pub(super) reached: bool,
    /// Whether everything is as it was planned.
    pub(super) untouched: bool,
    /// What is neither.
    pub(super) differs: Option<String>,
}

/// Compares a change with the object as it is.
pub(super) fn steps(
    section: &Section,
    facts: &Facts,
    entry: &Entry,
    write: &Write,
) -> Result<Steps, WriteError> {
    let Write::Change {
        attributes,
        enabled,
        container,
        ..
    } = write
    else {
        return Err(WriteError::Refused("this is no change".to_owned()));
    };
    let naming = dn::parse(&entry.dn)
        .and_then(|name| name.into_iter().next())
        .unwrap_or_default();
    let mut steps = Steps {
        modify: Vec::new(),
        rename: None,
        goal: Vec::new(),
        dn: entry.dn.clone(),
        reached: true,
        untouched: true,
        differs: None,
    };
    let mut rdn = None;
    for AttributeWrite {
        attribute,
        before,
        after,
    } in attributes
    {
        let column = facts.column(attribute);
        let current = entry.get(attribute).unwrap_or_default();
        let (before, after) = (
            values::to_octets(&column, before),
            values::to_octets(&column, after),
        );
        let reached = exactly(current, &after);
        let untouched = values::same(&column, current, &before) || is_secret(attribute);
        steps.note(&column.name, current, reached, untouched);
        steps.goal.push((attribute.clone(), after.clone()));
        if naming
            .iter()
            .any(|ava| ava.attribute.eq_ignore_ascii_case(attribute))
        {
            if !reached {
                rdn = Some(renamed(&naming, attribute, &after)?);
            }
        } else if !reached {
            steps.modify.push(Step {
                name: attribute.clone(),
                before: current.to_vec(),
                after,
                single: !column.multi_valued || is_secret(attribute),
            });
        }
    }
    let mut place = container.clone();
    if let Some((from, to)) = enabled {
        let now = state::enabled(&section.disable, entry).ok_or_else(|| WriteError::Refused(no_state()))?;
        steps.note("usable state", &[], now == *to, now == *from);
        if let Some(attribute) = state::attribute(&section.disable) {
            let current = entry.get(attribute).unwrap_or_default().to_vec();
            let after = if *to {
                Vec::new()
            } else {
                vec![state::locked_value(&section.disable).into()]
            };
            steps.goal.push((attribute.to_owned(), after.clone()));
            if now != *to {
                steps.modify.push(Step {
                    name: attribute.to_owned(),
                    before: current,
                    after,
                    single: true,
                });
            }
        } else if let (Disable::Container(disabled), None) = (&section.disable, container) {
            if *to {
                return Err(WriteError::Refused(format!(
                    "{} cannot be enabled: accounts below {disabled} are unusable, and its rule names no other container",
                    entry.dn
                )));
            }
            place = (!dn::is_below(&entry.dn, disabled)).then(|| disabled.clone());
        }
    }
    let parent = dn::parent(&entry.dn).unwrap_or_default();
    let moved = place.filter(|place| !dn::same(place, parent));
    if rdn.is_some() || moved.is_some() {
        let rdn = rdn.unwrap_or_else(|| dn::rdn(&entry.dn).unwrap_or_default().to_owned());
        steps.dn = format!("{rdn},{}", moved.as_deref().unwrap_or(parent));
        steps.reached &= moved.is_none();
        steps.rename = Some((rdn, moved));
    }
    Ok(steps)
}

impl Steps {
    fn note(&mut self, name: &str, current: &[Vec<u8>], reached: bool, untouched: bool) {
        self.reached &= reached;
        self.untouched &= untouched;
        if !reached && !untouched && self.differs.is_none() {
            let has = current
                .iter()
                .map(|value| String::from_utf8_lossy(value))
                .collect::<Vec<_>>()
                .join(", ");
            self.differs = Some(if current.is_empty() {
                format!("{name} is not as planned")
            } else {
                format!("{name} is now {has}")
            });
        }
    }
}

fn exactly(one: &[Vec<u8>], other: &[Vec<u8>]) -> bool {
    let set = |values: &[Vec<u8>]| values.iter().cloned().collect::<HashSet<_>>();
    set(one) == set(other)
}

/// Makes the relative name with one of its attributes changed.
fn renamed(naming: &[dn::Ava], attribute: &str, after: &[Vec<u8>]) -> Result<String, WriteError> {
    let [new] = after else {
        return Err(WriteError::Refused(format!(
            "{attribute} names the object and must have exactly one value: correct the mapping"
        )));
    };
    let parts = naming.iter().map(|ava| {
        let value = if ava.attribute.eq_ignore_ascii_case(attribute) {
            new
        } else {
            &ava.value
        };
        format!(
            "{}={}",
            ava.attribute,
            dn::escape_value(&String::from_utf8_lossy(value))
        )
    });
    Ok(parts.collect::<Vec<_>>().join("+"))
}

/// The smallest change: single values where there may be several, so that a value somebody else adds is kept.
pub(super) fn modifications(steps: &[Step]) -> Vec<Mod<Vec<u8>>> {
    let mut mods = Vec::new();
    for step in steps {
        let name = step.name.as_bytes().to_vec();
        let without = |values: &[Vec<u8>], out: &[Vec<u8>]| {
            values
                .iter()
                .filter(|value| !out.contains(value))
                .cloned()
                .collect::<HashSet<_>>()
        };
        let (removed, added) = (
            without(&step.before, &step.after),
            without(&step.after, &step.before),
        );
        if step.single || step.after.is_empty() {
            mods.push(Mod::Replace(name, step.after.iter().cloned().collect()));
        } else {
            if !removed.is_empty() {
                mods.push(Mod::Delete(name.clone(), removed));
            }
            if !added.is_empty() {
                mods.push(Mod::Add(name, added));
            }
        }
    }
    mods
}

/// The control that makes the server check once more, in the same step as the write (RFC 4528).
pub(super) fn assertion(section: &Section, facts: &Facts, object: &ObjectRef, steps: &[Step]) -> RawControl {
    let mut parts = vec![anchor_filter(section, object)];
    for step in steps.iter().filter(|step| !is_secret(&step.name)) {
        if step.before.is_empty() {
            parts.push(format!("(!({}=*))", step.name));
        } else if facts.comparable(&step.name) {
            parts.extend(step.before.iter().map(|value| filter::equal(&step.name, value)));
        }
    }
    Assertion {
        filter: filter::combine('&', &parts),
    }
    .critical()
    .into()
}
