//! Giving a new account its password, and making it usable then.

use std::collections::HashSet;

use ldap3::{Ldap, LdapError, LdapResult, Mod, exop::PasswordModify};
use secrecy::ExposeSecret as _;

use super::{
    active_directory::{self, control, password},
    connection::Session,
    failure::{Failure, refused},
    lookup, state,
};
use crate::connectors::{ObjectRef, Secret, Write, WriteError};

/// Sets the secrets of an object that was just made; in Active Directory the account becomes usable then, if that is
/// wanted. Everything may be done again.
pub(super) async fn set(
    session: &Session,
    create: &Write,
    object: &ObjectRef,
    secrets: &[Secret],
) -> Result<(), WriteError> {
    // whoever is there now must still be who was made
    lookup::find(session, object, &[]).await?;
    for secret in secrets {
        let what = format!("setting {} of {}", secret.attribute, object.location);
        let result = if secret.attribute.eq_ignore_ascii_case(active_directory::PASSWORD) {
            if !session.servers.is_encrypted() {
                return Err(WriteError::Refused(format!(
                    "{what}: passwords are only sent over an encrypted connection: use ldaps:// or start_tls = true"
                )));
            }
            let octets = password::encoded(&secret.value);
            replace(session, object, &secret.attribute, &octets).await
        } else if session.facts().await.map_err(Failure::reading)?.password_modify
            && secret.attribute.eq_ignore_ascii_case("userPassword")
        {
            session
                .request(Vec::new(), async |ldap| {
                    modify_password(ldap, object, secret).await
                })
                .await
        } else {
            replace(
                session,
                object,
                &secret.attribute,
                secret.value.expose_secret().as_bytes(),
            )
            .await
        };
        let result = result.map_err(|failure| failure.writing(&what))?;
        if result.rc != 0 {
            return Err(refused(&what, &result));
        }
    }
    if session.section.is_active_directory() {
        make_usable(session, create, object).await?;
    }
    Ok(())
}

async fn replace(
    session: &Session,
    object: &ObjectRef,
    attribute: &str,
    octets: &[u8],
) -> Result<LdapResult, Failure> {
    session
        .request(Vec::new(), async |ldap| {
            let values = HashSet::from([octets.to_vec()]);
            let change = Mod::Replace(attribute.as_bytes().to_vec(), values);
            ldap.modify(&object.location, vec![change]).await
        })
        .await
}

/// The server's own way to set a password (RFC 3062), which stores it as its rules say.
async fn modify_password(
    ldap: &mut Ldap,
    object: &ObjectRef,
    secret: &Secret,
) -> Result<LdapResult, LdapError> {
    let request = PasswordModify {
        user_id: Some(&object.location),
        old_pass: None,
        new_pass: Some(secret.value.expose_secret()),
    };
    Ok(ldap.extended(request).await?.1)
}

/// Makes an account usable that has its password now; whoever signs in first has to choose another one, unless the
/// mapping says otherwise.
async fn make_usable(session: &Session, create: &Write, object: &ObjectRef) -> Result<(), WriteError> {
    let (Write::Create {
        attributes, enabled, ..
    }
    | Write::Restore {
        attributes, enabled, ..
    }) = create
    else {
        return Err(WriteError::Refused("this makes no account".to_owned()));
    };
    let entry = lookup::find(session, object, &[]).await?;
    let mut changes = Vec::new();
    let is_kept = attributes.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case(active_directory::PASSWORD_SET)
            && value.as_text().is_some_and(|text| text != "0")
    });
    if !is_kept {
        changes.push((active_directory::PASSWORD_SET, b"0".to_vec()));
    }
    let current = entry.get(control::ATTRIBUTE).unwrap_or_default();
    if *enabled != Some(false) && control::is_usable(current) == Some(false) {
        changes.push((control::ATTRIBUTE, control::with_state(current, true)));
    }
    if changes.is_empty() {
        return Ok(());
    }
    let what = format!("enabling {}", object.location);
    let result = session
        .request(Vec::new(), async |ldap| {
            let changes = changes
                .iter()
                .map(|(name, value)| Mod::Replace(name.as_bytes().to_vec(), HashSet::from([value.clone()])));
            ldap.modify(&object.location, changes.collect()).await
        })
        .await
        .map_err(|failure| failure.writing(&what))?;
    if result.rc != 0 {
        return Err(refused(&what, &result));
    }
    let entry = lookup::find(session, object, &[]).await?;
    match (state::enabled(&session.section.disable, &entry), enabled) {
        (Some(false), None | Some(true)) => Err(WriteError::Refused(format!(
            "{what}: it was done, and the account cannot be used all the same: see the rules of the domain"
        ))),
        _ => Ok(()),
    }
}
