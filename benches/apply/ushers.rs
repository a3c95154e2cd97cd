//! usher, as its users run it.

use std::{path::Path, process::Command};

/// Plans and approves in a fresh home, from people as CSV and rules. Entries that are there already are linked with
/// the plan.
pub fn plan(home: &Path, people: &str, rules: &str) {
    for store in ["usher.db", "usher.db-wal", "usher.db-shm", "usher.db-lock"] {
        let _ = std::fs::remove_file(home.join(store));
    }
    std::fs::write(home.join("people.csv"), people).expect("the people as CSV");
    std::fs::write(home.join("usher.toml"), rules).expect("the rules");
    // 2: there are changes
    usher(home, &["plan"], 2);
    usher(home, &["approve", "--all"], 0);
}

/// Applies what was approved.
pub fn apply(home: &Path) {
    usher(home, &["apply"], 0);
}

fn usher(home: &Path, arguments: &[&str], expected: i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_usher"))
        .args(arguments)
        .args(["--config".as_ref(), home.join("usher.toml").as_os_str()])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .expect("usher runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(expected),
        "usher {arguments:?}: {said}"
    );
}
