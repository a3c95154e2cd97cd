//! A log for the curious: `USHER_LOG=info` (`debug`, `trace`) writes usher's own lines to `usher.log` in the state
//! folder. Never the libraries' lines: some of them print what they send.

use std::{
    fs::{self, OpenOptions},
    sync::Mutex,
};

use directories::ProjectDirs;

/// Starts the log, if the environment asks for one. A log that cannot be written is no reason not to work.
pub(super) fn start() {
    let Some(level) = std::env::var("USHER_LOG")
        .ok()
        .and_then(|text| text.parse::<tracing::Level>().ok())
    else {
        return;
    };
    let Some(project) = ProjectDirs::from("", "", "usher") else {
        return;
    };
    let folder = project.state_dir().unwrap_or(project.data_local_dir()).to_owned();
    let file = fs::create_dir_all(&folder).and_then(|()| {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("usher.log"))
    });
    match file {
        Ok(file) => tracing_subscriber::fmt()
            .with_env_filter(format!("usher={level}"))
            .with_ansi(false)
            .with_writer(Mutex::new(file))
            .init(),
        Err(error) => eprintln!(
            "usher: the log in {} cannot be written: {error}",
            folder.display()
        ),
    }
}
