//! Erasing what the audit tells of somebody.

use super::{Engine, Error};
use crate::model::{PersonId, Right};

impl Engine {
    /// Erases what the audit tells in particular of somebody; returns how many records that were. The chain still
    /// verifies, and that it was done, by whom and why, is a record of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] without the right, without a reason, or if the audit tells nothing of them.
    pub async fn erase_audit(&self, person: PersonId, reason: String) -> Result<usize, Error> {
        self.may(Right::Erase)?;
        if reason.trim().is_empty() {
            return Err(Error::Refused(
                "erasing needs a reason: it is all that stays".to_owned(),
            ));
        }
        let erased = self
            .inner
            .blocking(move |inner| {
                let summary = format!("what the audit told of them was erased: {reason}");
                let entry = inner.entry("erase", person.to_string(), summary);
                Ok(inner.setup.store.erase_audit(person, &reason, entry)?)
            })
            .await?;
        if erased == 0 {
            return Err(Error::Refused(format!(
                "the audit in this store tells nothing of {person}: what was moved into archives is erased there"
            )));
        }
        Ok(erased)
    }
}
