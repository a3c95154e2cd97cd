//! Where things are: the configuration, and the store that belongs to it.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;

use super::{
    digest::sha256,
    position,
    problem::{Errors, Problem},
};

/// No configuration is as large as this; a device or a database given by mistake may be.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Returns `usher.toml` in the current folder if there is one, else `config.toml` in the user's own
/// (`~/.config/usher` on Linux), whether or not it exists.
pub(super) fn default_path() -> PathBuf {
    let here = PathBuf::from("usher.toml");
    if here.exists() {
        return here;
    }
    project().map_or(here, |project| project.config_dir().join("config.toml"))
}

/// Returns the file of the store that belongs to a configuration unless it names another: one for each path.
pub(super) fn default_store(path: &Path) -> PathBuf {
    let absolute = path
        .canonicalize()
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned());
    let key = sha256(absolute.as_os_str().as_encoded_bytes());
    match project() {
        Some(project) => {
            let state = project.state_dir().unwrap_or(project.data_local_dir());
            state.join(&key[..16]).join("usher.db")
        }
        None => folder(path).join("usher.db"),
    }
}

/// Returns the folder a configuration stands in, absolute if that can be found out.
pub(super) fn folder(path: &Path) -> PathBuf {
    let parent = path.parent().unwrap_or(Path::new(""));
    std::path::absolute(parent)
        .or_else(|_| env::current_dir().map(|here| here.join(parent)))
        .unwrap_or_else(|_| parent.to_owned())
}

/// Reads the file, or says why that cannot be done and what to do.
pub(super) fn read(path: &Path) -> Result<String, Errors> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Errors::of_file(path, "there is no configuration here", hint_missing()),
        io::ErrorKind::PermissionDenied => Errors::of_file(
            path,
            "this configuration may not be read",
            "give yourself the right to read the file",
        ),
        _ => Errors::of_file(
            path,
            format!("the configuration cannot be read: {error}"),
            "check the path",
        ),
    };
    let about = fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        let hint = format!(
            "name a file in it: `--config {}`",
            path.join("usher.toml").display()
        );
        return Err(Errors::of_file(
            path,
            "this is a folder, not a configuration file",
            hint,
        ));
    }
    if about.len() > LARGEST {
        return Err(Errors::of_file(
            path,
            "this file is larger than 16 MiB: it is no configuration",
            "check the path",
        ));
    }
    let octets = fs::read(path).map_err(failed)?;
    String::from_utf8(octets)
        .map_err(|error| not_utf8(path, error.as_bytes(), error.utf8_error().valid_up_to()))
}

fn hint_missing() -> String {
    let own =
        project().map(|project| format!(" and `{}`", project.config_dir().join("config.toml").display()));
    format!(
        "`usher demo` shows usher with a company of its own; to begin, copy `config.example.toml`. \
         Without `--config` usher looks for `usher.toml` in the current folder{}",
        own.unwrap_or_default()
    )
}

fn not_utf8(path: &Path, octets: &[u8], at: usize) -> Errors {
    let text = String::from_utf8_lossy(octets);
    let place = position::floor(&text, at);
    let line = text[place..]
        .find(['\r', '\n'])
        .map_or(text.len(), |end| place + end);
    let problem = Problem::error(
        place..line.min(place + '\u{fffd}'.len_utf8()),
        "this is not UTF-8",
    )
    .hint("save the file as UTF-8");
    Errors::new(path, &text, vec![problem])
}

fn project() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "usher")
}
