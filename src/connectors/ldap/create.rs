//! Making an object.

use std::{collections::HashSet, rc::Rc, sync::Arc};

use ldap3::{LdapResult, Scope, controls::RawControl};

use super::{
    Disable, Section,
    active_directory::{self, control, suffix, whole},
    connection::{Search, Session},
    entry::Entry,
    facts::{Facts, POST_READ},
    failure::{Failure, refused},
    filter,
    lookup::find_written,
    parents,
    read_back::ReadBack,
    state, vacancy, values,
};
use crate::{
    connectors::{Secret, Write, WriteError, Written},
    model::dn,
};

/// The result code of an add whose container is not there.
const NO_SUCH_OBJECT: u32 = 32;

/// The auxiliary class with the attribute that locks a Unix account.
pub(super) const SHADOW: &str = "shadowAccount";

/// An attribute and its values, as they are sent.
pub(super) type Attribute = (String, Vec<Vec<u8>>);

/// A create, ready to be sent.
pub(super) struct Draft {
    pub(super) dn: String,
    pub(super) attributes: Vec<Attribute>,
    /// What makes it unusable, or usable, as long as it has no secrets.
    state: Option<Attribute>,
    /// What it is compared with afterwards: `None` where it cannot be told, as its secrets may be set or not.
    pub(super) usable: Option<bool>,
}

/// Puts the name and the attributes of a create together.
pub(super) fn draft(section: &Section, facts: &Facts, write: &Write) -> Result<Draft, WriteError> {
    let Write::Create {
        class,
        container,
        attributes,
        enabled,
        secrets,
        ..
    } = write
    else {
        return Err(WriteError::Refused("this is no create".to_owned()));
    };
    let container = match (&section.disable, enabled) {
        (Disable::Container(container), Some(false)) => container.as_str(),
        _ => container.as_deref().unwrap_or(&section.base),
    };
    let Some((naming, name)) = attributes
        .first()
        .and_then(|(name, value)| Some((name, value.each().next()?.as_text()?.into_owned())))
        .filter(|(_, value)| !value.is_empty())
    else {
        return Err(WriteError::Refused(
            "the object has no name: the first attribute of its rule, which names it, has no value"
                .to_owned(),
        ));
    };
    let mut sent: Vec<Attribute> = vec![(
        "objectClass".to_owned(),
        class.iter().map(|class| class.clone().into_bytes()).collect(),
    )];
    for (name, value) in attributes {
        let octets = values::to_octets(&facts.known(name), value);
        if !octets.is_empty() {
            match sent
                .iter_mut()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
            {
                Some((_, known)) => known.extend(octets),
                None => sent.push((name.clone(), octets)),
            }
        }
    }
    let dn = dn::join(naming, &name, container);
    for (name, values) in &sent {
        suffix::check(facts, &format!("creating {dn}"), name, values)?;
    }
    let (state, usable) = if section.is_active_directory() {
        if !secrets.is_empty() {
            // setting a password says anew when it was set
            sent.retain(|(name, _)| !name.eq_ignore_ascii_case(active_directory::PASSWORD_SET));
        }
        if active_directory::has_state(class) {
            let usable = *enabled != Some(false);
            let bits = bits(&dn, &mut sent, usable, !secrets.is_empty())?;
            (
                Some((control::ATTRIBUTE.to_owned(), vec![bits])),
                secrets.is_empty().then_some(usable),
            )
        } else {
            (None, None)
        }
    } else {
        (locked(section, &mut sent, class, *enabled)?, None)
    };
    Ok(Draft {
        dn,
        attributes: sent,
        state,
        usable,
    })
}

/// What locks an account that is made unusable, if anything has to be said.
fn locked(
    section: &Section,
    sent: &mut [Attribute],
    class: &[String],
    enabled: Option<bool>,
) -> Result<Option<Attribute>, WriteError> {
    if enabled != Some(false) || matches!(section.disable, Disable::Container(_)) {
        return Ok(None);
    }
    if section.disable == Disable::Shadow && !class.iter().any(|class| class.eq_ignore_ascii_case(SHADOW)) {
        sent[0].1.push(SHADOW.into());
    }
    let attribute = state::attribute(&section.disable).ok_or_else(|| WriteError::Refused(no_state()))?;
    let values = state::values(&section.disable, &[], false);
    Ok(Some((attribute.to_owned(), values)))
}

