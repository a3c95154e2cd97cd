//! Alerts: a command is told of trouble, and nothing waits for it.

use std::{fs, time::Instant};

use serde_json::Value;

use super::command_line::CommandLine;

/// Has a shell command told, at most for a second.
fn tell(line: &CommandLine, command: &str) {
    let config = fs::read_to_string(&line.config).unwrap();
    let (config, _) = config.split_once("\n[alerts]").unwrap_or((&config, ""));
    let alerts = format!("\n[alerts]\ncommand = [\"/bin/sh\", \"-c\", \"{command}\"]\nseconds = 1\n");
    fs::write(&line.config, config.to_owned() + &alerts).unwrap();
}

fn told(line: &CommandLine) -> Vec<Value> {
    let text = fs::read_to_string(line.sandbox.dir().join("told")).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn a_command_is_told_of_trouble_once_and_what_came_of_it_is_in_the_audit() {
    let line = CommandLine::new().await;
    tell(&line, "cat >> told");
    line.settle_the_doubt().await;
    assert_eq!(line.code(&["plan"]).await, 0);
    assert_eq!(told(&line), Vec::<Value>::new(), "there is nothing to tell");

    let secret = line.sandbox.dir().join("secrets/chat");
    let right = fs::read_to_string(&secret).unwrap();
    fs::write(&secret, "wrong").unwrap();
    line.code(&["plan"]).await;
    line.code(&["plan"]).await;
    let said = told(&line);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(
        (said[0]["alert"].as_str(), said[0]["subject"].as_str()),
        (Some("quarantine"), Some("chat"))
    );
    assert!(said[0]["text"].as_str().unwrap().contains("401"), "{said:?}");
    assert!(!said[0].to_string().contains("wrong"), "{said:?}");
    fs::write(&secret, right).unwrap();

    // no plan, and by a command that fails, or hangs: that is in the audit, and holds nobody up
    let people = line.sandbox.dir().join("people.csv");
    fs::write(&people, "").unwrap();
    assert_eq!(line.code(&["plan"]).await, 1);
    assert_eq!(told(&line).last().unwrap()["alert"], "no-plan");
    tell(&line, "exit 7");
    fs::write(&people, "worker_id\n").unwrap();
    assert_eq!(line.code(&["plan"]).await, 1);
    tell(&line, "sleep 60");
    fs::write(&people, "nonsense").unwrap();
    let began = Instant::now();
    assert_eq!(line.code(&["plan"]).await, 1);
    assert!(began.elapsed().as_secs() < 30, "it was waited for");
    let records = line
        .json(&["audit", "log", "-n", "1000", "alert"])
        .await
        .to_string();
    for words in [
        "was told",
        "could not be told: it has failed",
        "was stopped after 1 seconds",
    ] {
        assert!(records.contains(words), "{words}: {records}");
    }
    assert_eq!(line.code(&["audit", "verify"]).await, 0);
}
