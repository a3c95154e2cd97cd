//! Changing, moving and deleting an object: read, compare with what was planned, write under assertion.

use std::collections::HashSet;

use ldap3::{
    Mod, Scope,
    controls::{Assertion, MakeCritical, PostRead, RawControl},
};

use super::{
    Disable, Section,
    connection::{Search, Session},
    create::{Attribute, is_secret, no_state, posted, read_back, written},
    entry::Entry,
    facts::Facts,
    failure::{Failure, refused},
    filter, state, values,
};
use crate::{
    connectors::{AttributeWrite, ObjectRef, Write, WriteError, Written},
    model::{Anchor, dn},
};

/// `(entryUUID=…)` of an object.
pub(super) fn anchor_filter(section: &Section, object: &ObjectRef) -> String {
    filter::equal(
        &section.anchor,
        &state::anchor_octets(section, object.anchor.as_str()),
    )
}

/// What is at an object's place.
pub(super) enum Found {
    Here(Entry),
    Elsewhere(Entry),
    Gone,
}

/// Looks an object up, at its place first.
pub(super) async fn locate(
    session: &Session,
    object: &ObjectRef,
    attributes: &[String],
) -> Result<Found, Failure> {
    let section = &session.section;
    let mut names = attributes.to_vec();
    names.push(section.anchor.clone());
    names.extend(state::attribute(&section.disable).map(str::to_owned));
    if let Some(entry) = session.entry(&object.location, "(objectClass=*)", &names).await?
        && state::anchor(section, &entry).as_deref() == Some(object.anchor.as_str())
    {
        return Ok(Found::Here(entry));
    }
    let filter = anchor_filter(section, object);
    let search = Search {
        base: &section.base,
        scope: Scope::Subtree,
        filter: &filter,
        attributes: &names,
    };
    let (mut entries, result) = session.search(&search, 2).await?;
    match (entries.pop(), result.rc) {
        (Some(entry), _) if dn::same(&entry.dn, &object.location) => Ok(Found::Here(entry)),
        (Some(entry), _) => Ok(Found::Elsewhere(entry)),
        (None, 0) => Ok(Found::Gone),
        (None, rc) => Err(Failure::Lost(format!(
            "{} cannot be looked up: result code {rc}",
            object.location
        ))),
    }
}

/// Reads an object at its place; a conflict if it is not there.
pub(super) async fn find(
    session: &Session,
    object: &ObjectRef,
    attributes: &[String],
) -> Result<Entry, WriteError> {
    match locate(session, object, attributes)
        .await
        .map_err(Failure::reading)?
    {
        Found::Here(entry) => Ok(entry),
        Found::Elsewhere(entry) => Err(WriteError::Conflict(format!(
            "{} was moved to {} since it was read: plan again",
            object.location, entry.dn
        ))),
        Found::Gone => Err(WriteError::Conflict(format!(
            "{} (id {}) is gone since it was read: plan again",
            object.location, object.anchor
        ))),
    }
}

/// One attribute of a change, on the wire.
struct Step {
    name: String,
    before: Vec<Vec<u8>>,
    after: Vec<Vec<u8>>,
    single: bool,
}

