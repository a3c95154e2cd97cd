//! Changing, moving and deleting an object: read, compare with what was planned, write under assertion.

mod planned;

use std::{rc::Rc, sync::Arc};

use ldap3::{
    LdapResult,
    controls::{PreRead, RawControl},
};

use super::{
    active_directory::why,
    connection::Session,
    create::{entry_in, written},
    facts::{Facts, POST_READ, PRE_READ},
    failure::Failure,
    lookup::{Found, anchor_filter, assertion, find, find_together, find_written, locate_together},
    parents,
    read_back::ReadBack,
    steps::{self, Steps, expected, modifications, steps},
};
use crate::{
    connectors::{ObjectRef, Write, WriteError, Written},
    model::{Anchor, dn},
};

/// The result code of an assertion that does not hold (RFC 4528).
const ASSERTION_FAILED: u32 = 122;

/// Changes an object.
pub(super) async fn change(session: &Rc<Session>, write: &Write) -> Result<Written, WriteError> {
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
    if let Some(written) = unseen(session, &facts, object, write).await? {
        return Ok(written);
    }
    // a server that checks nothing at the write itself is looked at only when it is this write's turn
    let early = if facts.assertion {
        None
    } else {
        Some(session.permit().await?)
    };
    let mut entry = find_together(session, &facts, object, &names).await?;
    let mut steps = steps(section, &facts, &entry, write)?;
    if steps.reached {
        return written(section, &facts, entry, &steps.goal, true).ok_or_else(|| no_id(object));
    }
    conflict(object, &steps)?;
    let _permit = match early {
        Some(permit) => permit,
        None => session.permit().await?,
    };
    if steps.rename.is_some() {
        Box::pin(may_move(session, object, &steps)).await?;
    }
    let wanted = session.read_back(&steps.goal);
    let lost = |failure: Failure| failure.writing(&changing(object));
    let mut result = None;
    if !steps.modify.is_empty() {
        let mut modified = modify(session, &facts, object, &steps, &wanted, facts.assertion)
            .await
            .map_err(lost)?;
        if modified.rc == ASSERTION_FAILED {
            // some servers compare otherwise than their schema says: what was planned is compared once more here, and
            // holds or does not
            entry = Box::pin(find(session, object, &names)).await?;
            steps = steps::steps(section, &facts, &entry, write)?;
            if steps.reached {
                return written(section, &facts, entry, &steps.goal, true).ok_or_else(|| no_id(object));
            }
            conflict(object, &steps)?;
            modified = modify(session, &facts, object, &steps, &wanted, false)
                .await
                .map_err(lost)?;
        }
        if modified.rc != 0 {
            let said = changing(object);
            return Err(Box::pin(why::explained(session, object, &said, &modified)).await);
        }
        result = Some(modified);
    }
    if steps.rename.is_some() {
        Box::pin(rename(session, object, &steps)).await?;
    }
    finished(session, &facts, object, &steps, &wanted, result.as_ref()).await
}

/// Changes an object without looking at it first, where the server checks with the write all that would be looked at.
/// Nothing if it cannot be done so, or the server does not take it: looking tells why.
async fn unseen(
    session: &Rc<Session>,
    facts: &Facts,
    object: &ObjectRef,
    write: &Write,
) -> Result<Option<Written>, WriteError> {
    let section = &session.section;
    let Some(Ok(steps)) =
        planned::entry(section, facts, write).map(|entry| steps(section, facts, &entry, write))
    else {
        return Ok(None);
    };
    if steps.reached || steps.differs.is_some() || steps.rename.is_some() {
        return Ok(None);
    }
    let _permit = session.permit().await?;
    let wanted = session.read_back(&steps.goal);
    let result = modify(session, facts, object, &steps, &wanted, true)
        .await
        .map_err(|failure| failure.writing(&changing(object)))?;
    if result.rc != 0 {
        return Ok(None);
    }
    let written = finished(session, facts, object, &steps, &wanted, Some(&result)).await?;
    Ok(Some(written))
}

/// Gives an object the name, or the place, that a change ends in.
async fn rename(session: &Session, object: &ObjectRef, steps: &Steps) -> Result<(), WriteError> {
    let Some((rdn, container)) = &steps.rename else {
        return Ok(());
    };
    let what = format!("moving {} to {}", object.location, steps.dn);
    let moved = session
        .request(Vec::new(), async |ldap| {
            ldap.modifydn(&object.location, rdn, true, container.as_deref())
                .await
        })
        .await
        .map_err(|failure| failure.writing(&what));
    let error = match moved {
        Ok(result) if result.rc == 0 => return Ok(()),
        Ok(result) => why::explained(session, object, &what, &result).await,
        Err(error) => error,
    };
    Err(if steps.modify.is_empty() {
        error
    } else {
        // no error that promises "nothing was written" would be true
        WriteError::Unknown(format!("{error}; its attributes are written already"))
    })
}