/// The bits of a new account. It is made unusable, and becomes usable when it has a password.
fn bits(dn: &str, sent: &mut Vec<Attribute>, usable: bool, has_secret: bool) -> Result<Vec<u8>, WriteError> {
    let is_control = |(name, _): &Attribute| name.eq_ignore_ascii_case(control::ATTRIBUTE);
    let mapped = sent.iter().position(is_control).map(|at| sent.remove(at).1);
    let mapped = mapped.unwrap_or_default();
    if usable && !has_secret && !control::needs_no_password(&mapped) {
        return Err(WriteError::Refused(format!(
            "creating {dn}: an account without a password cannot be usable: map {} = {{ secret = \"initial\", deliver = \
             {{ command = [\"…\"] }} }}",
            active_directory::PASSWORD
        )));
    }
    Ok(control::with_state(&mapped, usable && !has_secret))
}

/// What is said where a state is wanted and there is none.
pub(super) fn no_state() -> String {
    "the directory has no way to make an account unusable: set `disable` in its section".to_owned()
}

/// Makes the object, if nobody has its unique values.
pub(super) async fn create(session: &Rc<Session>, write: &Write) -> Result<Written, WriteError> {
    let (written, _) = create_whole(session, write, &[]).await?;
    Ok(written)
}

/// Makes the object together with its secrets, if it can be; returns also whether it has them. Where the server does not
/// take it so, it is made without.
pub(super) async fn create_whole(
    session: &Rc<Session>,
    write: &Write,
    secrets: &[Secret],
) -> Result<(Written, bool), WriteError> {
    let facts = session.facts().await.map_err(Failure::reading)?;
    let draft = draft(&session.section, &facts, write)?;
    whole::ensure_encrypted(session, &creating(&draft.dn), secrets)?;
    let Write::Create { absent, .. } = write else {
        return Err(WriteError::Refused(no_state()));
    };
    let _turn = whole::turn(session, secrets).await;
    let keys = vacancy::keys(&facts, absent);
    let _claim = session.vacancies.claim(&facts, &keys).await;
    if let Some(taken) = vacancy::holder(session, &facts, &keys).await? {
        return Err(WriteError::Conflict(format!(
            "{} cannot be made: {taken}: link that object, or choose another value",
            draft.dn
        )));
    }
    let _permit = session.permit().await?;
    let (dn, mut sent) = (draft.dn.as_str(), draft.attributes);
    // rare and large: in a box, so that other creates are not as large
    let whole = whole::whole(session, write, &sent, draft.state.as_ref(), secrets);
    let was_refused = whole.is_some();
    if let Some(whole) = whole
        && let Some(made) = Box::pin(made_whole(session, &facts, write, (dn, &whole))).await?
    {
        return Ok(made);
    }
    sent.extend(draft.state);
    let wanted = session.read_back(&sent);
    let controls: Vec<RawControl> = facts.post_read.then(|| wanted.control()).into_iter().collect();
    let mut result = add(session, dn, &sent, &controls).await?;
    if result.rc == NO_SUCH_OBJECT {
        let container = dn::parent(dn).unwrap_or_default();
        Box::pin(parents::ensure(session, container, &creating(dn))).await?;
        result = Box::pin(add(session, dn, &sent, &controls)).await?;
    }
    if result.rc != 0 {
        return Err(refused(&creating(dn), &result));
    }
    let entry = entry_in(&result, POST_READ);
    let written = made(session, &facts, (dn, &sent), entry, &wanted).await?;
    if was_refused {
        session.wholes.note(session, false);
    }
    Ok((written, false))
}

/// What is done, for errors.
fn creating(dn: &str) -> String {
    format!("creating {dn}")
}

/// Makes an object with its password in one request, and returns also whether it has it and is as it is to be; nothing
/// if the server does not take it so: what it does not like is told by the steps one by one.
async fn made_whole(
    session: &Rc<Session>,
    facts: &Facts,
    write: &Write,
    (dn, whole): (&str, &[Attribute]),
) -> Result<Option<(Written, bool)>, WriteError> {
    let is_proven = session.wholes.by(session) == Some(true);
    if add(session, dn, whole, &[]).await?.rc != 0 {
        return Ok(None);
    }
    let wanted = session.read_back(whole);
    let written = made(session, facts, (dn, whole), None, &wanted).await?;
    let is_done = written.verified && (is_proven || whole::finish(session, write, &written).await?);
    Ok(Some((written, is_done)))
}

