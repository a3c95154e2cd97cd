//! The server as the ldap3 client sees it.

mod hostile;

use std::collections::HashSet;
use std::time::Duration;

use ldap3::controls::{ControlType, PagedResults, RawControl};
use ldap3::{Ldap, LdapConnAsync, Mod, Scope, SearchEntry};

use super::{Options, Server};

const BASE: &str = "\
dn: dc=x\nobjectClass: domain\ndc: x\n
dn: uid=admin,dc=x\nobjectClass: account\nobjectClass: simpleSecurityObject\nuid: admin\nuserPassword: secret\n
dn: ou=people,dc=x\nobjectClass: organizationalUnit\nou: people\n
dn: ou=gone,dc=x\nobjectClass: organizationalUnit\nou: gone\n
dn: uid=ana,ou=people,dc=x\nobjectClass: inetOrgPerson\nuid: ana\ncn: Ana\nsn: K\nmail: ana@x\nemployeeNumber: 0007\n
dn: uid=ben,ou=people,dc=x\nobjectClass: inetOrgPerson\nuid: ben\ncn: Ben\nsn: O\nmanager: uid=ana,ou=people,dc=x\n
dn: cn=g,dc=x\nobjectClass: groupOfNames\ncn: g\nmember: uid=ana,ou=people,dc=x\n";

async fn connect(server: &Server) -> Ldap {
    let (connection, ldap) = LdapConnAsync::new(&server.url()).await.unwrap();
    ldap3::drive!(connection);
    ldap
}

async fn start() -> (Server, Ldap) {
    let server = Server::start(BASE, Options::default()).await.unwrap();
    let mut ldap = connect(&server).await;
    ldap.simple_bind("uid=admin,dc=x", "secret")
        .await
        .unwrap()
        .success()
        .unwrap();
    (server, ldap)
}

async fn find(ldap: &mut Ldap, filter: &str, attributes: &[&str]) -> Vec<SearchEntry> {
    let found = ldap
        .search("dc=x", Scope::Subtree, filter, attributes.to_vec())
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

async fn names(ldap: &mut Ldap, filter: &str) -> Vec<String> {
    find(ldap, filter, &["1.1"])
        .await
        .into_iter()
        .map(|entry| entry.dn)
        .collect()
}

async fn add(ldap: &mut Ldap, dn: &str, attributes: &[(&str, &[&str])]) -> u32 {
    let attributes = attributes
        .iter()
        .map(|(name, values)| (*name, values.iter().copied().collect()))
        .collect();
    ldap.add(dn, attributes).await.unwrap().rc
}

async fn modify(ldap: &mut Ldap, dn: &str, change: Mod<&str>) -> u32 {
    ldap.modify(dn, vec![change]).await.unwrap().rc
}

fn set<'a>(values: &[&'a str]) -> HashSet<&'a str> {
    values.iter().copied().collect()
}

#[tokio::test]
async fn binds_are_checked() {
    let (server, mut ldap) = start().await;
    let bind = async |dn: &str, password: &str| {
        let mut ldap = connect(&server).await;
        ldap.simple_bind(dn, password).await.unwrap().rc
    };
    assert_eq!(bind("", "").await, 0);
    assert_eq!(bind("uid=admin,dc=x", "").await, 53);
    assert_eq!(bind("uid=admin,dc=x", "wrong").await, 49);
    assert_eq!(bind("uid=nobody,dc=x", "secret").await, 49);
    assert_eq!(bind("nonsense", "secret").await, 34);
    let lock = Mod::Replace("pwdAccountLockedTime", set(&["000001010000Z"]));
    assert_eq!(modify(&mut ldap, "uid=admin,dc=x", lock).await, 0);
    assert_eq!(bind("UID=Admin, DC=X", "secret").await, 49);
    let unlock = Mod::Delete("pwdAccountLockedTime", set(&[]));
    assert_eq!(modify(&mut ldap, "uid=admin,dc=x", unlock).await, 0);
    assert_eq!(bind("UID=Admin, DC=X", "secret").await, 0);
    let mut anonymous = connect(&server).await;
    assert_eq!(anonymous.delete("uid=ben,ou=people,dc=x").await.unwrap().rc, 50);
    let who = ldap.extended(ldap3::exop::WhoAmI).await.unwrap().0;
    assert_eq!(who.val.as_deref(), Some(&b"dn:uid=admin,dc=x"[..]));
    ldap.unbind().await.unwrap();
}

