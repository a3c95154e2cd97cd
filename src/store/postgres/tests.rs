//! What is special about the store on a server. These need one: `USHER_TEST_POSTGRES` names it.

use super::*;
use crate::store::{Store as _, sql::statements::ALL};

impl PostgresStore {
    /// Opens an empty store for a test that tells it the time.
    pub(in crate::store) fn open_for_test(server: &str) -> Self {
        let schema = format!("t{}", uuid::Uuid::new_v4().simple());
        let address = Address::parse(server)
            .unwrap()
            .with_kept_password()
            .trusting_callers_clock()
            .in_schema(&schema);
        Self::open(address, &std::env::temp_dir().join(schema)).unwrap()
    }
}

fn store() -> Option<PostgresStore> {
    let server = std::env::var("USHER_TEST_POSTGRES").ok()?;
    Some(PostgresStore::open_for_test(&server))
}

#[test]
fn every_statement_is_understood() {
    let Some(store) = store() else { return };
    let session = store.server.connect().unwrap();
    for (name, text) in ALL {
        if let Err(failure) = session.prepare(text.postgres) {
            panic!("{name}: {}", failure.into_error("prepare it", "the server"));
        }
    }
    assert_eq!(store.version().unwrap(), 0);
}
