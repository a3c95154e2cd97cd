//! The store's files: private to their owner, on a local disk, one lock to know who else has them open.

use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use super::network::network_file_system;
use crate::store::Error;

/// The lock beside the store, held shared for as long as it is open.
///
/// `SQLite` looks after the store's contents. This lock only tells the first to open from the others, so that the
/// first can see whether the last one was cut off.
#[derive(Debug)]
pub(super) struct Presence {
    _lock: File,
    /// Whether nobody else has the store open, and the last one who had it did not close it.
    pub(super) was_cut_off: bool,
}

/// Prepares folder and file; both are made private to their owner.
pub(super) fn prepare(path: &Path) -> Result<Presence, Error> {
    let refuse = |reason: String| Error::Open {
        path: path.display().to_string(),
        reason,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    create_folder(folder).map_err(|error| {
        refuse(format!(
            "its folder cannot be made: {error}; make it, or name another"
        ))
    })?;
    if let Some(kind) = network_file_system(folder) {
        return Err(refuse(format!(
            "it is on a network file system ({kind}), where its locks do not hold: name a file on a local disk"
        )));
    }
    if path.is_dir() {
        return Err(refuse("it is a folder: name a file in it".to_owned()));
    }
    create_private(path)
        .and_then(|()| Presence::take(path))
        .map_err(|error| refuse(format!("{error}; {}", advice(&error))))
}

/// Says what to do where a file cannot be made or opened.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space and do it again",
        io::ErrorKind::ReadOnlyFilesystem => {
            "make the disk writable (it may have failed: look at the system's log), or name a store on another one"
        }
        _ => "usher must be able to write the file and its folder",
    }
}

/// Reports whether the disk that a file is on has no room left; where that cannot be told, it has.
#[cfg(unix)]
pub(in crate::store) fn is_full(path: &Path) -> bool {
    /// What the log's index takes at least, in octets.
    const LEAST: u64 = 32 << 10;
    rustix::fs::statvfs(path).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < LEAST)
}

/// Reports whether the disk that a file is on has no room left: not known on this platform.
#[cfg(not(unix))]
pub(in crate::store) fn is_full(_path: &Path) -> bool {
    false
}

impl Presence {
    fn take(path: &Path) -> io::Result<Self> {
        let lock_path = beside(path, "-lock");
        create_private(&lock_path)?;
        let lock = OpenOptions::new().read(true).write(true).open(lock_path)?;
        let is_first = lock.try_lock().is_ok();
        let was_cut_off = is_first && std::fs::metadata(beside(path, "-wal")).is_ok_and(|wal| wal.len() > 0);
        if is_first {
            lock.unlock()?;
        }
        lock.lock_shared()?;
        Ok(Self {
            _lock: lock,
            was_cut_off,
        })
    }
}

/// Returns the path of a file that belongs to the store: `usher.db-wal`.
pub(in crate::store) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Creates a file that only its owner may read, or makes an existing one so. `SQLite` gives its companions the same
/// permissions.
pub(in crate::store) fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let file = options.mode(0o600).open(path)?;
        let mode = file.metadata()?.permissions().mode();
        if mode & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
    }
    #[cfg(not(unix))]
    options.open(path)?;
    Ok(())
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}
