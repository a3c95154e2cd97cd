//! A day is applied and taken back.

use std::collections::BTreeMap;

use serde_json::Value;

use super::command_line::CommandLine;

/// The company on day 0 with everything that is due applied by run 1; both rules may delete.
async fn applied() -> (CommandLine, String, Vec<Value>) {
    let mut line = CommandLine::new().await;
    let config = std::fs::read_to_string(&line.config).unwrap();
    let chat = r#"actions = ["create", "update", "enable", "disable"]"#;
    assert!(config.contains(chat));
    let both = config.replace(
        chat,
        r#"actions = ["create", "update", "enable", "disable", "delete"]"#,
    );
    std::fs::write(&line.config, both).unwrap();
    line.settle_the_doubt().await;
    line.code(&["plan"]).await;
    line.sandbox.next_day().unwrap();
    line.set_clock();
    assert_eq!(line.code(&["plan"]).await, 2);
    let before = directory(&line);
    let due = due(&line).await;
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    assert_eq!(line.code(&["apply"]).await, 0);
    (line, before, due)
}

/// The rows of the current plan that are due.
async fn due(line: &CommandLine) -> Vec<Value> {
    let shown = line.json(&["show"]).await;
    let rows = shown["rows"].as_array().unwrap().iter();
    rows.filter(|row| row["scheduled"] == false).cloned().collect()
}

fn ids(rows: &[Value]) -> Vec<String> {
    let mut ids: Vec<_> = rows
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort_unstable();
    ids
}

/// The directory, without what it keeps about its own entries.
fn directory(line: &CommandLine) -> String {
    let own = [
        "modifytimestamp",
        "modifiersname",
        "entrycsn",
        "createtimestamp",
        "creatorsname",
    ];
    let mut entries: Vec<String> = line
        .sandbox
        .directory_ldif()
        .split("\n\n")
        .map(|entry| {
            let mut lines: Vec<_> = entry
                .lines()
                .filter(|text| {
                    let name = text.split(':').next().unwrap_or_default().to_lowercase();
                    !own.contains(&name.as_str())
                })
                .collect();
            lines.sort_unstable();
            lines.join("\n")
        })
        .collect();
    entries.sort_unstable();
    entries.join("\n\n")
}

#[tokio::test]
async fn a_day_is_taken_back_whole() {
    let (line, before, day) = applied().await;
    assert_ne!(directory(&line), before);
    let (code, dry) = line.run(&["undo", "last", "--dry-run"]).await;
    assert!(code == 3 && dry.contains("run 1 would be taken back by"), "{dry}");

    let undone = line.json(&["undo", "last"]).await;
    assert_eq!(undone["run"], 1);
    assert!(undone["left"].as_array().unwrap().is_empty(), "{undone}");
    // a whole day at once is more than the rails let pass
    for rail in undone["exceeded"].as_array().unwrap() {
        let rail = rail["rail"].as_str().unwrap();
        assert_eq!(line.code(&["release", rail, "--reason", "a wrong day"]).await, 0);
    }
    let operations = undone["operations"].as_array().unwrap();
    assert_eq!(operations.len(), day.len(), "{undone}");
    assert_eq!(line.code(&["apply"]).await, 1, "nothing is approved");
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let (code, said) = line.run(&["apply"]).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(directory(&line), before);

    // the sources still want all of it: it is planned to the octet as it was, so both systems are as they were
    line.code(&["plan"]).await;
    let again = due(&line).await;
    assert_eq!(ids(&again), ids(&day));
    assert!(again.iter().all(|row| row["state"] == "rejected"), "{again:?}");
    assert_eq!(
        line.code(&["approve", "--all"]).await,
        1,
        "what was rejected is approved by name"
    );

    let (code, said) = line.run(&["undo", "1"]).await;
    assert!(
        code == 0 && said.contains("nothing is left to undo in run 1"),
        "{said}"
    );
    let (_, trail) = line.run(&["audit", "log", "undo"]).await;
    assert!(trail.contains("run 1"), "{trail}");
    assert_eq!(line.code(&["audit", "verify"]).await, 0);
}

#[tokio::test]
async fn what_somebody_changed_meanwhile_stays() {
    let (line, ..) = applied().await;
    let undone = line.json(&["undo", "1"]).await;
    let mut found = None;
    for row in undone["operations"].as_array().unwrap() {
        if row["kind"] != "update" || row["system"] != "directory" {
            continue;
        }
        let view = line
            .json(&["explain", &row["operation"].as_str().unwrap()[..8]])
            .await;
        let operation = &view["operation"];
        let attribute = operation["changes"][0]["attribute"].as_str().unwrap().to_owned();
        if ["title", "departmentNumber", "l"].contains(&attribute.as_str()) {
            let target = operation["target"]["location"].as_str().unwrap().to_owned();
            found = Some((target, attribute));
            break;
        }
    }
    let (target, attribute) = found.unwrap();
    let values = std::collections::HashSet::from(["elsewhere"]);
    let mut ldap = line.directory().await;
    let changed = ldap
        .modify(&target, vec![ldap3::Mod::Replace(attribute.as_str(), values)])
        .await
        .unwrap();
    changed.success().unwrap();

    // after the plan: a conflict, and the rest goes on
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let (code, said) = line.run(&["apply"]).await;
    assert!(code == 3 && said.contains("conflict"), "{said}");
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for row in due(&line).await {
        *states
            .entry(row["state"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    assert_eq!(states.get("conflict"), Some(&1), "{states:?}");
    // before the plan: listed, not planned
    let (code, said) = line.run(&["undo", "1"]).await;
    assert!(
        code == 3 && said.contains(&format!("{attribute} was changed since")),
        "{said}"
    );
}

#[tokio::test]
async fn what_is_meant_must_have_been_applied() {
    let line = CommandLine::new().await;
    for (meant, answer) in [
        ("last", "nothing was applied yet"),
        ("7", "run 7 has applied nothing"),
        ("abc", "no operation that was applied starts with abc"),
        ("tomorrow", "neither `last`"),
    ] {
        let (code, said) = line.run(&["undo", meant]).await;
        assert!(code == 1 && said.contains(answer), "{said}");
    }
}
