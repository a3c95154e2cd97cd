//! The forms of an export that other programs read.

use super::*;

fn text(format: Format, entries: &[Entry]) -> String {
    String::from_utf8(exported(&sealed(entries), format)).unwrap()
}

#[test]
fn cef_is_escaped() {
    let mut entry = one("a|b\\c=d\ne", json!({"reason": "x=y\r\nz", "state": "failed"}));
    entry.action = "write|x".to_owned();
    entry.actor.user = "ana = root\nCEF:0|forged".to_owned();
    let file = text(Format::Cef, &[entry]);
    assert_eq!(file.lines().count(), 1, "{file}");
    let version = env!("CARGO_PKG_VERSION");
    let start = format!(
        "CEF:0|usher|usher|{version}|write\\|x|a\\|b\\\\c=d e|7|rt=1795252440000 externalId=1 act=write|x \
         suser=ana \\= root\\nCEF:0|forged src=192.0.2.7 duser=\\=cmd|' /C calc'!A0 outcome=failed \
         msg=a|b\\\\c\\=d\\ne cs1Label=hash cs1="
    );
    assert!(file.starts_with(&start), "{file}\n{start}");
    assert!(
        file.ends_with("cs2Label=details cs2={\"reason\":\"x\\=y\\\\r\\\\nz\",\"state\":\"failed\"}\n"),
        "{file}"
    );
}

#[test]
fn writes_have_the_shape_of_the_entra_log() {
    let mut write = one(
        "update Ana: verified",
        json!({
            "operation": "ab12", "run": 7, "state": "verified", "rule": "staff", "system": "ad", "kind": "update",
            "person": "p1", "anchor": "a1", "location": "cn=ana",
            "changes": [{"attribute": "title", "before": "Clerk", "after": ["a", "b"]}, {"attribute": "sn", "after": "K"}],
        }),
    );
    write.action = "write".to_owned();
    let mut failed = write.clone();
    failed.details["state"] = json!("conflict");
    failed.details["kind"] = json!("add-member");
    let file = text(Format::Entra, &[one("approve", Value::Null), write, failed]);
    let log: Value = serde_json::from_str(&file).unwrap();
    let events = log["value"].as_array().unwrap();
    assert_eq!(events.len(), 2, "only writes are events");
    let event = &events[0];
    assert!(uuid::Uuid::try_parse(event["id"].as_str().unwrap()).is_ok());
    assert_eq!(event["provisioningAction"], "update");
    assert_eq!(event["changeId"], "ab12");
    assert_eq!(event["cycleId"], "7");
    assert_eq!(event["targetSystem"]["displayName"], "ad");
    assert_eq!(event["sourceIdentity"]["id"], "p1");
    assert_eq!(
        event["provisioningStatusInfo"],
        json!({"status": "success", "errorInformation": null})
    );
    assert_eq!(
        event["modifiedProperties"],
        json!([
            {"displayName": "title", "oldValue": "Clerk", "newValue": "[\"a\",\"b\"]"},
            {"displayName": "sn", "oldValue": null, "newValue": "K"},
        ])
    );
    let error = &events[1]["provisioningStatusInfo"]["errorInformation"];
    assert_eq!(error["errorCode"], "EntryConflict");
    assert_eq!(events[1]["targetIdentity"]["identityType"], "Group");
    let nothing: Value = serde_json::from_str(&text(Format::Entra, &[])).unwrap();
    assert_eq!(nothing, json!({"value": []}));
}

#[test]
fn records_are_chosen_by_time_and_words() {
    let records = sealed(&[
        one("Ana left", Value::Null),
        one("Bo came", json!({"reason": "HR 4711"})),
    ]);
    let at = records[0].entry.at;
    let takes = |selection: &Selection| records.iter().filter(|record| selection.takes(record)).count();
    let later = at + jiff::SignedDuration::from_secs(1);
    assert_eq!(takes(&Selection::default()), 2);
    let since = |since| Selection {
        since: Some(since),
        ..Selection::default()
    };
    let until = |until| Selection {
        until: Some(until),
        ..Selection::default()
    };
    assert_eq!((takes(&since(at)), takes(&since(later))), (2, 0));
    assert_eq!((takes(&until(at)), takes(&until(later))), (0, 2));
    let words = |words: &[&str]| Selection {
        words: words.iter().map(ToString::to_string).collect(),
        ..Selection::default()
    };
    assert_eq!(takes(&words(&["hr", "bo"])), 1);
    assert_eq!(takes(&words(&["left", "bo"])), 0);
    assert_eq!(takes(&words(&[&records[0].hash])), 0, "a hash is no word");
}
