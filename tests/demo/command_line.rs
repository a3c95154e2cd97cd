//! The commands on the demo company, each a process of its own.

use std::{
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use usher::sandbox::{Options, Sandbox};

use super::office::TODAY;

/// The company, and the program beside it.
pub struct CommandLine {
    pub sandbox: Arc<Sandbox>,
    pub config: PathBuf,
    now: String,
}

impl CommandLine {
    pub async fn new() -> Self {
        let options = Options {
            today: TODAY,
            keep: None,
            write_latency: Duration::ZERO,
        };
        let sandbox = Arc::new(Sandbox::start(options).await.unwrap());
        let config = sandbox.config_path();
        let mut line = Self {
            sandbox,
            config,
            now: String::new(),
        };
        line.set_clock();
        line
    }

    pub fn set_clock(&mut self) {
        self.now = format!("{}T09:00:00Z", self.sandbox.today());
    }

    /// The program with arguments and nothing of this machine's environment.
    pub fn usher(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
        command
            .env_clear()
            .env("HOME", self.sandbox.dir())
            .current_dir(self.sandbox.dir())
            .args(["--config", self.config.to_str().unwrap(), "--now", &self.now])
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command beside the servers; returns its exit code and what it printed.
    pub async fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = self.usher(arguments);
        let output: Output = tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap()
            .unwrap();
        let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
        let (printed, complaint) = (text(output.stdout), text(output.stderr));
        assert!(!complaint.contains("panicked"), "{complaint}");
        (output.status.code().unwrap(), printed + &complaint)
    }

    pub async fn code(&self, arguments: &[&str]) -> i32 {
        self.run(arguments).await.0
    }

    /// Runs a command with `--json`, and parses everything it printed.
    pub async fn json(&self, arguments: &[&str]) -> Value {
        let (_, printed) = self.run(&[arguments, &["--json"]].concat()).await;
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {printed}"))
    }

    /// The directory, bound as somebody who may change everything in it.
    pub async fn directory(&self) -> ldap3::Ldap {
        let (connection, mut ldap) = ldap3::LdapConnAsync::new(&self.sandbox.ldap_url()).await.unwrap();
        ldap3::drive!(connection);
        let password = std::fs::read_to_string(self.sandbox.dir().join("secrets/ldap")).unwrap();
        let admin = "uid=usher,ou=service,dc=acme,dc=example";
        let bound = ldap.simple_bind(admin, password.trim_end()).await.unwrap();
        bound.success().unwrap();
        ldap
    }

    /// Deletes the second Maya Stern by hand.
    pub async fn settle_the_doubt(&self) {
        let mut ldap = self.directory().await;
        let deleted = ldap
            .delete("uid=mstern2,ou=people,dc=acme,dc=example")
            .await
            .unwrap();
        deleted.success().unwrap();
    }
}

#[tokio::test]
async fn plan_says_by_its_exit_code_how_things_stand() {
    let mut line = CommandLine::new().await;
    assert_eq!(
        line.run(&["show"]).await.0,
        1,
        "there is a plan before the first one"
    );
    assert_eq!(line.code(&["plan"]).await, 3, "the doubt is not settled");
    line.settle_the_doubt().await;
    assert_eq!(line.code(&["plan"]).await, 0);
    line.sandbox.next_day().unwrap();
    line.set_clock();
    assert_eq!(line.code(&["plan"]).await, 2);
    let (_, shown) = line.run(&["show", "--scheduled"]).await;
    for event in [
        "joiner",
        "pre-hire",
        "mover",
        "name-change",
        "leaver",
        "rehire",
        "leave-start",
    ] {
        assert!(shown.contains(event), "{event}");
    }
    assert_eq!(line.code(&["apply"]).await, 1, "nothing is approved");
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    assert_eq!(line.code(&["apply"]).await, 0);
    assert_eq!(line.code(&["plan"]).await, 0);
    assert_eq!(line.code(&["audit", "verify"]).await, 0);

    let (config, now) = (line.config.clone(), line.now.clone());
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.toml", "people.csv", "secrets/ldap", "secrets/chat"] {
        std::fs::create_dir_all(folder.path().join("secrets")).unwrap();
        std::fs::copy(config.with_file_name(file), folder.path().join(file)).unwrap();
    }
    drop(line);
    let mut orphaned = Command::new(env!("CARGO_BIN_EXE_usher"));
    orphaned
        .arg("--config")
        .arg(folder.path().join("config.toml"))
        .args(["--now", &now, "plan"]);
    let output = tokio::task::spawn_blocking(move || orphaned.output())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "the servers are gone");
}

