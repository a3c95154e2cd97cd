//! Bringing back what was deleted (MS-ADTS, section 3.1.1.5.3.7).
//!
//! A deleted object stays for months, with its id. Where the recycle bin of the forest is on, it has everything until
//! it is recycled; where it is off, little but the id, the security identifier and the logon name is left of it. It
//! comes back disabled or not, as it was, and without a password.

use std::collections::HashSet;

use ldap3::{Mod, controls::RawControl};

use super::{
    super::{
        change,
        connection::Session,
        create,
        entry::Entry,
        facts::Facts,
        failure::{Failure, refused},
        lookup::{self, Found},
        parents, state, steps, values,
    },
    PASSWORD_SET,
};
use crate::{
    connectors::{AttributeWrite, ObjectRef, Settled, Write, WriteError, Written},
    model::{Remains, Value, dn},
};

/// The control that shows deleted objects to a search, and lets a change name one.
pub(in super::super) const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";

/// The result code of access that is denied.
const DENIED: u32 = 50;

/// What says that an object is deleted, and that all is gone which the recycle bin has kept.
const DELETED: &str = "isDeleted";
const RECYCLED: &str = "isRecycled";

/// Says what is left of an object that was deleted.
pub(in super::super) async fn remains(session: &Session, object: &ObjectRef) -> Result<Remains, Failure> {
    let facts = session.facts().await?;
    let Some(entry) = deleted(session, object).await? else {
        return Ok(Remains::Nothing(
            "it is not among the deleted objects any more, or usher's account may not see them".to_owned(),
        ));
    };
    let is = |name: &str| entry.text(name) == Some("TRUE");
    Ok(match (is(DELETED), facts.recycle_bin, is(RECYCLED)) {
        (false, ..) => Remains::Back,
        (true, Some(true), true) => Remains::Nothing(
            "the recycle bin has kept it for its time and has emptied it: nothing can be brought back"
                .to_owned(),
        ),
        (true, Some(true), false) => Remains::Whole,
        (true, ..) => Remains::Bare,
    })
}

/// Reads an object by its id, deleted or not.
async fn deleted(session: &Session, object: &ObjectRef) -> Result<Option<Entry>, Failure> {
    let place = format!("<GUID={}>", object.anchor);
    let wanted = [DELETED.to_owned(), RECYCLED.to_owned()];
    session.entry_with(&place, &wanted, show_deleted()).await
}

fn show_deleted() -> RawControl {
    RawControl {
        ctype: SHOW_DELETED.to_owned(),
        crit: true,
        val: None,
    }
}

/// Brings an object back and sets again what it has lost. May be done again: what is back already stays.
pub(in super::super) async fn restore(session: &Session, write: &Write) -> Result<Written, WriteError> {
    let Write::Restore { object, secrets, .. } = write else {
        return Err(WriteError::Refused("this brings nothing back".to_owned()));
    };
    let facts = session.facts().await.map_err(Failure::reading)?;
    let names = names(write);
    let can_be_used = |entry: &Entry| state::enabled(&session.section.disable, entry) == Some(true);
    let was_there = match lookup::locate(session, object, &names)
        .await
        .map_err(Failure::reading)?
    {
        // usher makes it usable only together with its new password, after this
        Found::Here(entry) if !secrets.is_empty() && can_be_used(&entry) => {
            return Err(WriteError::Conflict(format!(
                "{} was brought back by somebody else, and can be used already: its password stays as it is: plan again",
                object.location
            )));
        }
        Found::Here(_) => true,
        Found::Elsewhere(entry) => {
            return Err(WriteError::Conflict(format!(
                "{} was brought back to {} by somebody else: plan again",
                object.location, entry.dn
            )));
        }
        Found::Gone => {
            revive(session, object).await?;
            false
        }
    };
    // from here on something is written, and no error that promises "nothing was" would be true
    let open = |error: WriteError| match error {
        error if was_there => error,
        error => WriteError::Unknown(format!("{error}; the object itself is back already")),
    };
    let entry = lookup::find(session, object, &names).await.map_err(open)?;
    let again = again(session, &facts, &entry, write, !was_there);
    let steps = steps::steps(&session.section, &facts, &entry, &again).map_err(open)?;
    let wanted = session.read_back(&steps.goal);
    if !steps.reached {
        let what = format!("setting again what {} had", object.location);
        let result = change::modify(session, &facts, object, &steps, &wanted, false)
            .await
            .map_err(|failure| open(failure.writing(&what)))?;
        if result.rc != 0 {
            return Err(open(refused(&what, &result)));
        }
    }
    let entry = lookup::find(session, object, &wanted.attributes)
        .await
        .map_err(open)?;
    let already = was_there && steps.reached;
    create::written(&session.section, &facts, entry, &steps.goal, already)
        .ok_or_else(|| WriteError::Unknown(format!("{} has no id", object.location)))
}

