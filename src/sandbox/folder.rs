//! The company's folder: every file is written beside and renamed, so that no reader sees half of it.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Error, company::Company};

/// What `sandbox.json` remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// The date of day 0.
    pub first_day: Date,
    /// Working days since.
    pub day: u32,
    /// Whether it is still the day before day 0.
    pub eve: bool,
    /// The directory's last port.
    pub ldap_port: Option<u16>,
    /// The chat's last port.
    pub scim_port: Option<u16>,
}

impl State {
    /// The company as it is then.
    pub fn company(&self) -> Company {
        if self.eve {
            Company::eve(self.first_day)
        } else {
            Company::on_day(self.first_day, self.day)
        }
    }
}

/// A folder, which goes away with this unless it is kept.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    temporary: Option<tempfile::TempDir>,
}

impl Folder {
    /// Makes the folder and `secrets` in it.
    pub fn open(keep: Option<&Path>) -> Result<Self, Error> {
        let folder = if let Some(path) = keep {
            Self {
                path: path.to_owned(),
                temporary: None,
            }
        } else {
            let temporary = tempfile::Builder::new().prefix("usher-demo-").tempdir();
            let temporary = temporary.map_err(|source| Error::File {
                path: std::env::temp_dir(),
                source,
            })?;
            Self {
                path: temporary.path().to_owned(),
                temporary: Some(temporary),
            }
        };
        let secrets = folder.path.join("secrets");
        std::fs::create_dir_all(&secrets).map_err(|source| Error::File {
            path: secrets,
            source,
        })?;
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it stays.
    pub fn is_kept(&self) -> bool {
        self.temporary.is_none()
    }

    /// What was kept: the state, the directory's LDIF and the chat's JSON. Nothing in a new folder.
    pub fn load(&self) -> Result<Option<(State, String, Value)>, Error> {
        if !["sandbox.json", "directory.ldif", "chat.json"]
            .iter()
            .all(|name| self.path.join(name).exists())
        {
            return Ok(None);
        }
        Ok(Some((
            self.json("sandbox.json")?,
            self.read("directory.ldif")?,
            self.json("chat.json")?,
        )))
    }

    /// Remembers the state.
    pub fn save_state(&self, state: &State) -> Result<(), Error> {
        let damaged = |error: serde_json::Error| self.damaged("sandbox.json", &error);
        let text = serde_json::to_vec_pretty(state).map_err(damaged)?;
        self.write("sandbox.json", &text)
    }

    /// A secret without its line end.
    pub fn secret(&self, name: &str) -> Result<String, Error> {
        Ok(self.read(&format!("secrets/{name}"))?.trim_end().to_owned())
    }

    /// Writes a secret that only its owner can read.
    pub fn write_secret(&self, name: &str, secret: &str) -> Result<(), Error> {
        self.write(&format!("secrets/{name}"), format!("{secret}\n").as_bytes())
    }

    /// Writes the configuration for the servers as they listen now. One that somebody edited keeps everything but
    /// the two addresses.
    pub fn write_config(&self, ldap_url: &str, scim_url: &str) -> Result<(), Error> {
        let template = include_str!("company/config.toml");
        let fresh = template
            .replace("@LDAP_URL@", ldap_url)
            .replace("@SCIM_URL@", scim_url);
        let text = match self.read("config.toml") {
            Err(_) => fresh,
            Ok(edited) => {
                let line = |line: &str| match line {
                    _ if line.starts_with("url = \"ldap://127.0.0.1:") => format!("url = \"{ldap_url}\"\n"),
                    _ if line.starts_with("url = \"http://127.0.0.1:") => format!("url = \"{scim_url}\"\n"),
                    _ => format!("{line}\n"),
                };
                edited.lines().map(line).collect()
            }
        };
        self.write("config.toml", text.as_bytes())
    }

    /// Writes a file, see [`write_file`].
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let path = self.path.join(name);
        write_file(&path, content).map_err(|source| Error::File { path, source })
    }

    fn read(&self, name: &str) -> Result<String, Error> {
        let path = self.path.join(name);
        std::fs::read_to_string(&path).map_err(|source| Error::File { path, source })
    }

    fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        serde_json::from_str(&self.read(name)?).map_err(|error| self.damaged(name, &error))
    }

    fn damaged(&self, name: &str, error: &serde_json::Error) -> Error {
        Error::Damaged {
            path: self.path.join(name),
            reason: error.to_string(),
        }
    }
}

/// Writes a file whole, readable by its owner alone: it is written beside and renamed.
pub fn write_file(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&beside)?.write_all(content)?;
    std::fs::rename(&beside, path)
}
