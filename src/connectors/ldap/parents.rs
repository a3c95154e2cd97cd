//! Containers that are missing.

use std::collections::HashSet;

use super::{
    connection::Session,
    failure::{Failure, refused},
};
use crate::{connectors::WriteError, model::dn};

/// Makes sure that a container is there. Those that are missing below `base` are made, the topmost first, if the
/// section says so; otherwise nothing is written and the error names what is missing.
pub(super) async fn ensure(session: &Session, container: &str, what: &str) -> Result<(), WriteError> {
    let mut missing = Vec::new();
    let mut place = container;
    while !is_there(session, place).await? {
        missing.push(place);
        if !session.section.create_parents || !dn::is_below(place, &session.section.base) {
            return Err(absent(session, what, place));
        }
        place = dn::parent(place).unwrap_or_default();
    }
    for place in missing.into_iter().rev() {
        make(session, place, what).await?;
    }
    Ok(())
}

fn absent(session: &Session, what: &str, place: &str) -> WriteError {
    let hint = if session.section.create_parents {
        "it is not below `base`, so usher does not make it: create it first"
    } else {
        "create it first, or set create_parents = true"
    };
    WriteError::Refused(format!("{what}: the container {place} is not there: {hint}"))
}

async fn is_there(session: &Session, place: &str) -> Result<bool, WriteError> {
    let found = session
        .entry(place, "(objectClass=*)", &["1.1".to_owned()])
        .await
        .map_err(Failure::reading)?;
    Ok(found.is_some())
}

async fn make(session: &Session, place: &str, what: &str) -> Result<(), WriteError> {
    let Some((class, attribute, value)) = described(place) else {
        return Err(WriteError::Refused(format!(
            "{what}: the container {place} is not there, and usher makes only those named by ou, o, l, st, c or dc: \
             create it first"
        )));
    };
    let result = session
        .request(Vec::new(), async |ldap| {
            let attributes = vec![
                (
                    b"objectClass".to_vec(),
                    HashSet::from([class.as_bytes().to_vec()]),
                ),
                (attribute.clone().into_bytes(), HashSet::from([value.clone()])),
            ];
            ldap.add(place, attributes).await
        })
        .await;
    let what = format!("{what}: making the container {place}");
    match result.map_err(|failure| failure.writing(&what))? {
        // somebody else was first
        result if matches!(result.rc, 0 | 68) => Ok(()),
        result => Err(refused(&what, &result)),
    }
}

/// The class, the naming attribute and its value of a container that is to be made.
fn described(place: &str) -> Option<(&'static str, String, Vec<u8>)> {
    let rdn = dn::parse(place)?.into_iter().next()?;
    let [ava] = <[dn::Ava; 1]>::try_from(rdn).ok()?;
    let class = match ava.attribute.to_ascii_lowercase().as_str() {
        "ou" => "organizationalUnit",
        "o" => "organization",
        "l" | "st" => "locality",
        "c" => "country",
        "dc" => "domain",
        _ => return None,
    };
    Some((class, ava.attribute.to_owned(), ava.value.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_what_a_container_is() {
        let class = |place: &str| described(place).map(|(class, _, value)| (class, value));
        assert_eq!(
            class(r"OU=R\26D\, Berlin,dc=x"),
            Some(("organizationalUnit", b"R&D, Berlin".to_vec()))
        );
        assert_eq!(class("dc=sub,dc=x"), Some(("domain", b"sub".to_vec())));
        for place in ["cn=a,dc=x", "ou=a+l=b,dc=x", "", "what"] {
            assert_eq!(class(place), None, "{place}");
        }
    }
}
