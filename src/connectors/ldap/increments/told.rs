//! Which way an account may follow a domain of Active Directory, and why not a better one.

use ldap3::Ldap;

use super::{
    super::{connection::Session, failure::Failure},
    Increments, Mechanism,
    dirsync::{self, Refused},
    domain::{self, Position},
    usn,
};

/// How changes are found out, for people.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Way {
    /// In a few words; nothing where every read is in full.
    pub(in super::super) told: Option<String>,
    /// What is to be known about it, with what to do.
    pub(in super::super) warning: Option<String>,
}

impl Way {
    /// Says that it could not be found out.
    pub(in super::super) fn unknown(reason: &str) -> Self {
        Self {
            told: None,
            warning: Some(format!("how changes are found out cannot be told: {reason}")),
        }
    }
}

/// Notes where a domain controller stands, before everything is read; nothing where changes cannot be told later.
pub(super) async fn begin(session: &Session, ldap: &mut Ldap, mechanism: Mechanism) -> Option<String> {
    let mut position = match Position::now(session, ldap).await {
        Ok(Some(position)) => position,
        Ok(None) => return None,
        Err(failure) => {
            tracing::info!(reason = %failure, "where the domain controller stands cannot be told");
            return None;
        }
    };
    if mechanism == Mechanism::Dirsync {
        match dirsync::begin(session, ldap).await {
            Ok(cookie) => position.cookie = cookie,
            Err(refused) => {
                tracing::info!(reason = said(session, &refused), "DirSync cannot be used");
                return None;
            }
        }
    }
    Some(position.to_string())
}

/// Finds out how changes will be found out.
pub(in super::super) async fn way(session: &Session) -> Result<Way, Failure> {
    let wanted = session.section.increments;
    if !matches!(wanted, Increments::Domain | Increments::Dirsync | Increments::Usn) {
        return Ok(Way::default());
    }
    let identity = session.section.identity();
    let (mut ldap, _) = session.connect().await?;
    if Position::now(session, &mut ldap).await?.is_none() {
        return Ok(Way {
            told: None,
            warning: Some(format!(
                "every read is in full: {identity} is not told the invocation id of the domain controller: let it read \
                 the configuration of the forest"
            )),
        });
    }
    let refused = match wanted {
        Increments::Usn => None,
        _ => match dirsync::is_granted(session, &mut ldap).await {
            Ok(()) => {
                return Ok(Way {
                    told: Some("changes by DirSync".to_owned()),
                    warning: None,
                });
            }
            Err(refused) => Some(said(session, &refused)),
        },
    };
    if wanted == Increments::Dirsync {
        return Ok(Way {
            told: None,
            warning: refused.map(|refused| format!("every read is in full: {refused}")),
        });
    }
    let top = domain::top(session).await?;
    let told = if usn::sees_deleted(session, &mut ldap, &top).await? {
        "changes by update sequence numbers"
    } else {
        "changes by update sequence numbers and a list of all ids"
    };
    Ok(Way {
        told: Some(told.to_owned()),
        warning: refused.map(|refused| format!("changes are found out the slower way: {refused}")),
    })
}

/// Why `DirSync` cannot be used.
fn said(session: &Session, refused: &Refused) -> String {
    match refused {
        Refused::Denied => format!(
            "DirSync is not granted to {}: give it \"Replicating Directory Changes\" on the domain",
            session.section.identity()
        ),
        Refused::Otherwise(reason) => reason.clone(),
        Refused::Failed(failure) => failure.to_string(),
    }
}
