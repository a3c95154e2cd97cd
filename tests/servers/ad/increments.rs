//! A plan on what changed in a domain is the plan on all that is there.

use super::{BY_RULE, Domain, ENGINEERS, people};
use crate::office::row;

/// What happens in the domain behind usher's back.
fn meddle(domain: &Domain) {
    let dn = |id: u32| domain.account(id).unwrap().dn;
    let modify = |ldif: &str| domain.samba.ldapmodify(ldif);
    let change = |id: u32, attribute: &str, value: &str| {
        modify(&format!(
            "dn: {}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n\n",
            dn(id)
        ));
    };
    change(1, "title", "Emperor");
    change(2, "userAccountControl", "514");
    let renamed = format!(
        "dn: {}\nchangetype: modrdn\nnewrdn: CN=Somebody Else\ndeleteoldrdn: 1\n\n",
        dn(3)
    );
    modify(&renamed);
    let moved = format!(
        "dn: {}\nchangetype: modrdn\nnewrdn: CN=Given4 Family4\ndeleteoldrdn: 1\nnewsuperior: \
         OU=Disabled,DC=example,DC=test\n\n",
        dn(4)
    );
    modify(&moved);
    modify(&format!("dn: {}\nchangetype: delete\n\n", dn(5)));
    let member = |order: &str, id: u32| {
        modify(&format!(
            "dn: {ENGINEERS}\nchangetype: modify\n{order}: member\nmember: {}\n\n",
            dn(id)
        ));
    };
    member("delete", 6);
    member("add", 7);
    change(7, "accountExpires", "133000000000000000");
    modify(
        "dn: OU=Sales,OU=People,DC=example,DC=test\nchangetype: modrdn\nnewrdn: OU=Vendors\ndeleteoldrdn: 1\n\n",
    );
}

#[track_caller]
fn a_plan_is_the_same(increments: &str) {
    let domain = Domain::start(BY_RULE);
    let file = domain.home.path("usher.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let key = format!("create_parents = true\nincrements = \"{increments}\"");
    domain.write("usher.toml", &text.replace("create_parents = true", &key));
    let hr = |title: &str, last: u32| {
        let rows: Vec<_> = (1..=last)
            .map(|id| {
                let team = if id == 7 || id == 8 {
                    "Sales"
                } else {
                    "Engineering"
                };
                row(id as usize, title, team, if id == 1 { "" } else { "1" })
            })
            .collect();
        domain.write("hr.csv", &people(&rows));
    };
    hr("Engineer", 9);
    domain.bring_about();
    meddle(&domain);
    hr("Maker", 10);

    let planned = domain.run(&["plan", "--json"], 3);
    let planned: serde_json::Value = serde_json::from_str(&planned).unwrap();
    let log = domain.run(&["audit", "log", "--json", "read"], 0);
    let read = |log: &str| {
        let line = log.lines().find(|line| line.contains("\"system\":\"domain\""));
        line.unwrap_or_default().to_owned()
    };
    assert!(read(&log).contains("\"kind\":\"delta\""), "{}", read(&log));

    let id = planned["plan"].to_string();
    let whole = domain.run(&["plan", "--full", "--compare", &id, "--json"], 3);
    let whole: serde_json::Value = serde_json::from_str(&whole).unwrap();
    let log = domain.run(&["audit", "log", "--json", "read"], 0);
    assert!(read(&log).contains("\"kind\":\"full\""), "{}", read(&log));
    assert_eq!(whole["summary"], planned["summary"]);
    let comparison = &whole["comparison"];
    for part in ["new", "gone", "changed"] {
        assert!(is_empty(&comparison[part]), "{part}: {comparison}");
    }
    // it was worth comparing
    for kind in ["create", "update", "enable", "move", "add-member"] {
        let kinds = &whole["summary"]["kinds"];
        assert!(!kinds[kind].is_null(), "{kind}: {kinds}");
    }
}

fn is_empty(part: &serde_json::Value) -> bool {
    part == &serde_json::json!(0) || part == &serde_json::json!([])
}

#[test]
#[ignore = "needs Samba AD"]
fn a_plan_by_dirsync_is_a_plan_on_everything() {
    a_plan_is_the_same("auto");
}

#[test]
#[ignore = "needs Samba AD"]
fn a_plan_by_numbers_is_a_plan_on_everything() {
    a_plan_is_the_same("usn");
}
