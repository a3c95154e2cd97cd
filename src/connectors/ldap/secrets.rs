//! Giving a new account its password, and making it usable then.

use std::collections::HashSet;

use ldap3::{Ldap, LdapError, LdapResult, Mod, exop::PasswordModify};
use secrecy::ExposeSecret as _;

use super::{
    active_directory::{
        self, control, password,
        whole::{ensure_encrypted, is_changed_first},
    },
    connection::Session,
    entry::Entry,
    failure::{Failure, refused},
    lookup, state,
};
use crate::connectors::{ObjectRef, Secret, Write, WriteError};

/// What is changed together with a password: an attribute, and its only value.
type Part = (&'static str, Vec<u8>);

/// What tells whether an account can be used, and by whom.
const PARTS: [&str; 2] = [control::ATTRIBUTE, active_directory::PASSWORD_SET];

/// Sets the secrets of an object that was just made; in Active Directory the account becomes usable then, if that is
/// wanted. Everything may be done again.
pub(super) async fn set(
    session: &Session,
    create: &Write,
    object: &ObjectRef,
    secrets: &[Secret],
) -> Result<(), WriteError> {
    // whoever is there now must still be who was made
    let entry = lookup::find(session, object, &[]).await?;
    let mut with = if session.section.is_active_directory() {
        usable(create, &entry)?
    } else {
        Vec::new()
    };
    for secret in secrets {
        let what = format!("setting {} of {}", secret.attribute, object.location);
        let result = if secret.attribute.eq_ignore_ascii_case(active_directory::PASSWORD) {
            ensure_encrypted(session, &what, secrets)?;
            let octets = password::encoded(&secret.value);
            let together = replace(session, object, &secret.attribute, &octets, &with).await;
            match together {
                // perhaps it wants the password by itself first
                Ok(result) if result.rc != 0 && !with.is_empty() => {
                    with.clear();
                    replace(session, object, &secret.attribute, &octets, &[]).await
                }
                together => together,
            }
        } else if session.facts().await.map_err(Failure::reading)?.password_modify
            && secret.attribute.eq_ignore_ascii_case("userPassword")
        {
            session
                .request(Vec::new(), async |ldap| {
                    modify_password(ldap, object, secret).await
                })
                .await
        } else {
            let octets = secret.value.expose_secret().as_bytes();
            replace(session, object, &secret.attribute, octets, &[]).await
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
    with: &[Part],
) -> Result<LdapResult, Failure> {
    session
        .request(Vec::new(), async |ldap| {
            let parts = std::iter::once((attribute, octets));
            let parts = parts.chain(with.iter().map(|(name, value)| (*name, value.as_slice())));
            let changes = parts
                .map(|(name, value)| Mod::Replace(name.as_bytes().to_vec(), HashSet::from([value.to_vec()])));
            ldap.modify(&object.location, changes.collect()).await
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

/// What makes an account usable that has its password; whoever signs in first has to choose another one, unless the
/// mapping says otherwise.
fn usable(create: &Write, entry: &Entry) -> Result<Vec<Part>, WriteError> {
    let (Write::Create { enabled, .. } | Write::Restore { enabled, .. }) = create else {
        return Err(WriteError::Refused("this makes no account".to_owned()));
    };
    let mut changes = Vec::new();
    let is_due = entry.text(active_directory::PASSWORD_SET) != Some("0");
    if is_changed_first(create) && is_due {
        changes.push((active_directory::PASSWORD_SET, b"0".to_vec()));
    }
    let current = entry.get(control::ATTRIBUTE).unwrap_or_default();
    if *enabled != Some(false) && control::is_usable(current) == Some(false) {
        changes.push((control::ATTRIBUTE, control::with_state(current, true)));
    }
    Ok(changes)
}

/// Makes an account usable as far as it did not become so together with its password.
pub(super) async fn make_usable(
    session: &Session,
    create: &Write,
    object: &ObjectRef,
) -> Result<(), WriteError> {
    let entry = lookup::find(session, object, &PARTS.map(str::to_owned)).await?;
    let changes = usable(create, &entry)?;
    if changes.is_empty() {
        return Ok(());
    }
    let what = format!("enabling {}", object.location);
    let (first, rest) = (&changes[0], &changes[1..]);
    let result = replace(session, object, first.0, &first.1, rest)
        .await
        .map_err(|failure| failure.writing(&what))?;
    if result.rc != 0 {
        return Err(refused(&what, &result));
    }
    let entry = lookup::find(session, object, &[]).await?;
    let is_wanted = !matches!(
        create,
        Write::Create {
            enabled: Some(false),
            ..
        } | Write::Restore {
            enabled: Some(false),
            ..
        }
    );
    if is_wanted && state::enabled(&session.section.disable, &entry) == Some(false) {
        return Err(WriteError::Refused(format!(
            "{what}: it was done, and the account cannot be used all the same: see the rules of the domain"
        )));
    }
    Ok(())
}
