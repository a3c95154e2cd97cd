//! Plan files through the program: applied once and as they are, and refused with what differs.

use std::{fs, path::PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use ldap3::Mod;
use serde_json::Value;
use usher::engine::planfile::PlanFile;

use super::command_line::CommandLine;

/// The command line on day 1, without doubts, with the plan of the day in a file.
pub async fn on_day_one() -> (CommandLine, PathBuf) {
    let mut line = CommandLine::new().await;
    line.settle_the_doubt().await;
    assert_eq!(line.code(&["plan"]).await, 0);
    line.sandbox.next_day().unwrap();
    line.set_clock();
    let file = line.sandbox.dir().join("day.plan");
    assert_eq!(line.run(&["plan", "-o", "day.plan"]).await.0, 2);
    (line, file)
}

/// Applies a file that must be refused: nothing is written, the refusal is in the audit. Returns what was said.
pub async fn refused(line: &CommandLine, file: &str) -> String {
    let before = line.sandbox.writes();
    let (code, said) = line.run(&["apply", file]).await;
    assert_eq!(code, 1, "{said}");
    assert_eq!(line.sandbox.writes(), before, "{said}");
    said
}

/// The lines of a plan file.
fn lines(file: &PathBuf) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Writes lines as a plan file again, with the counts and the digest its end would have: a careful forger.
fn forge(line: &CommandLine, mut lines: Vec<Value>) -> &'static str {
    let mut end = lines.pop().unwrap();
    let mut text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    end["end"]["lines"] = lines.len().into();
    end["end"]["digest"] = hex::encode(digest(&SHA256, text.as_bytes())).into();
    text.extend([end.to_string().as_str(), "\n"]);
    fs::write(line.sandbox.dir().join("forged.plan"), text).unwrap();
    "forged.plan"
}

/// An update of a title in the directory: the place of its line, its fingerprint, and where the account is.
fn title_update(lines: &[Value]) -> (usize, String, String) {
    let is_title = |line: &Value| {
        let operation = &line["operation"];
        let changes = operation["changes"].as_array();
        operation["kind"] == "update"
            && operation["system"] == "directory"
            && changes.is_some_and(|changes| changes.iter().any(|change| change["attribute"] == "title"))
    };
    let at = lines.iter().position(is_title).unwrap();
    let operation = &lines[at]["operation"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        at,
        text(&operation["fingerprint"]),
        text(&operation["target"]["location"]),
    )
}

/// The configuration with another mapping for the title in the directory.
fn with_title(config: &str, mapping: &str) -> String {
    let (before, accounts) = config.split_once("[[accounts]]").unwrap();
    let old = accounts
        .lines()
        .find(|line| line.starts_with("title = "))
        .unwrap();
    let accounts = accounts.replacen(old, &format!("title = {mapping}"), 1);
    format!("{before}[[accounts]]{accounts}")
}

async fn set_title(line: &CommandLine, dn: &str, title: &str) {
    let mut ldap = line.directory().await;
    let change = Mod::Replace("title".to_owned(), [title.to_owned()].into());
    ldap.modify(dn, vec![change]).await.unwrap().success().unwrap();
}

#[tokio::test]
async fn a_plan_file_is_applied_once() {
    let (line, file) = on_day_one().await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (code, said) = line.run(&["plan", "-o", "day.plan"]).await;
    assert!(code == 1 && said.contains("--force"), "{said}");

    let said = refused(&line, "day.plan").await;
    assert!(said.contains("not decided"), "{said}");
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let (code, said) = line.run(&["apply", "day.plan"]).await;
    assert_eq!(code, 0, "{said}");
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("applied already"), "{said}");
    assert_eq!(line.code(&["plan"]).await, 0, "all of it was applied");
    // also when a later plan has forgotten how its operations stood
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("applied already"), "{said}");

    let (_, log) = line.run(&["audit", "log"]).await;
    assert!(log.contains("refuse") && log.contains("applied already"), "{log}");
    assert_eq!(line.code(&["audit", "verify"]).await, 0);
}

#[tokio::test]
async fn a_plan_that_was_applied_in_part_is_used_up_too() {
    let (line, file) = on_day_one().await;
    let first = lines(&file)[1]["operation"]["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    assert_eq!(line.code(&["apply", &first]).await, 0);
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("applied already"), "{said}");
}

#[tokio::test]
async fn what_was_rejected_is_left_out() {
    let (line, file) = on_day_one().await;
    let (_, id, dn) = title_update(&lines(&file));
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    assert_eq!(line.code(&["reject", &id, "--reason", "not her"]).await, 0);
    assert_eq!(line.code(&["apply", "day.plan"]).await, 0);
    let (_, shown) = line.run(&["show"]).await;
    assert!(
        shown.contains(&id[..8]) && shown.contains("rejected"),
        "{dn}: {shown}"
    );
}

