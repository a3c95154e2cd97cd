//! An account that is made whole: with its password, and able to be used, in one request.
//!
//! Hashing a password is most of what a create costs a domain controller; every further request to the same account is
//! on top of it. In one request the account never is without its password, nor is anything left to finish.
//!
//! A server that took the account and left out the password would leave it open to everybody. So the first account is
//! made with its password and disabled: when the password was set tells whether it was, and only then it is made usable.
//! A server that has shown that it does so is asked for everything at once from then on. What comes meanwhile waits for
//! that, so that one account is made in three steps and not as many as are under way.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use tokio::sync::Notify;

use super::{
    super::{connection::Session, create::Attribute, lookup, secrets},
    PASSWORD, PASSWORD_SET, control, password,
};
use crate::connectors::{ObjectRef, Secret, Write, WriteError, Written};

/// Which servers set a password that comes with a new account, as far as they have shown it.
#[derive(Default)]
pub(in super::super) struct Shown(RefCell<HashMap<usize, Manner>>);

/// What is known of a server.
enum Manner {
    /// The first account is being made; who waits for it is told here.
    Trying(Arc<Notify>),
    /// The first account did not tell.
    Open,
    /// Whether it sets the password.
    Sets(bool),
}

impl Shown {
    /// Reports whether the server of the moment does; nothing if it has not shown it yet.
    pub(in super::super) fn by(&self, session: &Session) -> Option<bool> {
        match self.0.borrow().get(&session.servers.current()) {
            Some(Manner::Sets(sets_it)) => Some(*sets_it),
            _ => None,
        }
    }

    /// Notes what the server of the moment does, unless it is known.
    pub(in super::super) fn note(&self, session: &Session, sets_it: bool) {
        if self.by(session).is_none() {
            self.put(session.servers.current(), Manner::Sets(sets_it));
        }
    }

    fn put(&self, server: usize, manner: Manner) {
        if let Some(Manner::Trying(over)) = self.0.borrow_mut().insert(server, manner) {
            over.notify_waiters();
        }
    }

    /// Has whoever comes first find out; the others wait until it is over, however it ends, and only once: behind a
    /// server that is silent they must not wait for one after the other.
    async fn turn(&self, session: &Session) -> Option<Turn<'_>> {
        let server = session.servers.current();
        let over = match self.0.borrow().get(&server) {
            Some(Manner::Trying(over)) => Some(over.clone()),
            Some(_) => return None,
            None => None,
        };
        let Some(over) = over else {
            self.put(server, Manner::Trying(Arc::default()));
            return Some(Turn { shown: self, server });
        };
        over.notified().await;
        None
    }
}

/// The making of the first account; over when it is dropped.
pub(in super::super) struct Turn<'s> {
    shown: &'s Shown,
    server: usize,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let is_open = matches!(self.shown.0.borrow().get(&self.server), Some(Manner::Trying(_)));
        if is_open {
            self.shown.put(self.server, Manner::Open);
        }
    }
}

/// Waits while another account shows how the server takes a password; nothing to wait for where there is none.
pub(in super::super) async fn turn<'s>(session: &'s Session, secrets: &[Secret]) -> Option<Turn<'s>> {
    if !secrets.iter().any(is_password) {
        return None;
    }
    // rare: in a box, so that other creates are not as large
    Box::pin(session.wholes.turn(session)).await
}

fn is_password(secret: &Secret) -> bool {
    secret.attribute.eq_ignore_ascii_case(PASSWORD)
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
    if !is_password(secret) || !session.servers.is_encrypted() {
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