/// Sends the request.
async fn add(
    session: &Session,
    dn: &str,
    attributes: &[Attribute],
    controls: &[RawControl],
) -> Result<LdapResult, WriteError> {
    let added = session.request(controls.to_vec(), async |ldap| {
        let attributes = attributes.iter().map(|(name, values)| {
            (
                name.as_bytes(),
                values.iter().map(Vec::as_slice).collect::<HashSet<_>>(),
            )
        });
        ldap.add(dn, attributes.collect()).await
    });
    added.await.map_err(|failure| failure.writing(&creating(dn)))
}

/// Reads an object back that was made, unless the answer brought it, and compares it with what was sent.
async fn made(
    session: &Rc<Session>,
    facts: &Facts,
    (dn, sent): (&str, &[Attribute]),
    entry: Option<Entry>,
    wanted: &Arc<ReadBack>,
) -> Result<Written, WriteError> {
    let entry = match entry {
        Some(entry) => Some(entry),
        None => Box::pin(find_written(session, facts, dn, wanted)).await,
    };
    let entry = entry
        .filter(|entry| state::anchor(&session.section, entry).is_some())
        .ok_or_else(|| {
            WriteError::Unknown(format!(
                "{}: it was made and could not be read back; it is looked up before anything else",
                creating(dn)
            ))
        })?;
    let written = written(&session.section, facts, entry, sent, false);
    written.ok_or_else(|| WriteError::Unknown(format!("{}: it was made without an id", creating(dn))))
}

/// Looks for an object that has one of the values nobody may have; says who has which.
pub(super) async fn holder(
    session: &Session,
    facts: &Facts,
    keys: &[Attribute],
) -> Result<Option<String>, WriteError> {
    if keys.is_empty() {
        return Ok(None);
    }
    let attributes: Vec<String> = keys.iter().map(|(name, _)| name.clone()).collect();
    let filter = filter::combine('|', &vacancy::terms(keys));
    let search = Search {
        base: &session.section.base,
        scope: Scope::Subtree,
        filter: &filter,
        attributes: &attributes,
    };
    let (entries, result) = session.search(&search, 2).await.map_err(Failure::reading)?;
    if let Some(entry) = entries.first() {
        let taken = keys.iter().find_map(|(name, wanted)| {
            let column = facts.known(name);
            let found = entry.get(name)?.iter().find(|found| {
                wanted
                    .iter()
                    .any(|wanted| values::key(&column, wanted) == values::key(&column, found))
            })?;
            Some(format!(
                "{} has the {name} {}",
                entry.dn,
                String::from_utf8_lossy(found)
            ))
        });
        return Ok(Some(taken.unwrap_or_else(|| {
            format!("{} has one of its unique values", entry.dn)
        })));
    }
    match result.rc {
        0 => Ok(None),
        _ => Err(refused(&format!("looking for {filter}"), &result)),
    }
}

/// The entry in a pre-read or post-read response control (RFC 4527).
pub(super) fn entry_in(result: &ldap3::LdapResult, control: &str) -> Option<Entry> {
    let control = result.ctrls.iter().find(|found| found.1.ctype == control)?;
    Entry::from_control(control.1.val.as_deref()?)
}

/// Compares what was read back with what was sent.
pub(super) fn written(
    section: &Section,
    facts: &Facts,
    entry: Entry,
    sent: &[Attribute],
    already: bool,
) -> Option<Written> {
    let mut verified = true;
    let mut attributes = Vec::with_capacity(sent.len());
    for (name, wanted) in sent {
        if is_secret(name) {
            // a server keeps only a hash of it
            continue;
        }
        let column = facts.known(name);
        let found = entry.get(name).unwrap_or_default();
        // a server adds the superior classes
        let agrees = if name.eq_ignore_ascii_case("objectClass") {
            wanted
                .iter()
                .all(|class| found.iter().any(|found| found.eq_ignore_ascii_case(class)))
        } else {
            values::same(&column, found, wanted)
        };
        verified &= agrees;
        attributes.push((name.clone(), values::to_value(&column, found)));
    }
    Some(Written {
        anchor: state::anchor(section, &entry)?.into(),
        location: entry.dn,
        verified,
        already,
        attributes,
    })
}

/// Reports whether an attribute holds a secret that must not be shown and cannot be read back.
pub(super) fn is_secret(attribute: &str) -> bool {
    let name = attribute.split(';').next().unwrap_or_default();
    ["userPassword", "unicodePwd", "sambaNTPassword", "krbPrincipalKey"]
        .iter()
        .any(|secret| secret.eq_ignore_ascii_case(name))
}