#[tokio::test]
async fn every_command_speaks_json() {
    let mut line = CommandLine::new().await;
    assert_eq!(line.json(&["plan"]).await["incomplete"], true);
    line.sandbox.next_day().unwrap();
    line.set_clock();
    let plan = line.json(&["plan"]).await;
    assert_eq!(plan["summary"]["events"]["rehire"], 10);
    let shown = line.json(&["show"]).await;
    let rows = shown["rows"].as_array().unwrap();
    let id = |row: usize| rows[row]["id"].as_str().unwrap();
    let explained = line.json(&["explain", &id(0)[..10]]).await;
    assert_eq!(explained["operation"]["fingerprint"], id(0));
    let decided = line.json(&["approve", id(0)]).await;
    assert_eq!(decided[0]["state"], "approved");
    assert_eq!(line.json(&["withdraw", id(0)]).await[0]["state"], "proposed");
    assert_eq!(
        line.json(&["reject", id(0), "--reason", "no"]).await[0]["state"],
        "rejected"
    );
    assert_eq!(
        line.json(&["hold", id(1), "--until", "2026-04-01"]).await[0]["state"],
        "held"
    );
    line.json(&["approve", "--all", "--event", "mover"]).await;
    assert!(line.json(&["apply"]).await["systems"].is_array());
    assert!(line.json(&["check"]).await["directory"].is_object());
    line.json(&["audit", "log"]).await;
    line.json(&["audit", "verify"]).await;
    line.json(&["evaluate", "ToUpper(\"a\")"]).await;
    let errors = line.json(&["explain", "ffffffff"]).await;
    assert!(errors["errors"].is_array(), "{errors}");
}