#[tokio::test]
async fn filters_choose_and_selections_show() {
    let (_server, mut ldap) = start().await;
    for (filter, expected) in [
        ("(uid=ANA)", 1),
        ("(&(objectClass=person)(!(uid=ana)))", 1),
        ("(|(uid=ana)(employeeNumber=9))", 1),
        ("(cn=a*a)", 1),
        ("(cn=*e*)", 1),
        ("(manager=UID=ana, OU=people,dc=x)", 1),
        ("(memberOf=cn=g,dc=x)", 1),
        ("(mail=*)", 1),
        ("(cn~=ben)", 1),
        ("(uid:caseExactMatch:=ANA)", 0),
        ("(ou:dn:=people)", 3),
        ("(!(shoeSize=9))", 0),
        ("(userPassword=*)", 0),
        ("(createTimestamp>=20200101000000Z)", 7),
        ("(createTimestamp<=20200101000000Z)", 0),
        ("(objectClass=*)", 7),
    ] {
        assert_eq!(names(&mut ldap, filter).await.len(), expected, "{filter}");
    }
    let entry = find(&mut ldap, "(uid=ana)", &[]).await.remove(0);
    assert!(entry.attrs.contains_key("mail") && !entry.attrs.contains_key("entryUUID"));
    let entry = find(&mut ldap, "(uid=ana)", &["+"]).await.remove(0);
    assert!(!entry.attrs.contains_key("mail") && entry.attrs["memberOf"] == ["cn=g,dc=x"]);
    assert!(entry.attrs.contains_key("entryUUID") && entry.attrs["hasSubordinates"] == ["FALSE"]);
    let entry = find(&mut ldap, "(uid=admin)", &["*", "userPassword"])
        .await
        .remove(0);
    assert!(!entry.attrs.contains_key("userPassword"));
    let one = ldap
        .search("ou=people,dc=x", Scope::OneLevel, "(objectClass=*)", vec!["1.1"])
        .await
        .unwrap();
    assert_eq!(one.0.len(), 2);
    let missing = ldap
        .search("uid=z,ou=people,dc=x", Scope::Base, "(cn=*)", vec!["1.1"])
        .await
        .unwrap()
        .1;
    assert_eq!((missing.rc, missing.matched.as_str()), (32, "ou=people,dc=x"));
}

#[tokio::test]
async fn the_server_describes_itself() {
    let (_server, mut ldap) = start().await;
    let (found, _) = ldap
        .search("", Scope::Base, "(objectClass=*)", vec!["+"])
        .await
        .unwrap()
        .success()
        .unwrap();
    let root = SearchEntry::construct(found.into_iter().next().unwrap());
    assert_eq!(root.attrs["namingContexts"], ["dc=x"]);
    let base = root.attrs["subschemaSubentry"][0].clone();
    let wanted = vec!["attributeTypes", "objectClasses"];
    let (found, _) = ldap
        .search(&base, Scope::Base, "(objectClass=subschema)", wanted)
        .await
        .unwrap()
        .success()
        .unwrap();
    let schema = SearchEntry::construct(found.into_iter().next().unwrap());
    assert!(
        schema.attrs["objectClasses"]
            .iter()
            .any(|line| line.contains("'inetOrgPerson'"))
    );
    assert!(schema.attrs["attributeTypes"].len() > 40);
}

