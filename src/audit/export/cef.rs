//! Common Event Format, version 0, one record a line: what log collectors take.
//!
//! In the header `\` and `|` are escaped, in the extension `\`, `=` and line ends; a header has no line ends.

use std::{fmt::Write as _, net::IpAddr};

use crate::audit::{Record, canonical};

/// The most characters of a text field that collectors keep: `msg` and the user names, then the custom strings.
const LONG: usize = 1023;
const LONGEST: usize = 4000;

/// Renders a record, without line end.
pub(super) fn line(record: &Record) -> String {
    let entry = &record.entry;
    let state = entry.details.get("state").and_then(serde_json::Value::as_str);
    let mut out = format!(
        "CEF:0|usher|usher|{}|{}|{}|{}|",
        env!("CARGO_PKG_VERSION"),
        header(&entry.action),
        header(&shortened(&entry.summary, 512)),
        severity(&entry.action, state)
    );
    // writing to a String cannot fail
    let _ = write!(
        out,
        "rt={} externalId={}",
        entry.at.as_millisecond(),
        record.sequence
    );
    let mut add = |name: &str, value: &str, most: usize| {
        let _ = write!(out, " {name}={}", extension(&shortened(value, most)));
    };
    add("act", &entry.action, LONG);
    add("suser", &entry.actor.user, LONG);
    if let Some(client) = &entry.actor.ssh_client {
        // `src` takes IPv4 addresses only; anything else would be dropped
        let is_address = client.parse::<IpAddr>().is_ok_and(|address| address.is_ipv4());
        add(if is_address { "src" } else { "shost" }, client, LONG);
    }
    add("duser", &entry.subject, LONG);
    if let Some(state) = state {
        add("outcome", state, LONG);
    }
    add("msg", &entry.summary, LONG);
    add("cs1Label", "hash", LONG);
    add("cs1", &record.hash, LONGEST);
    if !entry.details.is_null() {
        add("cs2Label", "details", LONG);
        add("cs2", &canonical::canonical(&entry.details), LONGEST);
    }
    out
}

/// From 0 to 10: what overrides a guard, or went wrong, is high.
fn severity(action: &str, state: Option<&str>) -> u8 {
    match (action, state) {
        (_, Some("failed" | "conflict" | "unknown")) | ("refuse", _) => 7,
        ("release" | "accept" | "configure", _) => 6,
        ("login" | "logout" | "checkpoint" | "read" | "plan", _) => 1,
        _ => 3,
    }
}

fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn header(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '|' => out.extend(['\\', character]),
            character if character.is_control() => out.push(' '),
            character => out.push(character),
        }
    }
    out
}

fn extension(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '=' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            character if character.is_control() => out.push(' '),
            character => out.push(character),
        }
    }
    out
}
