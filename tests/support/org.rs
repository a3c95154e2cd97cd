//! Made-up organisations, the day after, the directory they are said to be in, and the answer key to both.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::paths;

/// A generated organisation on disk. Tests share it: copy a file before changing it.
pub struct Org {
    folder: PathBuf,
}

/// One line of `events.csv`: something that changed between the two days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// The employee number, with its leading zeros.
    pub employee_id: String,
    /// What happened, such as `joiner`, `leaver` or `mover_department`.
    #[serde(rename = "event")]
    pub kind: String,
    /// The HR column that changed; empty where the whole row came or went.
    pub field: String,
    /// The value of the first day.
    pub old: String,
    /// The value of the second day.
    pub new: String,
}

/// One line of `directory_truth.csv`: a known fault of the directory, or an account that needs care.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Truth {
    /// The employee number, empty for an account of nobody in HR.
    pub employee_id: String,
    /// The login name, empty where the account is missing.
    pub login: String,
    /// The fault, such as `missing`, `stale_title` or `terminated_but_enabled`.
    pub condition: String,
}

impl Org {
    /// The HR feed of the first day.
    pub fn hr_day1(&self) -> PathBuf {
        self.folder.join("hr_day1.csv")
    }

    /// The HR feed of the second day.
    pub fn hr_day2(&self) -> PathBuf {
        self.folder.join("hr_day2.csv")
    }

    /// The directory of the first day, with its faults, below `dc=example,dc=com`.
    pub fn directory(&self) -> PathBuf {
        self.folder.join("directory.ldif")
    }

    /// Every change between the two days.
    pub fn events(&self) -> Vec<Event> {
        read(&self.folder.join("events.csv"))
    }

    /// Every fault of the directory.
    pub fn truth(&self) -> Vec<Truth> {
        read(&self.folder.join("directory_truth.csv"))
    }

    /// Every count of the organisation (`expected.json`).
    pub fn expected(&self) -> serde_json::Value {
        let text = std::fs::read_to_string(self.folder.join("expected.json")).expect("expected.json");
        serde_json::from_str(&text).expect("expected.json is JSON")
    }

    /// The folder with all of it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Gives the organisation of `people` (120 at least) from this seed; `factor` multiplies the changes of the second
/// day (200 makes one in ten leave). Made once and kept under `target/rig/org`; safe for tests that run side by side.
pub fn generate(people: u32, seed: u32, factor: u32) -> Org {
    made(people, seed, factor, false)
}

/// The same; its directory is one of Active Directory.
pub fn generate_domain(people: u32, seed: u32, factor: u32) -> Org {
    made(people, seed, factor, true)
}

fn made(people: u32, seed: u32, factor: u32, is_domain: bool) -> Org {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

    let generator = paths::root("tests/data/make_org.py");
    let mut version = DefaultHasher::new();
    std::fs::read(&generator)
        .expect("the generator")
        .hash(&mut version);
    let all = paths::cache().join("org");
    let kind = if is_domain { "-ad" } else { "" };
    let folder = all.join(format!(
        "{people}-{seed}-{factor}{kind}-{:016x}",
        version.finish()
    ));

    let _guard = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if !folder.exists() {
        std::fs::create_dir_all(&all).expect("a folder under target");
        let draft = tempfile::tempdir_in(&all).expect("a folder beside the finished ones");
        let mut command = Command::new("python3");
        command.arg(generator).arg("--out").arg(draft.path());
        for (option, value) in [("--n", people), ("--seed", seed), ("--factor", factor)] {
            command.args([option, &value.to_string()]);
        }
        if is_domain {
            command.arg("--ad");
        }
        let output = command.output().expect("python3 makes the test data");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        // another process may have been quicker: its files are the same
        if std::fs::rename(draft.path(), &folder).is_err() {
            assert!(
                folder.exists(),
                "cannot put the organisation at {}",
                folder.display()
            );
        }
    }
    Org { folder }
}

fn read<T: DeserializeOwned>(file: &Path) -> Vec<T> {
    let mut reader =
        csv::Reader::from_path(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
