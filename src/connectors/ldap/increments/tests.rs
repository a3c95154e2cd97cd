//! Bad answers to the question what changed, from a server that plays them out: each ends in a read of everything.

mod domain;

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
};

use super::super::reading::tests::{element, length, listen, result};
use crate::{
    connectors::{Connector, ReadRequest, Since, ldap},
    model::{Completeness, Read, ReadKind},
};

const PAGED: &[u8] = b"1.2.840.113556.1.4.319";
const SYNC: &[u8] = b"1.3.6.1.4.1.4203.1.9.1.1";
const STATE: &[u8] = b"1.3.6.1.4.1.4203.1.9.1.2";
const DONE: &[u8] = b"1.3.6.1.4.1.4203.1.9.1.3";
const INFO: &[u8] = b"1.3.6.1.4.1.4203.1.9.1.4";

const COOKIE: &[u8] = b"rid=000,csn=next";

/// The ids of two entries.
const ONE: [u8; 16] = [1; 16];
const TWO: [u8; 16] = [2; 16];

fn octets(value: &[u8]) -> Vec<u8> {
    element(4, &[value])
}

fn attribute(name: &str, values: &[&str]) -> Vec<u8> {
    let values: Vec<Vec<u8>> = values.iter().map(|value| octets(value.as_bytes())).collect();
    let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
    element(0x30, &[&octets(name.as_bytes()), &element(0x31, &values)])
}

fn entry(dn: &str, attributes: &[(&str, &[&str])]) -> Vec<u8> {
    let attributes: Vec<u8> = attributes
        .iter()
        .flat_map(|(name, values)| attribute(name, values))
        .collect();
    element(0x64, &[&octets(dn.as_bytes()), &element(0x30, &[&attributes])])
}

fn account(id: [u8; 16], title: &str) -> Vec<u8> {
    let id = uuid::Uuid::from_bytes(id).to_string();
    let dn = format!("cn={id},dc=x");
    let attributes: [(&str, &[&str]); 3] = [
        ("entryUUID", &[&id]),
        ("title", &[title]),
        ("modifyTimestamp", &["20261121080000Z"]),
    ];
    entry(&dn, &attributes)
}

fn controls(oid: &[u8], value: &[u8]) -> Vec<u8> {
    element(0xa0, &[&element(0x30, &[&octets(oid), &octets(value)])])
}

/// An entry that changed, with its control.
fn changed(id: [u8; 16], title: &str, state: u8) -> Vec<u8> {
    let value = element(0x30, &[&[0x0a, 1, state], &octets(&id)]);
    [account(id, title), controls(STATE, &value)].concat()
}

/// A list of ids, of entries that are gone or still there.
fn listed(ids: &[[u8; 16]], gone: bool) -> Vec<u8> {
    let ids: Vec<u8> = ids.iter().flat_map(|id| octets(id)).collect();
    let value = element(
        0xa3,
        &[&[1, 1, if gone { 0xff } else { 0 }], &element(0x31, &[&ids])],
    );
    element(0x79, &[&element(0x80, &[INFO]), &element(0x81, &[&value])])
}

/// The end of an answer.
fn done(cookie: Option<&[u8]>, deletes: bool) -> Vec<u8> {
    let cookie = cookie.map(octets).unwrap_or_default();
    let value = element(0x30, &[&cookie, &[1, 1, if deletes { 0xff } else { 0 }]]);
    [result(0x65, 0), controls(DONE, &value)].concat()
}

/// Answers on one connection: what changed is said by these messages; they run out by closing it.
fn serve(mut client: TcpStream, changes: &[Vec<u8>]) {
    let mut buffer = Vec::new();
    let mut read = [0; 4096];
    loop {
        let Ok(count @ 1..) = client.read(&mut read) else {
            return;
        };
        buffer.extend_from_slice(&read[..count]);
        while let Some((length, header)) =
            length(&buffer).filter(|(length, header)| buffer.len() >= length + header)
        {
            let message: Vec<u8> = buffer.drain(..length + header).skip(header).collect();
            let id = message[..2 + usize::from(message[1])].to_vec();
            let has = |part: &[u8]| message.windows(part.len()).any(|octets| octets == part);
            let answers: Vec<Vec<u8>> = match message[id.len()] {
                0x60 => vec![result(0x61, 0)],
                0x63 if has(SYNC) => changes.to_vec(),
                0x63 if has(PAGED) => {
                    let value = element(0x30, &[&[2, 1, 0], &octets(b"")]);
                    let end = [result(0x65, 0), controls(PAGED, &value)].concat();
                    if has(b"organizationalUnit") {
                        vec![end]
                    } else {
                        vec![account(ONE, "old"), account(TWO, "old"), end]
                    }
                }
                0x63 => {
                    let top: [(&str, &[&str]); 3] = [
                        ("supportedControl", &[std::str::from_utf8(SYNC).unwrap()]),
                        ("namingContexts", &["dc=x"]),
                        ("contextCSN", &["20261121080000.000000Z#000000#000#000000"]),
                    ];
                    vec![entry("dc=x", &top), result(0x65, 0)]
                }
                _ => return,
            };
            let is_cut =
                message[id.len()] == 0x63 && answers.last().is_none_or(|last| last.first() != Some(&0x65));
            for answer in answers {
                if client.write_all(&element(0x30, &[&id, &answer])).is_err() {
                    return;
                }
            }
            if is_cut {
                return;
            }
        }
    }
}

