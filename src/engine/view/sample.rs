//! A row for tests.

use super::ReviewRow;
use crate::{
    engine::approval::Lack,
    model::{Fingerprint, Kind, OperationState, Situation},
};

impl ReviewRow {
    /// A proposed update of nobody's account that is due now.
    pub(crate) fn sample(number: u8) -> Self {
        Self {
            id: Fingerprint([number; 32]),
            person: None,
            subject: "".into(),
            system: "directory".into(),
            rule: "staff".into(),
            kind: Kind::Update,
            event: None,
            situation: Situation::Confirmed,
            state: OperationState::Proposed,
            note: "".into(),
            lack: Lack::Nothing,
            due: None,
            scheduled: false,
            risk: Vec::new(),
            what: "".into(),
            department: "".into(),
        }
    }
}