/// Tells whether an object is back, and as it should be.
pub(in super::super) async fn settle(
    session: &Session,
    facts: &Facts,
    write: &Write,
) -> Result<Settled, WriteError> {
    let Write::Restore { object, .. } = write else {
        return Err(WriteError::Refused("this brings nothing back".to_owned()));
    };
    let found = lookup::locate(session, object, &names(write)).await;
    let entry = match found.map_err(Failure::reading)? {
        Found::Here(entry) => entry,
        Found::Elsewhere(entry) => {
            return Ok(Settled::Unclear(format!("it was brought back to {}", entry.dn)));
        }
        Found::Gone => return Ok(Settled::NotDone),
    };
    let again = again(session, facts, &entry, write, false);
    let steps = steps::steps(&session.section, facts, &entry, &again)?;
    if !steps.reached {
        // sent again it writes what is missing
        return Ok(Settled::NotDone);
    }
    let written = create::written(&session.section, facts, entry, &steps.goal, false);
    Ok(written.map_or_else(|| Settled::Unclear("it has no id".to_owned()), Settled::Done))
}

/// Takes a deleted object back to its place. Some servers take nothing else in the same request.
async fn revive(session: &Session, object: &ObjectRef) -> Result<(), WriteError> {
    let what = format!("bringing {} back", object.location);
    let gone = || {
        WriteError::Conflict(format!(
            "{what}: it is not among the deleted objects any more: undo again to see what can be done"
        ))
    };
    let entry = deleted(session, object)
        .await
        .map_err(Failure::reading)?
        .ok_or_else(gone)?;
    let taken = session
        .entry(&object.location, "(objectClass=*)", &["1.1".to_owned()])
        .await;
    if taken.map_err(Failure::reading)?.is_some() {
        return Err(WriteError::Conflict(format!(
            "{what}: another object has its name by now: rename that one first"
        )));
    }
    let container = dn::parent(&object.location).unwrap_or_default();
    parents::ensure(session, container, &what).await?;
    let result = session
        .request(vec![show_deleted()], async |ldap| {
            let place = HashSet::from([object.location.as_bytes().to_vec()]);
            let changes = vec![
                Mod::Delete(DELETED.as_bytes().to_vec(), HashSet::new()),
                Mod::Replace(b"distinguishedName".to_vec(), place),
            ];
            ldap.modify(&entry.dn, changes).await
        })
        .await
        .map_err(|failure| failure.writing(&what))?;
    match result.rc {
        0 => Ok(()),
        DENIED => Err(WriteError::Refused(format!(
            "{what}: usher's account may not do that: grant it the right Reanimate Tombstones on the domain, and the \
             right to make objects in {container}"
        ))),
        _ => Err(refused(&what, &result)),
    }
}

/// The attributes that are set again.
fn names(write: &Write) -> Vec<String> {
    match write {
        Write::Restore { attributes, .. } => attributes.iter().map(|(name, _)| name.clone()).collect(),
        _ => Vec::new(),
    }
}

/// What has to be changed of an object that is back. Where it is given secrets it becomes usable only then, so it is
/// made unusable when it `is_new` here, and left as it is later.
fn again(session: &Session, facts: &Facts, entry: &Entry, write: &Write, is_new: bool) -> Write {
    let Write::Restore {
        object,
        attributes,
        enabled,
        secrets,
    } = write
    else {
        return write.clone();
    };
    let has = |name: &str| values::to_value(&facts.known(name), entry.get(name).unwrap_or_default());
    let lost = attributes.iter().filter(|(name, value)| {
        // when a password was set that is lost is nobody's to say
        !name.eq_ignore_ascii_case(PASSWORD_SET) && *value != Value::Absent
    });
    let attributes = lost.map(|(name, value)| AttributeWrite {
        attribute: name.clone(),
        before: has(name),
        after: value.clone(),
    });
    let usable = match (secrets.is_empty(), is_new) {
        (true, _) => *enabled,
        (false, true) => Some(false),
        (false, false) => None,
    };
    Write::Change {
        object: object.clone(),
        attributes: attributes.collect(),
        enabled: state::enabled(&session.section.disable, entry).zip(usable),
        container: None,
    }
}