#[tokio::test]
async fn an_edited_plan_file_is_refused_and_the_edit_is_named() {
    let (line, file) = on_day_one().await;
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let genuine = lines(&file);
    let (at, id, _) = title_update(&genuine);
    let changes = genuine[at]["operation"]["changes"].as_array().unwrap();
    let title = changes
        .iter()
        .position(|change| change["attribute"] == "title")
        .unwrap();

    // a value
    let mut edited = genuine.clone();
    edited[at]["operation"]["changes"][title]["after"]["known"]["text"] = "King".into();
    let said = refused(&line, forge(&line, edited)).await;
    assert!(
        said.contains(&id[..8]) && said.contains("title after is “King”"),
        "{said}"
    );

    // what only explains
    let mut edited = genuine.clone();
    edited[at]["operation"]["why"] = "because I say so".into();
    let said = refused(&line, forge(&line, edited)).await;
    assert!(
        said.contains(&id[..8]) && said.contains("because I say so"),
        "{said}"
    );

    // an operation away
    let mut edited = genuine.clone();
    edited.remove(at);
    let said = refused(&line, forge(&line, edited)).await;
    assert!(
        said.contains(&id[..8]) && said.contains("missing from the file"),
        "{said}"
    );

    // an operation put off
    let mut edited = genuine.clone();
    let operation = edited[at]["operation"].take();
    edited[at] = serde_json::json!({ "scheduled": operation });
    let said = refused(&line, forge(&line, edited)).await;
    assert!(said.contains("is scheduled in the file"), "{said}");

    // another plan under the same seal
    let mut edited = genuine.clone();
    edited[0]["seal"] = "00".repeat(32).into();
    let said = refused(&line, forge(&line, edited)).await;
    assert!(said.contains("its seal is 00000000"), "{said}");

    // the order, which says nothing about any operation
    let mut edited = genuine.clone();
    edited.swap(1, 2);
    let last = edited.len() - 1;
    edited[last] = genuine[last].clone();
    let text: String = edited.iter().map(|line| format!("{line}\n")).collect();
    fs::write(line.sandbox.dir().join("swapped.plan"), text).unwrap();
    let said = refused(&line, "swapped.plan").await;
    assert!(said.contains("digest"), "{said}");

    // what the reader would not see
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("{\"operation\":", "{ \"operation\":", 1)).unwrap();
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("not as usher wrote it"), "{said}");
}

#[tokio::test]
async fn a_plan_file_that_was_cut_off_is_refused() {
    let (line, file) = on_day_one().await;
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let whole = fs::read(&file).unwrap();
    let parsed = PlanFile::parse(whole.clone()).unwrap();
    assert_eq!(parsed.flaws, Vec::<String>::new());
    // at every line, and in the middle of many
    let ends = whole.iter().enumerate().filter(|(_, octet)| **octet == b'\n');
    let cuts = ends.map(|(at, _)| at).chain((0..whole.len()).step_by(997));
    for cut in cuts {
        let parsed = PlanFile::parse(whole[..cut].to_vec());
        assert!(parsed.is_err(), "{cut} of {}: {parsed:?}", whole.len());
    }
    let middle = whole.len() / 2;
    fs::write(&file, &whole[..middle]).unwrap();
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("is cut off after line"), "{said}");
    fs::write(&file, b"\x1b]0;title\x07 no plan\n").unwrap();
    let said = refused(&line, "day.plan").await;
    assert!(
        said.contains("no plan file") && !said.contains('\u{1b}'),
        "{said}"
    );
}

#[tokio::test]
async fn the_plan_file_of_another_store_is_refused() {
    let (line, file) = on_day_one().await;
    let (other, _) = on_day_one().await;
    fs::copy(&file, other.sandbox.dir().join("foreign.plan")).unwrap();
    assert_eq!(other.code(&["approve", "--all"]).await, 0);
    let said = refused(&other, "foreign.plan").await;
    assert!(said.contains("another store"), "{said}");
    // and the same store under another name is not where it was made for
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let text = fs::read_to_string(&line.config).unwrap();
    let label = text.lines().find(|line| line.starts_with("label")).unwrap();
    fs::write(&line.config, text.replace(label, "label = \"OTHER\"")).unwrap();
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("this one is “OTHER”"), "{said}");
}

