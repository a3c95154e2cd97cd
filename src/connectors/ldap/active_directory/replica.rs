//! How much of a domain one of its controllers has (MS-ADTS, section 3.1.1.1.9).
//!
//! Each controller numbers its changes by itself, and knows up to which number it has those of the others. Time stamps
//! tell nothing: each controller writes its own when a change comes in.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use ldap3::Ldap;

use super::super::{connection::Session, failure::Failure, freshness::AsOf};

/// What a controller has of the changes of each: the invocation id of its database, as hexadecimal digits, and a
/// number.
pub(in super::super) type Has = BTreeMap<String, u64>;

/// Asks a controller what it has; `top` is the top of the domain. Nothing where it does not tell.
pub(in super::super) async fn has(
    session: &Session,
    ldap: &mut Ldap,
    top: &str,
) -> Result<Option<Has>, Failure> {
    let wanted = ["highestCommittedUSN", "dsServiceName"].map(str::to_owned);
    let root = session.look(ldap, "", &wanted).await?.unwrap_or_default();
    let number = root
        .text("highestCommittedUSN")
        .and_then(|text| text.parse().ok());
    let (Some(number), Some(service)) = (number, root.text("dsServiceName")) else {
        return Ok(None);
    };
    let service = session.look(ldap, service, &["invocationId".to_owned()]).await?;
    let own = service.and_then(|entry| Some(hex::encode(entry.get("invocationId")?.first()?)));
    let Some(own) = own.filter(|id| !id.is_empty()) else {
        return Ok(None);
    };
    let vector = ["replUpToDateVector".to_owned()];
    let domain = session.look(ldap, top, &vector).await?;
    let others = domain.and_then(|entry| Some(cursors(entry.get(&vector[0])?.first()?)));
    let mut has = others.unwrap_or_default();
    has.insert(own, number);
    Ok(Some(has))
}

/// Takes the vector of a controller apart (MS-DRSR, section 5.166): sixteen octets, then a cursor for each other
/// controller: its id, a number, and in the second version a time. What is malformed tells nothing.
fn cursors(octets: &[u8]) -> Has {
    let version = octets.first_chunk().map(|four| u32::from_le_bytes(*four));
    let size = match version {
        Some(1) => 24,
        Some(2) => 32,
        _ => return Has::new(),
    };
    let cursors = octets.get(16..).unwrap_or_default().chunks_exact(size);
    cursors
        .filter_map(|cursor| {
            let number = cursor.get(16..)?.first_chunk()?;
            Some((hex::encode(cursor.get(..16)?), u64::from_le_bytes(*number)))
        })
        .collect()
}

/// The controller that a run keeps to: what is written at one may not be at another yet, nor what was read.
#[derive(Default)]
pub(in super::super) struct Home(Mutex<State>);

#[derive(Default)]
struct State {
    /// The read that the writes build on.
    read: Option<AsOf>,
    /// The number of the server that is written to.
    server: Option<usize>,
}

impl Home {
    /// Begins anew, with writes that build on a read.
    pub(in super::super) fn build_on(&self, read: Option<AsOf>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State { read, server: None };
    }

    /// Makes sure that the server of the moment may be written to: it has what was read, and no other was written to
    /// before. That one is tried again first the next time.
    pub(in super::super) async fn check(&self, session: &Session, ldap: &Ldap) -> Result<(), Failure> {
        let servers = &session.servers;
        let here = servers.current();
        let read = {
            let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match state.server {
                Some(home) if home == here => return Ok(()),
                Some(home) => {
                    let message = format!(
                        "{} was written to, and {} may not have all of that yet: bring {} back, or plan again",
                        servers.name(home),
                        servers.place(),
                        servers.name(home)
                    );
                    servers.prefer(home);
                    return Err(Failure::Unreachable(message));
                }
                None => state.read.clone(),
            }
        };
        if let Some(read) = read {
            let facts = session.facts().await?;
            let now = AsOf::of_controller(session, &mut ldap.clone(), &facts, &servers.place()).await?;
            if let Some(reason) = now.and_then(|now| now.lags(Some(&read), &servers.place())) {
                servers.prefer(0);
                return Err(Failure::Unreachable(reason));
            }
        }
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.server.get_or_insert(here);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_taken_apart() {
        let mut octets = [2_u32, 0, 1, 0].map(u32::to_le_bytes).concat();
        octets.extend([7; 16]);
        octets.extend(4711_u64.to_le_bytes());
        octets.extend([0; 8]);
        let one = Has::from([("07".repeat(16), 4711)]);
        assert_eq!(cursors(&octets), one);
        octets[0] = 1;
        octets.truncate(40);
        assert_eq!(cursors(&octets), one);
        for wrong in [&octets[..39], &octets[..7], &[], &[3; 48]] {
            assert_eq!(cursors(wrong), Has::new(), "{wrong:?}");
        }
    }
}
