//! The LDAP connector against OpenLDAP: whole reads or none, a life of an account, odd names, memberships, trouble.

use std::{process::Command, sync::Arc};

use crate::support::openldap::OpenLdap;
use usher::{
    connectors::{
        AttributeWrite, Connector, ObjectRef, ReadRequest, Settled, Write, WriteError, Written, ldap,
        ldap::{Disable, Section},
        secret::SecretSource,
    },
    model::{Completeness, RecordView, Value},
};

#[path = "ldap/changes.rs"]
mod changes;
#[path = "ldap/groups.rs"]
mod groups;
#[path = "ldap/pool.rs"]
mod pool;
#[path = "ldap/secrets.rs"]
mod secrets;
#[path = "ldap/servers.rs"]
mod servers;
#[path = "ldap/together.rs"]
mod together;
#[path = "ldap/values.rs"]
mod values;

const BASE: &str = "dc=example,dc=org";
const PEOPLE: &str = "ou=people,dc=example,dc=org";

struct Server {
    slapd: OpenLdap,
    folder: tempfile::TempDir,
    port: u16,
}

impl Server {
    fn start() -> Self {
        Self::of(OpenLdap::options())
    }

    /// Starts a server with some overlays only.
    fn with(overlays: &str) -> Self {
        Self::of(OpenLdap::options().overlays(overlays))
    }

    fn of(options: crate::support::openldap::Options) -> Self {
        let slapd = options.suffix(BASE).start();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), slapd.password()).unwrap();
        let port = slapd.port();
        Self { slapd, folder, port }
    }

    fn signal(&self, signal: &str) {
        let pid = self.slapd.pid().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    fn section(&self) -> Section {
        Section {
            url: format!("ldap://127.0.0.1:{}", self.port).into(),
            bind_dn: format!("cn=sync,{BASE}"),
            password: Some(SecretSource::File("password".into())),
            client_certificate: None,
            client_key: None,
            base: BASE.to_owned(),
            filter: "(objectClass=inetOrgPerson)".to_owned(),
            group_filter: "(objectClass=groupOfNames)".to_owned(),
            start_tls: false,
            ca_file: None,
            page_size: 400,
            timeout: 10,
            in_flight: 32,
            connections: 4,
            disable: Disable::Ppolicy,
            placeholder_member: None,
            create_parents: false,
            anchor: "entryUUID".to_owned(),
            increments: ldap::Increments::None,
            full_every: usher::connectors::every::Every::default(),
        }
    }

    fn open(&self, section: &Section) -> Arc<dyn Connector> {
        ldap::open("directory".into(), section, self.folder.path()).unwrap()
    }

    /// Reads with a program that is not ours.
    fn seen(&self, base: &str, filter: &str, attributes: &[&str]) -> String {
        let admin = self.slapd.admin_dn();
        let url = self.slapd.url();
        let words = [
            "-x",
            "-LLL",
            "-o",
            "ldif-wrap=no",
            "-H",
            &url,
            "-D",
            &admin,
            "-w",
            self.slapd.password(),
        ];
        let output = Command::new("ldapsearch")
            .args(words)
            .args(["-b", base, filter])
            .args(attributes)
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    }

    /// Reports whether somebody can bind with a password.
    fn binds(&self, dn: &str, password: &str) -> bool {
        let mut whoami = Command::new("ldapwhoami");
        whoami.args(["-x", "-H", &self.slapd.url(), "-D", dn, "-w", password]);
        whoami.output().unwrap().status.success()
    }

    fn modify(&self, ldif: &str) {
        self.slapd.ldapmodify(ldif);
    }

    /// Adds people by another program.
    fn people(&self, from: usize, to: usize) {
        let mut ldif = String::new();
        for n in from..to {
            ldif = format!("{ldif}dn: uid=u{n},{PEOPLE}\nobjectClass: inetOrgPerson\n");
            for (name, value) in person(n) {
                ldif = format!("{ldif}{name}: {}\n", value.as_text().unwrap());
            }
            ldif.push('\n');
        }
        self.slapd.ldapadd(&ldif);
    }
}

