//! Changing, moving and deleting an object: read, compare with what was planned, write under assertion.

use ldap3::{
    LdapResult,
    controls::{PostRead, PreRead, RawControl},
};

use super::{
    active_directory::why,
    connection::Session,
    create::{entry_in, read_back, written},
    facts::{Facts, POST_READ, PRE_READ},
    failure::Failure,
    lookup::{Found, anchor_filter, assertion, find, locate},
    parents,
    steps::{Steps, expected, modifications, steps},
};
use crate::{
    connectors::{ObjectRef, Write, WriteError, Written},
    model::{Anchor, dn},
};

/// The result code of an assertion that does not hold (RFC 4528).
const ASSERTION_FAILED: u32 = 122;

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
    let mut steps = steps(section, &facts, &entry, write)?;
    let no_id = || {
        WriteError::Unknown(format!(
            "{} could not be read back; it is looked up before anything else",
            object.location
        ))
    };
    if steps.reached {
        return written(section, &facts, entry, &steps.goal, true).ok_or_else(no_id);
    }
    conflict(object, &steps)?;
    if steps.rename.is_some() {
        may_move(session, object, &steps).await?;
    }
    let wanted = read_back(section, &steps.goal);
    let mut read = None;
    // what the server says was there right before, where nothing held it
    let mut was = None;
    if !steps.modify.is_empty() {
        let what = format!("changing {}", object.location);
        let mut result = modify(session, &facts, object, &steps, &wanted, facts.assertion, &what).await?;
        if result.rc == ASSERTION_FAILED {
            // some servers compare otherwise than their schema says: what was planned is compared once more here, and
            // holds or does not
            steps = steps_now(session, &facts, object, &names, write).await?;
            conflict(object, &steps)?;
            result = modify(session, &facts, object, &steps, &wanted, false, &what).await?;
        }
        if result.rc != 0 {
            return Err(why::explained(session, object, &what, &result).await);
        }
        read = entry_in(&result, POST_READ);
        was = entry_in(&result, PRE_READ);
    }
    if let Some((rdn, container)) = &steps.rename {
        let what = format!("moving {} to {}", object.location, steps.dn);
        let moved = session
            .request(Vec::new(), async |ldap| {
                ldap.modifydn(&object.location, rdn, true, container.as_deref())
                    .await
            })
            .await
            .map_err(|failure| failure.writing(&what));
        let moved = match moved {
            Ok(result) if result.rc == 0 => Ok(()),
            Ok(result) => Err(why::explained(session, object, &what, &result).await),
            Err(error) => Err(error),
        };
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
    let mut written = entry
        .and_then(|entry| written(section, &facts, entry, &steps.goal, false))
        .ok_or_else(no_id)?;
    // somebody else came in between: what they wrote is gone, which must not pass in silence
    written.verified &= was.is_none_or(|was| steps.began_with(&was));
    Ok(written)
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

/// Looks at the object again.
async fn steps_now(
    session: &Session,
    facts: &Facts,
    object: &ObjectRef,
    names: &[String],
    write: &Write,
) -> Result<Steps, WriteError> {
    let entry = find(session, object, names).await?;
    steps(&session.section, facts, &entry, write)
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
    wanted: &[String],
    asserted: bool,
    what: &str,
) -> Result<LdapResult, WriteError> {
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
        controls.push(PostRead::new(wanted.to_vec()));
    }
    session
        .request(controls, async |ldap| {
            ldap.modify(&object.location, modifications(&steps.modify)).await
        })
        .await
        .map_err(|failure| failure.writing(what))
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
        vec![assertion(&object.location, &anchor_filter(section, object))]
    } else {
        Vec::new()
    };
    let result = session
        .request(controls, async |ldap| ldap.delete(&object.location).await)
        .await
        .map_err(|failure| failure.writing(&what))?;
    if result.rc != 0 {
        return Err(why::explained(session, object, &what, &result).await);
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
