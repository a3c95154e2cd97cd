//! An account that is made whole: with its password, and able to be used, in one request.
//!
//! Hashing a password is most of what a create costs a domain controller; every further request to the same account is
//! on top of it. In one request the account never is without its password, nor is anything left to finish.
//!
//! A server that took the account and left out the password would leave it open to everybody. So the first account is
//! made with its password and disabled: when the password was set tells whether it was, and only then it is made usable.
//! A server that has shown that it does so is asked for everything at once from then on.

use std::{cell::RefCell, collections::HashMap};

use super::{
    super::{connection::Session, create::Attribute, lookup, secrets},
    PASSWORD, PASSWORD_SET, control, password,
};
use crate::connectors::{ObjectRef, Secret, Write, WriteError, Written};

/// Which servers set a password that comes with a new account, as far as they have shown it.
#[derive(Default)]
pub(in super::super) struct Shown(RefCell<HashMap<usize, bool>>);

impl Shown {
    /// Reports whether the server of the moment does; nothing if it has not shown it yet.
    pub(in super::super) fn by(&self, session: &Session) -> Option<bool> {
        self.0.borrow().get(&session.servers.current()).copied()
    }

    /// Notes what the server of the moment does, unless it is known.
    pub(in super::super) fn note(&self, session: &Session, sets_it: bool) {
        let mut shown = self.0.borrow_mut();
        shown.entry(session.servers.current()).or_insert(sets_it);
    }
}

/// Refuses a create whose password could be read on the way.
///
/// # Errors
/// If there is a password, and the connection is not encrypted.
pub(in super::super) fn ensure_encrypted(
    session: &Session,
    what: &str,
    secrets: &[Secret],
) -> Result<(), WriteError> {
    let is_password = |secret: &Secret| secret.attribute.eq_ignore_ascii_case(PASSWORD);
    if !secrets.iter().any(is_password) || session.servers.is_encrypted() {
        return Ok(());
    }
    Err(WriteError::Refused(format!(
        "{what}: passwords are only sent over an encrypted connection: use ldaps:// or start_tls = true"
    )))
}

/// What a new account has that is made with its password; nothing where that cannot be said in one request. Once the
/// server has shown that it sets the password, the account can also be used at once, whoever uses it first having to
/// choose another one.
pub(in super::super) fn whole(
    session: &Session,
    write: &Write,
    sent: &[Attribute],
    state: Option<&Attribute>,
    secrets: &[Secret],
) -> Option<Vec<Attribute>> {
    let [secret] = secrets else { return None };
    let is_password = secret.attribute.eq_ignore_ascii_case(PASSWORD);
    if !is_password || !session.servers.is_encrypted() {
        return None;
    }
    let is_proven = session.wholes.by(session);
    if is_proven == Some(false) {
        return None;
    }
    let is_proven = is_proven.is_some();
    let (name, bits) = state?;
    let Write::Create { enabled, .. } = write else {
        return None;
    };
    let mut whole = sent.to_vec();
    let bits = control::with_state(bits, is_proven && *enabled != Some(false));
    whole.push((name.clone(), vec![bits]));
    if is_proven && is_changed_first(write) {
        whole.push((PASSWORD_SET.to_owned(), vec![b"0".to_vec()]));
    }
    whole.push((
        PASSWORD.to_owned(),
        vec![password::encoded(&secret.value).to_vec()],
    ));
    Some(whole)
}

/// Reports whether the first to sign in has to choose another password: unless the mapping says otherwise.
pub(in super::super) fn is_changed_first(write: &Write) -> bool {
    let (Write::Create { attributes, .. } | Write::Restore { attributes, .. }) = write else {
        return false;
    };
    !attributes.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case(PASSWORD_SET) && value.as_text().is_some_and(|text| text != "0")
    })
}

/// Finishes an account that was made with its password by a server that has not shown yet what it makes of that;
/// returns whether it has the password and is as it is to be.
pub(in super::super) async fn finish(
    session: &Session,
    write: &Write,
    written: &Written,
) -> Result<bool, WriteError> {
    let object = ObjectRef {
        anchor: written.anchor.clone(),
        location: written.location.clone(),
        class: String::new(),
    };
    let finished = async {
        let entry = lookup::find(session, &object, &[PASSWORD_SET.to_owned()]).await?;
        let is_set = entry.text(PASSWORD_SET).is_some_and(|when| when != "0");
        session.wholes.note(session, is_set);
        if is_set {
            secrets::make_usable(session, write, &object).await?;
        }
        Ok(is_set)
    };
    match finished.await {
        // the steps one by one tell what the server does not like
        Err(WriteError::Refused(_) | WriteError::Conflict(_)) => Ok(false),
        // it is there, so "nothing was written" would not be true
        Err(WriteError::Busy { message, .. }) => Err(WriteError::Unknown(message)),
        finished => finished,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
