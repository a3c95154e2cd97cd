//! Keeps the servers' state in the folder: a moment after a change, and once more at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::folder::write_file;
use super::{ldap, scim};

/// How long changes are gathered before they are written.
const PAUSE: Duration = Duration::from_millis(500);

/// Saves until it is dropped.
pub struct Saver {
    path: PathBuf,
    directory: Arc<ldap::Server>,
    chat: Arc<scim::Server>,
    task: JoinHandle<()>,
}

impl Saver {
    /// Saves now and after each change.
    pub fn start(path: PathBuf, directory: Arc<ldap::Server>, chat: Arc<scim::Server>) -> Self {
        let (mut entries, mut users) = (directory.changes(), chat.changes());
        // the task must not keep the servers alive, so it holds weak references
        let (weak_directory, weak_chat) = (Arc::downgrade(&directory), Arc::downgrade(&chat));
        let folder = path.clone();
        let task = tokio::spawn(async move {
            loop {
                if let (Some(directory), Some(chat)) = (weak_directory.upgrade(), weak_chat.upgrade()) {
                    save(&folder, &directory, &chat);
                }
                let changed = tokio::select! {
                    changed = entries.changed() => changed,
                    changed = users.changed() => changed,
                };
                if changed.is_err() {
                    break;
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
        Self {
            path,
            directory,
            chat,
            task,
        }
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.task.abort();
        save(&self.path, &self.directory, &self.chat);
    }
}

/// Writes both states. A demo goes on when its disk is full; the next change tries again.
fn save(folder: &Path, directory: &ldap::Server, chat: &scim::Server) {
    let _ = write_file(&folder.join("directory.ldif"), directory.to_ldif().as_bytes());
    let _ = write_file(&folder.join("chat.json"), chat.to_json().to_string().as_bytes());
}
