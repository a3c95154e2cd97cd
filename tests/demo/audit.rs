//! The audit on the command line: signed, anchored, exported, and verified with and without its store.

use std::process::Command;

use serde_json::Value;

use super::command_line::CommandLine;

/// The program with no configuration and nothing of this machine's environment.
fn elsewhere(folder: &std::path::Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_usher"))
        .env_clear()
        .env("HOME", folder)
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

/// The store of the demo company, by the key beside it.
fn store_of(line: &CommandLine) -> std::path::PathBuf {
    let mut found = Vec::new();
    let mut folders = vec![line.sandbox.dir().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.to_str().unwrap().strip_suffix("-audit-key") {
                Some(store) => found.push(store.into()),
                None if path.is_dir() => folders.push(path),
                None => {}
            }
        }
    }
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[tokio::test]
async fn the_audit_is_signed_anchored_and_verified_elsewhere() {
    let line = CommandLine::new().await;
    line.code(&["plan"]).await;
    let (code, anchor) = line.run(&["audit", "anchor"]).await;
    assert_eq!(code, 0, "{anchor}");
    let anchor = anchor.trim();
    assert!(anchor.starts_with("usher-audit 20"), "{anchor}");
    let (code, said) = line.run(&["audit", "verify", "--anchor", anchor]).await;
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("by SHA256:"), "{said}");
    assert_eq!(
        line.code(&["audit", "verify", "--anchor", "usher-audit 7"]).await,
        1
    );

    let store = store_of(&line);
    let public = format!("{}-audit-key.pub", store.display());
    let folder = tempfile::tempdir().unwrap();
    let export = folder.path().join("audit.jsonl");
    let file = export.to_str().unwrap();
    assert_eq!(line.code(&["audit", "export", "--output", file]).await, 0);
    for file in [file, store.to_str().unwrap()] {
        let (code, said) = elsewhere(
            folder.path(),
            &["audit", "verify", file, "--key", &public, "--anchor", anchor],
        );
        assert_eq!(code, 0, "{said}");
    }
    let (code, said) = elsewhere(folder.path(), &["audit", "verify", file, "--key", "SHA256:other"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("another key"), "{said}");
    let cut: String = std::fs::read_to_string(&export)
        .unwrap()
        .lines()
        .take(1)
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(&export, cut).unwrap();
    let (code, said) = elsewhere(folder.path(), &["audit", "verify", file, "--anchor", anchor]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("cut off"), "{said}");
}

#[tokio::test]
async fn old_records_are_archived_and_still_tell_who_had_access() {
    let mut line = CommandLine::new().await;
    line.code(&["plan"]).await;
    line.sandbox.next_day().unwrap();
    line.set_clock();
    line.code(&["plan"]).await;
    line.code(&["approve", "--all"]).await;
    line.code(&["apply"]).await;
    let now = format!("{}T10:00:00Z", line.sandbox.today());
    let ask = ["audit", "who-had-access", "Nadia Petrova", "--at", &now];
    let asked = line.json(&ask).await;
    let accounts = asked["access"]["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2, "{asked}");
    for account in accounts {
        assert_eq!(account["run"], 1, "{account}");
        assert_eq!(account["evidence"]["written"]["verified"], true, "{account}");
        assert_eq!(account["approvals"].as_array().unwrap().len(), 1, "{account}");
    }
    let before = line
        .json(&["audit", "who-had-access", "Nadia Petrova", "--at", "2020-01-01"])
        .await;
    assert_eq!(
        before["access"]["accounts"].as_array().unwrap().len(),
        0,
        "{before}"
    );

    let file = line.sandbox.dir().join("old.jsonl");
    let file = file.to_str().unwrap();
    let archive = ["audit", "archive", "--before", &now, "-o", file];
    let (code, said) = line.run(&archive).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(
        line.code(&archive).await,
        1,
        "nothing is left to archive, and the file is there"
    );
    let (code, said) = line.run(&["audit", "verify"]).await;
    assert!(code == 0 && said.contains("are in archives"), "{said}");
    let store = store_of(&line);
    let folder = tempfile::tempdir().unwrap();
    for files in [vec![file], vec![file, store.to_str().unwrap()]] {
        let (code, said) = elsewhere(folder.path(), &[&["audit", "verify"], &files[..]].concat());
        assert_eq!(code, 0, "{said}");
    }
    let without = line.json(&ask).await;
    assert!(
        without["access"]["gaps"][0]
            .as_str()
            .unwrap()
            .contains("--archive"),
        "{without}"
    );
    let with = line.json(&[&ask[..], &["--archive", file]].concat()).await;
    assert_eq!(with["access"]["accounts"], asked["access"]["accounts"]);
}

#[tokio::test]
async fn what_is_exported_is_chosen_and_recorded() {
    let mut line = CommandLine::new().await;
    line.code(&["plan"]).await;
    line.sandbox.next_day().unwrap();
    line.set_clock();
    line.code(&["plan"]).await;
    line.code(&["approve", "--all"]).await;
    line.code(&["apply"]).await;
    let (code, cef) = line
        .run(&["audit", "export", "--format", "cef", "verified", "directory"])
        .await;
    assert_eq!(code, 0, "{cef}");
    assert!(
        !cef.is_empty() && cef.lines().all(|line| line.starts_with("CEF:0|usher|usher|")),
        "{cef}"
    );
    let (_, entra) = line.run(&["audit", "export", "--format", "entra"]).await;
    let entra: Value = serde_json::from_str(&entra).unwrap();
    let events = entra["value"].as_array().unwrap();
    assert!(!events.is_empty());
    assert!(
        events.iter().all(|event| event["targetSystem"]["id"].is_string()),
        "{events:?}"
    );
    let (code, none) = line.run(&["audit", "export", "--until", "2001-01-01"]).await;
    assert_eq!((code, none.as_str()), (0, ""));
    let (_, trail) = line.run(&["audit", "log", "export"]).await;
    assert_eq!(trail.lines().count(), 3, "{trail}");
    assert_eq!(line.code(&["audit", "verify"]).await, 0);
}

#[tokio::test]
async fn reads_plans_decisions_releases_writes_and_logins_are_one_trail() {
    let office = super::office::Office::with(
        "[[guard.rails]]\nname = \"leavers\"\nkinds = [\"disable\"]\nin = \"directory\"\nabsolute = 0",
    )
    .await;
    office.engine.log_in().unwrap();
    let due = office.due().await;
    let (first, rest) = due.split_first().unwrap();
    office
        .decide(
            std::slice::from_ref(first),
            usher::model::Verdict::Reject,
            Some("not he"),
        )
        .await;
    office.decide(rest, usher::model::Verdict::Approve, None).await;
    let rail = "leavers · directory".to_owned();
    office
        .engine
        .release_some(rail, None, "they have left".to_owned())
        .await
        .unwrap();
    office.engine.apply(None).await.unwrap();
    office.engine.log_out().unwrap();
    let actions = office.audited_actions();
    for action in [
        "login", "logout", "read", "plan", "approve", "reject", "release", "run", "write", "run-end",
    ] {
        assert!(actions.contains_key(action), "{action}: {actions:?}");
    }
    let (verified, records) = office.engine.store().audit(0, 1, "verified").unwrap();
    assert!(verified > 0, "what was read back is told");
    let record = &records[0];
    assert_eq!(record.entry.actor.user, "tester");
    assert!(record.entry.details["changes"].is_array(), "{record:?}");
    office.verify_audit();
}
