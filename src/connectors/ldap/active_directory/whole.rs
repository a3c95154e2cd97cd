//! An account that is made whole: with its password, and able to be used, in one request.
//!
//! Hashing a password is most of what a create costs a domain controller; every further request to the same account is
//! on top of it. In one request the account never is without its password, nor is anything left to finish.

use super::{
    super::{connection::Session, create::Attribute},
    PASSWORD, PASSWORD_SET, control, password,
};
use crate::connectors::{Secret, Write};

/// What a new account has that is made with its password and can be used at once, whoever uses it first having to choose
/// another one; nothing where that cannot be said in one request.
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
    let (name, bits) = state?;
    let Write::Create { enabled, .. } = write else {
        return None;
    };
    let mut whole = sent.to_vec();
    let bits = control::with_state(bits, *enabled != Some(false));
    whole.push((name.clone(), vec![bits]));
    if is_changed_first(write) {
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