/// Takes in what a change left behind: as the server said with its answer, else by looking.
async fn finished(
    session: &Rc<Session>,
    facts: &Facts,
    object: &ObjectRef,
    steps: &Steps,
    wanted: &Arc<ReadBack>,
    result: Option<&LdapResult>,
) -> Result<Written, WriteError> {
    let told = result.filter(|_| steps.rename.is_none());
    let mut entry = told.and_then(|result| entry_in(result, POST_READ));
    if entry.is_none() {
        entry = Box::pin(find_written(session, facts, &steps.dn, wanted)).await;
    }
    let mut written = entry
        .and_then(|entry| written(&session.section, facts, entry, &steps.goal, false))
        .ok_or_else(|| no_id(object))?;
    // what the server says was there right before, where nothing held it: somebody else came in between, and what they
    // wrote is gone, which must not pass in silence
    let was = result.and_then(|result| entry_in(result, PRE_READ));
    written.verified &= was.is_none_or(|was| steps.began_with(&was));
    Ok(written)
}

fn no_id(object: &ObjectRef) -> WriteError {
    WriteError::Unknown(format!(
        "{} could not be read back; it is looked up before anything else",
        object.location
    ))
}

/// What a change does, for messages.
fn changing(object: &ObjectRef) -> String {
    format!("changing {}", object.location)
}

/// Makes sure before anything is written that the object can be moved afterwards: both are one change to whoever has
/// approved it, and two requests to the server.
async fn may_move(session: &Session, object: &ObjectRef, steps: &Steps) -> Result<(), WriteError> {
    let what = format!("moving {} to {}", object.location, steps.dn);
    if let Some((_, Some(container))) = &steps.rename {
        Box::pin(parents::ensure(session, container, &what)).await?;
    }
    // written in another way it is the object itself
    if steps.modify.is_empty() || dn::same(&object.location, &steps.dn) {
        return Ok(());
    }
    let taken = session
        .entry(&steps.dn, "(objectClass=*)", &["1.1".to_owned()])
        .await;
    match taken.map_err(Failure::reading)? {
        None => Ok(()),
        Some(_) => Err(WriteError::Conflict(format!(
            "{what}: an object with that name exists already: link it, or choose another name"
        ))),
    }
}

/// Says what somebody else changed, if anything.
fn conflict(object: &ObjectRef, steps: &Steps) -> Result<(), WriteError> {
    match &steps.differs {
        None => Ok(()),
        Some(differs) => Err(WriteError::Conflict(format!(
            "{} was changed since it was read: {differs}: plan again",
            object.location
        ))),
    }
}

/// Sends the part of a change that is made in place.
pub(super) async fn modify(
    session: &Session,
    facts: &Facts,
    object: &ObjectRef,
    steps: &Steps,
    wanted: &ReadBack,
    asserted: bool,
) -> Result<LdapResult, Failure> {
    let mut controls = Vec::new();
    if asserted {
        controls.push(assertion(
            &object.location,
            &expected(&session.section, facts, object, &steps.modify),
        ));
    } else if facts.pre_read {
        controls.push(PreRead::new(steps.changed()));
    }
    if facts.post_read {
        controls.push(wanted.control());
    }
    session
        .request(controls, async |ldap| {
            ldap.modify(&object.location, modifications(&steps.modify)).await
        })
        .await
}

/// Deletes an object.
pub(super) async fn delete(session: &Rc<Session>, object: &ObjectRef) -> Result<Written, WriteError> {
    let section = &session.section;
    let facts = session.facts().await.map_err(Failure::reading)?;
    let gone = |already| Written {
        anchor: Anchor::clone(&object.anchor),
        location: object.location.clone(),
        verified: true,
        already,
        attributes: Vec::new(),
    };
    let early = if facts.assertion {
        None
    } else {
        Some(session.permit().await?)
    };
    let found = locate_together(session, &facts, object, &[]).await;
    match found.map_err(Failure::reading)? {
        Found::Here(_) => {}
        Found::Gone => return Ok(gone(true)),
        Found::Elsewhere(entry) => {
            return Err(WriteError::Conflict(format!(
                "{} was moved to {} since it was read: plan again",
                object.location, entry.dn
            )));
        }
    }
    let _permit = match early {
        Some(permit) => permit,
        None => session.permit().await?,
    };
    let what = format!("deleting {}", object.location);
    let controls: Vec<RawControl> = if facts.assertion {
        vec![assertion(&object.location, &anchor_filter(section, object))]
    } else {
        Vec::new()
    };
    let result = session
        .request(controls, async |ldap| ldap.delete(&object.location).await)
        .await
        .map_err(|failure| failure.writing(&what))?;
    if result.rc != 0 {
        return Err(Box::pin(why::explained(session, object, &what, &result)).await);
    }
    let (who, nothing) = (anchor_filter(section, object), ["1.1".to_owned()]);
    let still = Box::pin(session.entry(&object.location, &who, &nothing)).await;
    Ok(Written {
        verified: still.is_ok_and(|entry| entry.is_none()),
        ..gone(false)
    })
}

#[cfg(test)]
mod tests {
    use super::{super::create::create, *};

    #[test]
    fn a_write_that_waits_is_small() {
        fn size<A, B, F>(_: impl Fn(A, B) -> F) -> usize {
            size_of::<F>()
        }
        type Of = &'static Rc<Session>;
        let sizes = [
            size(|session: Of, write: &'static Write| change(session, write)),
            size(|session: Of, write: &'static Write| create(session, write)),
            size(|session: Of, object: &'static ObjectRef| delete(session, object)),
        ];
        // in octets; hundreds wait at a time
        assert!(sizes.iter().all(|size| *size <= 2048), "{sizes:?}");
    }
}
