//! The session file: where the user was, as JSON. Decisions are not in it; those are the engine's.

use std::{fs, io, io::Write, path::Path};

use crate::tui::Session;

/// Reads the session; one that is missing or cannot be read is a fresh one.
pub(super) fn load(path: &Path) -> Session {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Session::default(),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "the session could not be read; starting afresh");
            return Session::default();
        }
    };
    serde_json::from_slice(&text).unwrap_or_else(|error| {
        tracing::warn!(path = %path.display(), %error, "the session could not be understood; starting afresh");
        Session::default()
    })
}

/// Writes the session beside its place and moves it there, so that a broken connection leaves the old one or the new.
pub(super) fn save(path: &Path, session: &Session) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, session)?;
    file.write_all(b"\n")?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::Pane;

    #[test]
    fn a_session_comes_back_and_a_broken_one_is_a_fresh_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/session.json");
        assert_eq!(load(&path), Session::default());
        let session = Session {
            pane: Pane::Audit,
            filter: "kind:delete".into(),
            ..Session::default()
        };
        save(&path, &session).unwrap();
        assert_eq!(load(&path), session);
        fs::write(&path, "{").unwrap();
        assert_eq!(load(&path), Session::default());
        save(&path, &session).unwrap();
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left behind"
        );
    }
}
