//! Who had access, out of a trail of one week.

use super::*;
use crate::audit::access::{Access, Evidence, Holding, Holdings};

fn at(day: u8) -> Timestamp {
    format!("2026-11-{day:02}T09:00:00Z").parse().unwrap()
}

fn write(day: u8, operation: &str, kind: &str, anchor: &str, usable: Option<bool>) -> Entry {
    let mut details = json!({
        "operation": operation, "run": day, "state": "verified", "rule": "staff", "system": "directory",
        "kind": kind, "person": "ana", "anchor": anchor, "location": format!("cn={anchor}"), "group": anchor,
    });
    if let Some(usable) = usable {
        details["usable"] = json!(usable);
    }
    entry(day, "write", details)
}

fn entry(day: u8, action: &str, details: Value) -> Entry {
    let mut entry = one("something", details);
    entry.at = at(day);
    entry.action = action.to_owned();
    entry
}

fn approve(day: u8, action: &str, operation: &str) -> Entry {
    entry(
        day,
        action,
        json!({ "operation": operation, "reason": "new here" }),
    )
}

fn week() -> Vec<Record> {
    let mut failed = write(3, "o9", "add-member", "admins", None);
    failed.details["state"] = json!("failed");
    let mut other = write(3, "o8", "add-member", "board", None);
    other.details["person"] = json!("ben");
    sealed(&[
        approve(1, "approve", "o1"),
        approve(1, "withdraw", "o1"),
        approve(2, "approve", "o1"),
        write(2, "o1", "create", "a1", Some(true)),
        approve(3, "approve", "o2"),
        write(3, "o2", "add-member", "eng", None),
        failed,
        other,
        write(4, "o3", "update", "a1", None),
        write(5, "o4", "disable", "a1", Some(false)),
        write(5, "o5", "remove-member", "eng", None),
        write(6, "o6", "remove-member", "vpn", None),
        write(6, "o7", "disable", "old", Some(false)),
        write(7, "o10", "delete", "a1", None),
    ])
}

fn on(day: u8) -> Holdings {
    let records = week();
    let mut access = Access::new("ana".to_owned(), at(day));
    for record in &records {
        access.follow(record);
    }
    let mut holdings = access.finish();
    for record in &records {
        holdings.approved(record);
    }
    holdings
}

fn held(table: &std::collections::BTreeMap<(String, String), Option<Holding>>) -> Vec<(&str, Option<bool>)> {
    let holdings = table.values().flatten();
    holdings
        .map(|holding| (holding.anchor.as_str(), holding.usable))
        .collect()
}

#[test]
fn each_day_has_what_was_so_then() {
    let before = on(1);
    assert_eq!(
        held(&before.accounts),
        [("old", Some(true))],
        "made later, or found usable later"
    );
    assert_eq!(held(&before.memberships), [("vpn", None)]);
    let fourth = on(4);
    assert_eq!(held(&fourth.accounts), [("a1", Some(true)), ("old", Some(true))]);
    assert_eq!(held(&fourth.memberships), [("eng", None), ("vpn", None)]);
    let fifth = on(5);
    assert_eq!(held(&fifth.accounts), [("a1", Some(false)), ("old", Some(true))]);
    assert_eq!(held(&fifth.memberships), [("vpn", None)]);
    let seventh = on(7);
    assert_eq!(held(&seventh.accounts), [("old", Some(false))]);
    assert_eq!(held(&seventh.memberships), []);
}

#[test]
fn an_adopted_account_is_the_persons_until_it_is_unlinked() {
    let records = sealed(&[
        write(2, "o1", "adopt", "a1", None),
        write(4, "o2", "unlink", "a1", None),
    ]);
    let on = |day| {
        let mut access = Access::new("ana".to_owned(), at(day));
        for record in &records {
            access.follow(record);
        }
        access.finish().accounts.into_values().flatten().next()
    };
    assert_eq!(
        on(1).map(|account| account.evidence),
        Some(Evidence::ChangedLater(at(2)))
    );
    let third = on(3).map(|account| (account.since, account.evidence));
    let adopted = Evidence::Linked("adopted by ana@adminhost".to_owned());
    assert_eq!(third, Some((Some(at(2)), adopted)));
    assert_eq!(on(5), None);
}

#[test]
fn it_tells_since_when_by_which_run_and_who_approved_it() {
    let fourth = on(4);
    let account = fourth.accounts.values().flatten().next().unwrap();
    assert_eq!(
        (account.since, account.run, account.record),
        (Some(at(2)), Some(2), Some(4))
    );
    assert_eq!(account.evidence, Evidence::Written { verified: true });
    let approvals: Vec<_> = account
        .approvals
        .iter()
        .map(|approval| (approval.by.as_str(), approval.at))
        .collect();
    assert_eq!(
        approvals,
        [("ana@adminhost", at(2))],
        "the one taken back does not count"
    );
    let vpn = fourth.memberships.values().flatten().last().unwrap();
    assert_eq!((vpn.since, vpn.run, vpn.approvals.len()), (None, None, 0));
    assert_eq!(vpn.evidence, Evidence::ChangedLater(at(6)));
}