/// A change, taken apart into what is sent.
pub(super) struct Steps {
    modify: Vec<Step>,
    /// The new relative name and the new container.
    rename: Option<(String, Option<String>)>,
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
                rdn = Some(renamed(&naming, attribute, &before, &after)?);
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
fn renamed(
    naming: &[dn::Ava],
    attribute: &str,
    before: &[Vec<u8>],
    after: &[Vec<u8>],
) -> Result<String, WriteError> {
    let [new] = after else {
        return Err(WriteError::Refused(format!(
            "{attribute} names the object and must have exactly one value: correct the mapping"
        )));
    };
    let _ = before;
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

/// Changes an object.
pub(super) async fn change(session: &Session, write: &Write) -> Result<Written, WriteError> {
    let Write::Change {
        object, attributes, ..
    } = write
    else {
        return Err(WriteError::Refused("this is no change".to_owned()));
    };
    let section = &session.section;
    let facts = session.facts().await.map_err(Failure::reading)?;
    let names: Vec<String> = attributes
        .iter()
        .map(|attribute| attribute.attribute.clone())
        .collect();
    let entry = find(session, object, &names).await?;
    let steps = steps(section, &facts, &entry, write)?;
    let no_id = || {
        WriteError::Unknown(format!(
            "{} could not be read back; it is looked up before anything else",
            object.location
        ))
    };
    if steps.reached {
        return written(section, &facts, entry, &steps.goal, true).ok_or_else(no_id);
    }
    if let Some(differs) = &steps.differs {
        return Err(WriteError::Conflict(format!(
            "{} was changed since it was read: {differs}: plan again",
            object.location
        )));
    }
    let wanted = read_back(section, &steps.goal);
    let mut read = None;
    if !steps.modify.is_empty() {
        let what = format!("changing {}", object.location);
        let mut controls = Vec::new();
        if facts.assertion {
            controls.push(assertion(section, &facts, object, &steps.modify));
        }
        if facts.post_read {
            controls.push(PostRead::new(wanted.clone()));
        }
        let result = session
            .request(controls, async |ldap| {
                ldap.modify(&object.location, modifications(&steps.modify)).await
            })
            .await
            .map_err(|failure| failure.writing(&what))?;
        if result.rc != 0 {
            return Err(refused(&what, &result));
        }
        read = posted(&result);
    }
    if let Some((rdn, container)) = &steps.rename {
        let what = format!("moving {} to {}", object.location, steps.dn);
        let moved = session
            .request(Vec::new(), async |ldap| {
                ldap.modifydn(&object.location, rdn, true, container.as_deref())
                    .await
            })
            .await
            .map_err(|failure| failure.writing(&what))
            .and_then(|result| {
                if result.rc == 0 {
                    Ok(())
                } else {
                    Err(refused(&what, &result))
                }
            });
        if let Err(error) = moved {
            return Err(if steps.modify.is_empty() {
                error
            } else {
                // no error that promises "nothing was written" would be true
                WriteError::Unknown(format!("{error}; its attributes are written already"))
            });
        }
        read = None;
    }
    let entry = match read {
        Some(entry) => Some(entry),
        None => session
            .entry(&steps.dn, "(objectClass=*)", &wanted)
            .await
            .ok()
            .flatten(),
    };
    entry
        .and_then(|entry| written(section, &facts, entry, &steps.goal, false))
        .ok_or_else(no_id)
}

/// The smallest change: single values where there may be several, so that a value somebody else adds is kept.
fn modifications(steps: &[Step]) -> Vec<Mod<Vec<u8>>> {
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
fn assertion(section: &Section, facts: &Facts, object: &ObjectRef, steps: &[Step]) -> RawControl {
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

/// Deletes an object.
pub(super) async fn delete(session: &Session, object: &ObjectRef) -> Result<Written, WriteError> {
    let section = &session.section;
    let facts = session.facts().await.map_err(Failure::reading)?;
    let gone = |already| Written {
        anchor: Anchor::clone(&object.anchor),
        location: object.location.clone(),
        verified: true,
        already,
        attributes: Vec::new(),
    };
    match locate(session, object, &[]).await.map_err(Failure::reading)? {
        Found::Here(_) => {}
        Found::Gone => return Ok(gone(true)),
        Found::Elsewhere(entry) => {
            return Err(WriteError::Conflict(format!(
                "{} was moved to {} since it was read: plan again",
                object.location, entry.dn
            )));
        }
    }
    let what = format!("deleting {}", object.location);
    let controls: Vec<RawControl> = if facts.assertion {
        vec![
            Assertion {
                filter: anchor_filter(section, object),
            }
            .critical()
            .into(),
        ]
    } else {
        Vec::new()
    };
    let result = session
        .request(controls, async |ldap| ldap.delete(&object.location).await)
        .await
        .map_err(|failure| failure.writing(&what))?;
    if result.rc != 0 {
        return Err(refused(&what, &result));
    }
    let still = session
        .entry(
            &object.location,
            &anchor_filter(section, object),
            &["1.1".to_owned()],
        )
        .await;
    Ok(Written {
        verified: still.is_ok_and(|entry| entry.is_none()),
        ..gone(false)
    })
}
