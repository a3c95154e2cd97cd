//! Plan files on disk: read with a limit, written at once or not at all.

use std::{
    ffi::OsString,
    fs::File,
    io::{ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
};

use color_eyre::eyre::{Result, bail, eyre};

use crate::{
    config::Config,
    engine::{
        planfile::{PlanFile, Signed},
        revalidate::Named,
    },
    model::PlanId,
};

/// What to do if a plan file is there already.
pub(super) const OTHERWISE: &str = "name another file, or use --force";
/// No plan is as large as this: a million operations take about as much.
const LARGEST: u64 = 1 << 30;
/// No `allowed_signers` file and no signature is as large as this.
const LARGEST_TEXT: u64 = 1 << 20;

/// Reads a plan file as it is.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    limited(path, LARGEST, "plan file")
}

/// Reads a plan file that is whole by itself.
pub(super) fn open(path: &Path) -> Result<PlanFile> {
    let file = PlanFile::parse(read(path)?).map_err(|error| eyre!("{}: {error}", path.display()))?;
    if !file.flaws.is_empty() {
        bail!(
            "{} was edited or damaged:\n  {}\nget the file as it was written, or make a new one with `usher plan -o FILE`",
            path.display(),
            file.flaws.join("\n  ")
        );
    }
    Ok(file)
}

/// Understands a plan's number, or the path of a plan file: what has digits only is a number.
pub(super) fn named(text: &str) -> Result<Named> {
    if text.bytes().all(|octet| octet.is_ascii_digit()) {
        return Ok(Named::Plan(PlanId(text.parse()?)));
    }
    Ok(Named::File(Box::new(open(Path::new(text))?)))
}

/// Returns where the signature of a plan file is: beside it, as `ssh-keygen -Y sign` puts it.
pub(super) fn signature_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".sig");
    name.into()
}

/// Reads the signature beside a plan file, if there is one, and who may sign.
pub(super) fn signed(path: &Path, config: &Config) -> Result<Option<Signed>> {
    let beside = signature_path(path);
    if !beside.exists() {
        return Ok(None);
    }
    let Some(signers) = &config.allowed_signers else {
        bail!(
            "{} is signed, and nobody is allowed to: set `allowed_signers` under [approvals], or move {} away",
            path.display(),
            beside.display()
        );
    };
    let text = |path: &Path, what: &str| -> Result<String> {
        let octets = limited(path, LARGEST_TEXT, what)?;
        String::from_utf8(octets).map_err(|_| eyre!("the {what} {} is no text", path.display()))
    };
    Ok(Some(Signed {
        signature: text(&beside, "signature")?,
        signers: text(signers, "file of allowed signers")?,
    }))
}

fn limited(path: &Path, limit: u64, what: &str) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| eyre!("the {what} {} cannot be read: {error}", path.display());
    let mut octets = Vec::new();
    File::open(path)
        .map_err(failed)?
        .take(limit + 1)
        .read_to_end(&mut octets)
        .map_err(failed)?;
    if octets.len() as u64 > limit {
        bail!(
            "the {what} {} is larger than {limit} octets: it is something else",
            path.display()
        );
    }
    Ok(octets)
}

/// Refuses to take the place of a file that is there; `instead` says what to do.
pub(super) fn must_be_free(path: &Path, instead: &str) -> Result<()> {
    if path.symlink_metadata().is_ok() {
        bail!("{} is there already: {instead}", path.display());
    }
    Ok(())
}

/// Writes a file that only its owner may read, at once or not at all.
pub(super) fn write(path: &Path, octets: &[u8], force: bool) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let failed = |error: std::io::Error| eyre!("the plan file {} cannot be written: {error}", path.display());
    // temporary files are their owner's only, and renaming keeps that
    let mut draft = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    draft.write_all(octets).map_err(failed)?;
    draft.as_file().sync_all().map_err(failed)?;
    let done = if force {
        draft.persist(path)
    } else {
        draft.persist_noclobber(path)
    };
    match done {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => must_be_free(path, OTHERWISE),
        Err(error) => Err(failed(error.error)),
    }
}