fn person(n: usize) -> Vec<(String, Value<'static>)> {
    [
        ("uid", format!("u{n}")),
        ("cn", format!("Given{n} Family{n}")),
        ("sn", format!("Family{n}")),
        ("givenName", format!("Given{n}")),
        ("displayName", format!("Given{n} Family{n}")),
        ("mail", format!("u{n}@example.org")),
        ("employeeNumber", format!("{n:06}")),
        ("title", "Engineer".to_owned()),
        ("departmentNumber", "Engineering".to_owned()),
        ("l", "Berlin".to_owned()),
        ("telephoneNumber", format!("+49 30 {n:07}")),
        ("o", "Example".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), Value::from(value)))
    .into()
}

fn create(attributes: Vec<(String, Value<'static>)>) -> Write {
    let absent = attributes
        .iter()
        .filter(|(name, _)| name == "uid" || name == "mail")
        .cloned()
        .collect();
    Write::Create {
        class: vec!["inetOrgPerson".to_owned()],
        container: Some(PEOPLE.to_owned()),
        attributes,
        enabled: Some(true),
        absent,
        secrets: Vec::new(),
    }
}

fn named(cn: &str) -> Write {
    let value = |name: &str, value: &str| (name.to_owned(), Value::from(value.to_owned()));
    Write::Create {
        class: vec!["inetOrgPerson".to_owned()],
        container: Some(PEOPLE.to_owned()),
        attributes: vec![value("cn", cn), value("sn", "x")],
        enabled: None,
        absent: vec![value("cn", cn)],
        secrets: Vec::new(),
    }
}

fn object(written: &Written, class: &str) -> ObjectRef {
    ObjectRef {
        anchor: written.anchor.clone(),
        location: written.location.clone(),
        class: class.to_owned(),
    }
}

fn change(object: &ObjectRef, attributes: &[(&str, Value<'static>, Value<'static>)]) -> Write {
    Write::Change {
        object: object.clone(),
        attributes: attributes
            .iter()
            .map(|(name, before, after)| AttributeWrite {
                attribute: (*name).to_owned(),
                before: before.clone(),
                after: after.clone(),
            })
            .collect(),
        enabled: None,
        container: None,
    }
}

fn text(value: &str) -> Value<'static> {
    Value::from(value.to_owned())
}

