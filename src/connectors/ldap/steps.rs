//! A change taken apart: what is sent, what it ends in, and whether somebody else was there first.

use std::collections::HashSet;

use ldap3::Mod;

use super::{
    Disable, Section,
    active_directory::{
        control,
        form::{self, Form},
        suffix,
    },
    create::{Attribute, SHADOW, is_secret, no_state},
    entry::Entry,
    facts::Facts,
    filter,
    lookup::anchor_filter,
    state, values,
};
use crate::{
    connectors::{AttributeWrite, ObjectRef, Write, WriteError},
    model::{Column, dn},
};

const CLASSES: &str = "objectClass";

/// One attribute of a change, on the wire.
pub(super) struct Step {
    name: String,
    before: Vec<Vec<u8>>,
    after: Vec<Vec<u8>>,
    single: bool,
    /// Whether other values of the attribute, which are not here, are to stay: those in the name.
    beside: bool,
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
    let mut naming = dn::parse(&entry.dn)
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
    let mut is_renamed = false;
    for AttributeWrite {
        attribute,
        before,
        after,
    } in attributes
    {
        let column = facts.known(attribute);
        let current = entry.get(attribute).unwrap_or_default();
        let (before, after) = (
            values::to_octets(&column, before),
            values::to_octets(&column, after),
        );
        if attribute.eq_ignore_ascii_case(control::ATTRIBUTE) {
            steps.control(section, entry, &before, &after)?;
            continue;
        }
        suffix::check(facts, &format!("changing {}", entry.dn), attribute, &after)?;
        let current = &*form::present(&column.name, current);
        if attribute.eq_ignore_ascii_case(CLASSES) {
            steps.classes(current, &before, &after);
            continue;
        }
        let reached = exactly(current, &after);
        let untouched = values::same(&column, current, &before) || is_secret(attribute);
        steps.note(attribute, current, reached, untouched);
        steps.goal.push((attribute.clone(), after.clone()));
        let named = naming
            .iter_mut()
            .find(|ava| ava.attribute.eq_ignore_ascii_case(attribute));
        if let Some(ava) = named {
            if !reached {
                is_renamed |= steps.name(&column, ava, current, &after)?;
            }
        } else if !reached {
            steps.modify.push(Step {
                name: attribute.clone(),
                before: current.to_vec(),
                after,
                // without a rule to compare by (photos), a server can remove no single value
                single: !column.multi_valued
                    || is_secret(attribute)
                    || (facts.schema_read && !facts.comparable(attribute)),
                beside: false,
            });
        }
    }
    let place = match enabled {
        Some(states) => steps.usable(section, entry, *states, container.as_ref())?,
        None => container.clone(),
    };
    let parent = dn::parent(&entry.dn).unwrap_or_default();
    let moved = place.filter(|place| !dn::same(place, parent));
    if is_renamed || moved.is_some() {
        let rdn = if is_renamed {
            spelled(&naming)
        } else {
            dn::rdn(&entry.dn).unwrap_or_default().to_owned()
        };
        steps.dn = format!("{rdn},{}", moved.as_deref().unwrap_or(parent));
        steps.reached &= moved.is_none();
        steps.rename = Some((rdn, moved));
    }
    Ok(steps)
}

impl Steps {
    /// The attributes that are changed in place.
    pub(super) fn changed(&self) -> Vec<String> {
        self.modify.iter().map(|step| step.name.clone()).collect()
    }

    /// Reports whether an entry is as the change was made for.
    pub(super) fn began_with(&self, entry: &Entry) -> bool {
        let mut steps = self
            .modify
            .iter()
            .filter(|step| !step.beside && !is_secret(&step.name));
        steps.all(|step| exactly(entry.get(&step.name).unwrap_or_default(), &step.before))
    }

    /// Takes in that the account becomes usable or unusable; returns the container it is then in, if that changes.
    fn usable(
        &mut self,
        section: &Section,
        entry: &Entry,
        (from, to): (bool, bool),
        container: Option<&String>,
    ) -> Result<Option<String>, WriteError> {
        let mut place = container.cloned();
        let now = state::enabled(&section.disable, entry).ok_or_else(|| WriteError::Refused(no_state()))?;
        self.note("usable state", &[], now == to, now == from);
        if let Some(attribute) = state::attribute(&section.disable) {
            let current = entry.get(attribute).unwrap_or_default().to_vec();
            // a mapping may have set other bits of it
            let same = |name: &str| name.eq_ignore_ascii_case(attribute);
            let mapped = self.goal.iter().position(|(name, _)| same(name));
            let base = mapped.map_or(current.clone(), |at| self.goal.remove(at).1);
            self.modify.retain(|step| !same(&step.name));
            let after = state::values(&section.disable, &base, to);
            self.goal.push((attribute.to_owned(), after.clone()));
            if now != to || !exactly(&current, &after) {
                if section.disable == Disable::Shadow && !to {
                    let classes = entry.get(CLASSES).unwrap_or_default();
                    self.classes(classes, &[], &[SHADOW.into()]);
                }
                self.modify.push(Step {
                    name: attribute.to_owned(),
                    before: current,
                    after,
                    single: true,
                    beside: false,
                });
            }
        } else if let (Disable::Container(disabled), None) = (&section.disable, container) {
            if to {
                return Err(WriteError::Refused(format!(
                    "{} cannot be enabled: accounts below {disabled} are unusable, and its rule names no other container",
                    entry.dn
                )));
            }
            place = (!dn::is_below(&entry.dn, disabled)).then(|| disabled.clone());
        }
        Ok(place)
    }