#[tokio::test]
async fn an_outdated_plan_file_names_the_rule_that_changed() {
    let (line, _) = on_day_one().await;
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let text = fs::read_to_string(&line.config).unwrap();
    fs::write(&line.config, format!("# a comment changes nothing\n{text}")).unwrap();
    let changed = with_title(&text, "\"ToUpper([title])\"");
    assert_ne!(changed, text);
    fs::write(&line.config, changed).unwrap();
    let said = refused(&line, "day.plan").await;
    assert!(
        said.contains("`accounts staff` has changed") && !said.contains("`accounts chat`"),
        "{said}"
    );
    fs::write(&line.config, format!("# a comment changes nothing\n{text}")).unwrap();
    assert_eq!(line.code(&["apply", "day.plan"]).await, 0);
}

#[tokio::test]
async fn a_target_that_moved_is_a_conflict_or_a_changed_operation() {
    let (line, file) = on_day_one().await;
    let (_, id, dn) = title_update(&lines(&file));
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    set_title(&line, &dn, "Regent").await;

    let (code, said) = line.run(&["revalidate", "day.plan"]).await;
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("changed") && said.contains("Regent"), "{said}");

    // a plan made since has another operation: the file is outdated
    assert_eq!(line.run(&["plan", "--compare", "day.plan"]).await.0, 2);
    let said = refused(&line, "day.plan").await;
    assert!(
        said.contains("changed: update") && said.contains("title before"),
        "{said}"
    );

    // without such a plan the operation is a conflict, and the others go on
    let (line, file) = on_day_one().await;
    let (_, again, dn) = title_update(&lines(&file));
    assert_eq!(id.len(), again.len());
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    set_title(&line, &dn, "Regent").await;
    let run = line.json(&["apply", "day.plan"]).await;
    let failures = run["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "{run}");
    assert_eq!(
        (failures[0]["state"].as_str(), failures[0]["id"].as_str()),
        (Some("conflict"), Some(again.as_str()))
    );
}

#[tokio::test]
async fn a_later_plan_with_the_same_operations_outdates_nothing() {
    let (line, file) = on_day_one().await;
    let due = PlanFile::parse(fs::read(file).unwrap()).unwrap().operations.len();
    assert_eq!(line.code(&["plan"]).await, 2);
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let run = line.json(&["apply", "day.plan"]).await;
    let done: u64 = run["systems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|system| system["done"].as_u64().unwrap())
        .sum();
    assert_eq!(done, due as u64);
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("applied already"), "{said}");
}

#[tokio::test]
async fn a_plan_is_compared_with_an_older_one() {
    let (mut line, file) = on_day_one().await;
    let old = PlanFile::parse(fs::read(&file).unwrap()).unwrap();
    let all = old.operations.len() + old.scheduled.len();
    let count = |json: &Value, what: &str| json["comparison"][what].as_array().unwrap().len();

    let same = line.json(&["plan", "--compare", "day.plan"]).await;
    assert_eq!(count(&same, "waiting"), all);
    assert_eq!(
        count(&same, "new") + count(&same, "gone") + count(&same, "changed"),
        0
    );

    let (_, _, dn) = title_update(&lines(&file));
    set_title(&line, &dn, "Regent").await;
    let number = old.head.plan.to_string();
    let moved = line.json(&["plan", "--compare", &number]).await;
    assert_eq!((count(&moved, "waiting"), count(&moved, "changed")), (all - 1, 1));
    let differs = &moved["comparison"]["changed"][0]["differs"];
    assert_eq!(differs[0]["field"], "title before");
    assert_eq!(differs[0]["new"], "Regent");

    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    line.code(&["apply"]).await;
    line.sandbox.next_day().unwrap();
    line.set_clock();
    let (_, printed) = line.run(&["plan", "--compare", "day.plan"]).await;
    for word in ["new ", "gone ", "still waiting "] {
        assert!(
            printed.lines().any(|line| line.starts_with(word)),
            "{word}: {printed}"
        );
    }
    let (code, said) = line.run(&["plan", "--compare", "4711"]).await;
    assert!(code == 1 && said.contains("there is no plan 4711"), "{said}");
}

#[tokio::test]
async fn revalidating_says_what_holds_and_stores_only_that_it_was_done() {
    let (line, file) = on_day_one().await;
    let checked = line.json(&["revalidate"]).await;
    let rows = checked.as_array().unwrap();
    assert!(rows.iter().all(|row| row["standing"] == "holds"), "{checked}");
    assert_eq!(line.code(&["revalidate", "day.plan"]).await, 0);
    let trail = line.json(&["audit", "log"]).await;
    let actions: Vec<_> = trail
        .as_array()
        .unwrap()
        .iter()
        .take(13)
        .map(|record| &record["entry"]["action"])
        .collect();
    let once = ["revalidate", "read", "read", "read", "read", "read"];
    assert_eq!(
        actions,
        [&once[..], &once[..], &["export"]].concat(),
        "something else was stored"
    );

    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    assert_eq!(line.code(&["apply"]).await, 0);
    let checked = line.json(&["revalidate", "day.plan"]).await;
    let due = PlanFile::parse(fs::read(file).unwrap()).unwrap().operations.len();
    for row in &checked.as_array().unwrap()[..due] {
        let done = row["standing"] == "already-done";
        assert!(done, "{row}");
    }
}

