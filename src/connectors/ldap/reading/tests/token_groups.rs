//! Groups that only a search for one object returns.

use super::*;

/// Reads one page of accounts with all groups of each.
async fn read_with_groups() -> Read {
    let (port, _) = listen(|client| serve(client, &[page(&["a", "b"], 0, Some(""))]));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "x").unwrap();
    let section: Section = serde_json::from_value(serde_json::json!({
        "url": format!("ldap://127.0.0.1:{port}"), "bind_dn": "cn=x", "password": {"file": "password"},
        "base": "dc=x", "timeout": 5, "disable": "user-account-control",
    }))
    .unwrap();
    let system = ldap::open("domain".into(), &section, folder.path()).unwrap();
    let request = ReadRequest {
        attributes: ["entryUUID", "tokenGroups"].map(str::to_owned).to_vec(),
        ..ReadRequest::default()
    };
    system.read(&request, &|_| ()).await
}

#[tokio::test]
async fn what_cannot_be_read_of_one_makes_a_read_partial() {
    let read = read_with_groups().await;
    assert_eq!(read.records.len(), 2);
    let Completeness::Partial(reason) = &read.completeness else {
        panic!("{:?}", read.completeness);
    };
    assert!(
        reason.contains("tokenGroups of cn=a,dc=x cannot be read"),
        "{reason}"
    );
    assert!(!read.proves_absence());
}
