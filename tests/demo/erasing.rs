//! Erasing what the audit tells of somebody, and refusals of those who may not look.

use super::command_line::CommandLine;

#[tokio::test]
async fn who_had_access_says_erased_and_the_audit_verifies() {
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
    assert_eq!(
        asked["access"]["accounts"].as_array().unwrap().len(),
        2,
        "{asked}"
    );
    let (_, anchor) = line.run(&["audit", "anchor"]).await;

    let (code, said) = line.run(&["audit", "erase", "Nadia Petrova"]).await;
    assert!(code != 0 && said.contains("--reason"), "{said}");
    let person = asked["access"]["person"].as_str().unwrap();
    let erase = ["audit", "erase", person, "--reason", "her request of today"];
    let (code, said) = line.run(&erase).await;
    assert!(code == 0 && said.contains("erased what"), "{said}");
    let (code, said) = line.run(&erase).await;
    assert!(code == 1 && said.contains("tells nothing"), "{said}");

    let (code, said) = line.run(&ask).await;
    assert_eq!(code, 0, "{said}");
    for word in ["erased: what", "her request of today"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!said.contains("written by run"), "{said}");
    let (code, said) = line.run(&["audit", "verify", "--anchor", anchor.trim()]).await;
    assert!(
        code == 0 && said.contains("the chain holds") && said.contains("was erased by record"),
        "{said}"
    );
    // who it was is not told either, and who acted still is
    let (_, exported) = line.run(&["audit", "export", "--format", "json-lines"]).await;
    assert!(
        exported.contains("\"subject\":\"erased\"") && exported.contains("\"user\":"),
        "{exported}"
    );
    for record in exported.lines().filter(|record| record.contains(person)) {
        assert!(
            record.contains("\"action\":\"erase\"") || !record.contains("Petrova"),
            "{record}"
        );
    }
    let (code, said) = line.run(&["audit", "log", "write", "petrova"]).await;
    assert!(code == 0 && !said.contains("Petrova"), "{said}");

    // a record that somebody empties by hand is found
    let file = line.sandbox.dir().join("trail.jsonl");
    let emptied: Vec<String> = exported
        .lines()
        .map(|record| {
            let mut record: serde_json::Value = serde_json::from_str(record).unwrap();
            if record["sequence"] == 2 {
                record["salt"] = "".into();
                record["entry"]["details"] = serde_json::Value::Null;
            }
            record.to_string()
        })
        .collect();
    std::fs::write(&file, emptied.join("\n") + "\n").unwrap();
    let (code, said) = line.run(&["audit", "verify", file.to_str().unwrap()]).await;
    assert!(
        code == 1
            && said.contains("record 2 is broken")
            && said.contains("no later record here accounts for it"),
        "{said}"
    );
}

#[tokio::test]
async fn whoever_may_not_look_at_the_audit_is_in_it() {
    let line = CommandLine::new().await;
    line.code(&["plan"]).await;
    let open = std::fs::read_to_string(&line.config).unwrap();
    let closed = format!("{open}\n[policy.roles]\nadmin = [\"nobody-here\"]\n");
    std::fs::write(&line.config, closed).unwrap();
    let id = "018f0000-0000-7000-8000-000000000000";
    let attempts: [&[&str]; 5] = [
        &["audit", "log"],
        &["audit", "export"],
        &["audit", "archive", "--before", "2030-01-01", "-o", "old.jsonl"],
        &["audit", "erase", id, "--reason", "none"],
        &["store", "copy", "copy.db"],
    ];
    for attempt in attempts {
        let (code, said) = line.run(attempt).await;
        assert!(
            code == 1 && said.contains("has no role here"),
            "{attempt:?}: {said}"
        );
    }
    std::fs::write(&line.config, open).unwrap();
    let refusals = line.json(&["audit", "log", "refuse"]).await;
    assert_eq!(refusals.as_array().unwrap().len(), attempts.len(), "{refusals}");
    for file in ["old.jsonl", "copy.db"] {
        assert!(!line.sandbox.dir().join(file).exists(), "{file}");
    }
    assert_eq!(line.code(&["audit", "verify"]).await, 0);
}
