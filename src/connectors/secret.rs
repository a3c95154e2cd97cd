//! Secrets by reference: where a password or token is found, never what it is.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Where a secret is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file; the end of the last line is cut off. Relative to the configuration's folder.
    File(PathBuf),
    /// A command and its arguments; its standard output without the end of the last line.
    Command(Vec<String>),
}

/// Why a secret could not be had. Never holds the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is missing or not UTF-8.
    #[error("the environment variable {0} is not set: export it before starting usher")]
    Env(String),
    /// The file cannot be read.
    #[error("the secret file {path} cannot be read: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The command cannot be run or reports failure.
    #[error("the secret command `{command}` {problem}")]
    Command {
        /// The program, without its arguments.
        command: String,
        /// What happened.
        problem: String,
    },
    /// It is there and empty.
    #[error("the secret from {0} is empty: an empty password would bind as nobody")]
    Empty(String),
}

impl SecretSource {
    /// Fetches the secret; `folder` is what a relative file is relative to.
    pub fn fetch(&self, folder: &Path) -> Result<SecretString, SecretError> {
        let text = match self {
            Self::Env(name) => std::env::var(name).map_err(|_| SecretError::Env(name.clone()))?,
            Self::File(path) => {
                let path = folder.join(path);
                fs::read_to_string(&path).map_err(|error| SecretError::File { path, error })?
            }
            Self::Command(words) => run(words)?,
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(SecretError::Empty(self.describe()));
        }
        Ok(SecretString::from(text))
    }

    /// Says where the secret comes from, for messages.
    pub fn describe(&self) -> String {
        match self {
            Self::Env(name) => format!("the environment variable {name}"),
            Self::File(path) => format!("the file {}", path.display()),
            Self::Command(words) => format!("the command `{}`", words.first().map_or("", String::as_str)),
        }
    }
}

fn run(words: &[String]) -> Result<String, SecretError> {
    let fail = |problem: String| SecretError::Command {
        command: words.first().cloned().unwrap_or_default(),
        problem,
    };
    let (program, arguments) = words.split_first().ok_or_else(|| fail("is empty".to_owned()))?;
    let output = Command::new(program)
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| fail(format!("cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(fail(format!("ended with {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(|_| fail("printed something that is not UTF-8".to_owned()))
}
