//! The shape of Microsoft Entra's provisioning log (`provisioningObjectSummary` of Microsoft Graph), so that queries
//! and workbooks made for it work on usher's writes.
//!
//! Only records of writes have this shape; the others are left out. What usher does not measure (tenant, duration)
//! is null. Marked values are masked, as they are in the trail.

use serde_json::{Value, json};

use crate::audit::Record;

/// Renders a record of a write; `None` for any other.
pub(super) fn summary(record: &Record) -> Option<Value> {
    let entry = &record.entry;
    if !matches!(entry.action.as_str(), "write" | "settle") {
        return None;
    }
    let details = &entry.details;
    let text = |name: &str| details.get(name).and_then(Value::as_str);
    let state = text("state").unwrap_or_default();
    let run = details.get("run").map(ToString::to_string);
    let status = status(state);
    let error = (status == "failure").then(|| {
        json!({
            "errorCode": if state == "conflict" { "EntryConflict" } else { "InternalError" },
            "errorCategory": "failure",
            "reason": entry.summary,
            "additionalDetails": null,
            "recommendedAction": null,
        })
    });
    let modified: Vec<_> = details
        .get("changes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|change| {
            json!({
                "displayName": change.get("attribute"),
                "oldValue": change.get("before").map(plain),
                "newValue": change.get("after").map(plain),
            })
        })
        .collect();
    let system = text("system");
    Some(json!({
        "id": guid(&record.hash),
        "activityDateTime": entry.at.to_string(),
        "tenantId": null,
        "jobId": text("rule"),
        "cycleId": run,
        "changeId": text("operation"),
        "provisioningAction": action(text("kind").unwrap_or_default()),
        "durationInMilliseconds": null,
        "initiatedBy": {
            "initiatorType": "user", "id": entry.actor.user, "displayName": entry.actor.user,
        },
        "servicePrincipal": { "id": "usher", "displayName": "usher" },
        "sourceSystem": { "id": null, "displayName": "usher", "details": {} },
        "targetSystem": { "id": system, "displayName": system, "details": {} },
        "sourceIdentity": {
            "id": text("person"), "displayName": entry.subject, "identityType": "User", "details": {},
        },
        "targetIdentity": {
            "id": text("anchor"), "displayName": text("location"), "identityType": identity(text("kind")),
            "details": {},
        },
        "provisioningStatusInfo": { "status": status, "errorInformation": error },
        "provisioningSteps": [{
            "name": "EntryExport", "provisioningStepType": "export", "status": status,
            "description": entry.summary, "details": {},
        }],
        "modifiedProperties": modified,
    }))
}

fn status(state: &str) -> &'static str {
    match state {
        "applied" | "verified" => "success",
        "failed" | "conflict" => "failure",
        "unknown" => "warning",
        _ => "skipped",
    }
}

fn action(kind: &str) -> &'static str {
    match kind {
        "create" | "restore" => "create",
        "delete" => "delete",
        "disable" => "disable",
        "update" | "enable" | "move" | "add-member" | "remove-member" => "update",
        _ => "other",
    }
}

/// For a membership the object that is written is the group.
fn identity(kind: Option<&str>) -> &'static str {
    match kind {
        Some("add-member" | "remove-member") => "Group",
        _ => "User",
    }
}

/// Graph has these values as text.
fn plain(value: &Value) -> Value {
    match value {
        Value::Null | Value::String(_) => value.clone(),
        other => Value::String(other.to_string()),
    }
}

/// The first 16 octets of a hash, written as a GUID.
fn guid(hash: &str) -> String {
    let mut parts = vec![];
    let mut start = 0;
    for length in [8, 4, 4, 4, 12] {
        match hash.get(start..start + length) {
            Some(part) => parts.push(part),
            None => return hash.to_owned(),
        }
        start += length;
    }
    parts.join("-")
}