/// Reads everything, and then what changed.
async fn read(changes: Vec<Vec<u8>>) -> Read {
    let (port, _) = listen(move |client| serve(client, &changes));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "x").unwrap();
    let section: ldap::Section = serde_json::from_value(serde_json::json!({
        "url": format!("ldap://127.0.0.1:{port}"), "bind_dn": "cn=x", "password": {"file": "password"},
        "base": "dc=x", "timeout": 4, "increments": "sync",
    }))
    .unwrap();
    let system: Arc<dyn Connector> = ldap::open("directory".into(), &section, folder.path()).unwrap();
    let mut request = ReadRequest {
        attributes: vec!["title".to_owned()],
        ..ReadRequest::default()
    };
    let whole = system.read(&request, &|_| ()).await;
    assert_eq!(whole.completeness, Completeness::Complete);
    assert!(whole.coverage.cursor().is_some(), "{:?}", whole.coverage);
    request.since = Some(Since {
        coverage: whole.coverage,
        records: Arc::new(whole.records),
    });
    system.read(&request, &|_| ()).await
}

#[tokio::test]
async fn good_answers_are_taken() {
    let gone = |id: [u8; 16]| uuid::Uuid::from_bytes(id).to_string();
    for (changes, titles, tombstones) in [
        // nothing is new; nothing is new, and there is a cookie
        (vec![done(None, true)], 0, vec![]),
        (vec![done(Some(COOKIE), true)], 0, vec![]),
        (vec![changed(ONE, "new", 1), done(Some(COOKIE), true)], 1, vec![]),
        (
            vec![listed(&[TWO], true), done(Some(COOKIE), true)],
            0,
            vec![gone(TWO)],
        ),
        (
            vec![changed(TWO, "", 3), done(Some(COOKIE), true)],
            0,
            vec![gone(TWO)],
        ),
        // whoever is gone and was never known
        (
            vec![listed(&[[9; 16]], true), done(Some(COOKIE), true)],
            0,
            vec![],
        ),
        // who is still there is named
        (
            vec![
                changed(ONE, "new", 1),
                listed(&[ONE], false),
                done(Some(COOKIE), false),
            ],
            1,
            vec![gone(TWO)],
        ),
        (
            vec![
                changed(ONE, "", 0),
                changed(TWO, "new", 2),
                done(Some(COOKIE), false),
            ],
            1,
            vec![],
        ),
    ] {
        let read = read(changes.clone()).await;
        assert_eq!(read.completeness, Completeness::Complete);
        let ReadKind::Delta {
            cursor,
            tombstones: told,
        } = &read.kind
        else {
            panic!("everything was read: {changes:x?}");
        };
        assert_eq!((read.records.len(), told), (titles, &tombstones), "{changes:x?}");
        let is_new = changes.concat().windows(COOKIE.len()).any(|part| part == COOKIE);
        assert_eq!(cursor.contains("csn=next"), is_new, "{cursor}");
    }
}

#[tokio::test]
async fn after_a_bad_answer_everything_is_read() {
    let state = |value: &[u8]| [account(ONE, "new"), controls(STATE, value)].concat();
    let end = || done(Some(COOKIE), true);
    for changes in [
        // cut off before the end
        vec![],
        vec![changed(ONE, "new", 1)],
        // limits, a refusal, a cookie that is not known any more
        vec![changed(ONE, "new", 1), result(0x65, 4)],
        vec![result(0x65, 53)],
        vec![result(0x65, 12)],
        // the control is ignored: everything comes as if it had changed
        vec![account(ONE, "new"), account(TWO, "new"), result(0x65, 0)],
        vec![changed(ONE, "new", 1), result(0x65, 0)],
        // changes, and from where to go on is not said
        vec![changed(ONE, "new", 1), done(None, true)],
        vec![done(None, false)],
        // nobody is said to be still there
        vec![done(Some(COOKIE), false)],
        vec![changed(ONE, "new", 1), done(Some(COOKIE), false)],
        // both lists at once
        vec![listed(&[ONE], false), done(Some(COOKIE), true)],
        // a cookie that is not text, ids of another length, nonsense
        vec![done(Some(b"\xff"), true)],
        vec![
            element(0x79, &[&element(0x80, &[INFO]), &element(0x81, &[&[0xa3, 0x05]])]),
            end(),
        ],
        vec![state(b""), end()],
        vec![state(&element(0x30, &[&[0x0a, 1, 7], &octets(&ONE)])), end()],
        vec![
            changed(ONE, "new", 1),
            [result(0x65, 0), controls(DONE, b"\x30\x05")].concat(),
        ],
        // an entry without its id
        vec![
            [
                entry("cn=a,dc=x", &[("title", &["new"])]),
                controls(STATE, &element(0x30, &[&[0x0a, 1, 1], &octets(&ONE)])),
            ]
            .concat(),
            end(),
        ],
    ] {
        let read = read(changes.clone()).await;
        assert_eq!(read.kind, ReadKind::Full, "{changes:x?}");
        assert_eq!(read.completeness, Completeness::Complete);
        assert_eq!(read.records.len(), 2);
    }
}