#[tokio::test]
async fn completions_and_the_manual_are_sensible() {
    let line = CommandLine::new().await;
    let (code, script) = line.run(&["completions", "bash"]).await;
    assert_eq!(code, 0);
    assert!(script.contains("_usher()") && script.contains("withdraw"));
    for word in ["entra-schema", "--force", "--broken", "--rematch"] {
        assert!(script.contains(word), "{word}");
    }
    let (code, page) = line.run(&["man"]).await;
    assert_eq!(code, 0);
    assert!(page.contains(".TH usher") && page.contains("withdraw"));
    assert!(page.contains("import") && page.contains("link"));
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_error() {
    let line = CommandLine::new().await;
    assert_eq!(line.code(&["plan"]).await, 3);
    for arguments in [
        &["show", "--scheduled"][..],
        &["completions", "bash"],
        &["man"],
        &["audit", "log"],
    ] {
        let mut command = line.usher(arguments);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), complaint.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

/// Finds an operation of a person by its kind; returns the first digits of its fingerprint.
async fn operation(line: &CommandLine, kind: &str, system: &str) -> (String, Value) {
    let shown = line.json(&["show"]).await;
    let rows = shown["rows"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["kind"] == kind && row["system"] == system)
        .unwrap_or_else(|| panic!("no {kind} in {system}"));
    (row["id"].as_str().unwrap()[..10].to_owned(), row.clone())
}

#[tokio::test]
async fn every_value_has_a_why() {
    let mut line = CommandLine::new().await;
    line.settle_the_doubt().await;
    assert_eq!(line.code(&["plan"]).await, 0);
    line.sandbox.next_day().unwrap();
    line.set_clock();
    assert_eq!(line.code(&["plan"]).await, 2);

    let (create, row) = operation(&line, "create", "directory").await;
    let (code, told) = line.run(&["explain", &create]).await;
    assert_eq!(code, 0);
    for words in ["+ cn", "[displayName]", "hr, people.csv", "given_name \""] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let (code, told) = line.run(&["explain", &create, "displayname"]).await;
    assert_eq!(code, 0, "{told}");
    for words in [
        "source     hr, people.csv",
        "steps      [displayName]",
        "Trim(Join(\" \", [given_name], [family_name]))",
        "target has no account yet",
        "verdict    the target has nothing: added",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let why = line.json(&["explain", &create, "cn"]).await;
    let steps = why["steps"].as_array().unwrap();
    assert_eq!(steps[0]["value"]["text"], row["subject"]);
    assert!(
        steps
            .iter()
            .any(|step| step["text"] == "[given_name]" && step["depth"] == 3),
        "{why}"
    );
    assert_eq!(why["source"][0]["system"], "hr");
    assert_eq!(why["verdict"], "added");
    let (code, told) = line.run(&["explain", &create, "shoeSize"]).await;
    assert_eq!(code, 1);
    assert!(told.contains("telephoneNumber"), "{told}");

    // a value that another account will have
    let (chat, _) = operation(&line, "create", "chat").await;
    let why = line.json(&["explain", &chat, "userName"]).await;
    assert_eq!(why["remark"], "", "{why}");
    assert!(why.to_string().contains("SelectUniqueValue"), "{why}");

    // whatever the plan writes, the why agrees with it
    let shown = line.json(&["show", "--scheduled"]).await;
    let mut kinds = std::collections::BTreeSet::new();
    for row in shown["rows"].as_array().unwrap() {
        // one of each kind is enough
        if !kinds.insert(format!("{} {} {}", row["kind"], row["system"], row["event"])) {
            continue;
        }
        let id = row["id"].as_str().unwrap();
        let explained = line.json(&["explain", id]).await;
        let whys = explained["whys"].as_array().unwrap();
        assert!(!whys.is_empty(), "{explained}");
        for why in whys {
            let remark = why["remark"].as_str().unwrap();
            assert!(!remark.contains("have changed"), "{id} {why}");
        }
    }

    // after a run the why is still that of the plan
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    assert_eq!(line.code(&["apply"]).await, 0);
    let why = line.json(&["explain", &chat, "userName"]).await;
    assert_eq!(
        (&why["remark"], &why["verdict"]),
        (&"".into(), &"added".into()),
        "{why}"
    );
}

#[tokio::test]
async fn expressions_are_tried_on_people() {
    let line = CommandLine::new().await;
    assert_eq!(line.code(&["plan"]).await, 3);
    let shown = line
        .json(&["evaluate", "[employeeNumber]", "--person", "Maya Stern"])
        .await;
    let number = shown["value"].as_str().unwrap_or_else(|| panic!("{shown}"));
    let person = shown["person"].as_str().unwrap();
    for who in [number, person, "maya stern", "STERN maya"] {
        let (code, told) = line
            .run(&["evaluate", "ToUpper([familyName])", "--person", who])
            .await;
        assert_eq!((code, told.trim()), (0, "STERN"), "{who}");
    }
    let table = [
        (&["[worker_id]", "--rule", "employees"][..], number),
        (&["[state]"], "active"),
        (&["[current.externalId]", "--rule", "chat"], number),
        (&["[accounts.chat.externalId]"], number),
    ];
    for (arguments, expected) in table {
        let arguments = [&["evaluate"][..], arguments, &["--person", number]].concat();
        let (code, told) = line.run(&arguments).await;
        assert_eq!((code, told.trim()), (0, expected), "{arguments:?}");
    }
    let (_, told) = line
        .run(&["evaluate", "[displayName]", "--trace", "--person", number])
        .await;
    assert!(
        told.contains("[given_name]") && told.contains("Maya") && told.contains("read 20"),
        "{told}"
    );
    let traced = line
        .json(&["evaluate", "[displayName]", "--trace", "--person", number])
        .await;
    assert!(
        traced["steps"].as_array().unwrap().len() > 2 && traced["source"].is_array(),
        "{traced}"
    );

    let (code, told) = line.run(&["evaluate", "[displayName]", "--person", "an"]).await;
    assert_eq!(code, 1);
    assert!(
        told.contains("people: give the number of one") && told.lines().count() > 3,
        "{told}"
    );
    let several = line.json(&["evaluate", "[displayName]", "--person", "an"]).await;
    assert!(several["candidates"].as_array().unwrap().len() > 2 && several["errors"].is_array());
    let (code, told) = line
        .run(&["evaluate", "[displayName]", "--person", "Nobody Atall"])
        .await;
    assert!(code == 1 && told.contains("nobody fits"), "{told}");
    let (code, told) = line
        .run(&["evaluate", "[displayName]", "--rule", "stuff", "--person", number])
        .await;
    assert!(code == 1 && told.contains("there is no rule `stuff`"), "{told}");

    let (code, told) = line
        .run(&["evaluate", "ToUpper([dispalyName])", "--person", number])
        .await;
    assert_eq!(code, 1);
    assert!(
        told.contains("        ^^^^^^^^^^^^^") && told.contains("displayName"),
        "{told}"
    );
    let wrong = line.json(&["evaluate", "ToUpper(", "--person", number]).await;
    assert!(
        wrong["errors"].is_array() && wrong["diagnostics"][0]["start"].is_number(),
        "{wrong}"
    );
}

#[tokio::test]
async fn expressions_are_tried_on_records_and_traced() {
    let line = CommandLine::new().await;
    let record = line.sandbox.dir().join("record.json");
    std::fs::write(
        &record,
        r#"{"given": "Ana", "family": "Kovač", "groups": ["a", "b"]}"#,
    )
    .unwrap();
    let record = record.to_str().unwrap();
    let (code, told) = line
        .run(&[
            "evaluate",
            r#"Join(" ", [given], ToUpper([family]))"#,
            "--trace",
            "--record",
            record,
        ])
        .await;
    assert_eq!(code, 0);
    assert_eq!(told.lines().next(), Some("Ana KOVAČ"));
    assert!(told.contains("  [given]") && told.contains("\"KOVAČ\""), "{told}");
    let (code, told) = line
        .run(&[
            "evaluate",
            "Left([groups], 1)",
            "--record",
            record,
            "--person",
            "x",
        ])
        .await;
    assert!(code != 0 && told.contains("cannot be used with"), "{told}");
}

#[tokio::test]
async fn what_is_marked_is_masked_wherever_it_leads() {
    let mut line = CommandLine::new().await;
    let rules = std::fs::read_to_string(&line.config).unwrap();
    let marked = rules
        .replace(
            "[people.attributes]",
            "marked = [\"phone\"]\n\n[people.attributes]",
        )
        .replace("l = \"[location]\"", "l = 'Join(\" \", [location], [phone])'");
    assert_ne!(rules, marked);
    std::fs::write(&line.config, marked).unwrap();
    line.settle_the_doubt().await;
    line.sandbox.next_day().unwrap();
    line.set_clock();
    // every location differs now: more than a guard rail would let pass, which is no matter here
    line.code(&["plan"]).await;
    let (create, _) = operation(&line, "create", "directory").await;
    let number = line.json(&["explain", &create, "employeeNumber"]).await;
    let number = number["value"]["text"].as_str().unwrap().to_owned();
    let people = std::fs::read_to_string(line.sandbox.dir().join("people.csv")).unwrap();
    let row = people.lines().find(|row| row.contains(&number)).unwrap();
    let phone = row.split(',').find(|field| field.starts_with('+')).unwrap();
    for arguments in [
        &["explain", &create][..],
        &["explain", &create, "--json"],
        &["explain", &create, "telephoneNumber"],
        &["explain", &create, "telephoneNumber", "--json"],
        &["explain", &create, "l"],
        &["explain", &create, "l", "--json"],
        &["evaluate", "[phone]", "--trace", "--person", &number],
        &[
            "evaluate",
            "[phone]",
            "--rule",
            "employees",
            "--trace",
            "--person",
            &number,
        ],
        &["evaluate", "Mid([phone], 1, 4)", "--trace", "--person", &number],
        &[
            "evaluate",
            "[accounts.staff.l]",
            "--trace",
            "--json",
            "--person",
            &number,
        ],
        &[
            "evaluate",
            "DateAdd(\"d\", [phone], [phone])",
            "--person",
            &number,
        ],
    ] {
        let (_, told) = line.run(arguments).await;
        assert!(
            !told.contains(phone) && !told.contains(&phone[..4]),
            "{arguments:?}: {told}"
        );
        assert!(
            told.contains("••••") || told.contains("\"masked\":true"),
            "{arguments:?}: {told}"
        );
    }
}