#[tokio::test]
async fn pages_cover_everything_once() {
    let (_server, mut ldap) = start().await;
    for index in 0..25 {
        let dn = format!("cn=p{index},ou=people,dc=x");
        assert_eq!(
            add(&mut ldap, &dn, &[("objectClass", &["person"]), ("sn", &["page"])]).await,
            0
        );
    }
    let (mut seen, mut cookie, mut pages) = (HashSet::new(), Vec::new(), 0);
    loop {
        let control = PagedResults { size: 10, cookie };
        let page = ldap.with_controls(RawControl::from(control));
        let (found, done) = page
            .search("dc=x", Scope::Subtree, "(sn=page)", vec!["1.1"])
            .await
            .unwrap()
            .success()
            .unwrap();
        for entry in found {
            assert!(seen.insert(SearchEntry::construct(entry).dn));
        }
        pages += 1;
        let control = done
            .ctrls
            .iter()
            .find(|control| matches!(control.0, Some(ControlType::PagedResults)))
            .unwrap();
        cookie = control.1.parse::<PagedResults>().cookie;
        if cookie.is_empty() {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (25, 3));
    let options = ldap3::SearchOptions::new().sizelimit(5);
    let limited = ldap
        .with_search_options(options)
        .search("dc=x", Scope::Subtree, "(sn=page)", vec!["1.1"])
        .await
        .unwrap();
    assert_eq!((limited.0.len(), limited.1.rc), (5, 4));
}

#[tokio::test]
async fn the_schema_is_enforced() {
    let (_server, mut ldap) = start().await;
    let person: (&str, &[&str]) = ("objectClass", &["inetOrgPerson"]);
    let cn: (&str, &[&str]) = ("cn", &["N"]);
    let sn: (&str, &[&str]) = ("sn", &["N"]);
    let dn = "uid=new,ou=people,dc=x";
    assert_eq!(
        add(&mut ldap, dn, &[person, cn, sn, ("shoeSize", &["9"])]).await,
        17
    );
    assert_eq!(add(&mut ldap, dn, &[person, cn, sn, ("dc", &["x"])]).await, 65);
    assert_eq!(add(&mut ldap, dn, &[person, cn]).await, 65);
    assert_eq!(
        add(&mut ldap, dn, &[person, cn, sn, ("employeeNumber", &["1", "2"])]).await,
        19
    );
    assert_eq!(
        add(&mut ldap, dn, &[person, cn, sn, ("mail", &["ł@x"])]).await,
        21
    );
    assert_eq!(
        add(&mut ldap, dn, &[person, cn, sn, ("uid", &["other"])]).await,
        64
    );
    assert_eq!(
        add(&mut ldap, dn, &[person, cn, sn, ("memberOf", &["cn=g,dc=x"])]).await,
        19
    );
    assert_eq!(
        add(&mut ldap, "uid=new,ou=none,dc=x", &[person, cn, sn]).await,
        32
    );
    assert_eq!(
        add(&mut ldap, "uid=ANA,ou=people,dc=x", &[person, cn, sn]).await,
        68
    );
    assert_eq!(add(&mut ldap, "uid", &[person, cn, sn]).await, 34);
    assert_eq!(
        add(
            &mut ldap,
            dn,
            &[person, ("objectClass", &["groupOfNames"]), cn, sn]
        )
        .await,
        65
    );
    let ana = "uid=ana,ou=people,dc=x";
    assert_eq!(
        modify(&mut ldap, ana, Mod::Add("mail", set(&["ANA@x"]))).await,
        20
    );
    assert_eq!(
        modify(&mut ldap, ana, Mod::Delete("mail", set(&["no@x"]))).await,
        16
    );
    assert_eq!(modify(&mut ldap, ana, Mod::Delete("title", set(&[]))).await, 16);
    assert_eq!(
        modify(&mut ldap, ana, Mod::Replace("uid", set(&["other"]))).await,
        67
    );
    assert_eq!(modify(&mut ldap, ana, Mod::Delete("sn", set(&[]))).await, 65);
    assert_eq!(
        modify(&mut ldap, "cn=g,dc=x", Mod::Delete("member", set(&[]))).await,
        65
    );
    let both = vec![
        Mod::Replace("title", set(&["Boss"])),
        Mod::Delete("street", set(&[])),
    ];
    assert_eq!(ldap.modify(ana, both).await.unwrap().rc, 16);
    assert!(
        names(&mut ldap, "(title=Boss)").await.is_empty(),
        "half a modification was done"
    );
    assert_eq!(ldap.compare(ana, "mail", b"ANA@X").await.unwrap().0.rc, 6);
    assert_eq!(ldap.compare(ana, "mail", b"b@x").await.unwrap().0.rc, 5);
    assert_eq!(ldap.delete("ou=people,dc=x").await.unwrap().rc, 66);
    let control = RawControl {
        ctype: "1.2.3".to_owned(),
        crit: true,
        val: None,
    };
    assert_eq!(ldap.with_controls(control).delete(ana).await.unwrap().rc, 12);
}

#[tokio::test]
async fn references_follow_a_rename_and_a_delete() {
    let (_server, mut ldap) = start().await;
    let ana = "uid=ana,ou=people,dc=x";
    let before = find(&mut ldap, "(uid=ana)", &["entryUUID"]).await.remove(0);
    assert_eq!(
        ldap.modifydn(ana, "uid=ana2", true, Some("ou=gone,dc=x"))
            .await
            .unwrap()
            .rc,
        0
    );
    let after = find(&mut ldap, "(uid=ana2)", &["uid", "entryUUID", "memberOf"])
        .await
        .remove(0);
    assert_eq!(after.attrs["entryUUID"], before.attrs["entryUUID"]);
    assert_eq!(
        (&after.attrs["uid"], &after.attrs["memberOf"]),
        (&vec!["ana2".into()], &vec!["cn=g,dc=x".into()])
    );
    assert_eq!(
        names(&mut ldap, "(manager=uid=ana2,ou=gone,dc=x)").await,
        ["uid=ben,ou=people,dc=x"]
    );
    // a container moves with what is in it
    assert_eq!(
        ldap.modifydn("ou=gone,dc=x", "ou=left", true, None)
            .await
            .unwrap()
            .rc,
        0
    );
    assert_eq!(
        names(&mut ldap, "(member=uid=ana2,ou=left,dc=x)").await,
        ["cn=g,dc=x"]
    );
    let into_itself = ldap
        .modifydn("ou=left,dc=x", "ou=left", true, Some("uid=ana2,ou=left,dc=x"))
        .await
        .unwrap();
    assert_eq!(into_itself.rc, 53);
    assert_eq!(
        ldap.modifydn("uid=ben,ou=people,dc=x", "uid=admin", true, Some("dc=x"))
            .await
            .unwrap()
            .rc,
        68
    );
    assert_eq!(
        ldap.modifydn("ou=people,dc=x", "ou=People", true, None)
            .await
            .unwrap()
            .rc,
        0
    );
    assert_eq!(ldap.delete("uid=ana2,ou=left,dc=x").await.unwrap().rc, 0);
    assert!(names(&mut ldap, "(manager=*)").await.is_empty());
    assert_eq!(names(&mut ldap, "(member=cn=nobody)").await, ["cn=g,dc=x"]);
}

#[tokio::test]
async fn writes_in_flight_share_the_latency() {
    let options = Options {
        write_latency: Duration::from_millis(100),
        port: None,
    };
    let server = Server::start(BASE, options).await.unwrap();
    let mut ldap = connect(&server).await;
    ldap.simple_bind("uid=admin,dc=x", "secret")
        .await
        .unwrap()
        .success()
        .unwrap();
    let started = std::time::Instant::now();
    let adds = (0..20).map(|index| {
        let mut ldap = ldap.clone();
        async move {
            let dn = format!("cn=p{index},ou=people,dc=x");
            add(&mut ldap, &dn, &[("objectClass", &["person"]), ("sn", &["s"])]).await
        }
    });
    assert!(
        futures_util::future::join_all(adds)
            .await
            .iter()
            .all(|code| *code == 0)
    );
    let took = started.elapsed();
    assert!(
        took >= Duration::from_millis(100) && took < Duration::from_secs(1),
        "{took:?}"
    );
}