async fn read(system: &Arc<dyn Connector>, attributes: &[&str]) -> usher::model::Read {
    let request = ReadRequest {
        attributes: attributes.iter().map(|name| (*name).to_owned()).collect(),
        ..ReadRequest::default()
    };
    system.read(&request, &|_| ()).await
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn reads_are_whole_or_say_that_they_are_not() {
    let server = Server::start();
    server.people(0, 1201);
    let system = server.open(&server.section());
    let whole = read(&system, &["cn", "mail", "entryUUID"]).await;
    assert_eq!(whole.completeness, Completeness::Complete);
    assert_eq!((whole.records.len(), whole.problems.len()), (1201, 0));
    let record = whole
        .records
        .iter()
        .find(|record| record.get("mail").first() == Some("u7@example.org"))
        .unwrap();
    assert_eq!(record.location(), format!("uid=u7,{PEOPLE}"));
    assert_eq!(record.get("entryUUID").first(), Some(record.anchor()));
    assert_eq!(record.enabled(), Some(true));
    let all = read(&system, &[]).await;
    assert_eq!(all.completeness, Completeness::Complete);

    let capped = Section {
        bind_dn: format!("cn=capped,{BASE}"),
        ..server.section()
    };
    let part = read(&server.open(&capped), &["cn"]).await;
    assert!(
        matches!(&part.completeness, Completeness::Partial(reason) if reason.contains("size limit")),
        "{:?}",
        part.completeness
    );
    assert!(part.records.len() <= 500 && !part.records.is_empty());

    let lost = Section {
        base: format!("ou=nowhere,{BASE}"),
        ..server.section()
    };
    let failed = read(&server.open(&lost), &["cn"]).await;
    assert!(matches!(&failed.completeness, Completeness::Failed(reason) if reason.contains("ou=nowhere")));

    std::fs::write(server.folder.path().join("wrong"), "wrong").unwrap();
    let wrong = Section {
        password: Some(SecretSource::File("wrong".into())),
        ..server.section()
    };
    let failed = read(&server.open(&wrong), &["cn"]).await;
    assert!(
        matches!(&failed.completeness, Completeness::Refused(reason) if reason.contains("check bind_dn")),
        "{:?}",
        failed.completeness
    );
    std::fs::write(server.folder.path().join("wrong"), "\n").unwrap();
    assert!(matches!(server.open(&wrong).probe().await, Err(error) if error.to_string().contains("empty")));

    let probe = system.probe().await.unwrap();
    assert_eq!(probe.product, "OpenLDAP");
    assert_eq!(
        probe.capabilities,
        [
            "paged results",
            "assertion control",
            "pre-read control",
            "post-read control",
            "password modify",
            "content synchronisation"
        ]
    );
    let schema = system.schema().await.unwrap();
    let column = |name: &str| &schema.columns[schema.position(name).unwrap()];
    assert_eq!(
        column("manager").comparison,
        usher::model::Comparison::DistinguishedName
    );
    assert_eq!(column("cn").comparison, usher::model::Comparison::IgnoreCase);
    assert!(!column("employeeNumber").multi_valued && column("cn").required);
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn tls_is_verified() {
    let server = Server::start();
    let ca = server.slapd.ca();
    for (url, start_tls) in [
        (server.slapd.ldaps_url(), false),
        (server.slapd.ldaps_url().replace("localhost", "127.0.0.1"), false),
        (format!("ldap://localhost:{}", server.port), true),
    ] {
        let section = Section {
            url: url.clone().into(),
            start_tls,
            ca_file: Some(ca.clone()),
            ..server.section()
        };
        server.open(&section).probe().await.unwrap();
        let untrusted = Section {
            ca_file: None,
            ..section
        };
        let error = server.open(&untrusted).probe().await.unwrap_err().to_string();
        assert!(error.contains("certificate"), "{error}");
    }
    let plain = Section {
        url: format!("ldaps://127.0.0.1:{}", server.port).into(),
        ca_file: Some(ca),
        ..server.section()
    };
    assert!(server.open(&plain).probe().await.is_err());

    // the certificate is for one of these addresses, and good for nobody else
    let port = server
        .slapd
        .ldaps_url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    for (place, is_named) in [("127.0.0.2:0", false), ("[::1]:0", true)] {
        // not every machine has IPv6
        let Ok(listener) = std::net::TcpListener::bind(place) else {
            continue;
        };
        let url = format!("ldaps://{}", listener.local_addr().unwrap());
        pool::lead(listener, port);
        let other = Section {
            url: url.clone().into(),
            ..plain.clone()
        };
        match server.open(&other).probe().await {
            Ok(_) => assert!(is_named, "{url}"),
            Err(error) => assert!(
                !is_named && error.to_string().contains("certificate"),
                "{url}: {error}"
            ),
        }
    }
    // TLS where usher speaks none
    let reverse = Section {
        url: format!("ldap://127.0.0.1:{port}").into(),
        timeout: 2,
        ..server.section()
    };
    assert!(server.open(&reverse).probe().await.is_err());
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_dead_server_is_noticed() {
    let server = Server::start();
    server.people(0, 5000);
    let section = Section {
        page_size: 20,
        timeout: 2,
        ..server.section()
    };
    let system = server.open(&section);
    let killed = std::sync::Once::new();
    let request = ReadRequest {
        attributes: vec!["cn".to_owned()],
        ..ReadRequest::default()
    };
    let stop = |count: usize| {
        if count >= 200 {
            killed.call_once(|| server.signal("-STOP"));
        }
    };
    let part = system.read(&request, &stop).await;
    assert!(
        matches!(&part.completeness, Completeness::Partial(reason) if reason.contains("2 seconds")),
        "{:?}",
        part.completeness
    );
    assert!(part.records.len() < 5000);
    let write = create(person(9000));
    assert!(matches!(system.write(&write).await, Err(WriteError::Busy { .. })));
    server.signal("-CONT");
    assert!(read(&system, &["cn"]).await.proves_absence());

    let crash = std::sync::Once::new();
    let kill = |count: usize| {
        if count >= 200 {
            crash.call_once(|| server.signal("-KILL"));
        }
    };
    let part = system.read(&request, &kill).await;
    assert!(
        matches!(part.completeness, Completeness::Partial(_)),
        "{:?}",
        part.completeness
    );
    let failed = read(&system, &["cn"]).await;
    assert!(
        matches!(failed.completeness, Completeness::Failed(_)),
        "{:?}",
        failed.completeness
    );
    server.slapd.restart();
    assert!(read(&system, &["cn"]).await.proves_absence());
    assert!(system.write(&write).await.unwrap().verified);
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
#[expect(clippy::too_many_lines, reason = "one life, told in order")]
async fn an_account_lives_and_dies() {
    let server = Server::start();
    let system = server.open(&server.section());
    let made = system.write(&create(person(1))).await.unwrap();
    assert!(made.verified && !made.already, "{made:?}");
    assert!(
        server
            .seen(&made.location, "(mail=u1@example.org)", &["entryUUID"])
            .contains(made.anchor.as_str())
    );
    assert_eq!(
        system.settle(&create(person(1))).await,
        Settled::Done(made.clone())
    );
    assert_eq!(system.settle(&create(person(2))).await, Settled::NotDone);

    let error = system.write(&create(person(1))).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Conflict(text) if text.contains(&made.location)),
        "{error}"
    );
    let mut nowhere = create(person(3));
    if let Write::Create { container, .. } = &mut nowhere {
        *container = Some(format!("ou=nowhere,{BASE}"));
    }
    let error = system.write(&nowhere).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Refused(text) if text.contains("ou=nowhere")),
        "{error}"
    );

    let ana = object(&made, "inetOrgPerson");
    let promote = change(
        &ana,
        &[
            ("title", text("Engineer"), text("Lead")),
            ("l", text("Berlin"), Value::Absent),
        ],
    );
    assert_eq!(system.settle(&promote).await, Settled::NotDone);
    let done = system.write(&promote).await.unwrap();
    assert!(done.verified && !done.already);
    assert_eq!(done.attributes[0], ("title".to_owned(), text("Lead")));
    let stamp = server.seen(&ana.location, "(title=Lead)", &["entryCSN"]);
    assert!(system.write(&promote).await.unwrap().already);
    assert_eq!(stamp, server.seen(&ana.location, "(title=Lead)", &["entryCSN"]));
    assert!(matches!(system.settle(&promote).await, Settled::Done(_)));

    server.modify(&format!(
        "dn: {}\nchangetype: modify\nreplace: title\ntitle: Chief\n",
        ana.location
    ));
    let error = system
        .write(&change(&ana, &[("title", text("Lead"), text("Boss"))]))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, WriteError::Conflict(text) if text.contains("title is now Chief")),
        "{error}"
    );
    let several = change(
        &ana,
        &[(
            "mail",
            text("u1@example.org"),
            Value::List(vec![text("u1@example.org"), text("a@b.c")]),
        )],
    );
    assert!(system.write(&several).await.unwrap().verified);

    let disable = |from, to, container: Option<&str>| Write::Change {
        object: ana.clone(),
        attributes: Vec::new(),
        enabled: Some((from, to)),
        container: container.map(str::to_owned),
    };
    assert!(system.write(&disable(true, false, None)).await.unwrap().verified);
    assert_eq!(read(&system, &["cn"]).await.records.get(0).enabled(), Some(false));
    assert!(system.write(&disable(true, false, None)).await.unwrap().already);
    let moved = system
        .write(&disable(false, true, Some("ou=disabled,dc=example,dc=org")))
        .await
        .unwrap();
    assert_eq!(
        (moved.location.as_str(), moved.verified),
        ("uid=u1,ou=disabled,dc=example,dc=org", true)
    );
    assert_eq!(moved.anchor, ana.anchor);

    let error = system.write(&promote).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Conflict(text) if text.contains("was moved to uid=u1,ou=disabled")),
        "{error}"
    );
    let ana = object(&moved, "inetOrgPerson");
    let renamed = system
        .write(&change(&ana, &[("uid", text("u1"), text("ana, k"))]))
        .await
        .unwrap();
    assert!(renamed.verified, "{renamed:?}");
    let ana = object(&renamed, "inetOrgPerson");

    // deleted and made again under the same name: another object
    server.modify(&format!("dn: {}\nchangetype: delete\n", ana.location));
    let error = system
        .write(&change(&ana, &[("title", text("Chief"), text("x"))]))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, WriteError::Conflict(text) if text.contains("is gone")),
        "{error}"
    );
    assert!(
        system
            .write(&Write::Delete { object: ana.clone() })
            .await
            .unwrap()
            .already
    );
    let made = system.write(&create(person(1))).await.unwrap();
    let ana = ObjectRef {
        location: made.location.clone(),
        ..ana
    };
    assert!(matches!(
        system.write(&promote).await,
        Err(WriteError::Conflict(_))
    ));
    assert!(
        system
            .write(&Write::Delete { object: ana })
            .await
            .unwrap()
            .already
    );
    assert!(server.seen(&made.location, "(uid=u1)", &["dn"]).contains("dn:"));
    let ana = object(&made, "inetOrgPerson");
    let gone = system
        .write(&Write::Delete { object: ana.clone() })
        .await
        .unwrap();
    assert!(gone.verified && !gone.already);
    assert!(matches!(
        system.settle(&Write::Delete { object: ana }).await,
        Settled::Done(_)
    ));
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn odd_names_come_back() {
    let server = Server::start();
    let system = server.open(&server.section());
    for name in [
        "Kovač, Ana",
        "a+b=c",
        "\"q\" <x>;y",
        "back\\slash",
        "#lead",
        "Müller ß",
        "李小龍",
        "*)(cn=*",
    ] {
        let made = system.write(&named(name)).await.unwrap();
        assert!(made.verified, "{made:?}");
        let object = object(&made, "inetOrgPerson");
        assert!(
            matches!(system.write(&named(name)).await, Err(WriteError::Conflict(_))),
            "{name}"
        );
        assert!(
            system
                .write(&change(&object, &[("sn", text("x"), text(name))]))
                .await
                .unwrap()
                .verified,
            "{name}"
        );
        assert!(matches!(system.settle(&named(name)).await, Settled::Unclear(_)));
        assert!(system.write(&Write::Delete { object }).await.unwrap().verified);
    }
    // blanks at the ends do not count in a directory
    for name in ["trailing ", " leading"] {
        let made = system.write(&named(name)).await.unwrap();
        assert!(
            made.verified && read(&system, &["cn"]).await.records.len() == 1,
            "{made:?}"
        );
        assert!(
            system
                .write(&Write::Delete {
                    object: object(&made, "inetOrgPerson")
                })
                .await
                .unwrap()
                .verified
        );
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn memberships_are_single_values() {
    let server = Server::start();
    server.people(1, 3);
    let system = server.open(&server.section());
    server.modify(&format!(
        "dn: cn=eng,ou=groups,{BASE}\nchangetype: add\nobjectClass: groupOfNames\ncn: eng\nmember: uid=u1,{PEOPLE}\n"
    ));
    let groups = system.read_groups(&|_| ()).await.unwrap();
    assert_eq!(groups.completeness, Completeness::Complete);
    let group = groups.records.get(0);
    assert_eq!(
        (group.get("name").first(), group.get("member").first()),
        (Some("eng"), Some(format!("uid=u1,{PEOPLE}").as_str()))
    );
    let group = ObjectRef {
        anchor: group.owned_anchor(),
        location: group.location().to_owned(),
        class: "groupOfNames".to_owned(),
    };
    let people = read(&system, &["uid"]).await;
    let member = |n: usize| {
        let record = people
            .records
            .iter()
            .find(|record| record.get("uid").first() == Some(&format!("u{n}")))
            .unwrap();
        ObjectRef {
            anchor: record.owned_anchor(),
            location: record.location().to_owned(),
            class: String::new(),
        }
    };
    let set = |n, add| Write::Membership {
        group: group.clone(),
        member: member(n),
        add,
    };
    assert_eq!(system.settle(&set(2, true)).await, Settled::NotDone);
    let done = system.write(&set(2, true)).await.unwrap();
    assert!(done.verified && !done.already);
    // what the server writes by itself is not kept back by what was demanded of the group
    let noted = server.seen(&member(2).location, "(uid=u2)", &["memberOf"]);
    assert!(noted.to_lowercase().contains("cn=eng,"), "{noted}");
    assert!(system.write(&set(2, true)).await.unwrap().already);
    assert!(matches!(system.settle(&set(2, true)).await, Settled::Done(_)));
    assert!(system.write(&set(1, false)).await.unwrap().verified);
    assert!(system.write(&set(1, false)).await.unwrap().already);
    let error = system.write(&set(2, false)).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Refused(text) if text.contains("last member")),
        "{error}"
    );
    let other = Write::Membership {
        group: ObjectRef {
            anchor: "x".into(),
            ..group.clone()
        },
        member: member(1),
        add: true,
    };
    assert!(matches!(system.write(&other).await, Err(WriteError::Conflict(_))));
    assert!(
        !server
            .seen(&group.location, "(cn=eng)", &["member"])
            .contains("u1")
    );
}
