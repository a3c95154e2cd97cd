//! Finding out what became of a write whose answer got lost.

use super::{
    active_directory::restore, connection::Session, create, facts::Facts, failure::Failure, lookup,
    membership, state, steps, vacancy,
};
use crate::{
    connectors::{Settled, Write, WriteError, Written},
    model::Value,
};

/// Asks every server: the write may have reached one that is gone now, and come from there to the others later. It is
/// taken for not written only when all of them say so.
pub(super) async fn settle_everywhere(session: &Session, write: &Write) -> Settled {
    let mut settled = settle(session, write).await;
    for other in session.others() {
        if settled != Settled::NotDone {
            break;
        }
        settled = match settle(&other, write).await {
            Settled::Unclear(reason) | Settled::Unasked(reason) => Settled::Unclear(format!(
                "{} does not have it, but another server may: {reason}; bring that server back, or take it out of `url`",
                session.servers.place()
            )),
            told => told,
        };
    }
    settled
}

/// Looks at the directory and tells whether the write is there.
async fn settle(session: &Session, write: &Write) -> Settled {
    match look(session, write).await {
        Ok(settled) => settled,
        Err(WriteError::Busy { message, .. }) => Settled::Unasked(message),
        Err(error) => Settled::Unclear(error.to_string()),
    }
}

async fn look(session: &Session, write: &Write) -> Result<Settled, WriteError> {
    let facts = session.facts().await.map_err(Failure::reading)?;
    match write {
        Write::Create { absent, .. } => created(session, &facts, write, absent).await,
        Write::Change {
            object, attributes, ..
        } => {
            let names: Vec<String> = attributes
                .iter()
                .map(|attribute| attribute.attribute.clone())
                .collect();
            let entry = match lookup::locate(session, object, &names)
                .await
                .map_err(Failure::reading)?
            {
                lookup::Found::Here(entry) | lookup::Found::Elsewhere(entry) => entry,
                lookup::Found::Gone => return Ok(Settled::Unclear(format!("{} is gone", object.location))),
            };
            let steps = steps::steps(&session.section, &facts, &entry, write)?;
            Ok(if steps.reached {
                done(create::written(
                    &session.section,
                    &facts,
                    entry,
                    &steps.goal,
                    false,
                ))
            } else if let Some(differs) = steps.differs {
                Settled::Unclear(format!("{}: {differs}", entry.dn))
            } else {
                // nothing, or a part of it: a move comes after the attributes. Sent again it writes what is missing
                Settled::NotDone
            })
        }
        Write::Restore { .. } => restore::settle(session, &facts, write).await,
        Write::Delete { object } => Ok(
            match lookup::locate(session, object, &[])
                .await
                .map_err(Failure::reading)?
            {
                lookup::Found::Gone => Settled::Done(Written {
                    anchor: object.anchor.clone(),
                    location: object.location.clone(),
                    verified: true,
                    already: false,
                    attributes: Vec::new(),
                }),
                lookup::Found::Here(_) | lookup::Found::Elsewhere(_) => Settled::NotDone,
            },
        ),
        Write::Membership { group, member, add } => {
            let kind = membership::kind(session, group).await.map_err(Failure::reading)?;
            // who is to be in it may be gone by now: what is asked is only whether it is in
            let value = membership::value(session, kind, member).await?;
            lookup::find(session, group, &[]).await?;
            let has_settled = membership::has_settled(session, group, kind, &value, *add)
                .await
                .map_err(Failure::reading)?;
            Ok(if has_settled {
                let has = if *add { Value::from(value) } else { Value::Absent };
                Settled::Done(Written {
                    anchor: group.anchor.clone(),
                    location: group.location.clone(),
                    verified: true,
                    already: false,
                    attributes: vec![(kind.attribute().to_owned(), has)],
                })
            } else {
                Settled::NotDone
            })
        }
    }
}

async fn created(
    session: &Session,
    facts: &Facts,
    write: &Write,
    absent: &[(String, Value<'static>)],
) -> Result<Settled, WriteError> {
    let draft = create::draft(&session.section, facts, write)?;
    let wanted = session.read_back(&draft.attributes);
    let found = session
        .entry(&draft.dn, "(objectClass=*)", &wanted.attributes)
        .await
        .map_err(Failure::reading)?;
    let Some(entry) = found else {
        return Ok(
            match create::holder(session, facts, &vacancy::keys(facts, absent)).await? {
                Some(taken) => Settled::Unclear(format!("{} is not there, but {taken}", draft.dn)),
                None => Settled::NotDone,
            },
        );
    };
    let is_as_wanted =
        draft.usable.is_none() || state::enabled(&session.section.disable, &entry) == draft.usable;
    let written = create::written(&session.section, facts, entry, &draft.attributes, false);
    Ok(match written {
        Some(written) if written.verified && is_as_wanted => Settled::Done(written),
        _ => Settled::Unclear(format!(
            "{} is there and differs from what was to be made",
            draft.dn
        )),
    })
}

fn done(written: Option<Written>) -> Settled {
    written.map_or_else(|| Settled::Unclear("it has no id".to_owned()), Settled::Done)
}
