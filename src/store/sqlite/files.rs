//! The store's files: private to their owner, on a local disk, all there that were left.

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
};

use super::{
    log,
    network::network_file_system,
    presence::{Left, Presence},
};
use crate::store::{Error, sql::failure::damaged};

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
    let refuse_io = |error: io::Error| refuse(format!("{error}; {}", advice(&error)));
    let presence = Presence::take(path).map_err(refuse_io)?;
    whole(path, &presence)?;
    create_private(path).map_err(refuse_io)?;
    Ok(presence)
}

/// Makes sure that what was left of the store is still there, before anything is opened and, where it was cut off,
/// mended from its log.
fn whole(path: &Path, presence: &Presence) -> Result<(), Error> {
    let lock = beside(path, "-lock");
    let broken = |what: String| {
        let Error::Damaged(text) = damaged(&what) else {
            return damaged(&what);
        };
        Error::Damaged(format!("{}: {text}", path.display()))
    };
    let is_empty = std::fs::metadata(path).is_ok_and(|file| file.len() == 0);
    if presence.left != Left::Nothing && (is_empty || !path.exists()) {
        return Err(Error::Open {
            path: path.display().to_string(),
            reason: format!(
                "there was a store, and now the file is {}; put it back, or a copy of it; to begin with an empty store, \
                 remove {}",
                if is_empty { "empty" } else { "gone" },
                lock.display()
            ),
        });
    }
    let wal = beside(path, "-wal");
    if presence.left == Left::InUse && !wal.exists() {
        return Err(broken(format!(
            "whoever used it last was cut off, and the log that had what was not in the file yet ({}) is gone: put it \
             back; to go on without it, which forgets what was decided and done last, remove {}",
            wal.display(),
            lock.display()
        )));
    }
    if presence.was_cut_off {
        log::examine(path, &wal).map_err(|flaw| {
            broken(format!(
                "its log {} has damage in the middle ({flaw}), and what comes after cannot be read; to go on without \
                 it, which forgets what was decided and done last, move it aside and remove {}",
                wal.display(),
                lock.display()
            ))
        })?;
    }
    Ok(())
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
