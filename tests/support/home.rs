//! The program under test, in a home of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A home folder for the program: nothing of the user's settings gets in, nothing gets out. Removed at the end.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// Makes an empty home.
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// A path below the home, whose parent folders are there afterwards.
    pub fn path(&self, below: &str) -> PathBuf {
        let path = self.folder.path().join(below);
        let parent = path.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(parent).expect("a folder in the home");
        path
    }

    /// The whole environment of the program, for a [`Command`] or a pseudo-terminal: English, UTC, no colours asked for.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let below = |name: &str| self.folder.path().join(name).into_os_string();
        vec![
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("HOME", below("")),
            ("XDG_CONFIG_HOME", below(".config")),
            ("XDG_DATA_HOME", below(".local/share")),
            ("XDG_STATE_HOME", below(".local/state")),
            ("XDG_CACHE_HOME", below(".cache")),
            ("XDG_RUNTIME_DIR", below(".run")),
            ("TMPDIR", below("")),
            ("USER", "tester".into()),
            ("LANG", "C.UTF-8".into()),
            ("TZ", "UTC".into()),
            ("TERM", "xterm-256color".into()),
        ]
    }

    /// The built program in this home, with this environment and in this folder; arguments are the caller's.
    pub fn usher(&self) -> Command {
        let mut command = Command::new(Self::program());
        command
            .env_clear()
            .envs(self.environment())
            .current_dir(self.folder.path());
        command
    }

    /// Where the built program is.
    pub fn program() -> &'static Path {
        Path::new(env!("CARGO_BIN_EXE_usher"))
    }
}
