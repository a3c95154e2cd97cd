//! Replaces the file of a configuration whole: whoever reads it finds the old text or the new one, never a part.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{MetadataExt, chown},
    path::Path,
};

use super::Error;

/// Writes `after` where `before` is, and keeps rights and owner; a link stays a link. Refused if the file does not
/// hold `before` any more.
pub fn replace(path: &Path, before: &str, after: &str) -> Result<(), Error> {
    let failed = |what| {
        move |error| Error::File {
            path: path.to_owned(),
            what,
            error,
        }
    };
    let real = fs::canonicalize(path).map_err(failed("found"))?;
    let there = fs::read(&real).map_err(failed("read"))?;
    if there != before.as_bytes() {
        return Err(Error::Changed(path.to_owned()));
    }
    write(&real, after).map_err(failed("written"))
}

fn write(real: &Path, text: &str) -> io::Result<()> {
    let about = fs::metadata(real)?;
    let folder = real.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::Builder::new().prefix(".usher-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(about.permissions())?;
    let own = file.as_file().metadata()?;
    if (own.uid(), own.gid()) != (about.uid(), about.gid()) {
        // with the owner the rights would change hands: better nothing is written
        chown(file.path(), Some(about.uid()), Some(about.gid()))?;
    }
    file.as_file().sync_all()?;
    file.persist(real).map_err(|error| error.error)?;
    // the new name is on disk only when its folder is
    File::open(folder)?.sync_all()
}
