//! The last look before power over others is taken or given unawares.
//!
//! A plan knows what was read: groups of other domains, groups that are not read and whatever was granted since are not
//! among that. Who administers a domain must not lose the account because nobody knew, nor anybody become an
//! administrator by a group that looks like any other. What the plan marks as privileged was approved as such, and is
//! not looked at again.

use crate::{
    connectors::{Connector, ObjectRef, Write, WriteError},
    model::Risk,
};

/// Returns what a write is to be looked at for, if the plan does not know it as privileged: the account that is
/// disabled, deleted, moved or brought back, the group that gains or loses a member.
pub(super) fn of<'w>(risk: &[Risk], write: &'w Write) -> Option<&'w ObjectRef> {
    if risk.contains(&Risk::Privileged) {
        return None;
    }
    match write {
        // whom somebody else has brought back already may have been given power since
        Write::Delete { object } | Write::Restore { object, .. } => Some(object),
        Write::Change {
            object,
            enabled,
            container,
            ..
        } => match enabled {
            Some((_, usable)) => (!usable).then_some(object),
            None => container.is_some().then_some(object),
        },
        Write::Membership { group, .. } => Some(group),
        Write::Create { .. } => None,
    }
}

/// Reports that an object has power over others, as a conflict.
pub(super) async fn look(connector: &dyn Connector, object: &ObjectRef) -> Result<(), WriteError> {
    let Some(power) = connector.power(object).await? else {
        return Ok(());
    };
    Err(WriteError::Conflict(format!(
        "{} {power}, which the plan did not know: nothing was written: name it in [[privileged]] to have this reviewed \
         as what it is, or in [[protected]] to leave it alone, and plan again",
        object.location
    )))
}

/// Says why an account that is there is given no password: with what was brought back, or was made before an
/// interruption, power may have come that the plan does not know, and whoever is handed the password would have it.
pub(super) async fn look_before_secrets(
    connector: &dyn Connector,
    risk: &[Risk],
    object: &ObjectRef,
) -> Result<Option<String>, WriteError> {
    if risk.contains(&Risk::Privileged) {
        return Ok(None);
    }
    let power = connector.power(object).await?;
    Ok(power.map(|power| {
        format!(
            "{} {power}, which the plan did not know: it is there, and usher sets no password of it: set one by hand if \
             it is to be used, and plan again",
            object.location
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> ObjectRef {
        ObjectRef {
            anchor: "a".into(),
            location: "cn=a".to_owned(),
            class: "user".to_owned(),
        }
    }

    fn change(enabled: Option<(bool, bool)>, container: Option<&str>) -> Write {
        Write::Change {
            object: object(),
            attributes: Vec::new(),
            enabled,
            container: container.map(str::to_owned),
        }
    }

    fn member(add: bool) -> Write {
        Write::Membership {
            group: object(),
            member: object(),
            add,
        }
    }

    fn restore() -> Write {
        Write::Restore {
            object: object(),
            attributes: Vec::new(),
            enabled: Some(true),
            secrets: Vec::new(),
        }
    }

    #[test]
    fn only_what_is_taken_or_given_unawares_is_looked_at() {
        for (write, expected) in [
            (Write::Delete { object: object() }, true),
            (change(Some((true, false)), None), true),
            (change(None, Some("ou=x")), true),
            (change(Some((false, true)), Some("ou=x")), false),
            (change(None, None), false),
            (member(true), true),
            (member(false), true),
            (restore(), true),
        ] {
            assert_eq!(of(&[Risk::Irreversible], &write).is_some(), expected, "{write:?}");
        }
        assert_eq!(of(&[Risk::Privileged], &Write::Delete { object: object() }), None);
    }
}
