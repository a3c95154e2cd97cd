//! Links changed by hand.

use crate::store::sql::connection::Connection;

use super::{decisions, failure::Failure, links};
use crate::{
    model::{Link, LinkOwner, OperationState, PersonId},
    store::{Error, Relink},
};

/// Takes the old link out, puts the new one in, and makes conflicts of the operations planned with the old one.
pub(super) fn relink(connection: &Connection, change: &Relink) -> Result<(), Failure> {
    if let Some(link) = change.before.as_ref().or(change.after.as_ref()) {
        let held = account(connection, link.person, &link.owner)?;
        if held.map(|held| held.anchor) != change.before.as_ref().map(|before| before.anchor.clone()) {
            let text = "the link was changed meanwhile: look at it again";
            return Err(Error::Busy(text.to_owned()).into());
        }
    }
    if let Some(before) = &change.before {
        links::drop(connection, before)?;
    }
    if let Some(after) = &change.after {
        links::add(connection, after)?;
    }
    for operation in &change.outdated {
        decisions::use_up(connection, *operation)?;
        decisions::set_state(connection, *operation, OperationState::Conflict, None)?;
    }
    Ok(())
}

fn account(connection: &Connection, person: PersonId, owner: &LinkOwner) -> Result<Option<Link>, Failure> {
    let links = links::accounts_of(connection, person)?;
    Ok(links.into_iter().find(|link| link.owner == *owner))
}
