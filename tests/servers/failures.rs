//! The ways to make a server fail do what the suites rely on.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ldap3::{LdapConnAsync, LdapConnSettings};
use serde_json::json;

use crate::support::faults::{Fault, FaultProxy};
use crate::support::openldap::OpenLdap;
use crate::support::scim::{ScimServer, exchange};
use crate::support::wire::Wire;

const SOON: Duration = Duration::from_millis(300);

#[tokio::test]
#[ignore = "needs OpenLDAP"]
async fn a_wire_loses_answers_but_not_writes() {
    let ldap = OpenLdap::start();
    let wire = Wire::before(ldap.port());
    let url = format!("ldap://127.0.0.1:{}", wire.port());
    let unit = |name: &str| format!("ou={name},{}", ldap.suffix());
    let class = || vec![("objectClass", ["organizationalUnit"].into())];
    let (connection, mut client) = LdapConnAsync::with_settings(LdapConnSettings::new(), &url)
        .await
        .expect("a connection");
    tokio::spawn(connection.drive());
    client
        .simple_bind(&ldap.admin_dn(), ldap.password())
        .await
        .expect("an answer");
    let one = client.add(&unit("one"), class()).await.expect("an answer");
    assert_eq!(one.rc, 0, "{one}");

    wire.lose_answers();
    assert!(
        client
            .with_timeout(SOON)
            .add(&unit("two"), class())
            .await
            .is_err()
    );
    assert_eq!(
        ldap.entries(&unit("two")).len(),
        1,
        "written, and nobody was told"
    );

    wire.let_answers_through();
    wire.cut();
    assert!(
        client
            .with_timeout(SOON)
            .add(&unit("three"), class())
            .await
            .is_err()
    );
    let (_connection, mut again) = LdapConnAsync::with_settings(LdapConnSettings::new(), &url)
        .await
        .expect("a new connection");
    assert!(!again.is_closed());
    assert!(
        ldap.ldapsearch(&["-b", ldap.suffix(), "(ou=three)", "1.1"])
            .is_empty()
    );
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
#[ignore = "needs scim2-server"]
fn a_proxy_injects_each_fault_as_often_as_it_is_told() {
    let scim = ScimServer::start();
    let proxy = FaultProxy::before(scim.port());
    assert_eq!(proxy.url(), format!("http://127.0.0.1:{}/v2", proxy.port()));
    let add = |name: &str| {
        let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
        exchange(proxy.port(), scim.token(), "POST", "/Users", Some(&user))
    };
    let names = || {
        let users = scim.all("Users");
        users
            .iter()
            .filter_map(|user| user["userName"].as_str().map(str::to_owned))
            .collect::<BTreeSet<_>>()
    };

    proxy.inject(
        "POST /v2/Users",
        1,
        Fault::Answer(429, &[("Retry-After", "1")], r#"{"status": "429"}"#),
    );
    proxy.inject("POST /v2/Users", 1, Fault::LoseRequest);
    let busy = add("a").expect("an answer");
    assert_eq!(
        (busy.status, busy.header("retry-after"), &busy.body["status"]),
        (429, Some("1"), &json!("429"))
    );
    assert!(add("b").is_none());
    assert!(names().is_empty());

    proxy.inject("POST", 1, Fault::LoseAnswer);
    assert!(add("c").is_none());
    assert_eq!(names(), set(&["c"]), "made, and nobody was told");
    assert_eq!(add("c").map(|answer| answer.status), Some(409));

    proxy.inject("POST", 1, Fault::Cut(10));
    let torn = add("d").expect("an answer");
    assert_eq!((torn.status, torn.body.is_null()), (201, true));

    proxy.inject("POST", 1, Fault::Delay(SOON));
    let began = Instant::now();
    assert_eq!(add("e").map(|answer| answer.status), Some(201));
    assert!(began.elapsed() >= SOON);
    assert_eq!(proxy.seen(), ["POST /v2/Users"; 6]);
    assert_eq!(names(), set(&["c", "d", "e"]));
}
