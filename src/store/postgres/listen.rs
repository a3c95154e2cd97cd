//! Hears what other processes announce: every change of the store is one notification (`NOTIFY`), sent with its
//! transaction.

use std::{sync::Arc, time::Duration};

use tokio_postgres::AsyncMessage;

use super::{server::Server, session::Session};
use crate::store::sql::failure::Failure;

/// How long to wait before a lost connection is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// How often a quiet connection is asked whether it is still there.
const QUIET: Duration = Duration::from_secs(20);

/// Has something called for every change another process makes, for as long as the store is open. A connection that
/// was lost is opened again; what happened meanwhile is one change.
pub(super) fn listen(server: &Arc<Server>, notice: Arc<dyn Fn() + Send + Sync>) {
    let server = Arc::downgrade(server);
    // the thread ends with the store: it holds on to nothing between two looks
    std::thread::spawn(move || {
        let mut is_first = true;
        while let Some(session) = server.upgrade().map(|server| open(&server, &notice)) {
            let Ok(session) = session else {
                std::thread::sleep(AGAIN);
                continue;
            };
            if !std::mem::replace(&mut is_first, false) {
                notice();
            }
            while server.strong_count() > 0 && session.batch("SELECT 1").is_ok() {
                std::thread::sleep(QUIET);
            }
        }
    });
}

fn open(server: &Server, notice: &Arc<dyn Fn() + Send + Sync>) -> Result<Session, Failure> {
    let (own, notice) = (server.name().to_owned(), notice.clone());
    let session = server.connect_hearing(move |message| {
        if let AsyncMessage::Notification(said) = message
            && said.payload() != own
        {
            notice();
        }
    })?;
    session.batch(&format!("LISTEN \"usher {}\"", server.address().schema()))?;
    Ok(session)
}
