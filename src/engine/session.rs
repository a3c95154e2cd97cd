//! Who had the console open: logins and logouts in the audit.

use super::{Engine, Error};

impl Engine {
    /// Records that the console was opened, by whom and from where.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if it cannot be recorded.
    pub fn log_in(&self) -> Result<(), Error> {
        self.note_session("login", "the console was opened")
    }

    /// Records that the console was closed; the trail is signed up to there.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if it cannot be recorded.
    pub fn log_out(&self) -> Result<(), Error> {
        self.note_session("logout", "the console was closed")
    }

    fn note_session(&self, action: &str, summary: &str) -> Result<(), Error> {
        let actor = &self.inner.setup.actor;
        let from = actor
            .ssh_client
            .as_ref()
            .map_or_else(|| "here".to_owned(), |client| format!("over SSH from {client}"));
        let subject = actor.user.clone();
        let entry = self.inner.entry(action, subject, format!("{summary} {from}"));
        Ok(self.inner.setup.store.append(&[entry])?)
    }
}