    /// Takes in bits of an account that a mapping sets; whether it can be used is told apart.
    fn control(
        &mut self,
        section: &Section,
        entry: &Entry,
        before: &[Vec<u8>],
        after: &[Vec<u8>],
    ) -> Result<(), WriteError> {
        let current = entry.get(control::ATTRIBUTE).unwrap_or_default();
        let wanted = if section.is_active_directory() {
            control::with_mapped(current, after)
        } else {
            after.first().cloned()
        };
        let wanted = vec![wanted.ok_or_else(|| {
            WriteError::Refused(format!(
                "{}: {} is a number made of bits, and there is none: correct the mapping",
                entry.dn,
                control::ATTRIBUTE
            ))
        })?];
        let reached = exactly(current, &wanted);
        self.note(
            control::ATTRIBUTE,
            current,
            reached,
            control::shown(current) == control::shown(before),
        );
        self.goal.push((control::ATTRIBUTE.to_owned(), wanted.clone()));
        if !reached {
            self.modify.push(Step {
                name: control::ATTRIBUTE.to_owned(),
                before: current.to_vec(),
                after: wanted,
                single: true,
                beside: false,
            });
        }
        Ok(())
    }

    /// Takes classes in that are added or removed. An entry has more of them than were asked for, and the server may
    /// add some, so only those that change count.
    fn classes(&mut self, current: &[Vec<u8>], before: &[Vec<u8>], after: &[Vec<u8>]) {
        let within =
            |some: &[Vec<u8>], class: &[u8]| some.iter().any(|known| known.eq_ignore_ascii_case(class));
        let added = after.iter().filter(|class| !within(before, class));
        let added: Vec<_> = added.cloned().collect();
        let stays = |class: &&Vec<u8>| !within(before, class) || within(after, class);
        let mut classes: Vec<_> = current.iter().filter(stays).cloned().collect();
        classes.extend(added.iter().filter(|class| !within(current, class)).cloned());
        let reached = exactly(current, &classes);
        self.note(CLASSES, current, reached, true);
        if !reached {
            self.modify.push(Step {
                name: CLASSES.to_owned(),
                before: current.to_vec(),
                after: classes,
                single: false,
                beside: false,
            });
        }
        self.goal.push((CLASSES.to_owned(), added));
    }

    /// Takes in an attribute that names the object: one of its values becomes the name, the one that is the name now
    /// if it is among them; the others are changed in place. Returns whether the name changes.
    fn name(
        &mut self,
        column: &Column,
        ava: &mut dn::Ava,
        current: &[Vec<u8>],
        after: &[Vec<u8>],
    ) -> Result<bool, WriteError> {
        let same = |one: &[u8], other: &[u8]| values::key(column, one) == values::key(column, other);
        let kept = after.iter().find(|value| same(value, &ava.value));
        let Some(name) = kept.or(after.first()) else {
            return Err(WriteError::Refused(format!(
                "{} names the object and must have a value: correct the mapping",
                ava.attribute
            )));
        };
        let without = |values: &[Vec<u8>], name: &[u8]| -> Vec<Vec<u8>> {
            values
                .iter()
                .filter(|value| !same(value, name))
                .cloned()
                .collect()
        };
        let (before, after) = (without(current, &ava.value), without(after, name));
        if !exactly(&before, &after) {
            self.modify.push(Step {
                name: ava.attribute.to_owned(),
                before,
                after,
                single: false,
                beside: true,
            });
        }
        let is_renamed = ava.value != *name;
        ava.value = name.clone().into();
        Ok(is_renamed)
    }

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

/// Reports whether two sets of values are the same to the octet.
fn exactly(one: &[Vec<u8>], other: &[Vec<u8>]) -> bool {
    fn set(values: &[Vec<u8>]) -> HashSet<&[u8]> {
        values.iter().map(Vec::as_slice).collect()
    }
    if let ([one], [other]) = (one, other) {
        return one == other;
    }
    set(one) == set(other)
}

/// Spells a relative name.
fn spelled(naming: &[dn::Ava]) -> String {
    let parts = naming
        .iter()
        .map(|ava| format!("{}={}", ava.attribute, dn::escape(&ava.value)));
    parts.collect::<Vec<_>>().join("+")
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
        if !step.beside && (step.single || step.after.is_empty()) {
            let cleared = step
                .after
                .is_empty()
                .then(|| Form::of(&step.name)?.cleared())
                .flatten();
            let values = step.after.iter().map(Vec::as_slice).chain(cleared);
            mods.push(Mod::Replace(name, values.map(<[u8]>::to_vec).collect()));
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

/// What an object must still be like to be changed, as a filter.
pub(super) fn expected(section: &Section, facts: &Facts, object: &ObjectRef, steps: &[Step]) -> String {
    let mut parts = vec![anchor_filter(section, object)];
    for step in steps.iter().filter(|step| !is_secret(&step.name)) {
        if step.before.is_empty() {
            parts.push(format!("(!({}=*))", step.name));
        } else if facts.comparable(&step.name) {
            parts.extend(step.before.iter().map(|value| filter::equal(&step.name, value)));
        }
    }
    filter::combine('&', &parts)
}
