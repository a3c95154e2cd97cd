//! How much a server is asked at once.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;

use super::super::reading::tests::{element, length, listen, result};
use crate::connectors::{ObjectRef, Write, ldap};

/// The root of a server that takes assertions, so that whoever is written to is looked for before it is its turn.
fn root() -> Vec<u8> {
    let values = element(0x31, &[&element(4, &[b"1.3.6.1.1.12"])]);
    let attribute = element(0x30, &[&element(4, &[b"supportedControl"]), &values]);
    element(0x64, &[&element(4, &[]), &element(0x30, &[&attribute])])
}

/// What is asked and not answered, over all connections, and the most there ever was of it.
#[derive(Default)]
struct UnderWay {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// Answers only when nothing more is asked for a while.
fn serve(mut client: TcpStream, under_way: &UnderWay) {
    client.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let (mut buffer, mut asked) = (Vec::new(), Vec::new());
    let mut octets = [0; 4096];
    loop {
        match client.read(&mut octets) {
            Ok(0) => return,
            Ok(count) => buffer.extend_from_slice(&octets[..count]),
            Err(_) => {
                under_way.now.fetch_sub(asked.len(), Ordering::SeqCst);
                for answer in asked.drain(..).flat_map(|message: Vec<u8>| answers(&message)) {
                    client.write_all(&answer).unwrap();
                }
            }
        }
        while let Some((length, header)) =
            length(&buffer).filter(|(length, header)| buffer.len() >= length + header)
        {
            let message: Vec<u8> = buffer.drain(..length + header).skip(header).collect();
            let is_bind = message[2 + usize::from(message[1])] == 0x60;
            if is_bind {
                for answer in answers(&message) {
                    client.write_all(&answer).unwrap();
                }
                continue;
            }
            asked.push(message);
            let now = under_way.now.fetch_add(1, Ordering::SeqCst) + 1;
            under_way.most.fetch_max(now, Ordering::SeqCst);
        }
    }
}

fn answers(message: &[u8]) -> Vec<Vec<u8>> {
    let (id, request) = message.split_at(2 + usize::from(message[1]));
    let answers = match request[0] {
        0x60 => vec![result(0x61, 0)],
        // a search whose base is empty
        0x63 if request[2..].starts_with(&[4, 0]) => vec![root(), result(0x65, 0)],
        0x63 => vec![result(0x65, 0)],
        // whoever leaves says so, and nothing is answered
        _ => Vec::new(),
    };
    answers
        .iter()
        .map(|answer| element(0x30, &[id, answer]))
        .collect()
}

#[tokio::test]
async fn no_more_is_under_way_than_servers_bear() {
    let under_way = Arc::<UnderWay>::default();
    let noted = under_way.clone();
    let (port, _) = listen(move |client| serve(client, &noted));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "x").unwrap();
    let section: ldap::Section = serde_json::from_value(serde_json::json!({
        "url": format!("ldap://127.0.0.1:{port}"), "bind_dn": "cn=x", "password": {"file": "password"},
        "base": "dc=x", "timeout": 30, "in_flight": 64, "connections": 1,
        // no server has an index of it, so each is looked for alone
        "anchor": "employeeNumber",
    }))
    .unwrap();
    let system = ldap::open("directory".into(), &section, folder.path()).unwrap();
    system.prepare().await;
    let deletes: Vec<_> = (0..200)
        .map(|n| Write::Delete {
            object: ObjectRef {
                anchor: format!("{n}").into(),
                location: format!("cn={n},dc=x"),
                class: String::new(),
            },
        })
        .collect();
    let gone = join_all(deletes.iter().map(|write| system.write(write))).await;
    assert!(gone.iter().all(|one| one.as_ref().is_ok_and(|one| one.already)));
    let most = under_way.most.load(Ordering::SeqCst);
    assert!((32..=64).contains(&most), "{most}");
}
