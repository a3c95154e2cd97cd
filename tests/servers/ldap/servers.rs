//! Several servers, connections that end, and who usher is to a server.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::*;
use crate::support::wire::Wire;

fn url(server: &Server) -> String {
    format!("ldap://127.0.0.1:{}", server.port)
}

fn both(first: &Server, second: &Server) -> Section {
    Section {
        url: vec![url(first), url(second)].into(),
        page_size: 20,
        timeout: 2,
        ..first.section()
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn another_server_takes_over_and_no_read_is_taken_up_by_it() {
    let (first, second) = (Server::start(), Server::start());
    first.people(0, 1200);
    second.people(0, 1200);
    let system = first.open(&both(&first, &second));
    let before = read(&system, &["uid"]).await;
    assert_eq!(before.completeness, Completeness::Complete);
    let crash = std::sync::Once::new();
    let request = ReadRequest {
        attributes: vec!["uid".to_owned()],
        ..ReadRequest::default()
    };
    let part = system
        .read(&request, &|count| {
            if count >= 200 {
                crash.call_once(|| first.slapd.crash());
            }
        })
        .await;
    assert!(
        matches!(part.completeness, Completeness::Partial(_)),
        "{:?}",
        part.completeness
    );
    assert!(part.records.len() < 1200);

    // whether the other one has everything is told only beside an earlier read
    let alone = read(&system, &["uid"]).await;
    assert!(
        matches!(&alone.completeness, Completeness::Partial(reason) if reason.contains("no earlier read")),
        "{:?}",
        alone.completeness
    );
    let request = ReadRequest {
        as_of: before.coverage.as_of().map(str::to_owned),
        ..request
    };
    let whole = system.read(&request, &|_| ()).await;
    assert_eq!(whole.completeness, Completeness::Complete);
    assert_eq!(whole.records.len(), 1200);
    assert_eq!(whole.coverage.asked(), part.coverage.asked());
    let groups = system.read_groups(&|_| ()).await.unwrap();
    assert_eq!(groups.completeness, Completeness::Complete);
    // each server gives ids of its own here
    let ids = second.seen(PEOPLE, "(uid=*)", &["entryUUID"]);
    assert!(whole.records.iter().all(|record| ids.contains(record.anchor())));
    let probe = system.probe().await.unwrap();
    assert!(
        probe
            .warnings
            .iter()
            .any(|warning| warning.contains("is used instead")),
        "{:?}",
        probe.warnings
    );

    assert!(system.write(&create(person(5000))).await.unwrap().verified);
    assert!(second.seen(PEOPLE, "(uid=u5000)", &["dn"]).contains("u5000"));
    // what the first one may have taken in before it was lost is known only when it is back
    let settled = system.settle(&create(person(6000))).await;
    assert!(
        matches!(&settled, Settled::Unclear(reason) if reason.contains("another server may")),
        "{settled:?}"
    );
    first.slapd.restart();
    assert_eq!(system.settle(&create(person(6000))).await, Settled::NotDone);
    first.people(6000, 6001);
    assert!(matches!(
        system.settle(&create(person(6000))).await,
        Settled::Done(_)
    ));
    // the first one has missed u5000, and must not make it look gone
    second.slapd.crash();
    let request = ReadRequest {
        as_of: whole.coverage.as_of().map(str::to_owned),
        ..request
    };
    first.people(6001, 6002);
    assert!(system.read(&request, &|_| ()).await.proves_absence());
    first.slapd.crash();
    let failed = read(&system, &["uid"]).await;
    assert!(
        matches!(&failed.completeness, Completeness::Failed(why)
            if [&first, &second].iter().all(|server| why.contains(&server.port.to_string()))),
        "{:?}",
        failed.completeness
    );
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn refused_credentials_and_read_only_servers_are_not_passed_over() {
    let (first, second) = (Server::start(), Server::start());
    std::fs::write(first.folder.path().join("wrong"), "wrong").unwrap();
    let wrong = Section {
        password: Some(SecretSource::File("wrong".into())),
        ..both(&first, &second)
    };
    let error = first.open(&wrong).probe().await.unwrap_err().to_string();
    assert!(
        error.contains("check bind_dn") && !error.contains(&second.port.to_string()),
        "{error}"
    );

    // the second one only follows a provider
    let database = second.seen("cn=config", &format!("(olcSuffix={BASE})"), &["dn"]);
    second.modify(&format!(
        "{}\nchangetype: modify\nadd: olcSyncrepl\nolcSyncrepl: rid=001 provider=ldap://127.0.0.1:1 bindmethod=simple \
         searchbase=\"{BASE}\" type=refreshAndPersist retry=\"60 +\"\n-\nadd: olcUpdateRef\nolcUpdateRef: ldap://127.0.0.1:1\n",
        database.trim()
    ));
    let system = first.open(&both(&first, &second));
    first.slapd.crash();
    let error = system.write(&create(person(1))).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Busy { message, .. } if message.contains("takes no writes")),
        "{error:?}"
    );
    first.slapd.restart();
    second.slapd.crash();
    assert!(system.write(&create(person(1))).await.unwrap().verified);
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_connection_that_ends_while_idle_costs_nothing() {
    let server = Server::start();
    let wire = Wire::before(server.port);
    let section = Section {
        url: format!("ldap://127.0.0.1:{}", wire.port()).into(),
        ..server.section()
    };
    let system = server.open(&section);
    for n in 0..3 {
        assert!(system.write(&create(person(n))).await.unwrap().verified);
        wire.cut();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(read(&system, &["uid"]).await.proves_absence());
}

/// A relay that forgets its connections without a word, as a firewall does with idle ones.
struct Forgetful {
    port: u16,
    forgotten: Arc<AtomicUsize>,
}

impl Forgetful {
    fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let forgotten = Arc::new(AtomicUsize::new(0));
        let now = forgotten.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let upstream = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
                let made = now.load(Ordering::SeqCst);
                for (from, to) in [
                    (client.try_clone().unwrap(), upstream.try_clone().unwrap()),
                    (upstream, client),
                ] {
                    let now = now.clone();
                    thread::spawn(move || pass(from, to, || now.load(Ordering::SeqCst) > made));
                }
            }
        });
        Self { port, forgotten }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, forgotten: impl Fn() -> bool) {
    let mut octets = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut octets) {
        if !forgotten() && to.write_all(&octets[..count]).is_err() {
            return;
        }
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_connection_that_was_forgotten_while_idle_costs_nothing() {
    let server = Server::start();
    let relay = Forgetful::before(server.port);
    let section = Section {
        url: format!("ldap://127.0.0.1:{}", relay.port).into(),
        timeout: 1,
        ..server.section()
    };
    let system = server.open(&section);
    assert!(system.write(&create(person(1))).await.unwrap().verified);
    relay.forgotten.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(system.write(&create(person(2))).await.unwrap().verified);
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_certificate_or_a_local_user_says_who_usher_is() {
    let server = Server::start();
    let authority = server.slapd.ca();
    let tls = authority.parent().unwrap();
    let script = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=usher \
                  -keyout client.key -out client.csr && echo extendedKeyUsage=clientAuth >client.ext && openssl x509 \
                  -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile client.ext -out \
                  client.crt";
    let made = Command::new("sh")
        .args(["-c", script])
        .current_dir(tls)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let section = Section {
        url: server.slapd.ldaps_url().into(),
        bind_dn: String::new(),
        password: None,
        ca_file: Some(authority.clone()),
        client_certificate: Some(tls.join("client.crt")),
        client_key: Some(tls.join("client.key")),
        ..server.section()
    };
    let error = server.open(&section).probe().await.unwrap_err().to_string();
    assert!(error.contains("ties the certificate"), "{error}");

    server.modify(&format!(
        "dn: cn=config\nchangetype: modify\nreplace: olcTLSVerifyClient\nolcTLSVerifyClient: demand\n-\nadd: \
         olcAuthzRegexp\nolcAuthzRegexp: \"^cn=usher$\" \"cn=sync,{BASE}\"\n"
    ));
    let system = server.open(&section);
    assert!(system.write(&create(person(1))).await.unwrap().verified);
    let start_tls = Section {
        url: format!("ldap://localhost:{}", server.port).into(),
        start_tls: true,
        ..section.clone()
    };
    assert!(server.open(&start_tls).probe().await.is_ok());
    // beside a simple bind
    let simple = Section {
        bind_dn: format!("cn=sync,{BASE}"),
        password: Some(SecretSource::File("password".into())),
        ..section.clone()
    };
    assert!(server.open(&simple).probe().await.is_ok());
    let without = Section {
        client_certificate: None,
        client_key: None,
        ..simple
    };
    assert!(server.open(&without).probe().await.is_err());

    let socket = tls.parent().unwrap().join("ldapi");
    let local = Section {
        url: format!("ldapi://{}", socket.to_string_lossy().replace('/', "%2F")).into(),
        ca_file: None,
        ..without
    };
    let local = Section {
        bind_dn: String::new(),
        password: None,
        ..local
    };
    let system = server.open(&local);
    assert!(system.write(&create(person(2))).await.unwrap().verified);
    assert!(read(&system, &["uid"]).await.proves_absence());
}

#[test]
fn a_section_that_says_nobody_is_refused() {
    let text = |more: &str| format!(r#"{{"url": "ldap://127.0.0.1:1", "base": "dc=x"{more}}}"#);
    for (more, why) in [
        ("", "cannot tell who usher is"),
        (r#", "client_certificate": "a""#, "go together"),
        // without TLS nobody sees the certificate
        (
            r#", "client_certificate": "a", "client_key": "b""#,
            "cannot tell who usher is",
        ),
    ] {
        let section: Section = serde_json::from_str(&text(more)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let error = ldap::open("directory".into(), &section, folder.path())
            .err()
            .unwrap();
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_server_that_lags_makes_nobody_look_gone() {
    // with and without `contextCSN`, which the overlay keeps
    for overlays in ["syncprov", ""] {
        let (first, second) = (Server::with(overlays), Server::with(overlays));
        // time stamps of entries count whole seconds
        let next_second = || tokio::time::sleep(Duration::from_millis(1100));
        next_second().await;
        second.people(0, 3);
        next_second().await;
        first.people(0, 4);
        let section = Section {
            disable: Disable::None,
            ..both(&first, &second)
        };
        let system = first.open(&section);
        let before = read(&system, &["uid"]).await;
        assert_eq!(before.completeness, Completeness::Complete, "{overlays}");
        let request = ReadRequest {
            attributes: vec!["uid".to_owned()],
            as_of: before.coverage.as_of().map(str::to_owned),
            ..ReadRequest::default()
        };
        assert!(
            system.read(&request, &|_| ()).await.proves_absence(),
            "{overlays}"
        );
        first.slapd.crash();
        let lagging = system.read(&request, &|_| ()).await;
        assert!(
            matches!(&lagging.completeness, Completeness::Partial(reason) if reason.contains("lags behind")),
            "{overlays}: {:?}",
            lagging.completeness
        );
        assert_eq!(lagging.records.len(), 3);
        next_second().await;
        second.people(3, 4);
        let caught_up = system.read(&request, &|_| ()).await;
        assert_eq!(caught_up.completeness, Completeness::Complete, "{overlays}");
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn what_is_given_up_half_way_breaks_nothing() {
    let server = Server::start();
    server.people(0, 2000);
    let section = Section {
        page_size: 50,
        ..server.section()
    };
    let system = server.open(&section);
    for milliseconds in [0, 1, 2, 5, 10, 20] {
        let pause = Duration::from_millis(milliseconds);
        let _ = tokio::time::timeout(pause, read(&system, &["uid"])).await;
        let number = 9000 + usize::try_from(milliseconds).unwrap();
        let write = create(person(number));
        let _ = tokio::time::timeout(pause, system.write(&write)).await;
    }
    let whole = read(&system, &["uid"]).await;
    assert_eq!(whole.completeness, Completeness::Complete);
    // what was begun is done to its end, or was never begun
    for number in [9000, 9001, 9002, 9005, 9010, 9020] {
        let write = create(person(number));
        let settled = system.settle(&write).await;
        assert!(
            matches!(settled, Settled::Done(_) | Settled::NotDone),
            "{settled:?}"
        );
        if settled == Settled::NotDone {
            assert!(system.write(&write).await.unwrap().verified);
        }
    }
    assert_eq!(read(&system, &["uid"]).await.records.len(), 2006);
}