#[tokio::test]
async fn a_plan_file_tells_no_marked_value_and_needs_no_configuration_to_be_read() {
    let (line, _) = on_day_one().await;
    let text = fs::read_to_string(&line.config).unwrap();
    let marked = with_title(&text, "{ value = \"[title]\", marked = true }");
    assert_ne!(marked, text);
    fs::write(&line.config, marked).unwrap();
    assert_eq!(line.code(&["plan", "-o", "marked.plan"]).await, 2);
    let file = line.sandbox.dir().join("marked.plan");
    let genuine = lines(&file);
    let (at, id, _) = title_update(&genuine);
    let parsed = PlanFile::parse(fs::read(&file).unwrap()).unwrap();
    assert_eq!(parsed.flaws, Vec::<String>::new());
    let changes = parsed.operations.iter().flat_map(|operation| {
        let is_directory = operation.system.as_str() == "directory";
        operation.changes.iter().filter(move |_| is_directory)
    });
    let titles: Vec<_> = changes.filter(|change| change.attribute == "title").collect();
    assert!(titles.len() > 3);
    for change in titles {
        let json = serde_json::to_string(change).unwrap();
        assert!(change.marked && json.contains("••••"), "{json}");
        assert!(!json.replace("••••", "").contains("\"text\":\"A"), "{json}");
    }

    // its fingerprint cannot be recomputed, but the store knows
    let place = genuine[at]["operation"]["changes"].as_array().unwrap();
    let title = place
        .iter()
        .position(|change| change["attribute"] == "title")
        .unwrap();
    let mut edited = genuine.clone();
    edited[at]["operation"]["changes"][title]["marked"] = false.into();
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let said = refused(&line, forge(&line, edited)).await;
    assert!(said.contains(&id[..8]) && said.contains("title"), "{said}");

    fs::remove_file(&line.config).unwrap();
    let (code, shown) = line.run(&["show", "--plan", "marked.plan"]).await;
    assert!(
        code == 0 && shown.contains("mover") && shown.contains("seal"),
        "{shown}"
    );
    let shown = line.json(&["show", "--plan", "marked.plan"]).await;
    assert_eq!(
        shown["operations"].as_array().unwrap().len(),
        parsed.operations.len()
    );
    let (code, said) = line.run(&["show", "--plan", "forged.plan"]).await;
    assert!(code == 1 && said.contains("edited or damaged"), "{said}");
}

#[tokio::test]
async fn a_file_is_applied_a_few_first_and_then_the_rest() {
    let (line, file) = on_day_one().await;
    let said = refused_with(&line, &["apply", "day.plan", "--continue"]).await;
    assert!(said.contains("nothing to continue"), "{said}");
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let before = line.sandbox.writes();
    let (code, said) = line.run(&["apply", "day.plan", "--canary", "1"]).await;
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("wait"), "{said}");
    let begun = line.sandbox.writes();
    assert_ne!(begun, before);
    // it is used up, but for going on
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("applied already"), "{said}");
    let edited = fs::read_to_string(&file)
        .unwrap()
        .replacen("\"why\":\"", "\"why\":\"really, ", 1);
    fs::write(file.with_file_name("edited.plan"), edited).unwrap();
    let said = refused_with(&line, &["apply", "edited.plan", "--continue"]).await;
    assert!(said.contains("edited"), "{said}");
    let mut code = 4;
    let mut rounds = 0;
    while code == 4 {
        let (ended, said) = line
            .run(&["apply", "day.plan", "--canary", "1", "--continue"])
            .await;
        assert!(ended == 0 || ended == 4, "{said}");
        (code, rounds) = (ended, rounds + 1);
        assert!(rounds < 20, "{said}");
    }
    assert_eq!(line.code(&["plan"]).await, 0, "all of it was applied");
    let said = refused_with(&line, &["apply", "day.plan", "--continue"]).await;
    assert!(said.contains("canary"), "{said}");
    assert_eq!(line.code(&["audit", "verify"]).await, 0);
}

/// Runs a command that must be refused, and write nothing; returns what was said.
async fn refused_with(line: &CommandLine, arguments: &[&str]) -> String {
    let before = line.sandbox.writes();
    let (code, said) = line.run(arguments).await;
    assert_eq!((code, line.sandbox.writes()), (1, before), "{said}");
    said
}
