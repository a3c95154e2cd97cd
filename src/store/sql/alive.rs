//! A lock for each lease, held by the process that took it: the kernel lets go of it when the process ends, however
//! it ends, so that a lease whose holder was killed need not be waited for.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::{
    model::SystemName,
    store::{Lease, sqlite::files},
};

/// The locks of the leases this process holds.
#[derive(Debug)]
pub(in crate::store) struct Locks {
    store: PathBuf,
    held: Mutex<HashMap<SystemName, (i64, File)>>,
}

impl Locks {
    /// Makes the list of a store that is in this file.
    pub(in crate::store) fn new(store: &Path) -> Self {
        Self {
            store: store.to_owned(),
            held: Mutex::default(),
        }
    }

    /// Reports whether the process that took this lease has certainly ended. Where that cannot be told (the lock is
    /// not there, or cannot be asked for), it has not.
    pub(super) fn holder_has_ended(&self, lease: &Lease) -> bool {
        File::open(self.file(lease)).is_ok_and(|file| file.try_lock().is_ok())
    }

    /// Holds the lock of a new lease, before others can see the lease. Without a lock the lease still works, and
    /// ends by silence only.
    pub(super) fn hold(&self, lease: &Lease) {
        let path = self.file(lease);
        let opened =
            files::create_private(&path).and_then(|()| OpenOptions::new().read(true).write(true).open(&path));
        let Ok(file) = opened else { return };
        match file.try_lock() {
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(_)) => {
                // locks do not work here: nobody must take this one for free
                let _ = std::fs::remove_file(&path);
                return;
            }
        }
        let older = self.held().insert(lease.system.clone(), (lease.token, file));
        if let Some((token, _)) = older {
            self.remove(&Lease {
                system: lease.system.clone(),
                token,
            });
        }
    }

    /// Lets go of the lock of a lease that was given back.
    pub(super) fn let_go(&self, lease: &Lease) {
        let mut held = self.held();
        if held
            .get(&lease.system)
            .is_some_and(|(token, _)| *token == lease.token)
        {
            held.remove(&lease.system);
        }
        self.remove(lease);
    }

    /// Removes the locks of a system's leases before this one, which are worth nothing any more: their holders were
    /// killed before they could.
    pub(super) fn remove_older(&self, lease: &Lease) {
        let (Some(folder), Some(store)) = (self.store.parent(), self.store.file_name()) else {
            return;
        };
        let prefix = format!("{}{}", store.to_string_lossy(), Self::suffix(&lease.system));
        for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = file.file_name();
            let token = name
                .to_str()
                .and_then(|name| name.strip_prefix(&prefix)?.parse().ok());
            if token.is_some_and(|token: i64| token < lease.token) {
                // what stays is only an empty file
                let _ = std::fs::remove_file(file.path());
            }
        }
    }

    fn remove(&self, lease: &Lease) {
        // what stays is only an empty file
        let _ = std::fs::remove_file(self.file(lease));
    }

    fn file(&self, lease: &Lease) -> PathBuf {
        let suffix = format!("{}{}", Self::suffix(&lease.system), lease.token);
        files::beside(&self.store, &suffix)
    }

    /// What the name of a lock begins with after the store's; its end is the token.
    fn suffix(system: &SystemName) -> String {
        format!("-lease-{}-", hex::encode(system.as_str()))
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<SystemName, (i64, File)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
