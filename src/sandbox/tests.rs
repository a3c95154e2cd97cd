//! The company as a whole.

use std::path::Path;
use std::time::Duration;

use jiff::civil::date;
use ldap3::{LdapConnAsync, Mod, Scope, SearchEntry};
use serde_json::Value;

use super::{Options, Sandbox};

fn options(keep: Option<&Path>) -> Options {
    Options {
        today: date(2026, 3, 2),
        keep: keep.map(Into::into),
        write_latency: Duration::ZERO,
    }
}

async fn bound(sandbox: &Sandbox) -> ldap3::Ldap {
    let (connection, mut ldap) = LdapConnAsync::new(&sandbox.ldap_url()).await.unwrap();
    ldap3::drive!(connection);
    let password = std::fs::read_to_string(sandbox.dir().join("secrets/ldap")).unwrap();
    let dn = "uid=usher,ou=service,dc=acme,dc=example";
    ldap.simple_bind(dn, password.trim_end())
        .await
        .unwrap()
        .success()
        .unwrap();
    ldap
}

async fn find(ldap: &mut ldap3::Ldap, filter: &str) -> Vec<SearchEntry> {
    let found = ldap
        .search(
            "dc=acme,dc=example",
            Scope::Subtree,
            filter,
            vec!["*", "memberOf"],
        )
        .await
        .unwrap();
    found
        .success()
        .unwrap()
        .0
        .into_iter()
        .map(SearchEntry::construct)
        .collect()
}

#[tokio::test]
async fn the_three_systems_agree_but_for_what_is_pending() {
    let sandbox = Sandbox::start(options(None)).await.unwrap();
    assert_eq!(sandbox.today(), date(2026, 3, 1));
    assert_eq!(sandbox.next_day().unwrap(), date(2026, 3, 2));
    let mut ldap = bound(&sandbox).await;
    let people = find(&mut ldap, "(objectClass=inetOrgPerson)").await;
    let mut reader = csv::Reader::from_path(sandbox.dir().join("people.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (mut same, mut rows) = (0, 0);
    for row in reader.records() {
        let row = row.unwrap();
        rows += 1;
        let number = &row[column("worker_id")];
        same += usize::from(people.iter().any(|entry| {
            let one = |name: &str| entry.attrs.get(name).map_or("", |values| values[0].as_str());
            one("employeeNumber") == number
                && one("title") == &row[column("title")]
                && one("departmentNumber") == &row[column("department")]
                && one("l") == &row[column("location")]
                && one("telephoneNumber") == &row[column("phone")]
                && one("givenName") == &row[column("given_name")]
        }));
    }
    assert!(rows - same > 10 && rows - same < 25, "{same} of {rows} agree");
    assert_eq!(find(&mut ldap, "(employeeNumber=000511)").await.len(), 2);
    assert_eq!(
        find(
            &mut ldap,
            "(&(cn=Ana Kovač)(memberOf=cn=admins,ou=groups,dc=acme,dc=example))"
        )
        .await
        .len(),
        1
    );

    let token = std::fs::read_to_string(sandbox.dir().join("secrets/chat")).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .get(format!("{}/Users?count=1", sandbox.scim_url()))
        .bearer_auth(token.trim_end());
    let list: Value = serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap();
    assert_eq!(list["totalResults"].as_u64().unwrap() as usize, people.len() - 1);

    let config = std::fs::read_to_string(sandbox.config_path()).unwrap();
    let config: toml::Table = config.parse().unwrap();
    assert_eq!(
        config["systems"]["directory"]["url"].as_str(),
        Some(sandbox.ldap_url().as_str())
    );
    #[cfg(unix)]
    {
        let mode = std::fs::metadata(sandbox.dir().join("secrets/ldap")).unwrap();
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777,
            0o600
        );
    }
    let dir = sandbox.dir().to_owned();
    drop(sandbox);
    assert!(!dir.exists());
}

#[tokio::test]
async fn a_kept_company_goes_on_where_it_was() {
    let keep = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(options(Some(keep.path()))).await.unwrap();
    assert_eq!(sandbox.next_day().unwrap(), date(2026, 3, 2));
    let before = std::fs::read(keep.path().join("people.csv")).unwrap();
    assert_eq!(sandbox.next_day().unwrap(), date(2026, 3, 3));
    assert_ne!(std::fs::read(keep.path().join("people.csv")).unwrap(), before);
    let mut ldap = bound(&sandbox).await;
    let person = find(&mut ldap, "(cn=Ana Kovač)").await.remove(0).dn;
    let change = Mod::Replace("title", ["Archivist"].into());
    assert_eq!(ldap.modify(&person, vec![change]).await.unwrap().rc, 0);
    drop(sandbox);

    let sandbox = Sandbox::start(options(Some(keep.path()))).await.unwrap();
    assert_eq!(sandbox.today(), date(2026, 3, 3));
    let mut ldap = bound(&sandbox).await;
    assert_eq!(find(&mut ldap, "(title=Archivist)").await.len(), 1);
    assert_eq!(find(&mut ldap, "(title=Acting Lead 1)").await.len(), 1);
}

#[tokio::test]
async fn nothing_listens_after_the_end() {
    let sandbox = Sandbox::start(options(None)).await.unwrap();
    let mut ldap = bound(&sandbox).await;
    let addresses = [sandbox.directory.address(), sandbox.chat.address()];
    drop(sandbox);
    for address in addresses {
        let mut tries = 0;
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            tries += 1;
            assert!(tries < 200, "{address} still answers");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let gone = ldap.search("", Scope::Base, "(objectClass=*)", vec!["1.1"]).await;
    assert!(gone.is_err(), "an open connection outlived its server");
}
