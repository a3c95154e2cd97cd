//! `usher import entra-schema` as a command: exit codes, files, what it says.

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::{Value, json};

use super::{
    entra::{path, small, translated},
    sound,
};

fn usher(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    let Output {
        status,
        stdout,
        stderr,
    } = command.env_clear().args(arguments).output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn the_command_says_by_its_exit_code_whether_all_was_translated() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.json");
    fs::write(&whole, small(&json!({})).to_string()).unwrap();
    let whole = whole.to_str().unwrap();
    let (code, printed, complaint) = usher(&["import", "entra-schema", whole]);
    assert_eq!(code, Some(0), "{complaint}");
    sound(&printed);

    let in_part = path("workday-to-ad");
    let (code, printed, complaint) = usher(&["import", "entra-schema", in_part.to_str().unwrap()]);
    assert_eq!(code, Some(3));
    assert_eq!(printed, translated("workday-to-ad").toml);
    assert!(
        complaint.contains("workday-to-ad.json:107: synchronizationRules[0]"),
        "{complaint}"
    );

    let none = folder.path().join("none.json");
    fs::write(&none, "{\n\"synchronizationRules\": 7}").unwrap();
    let (code, printed, complaint) = usher(&["import", "entra-schema", none.to_str().unwrap()]);
    assert_eq!((code, printed.as_str()), (Some(1), ""));
    assert!(
        complaint.contains("line 2, synchronizationRules: a list is expected here"),
        "{complaint}"
    );
    let (code, _, complaint) = usher(&["import", "entra-schema", "/there/is/none"]);
    assert!(
        code == Some(1) && complaint.contains("cannot be read"),
        "{complaint}"
    );
}

#[test]
fn the_command_overwrites_nothing_unless_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("usher.toml");
    fs::write(&output, "precious").unwrap();
    let (schema, file) = (path("ad-to-entra"), output.to_str().unwrap());
    let arguments = ["import", "entra-schema", schema.to_str().unwrap(), "-o", file];
    let (code, _, complaint) = usher(&arguments);
    assert!(code == Some(1) && complaint.contains("--force"), "{complaint}");
    assert_eq!(fs::read_to_string(&output).unwrap(), "precious");
    let (code, printed, _) = usher(&[&arguments[..], &["--force", "--json"]].concat());
    assert_eq!(code, Some(3));
    let report: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(report["output"], file);
    assert!(report["left_out"].as_array().unwrap().len() > 2 && report["configuration"].is_null());
    assert_eq!(
        fs::read_to_string(&output).unwrap(),
        translated("ad-to-entra").toml
    );
}
