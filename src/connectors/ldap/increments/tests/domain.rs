//! A domain controller that plays out what Samba never does: answers in several rounds, refusals in the words of
//! Windows, and nonsense.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    super::super::reading::tests::{element, length, listen, result},
    ONE, PAGED, TWO, controls, octets,
};
use crate::{
    connectors::{Connector, ReadRequest, Since, active_directory},
    model::{Completeness, Read, ReadKind},
};

const DIRSYNC: &[u8] = b"1.2.840.113556.1.4.841";

/// What the controller answers when it is asked for changes, request by request.
#[derive(Clone, Default)]
struct Script {
    rounds: Vec<Vec<Vec<u8>>>,
    /// Where it stands then, and which database it has.
    number: &'static str,
    invocation: &'static str,
    /// What it answers when it is asked for all groups of an account.
    groups: Vec<u8>,
}

fn entry(dn: &str, attributes: &[(&str, &[u8])]) -> Vec<u8> {
    let attributes: Vec<u8> = attributes
        .iter()
        .flat_map(|(name, value)| {
            element(
                0x30,
                &[&octets(name.as_bytes()), &element(0x31, &[&octets(value)])],
            )
        })
        .collect();
    element(0x64, &[&octets(dn.as_bytes()), &element(0x30, &[&attributes])])
}

fn account(id: [u8; 16], title: &str) -> Vec<u8> {
    entry(
        &format!("CN=p{},DC=x", id[0]),
        &[
            ("objectGUID", &id),
            ("title", title.as_bytes()),
            ("modifyTimestamp", b"20261121080000.0Z"),
            ("userAccountControl", b"512"),
        ],
    )
}

fn gone(id: [u8; 16]) -> Vec<u8> {
    let dn = format!("CN=p{}\\0ADEL:x,CN=Deleted Objects,DC=x", id[0]);
    entry(&dn, &[("objectGUID", &id), ("isDeleted", b"TRUE")])
}

/// The end of a round, with a cookie.
fn round(more: u8, cookie: &[u8]) -> Vec<u8> {
    let value = element(0x30, &[&[2, 1, more], &[2, 1, 0], &octets(cookie)]);
    [result(0x65, 0), controls(DIRSYNC, &value)].concat()
}

/// A refusal, with words.
fn refused(code: u8, words: &str) -> Vec<u8> {
    element(0x65, &[&[0x0a, 1, code], &octets(b""), &octets(words.as_bytes())])
}

fn page() -> Vec<u8> {
    let value = element(0x30, &[&[2, 1, 0], &octets(b"")]);
    [result(0x65, 0), controls(PAGED, &value)].concat()
}

/// Answers on one connection; what runs out of rounds closes it.
fn serve(mut client: TcpStream, script: &Script, began: &AtomicBool, is_granted: bool) {
    let mut rounds = script.rounds.iter();
    let (mut buffer, mut read) = (Vec::new(), [0; 4096]);
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
                0x63 if has(DIRSYNC) && !is_granted => {
                    vec![refused(53, "00002105: SecErr: DSID-0320, problem 8453")]
                }
                0x63 if has(DIRSYNC) && has(&[0; 16]) => vec![round(0, b"begin")],
                0x63 if has(DIRSYNC) || has(b"isDeleted") && has(PAGED) => match rounds.next() {
                    Some(round) => round.clone(),
                    None => return,
                },
                0x63 if has(b"isDeleted") => vec![gone([9; 16]), result(0x65, 0)],
                0x63 if has(b"tokenGroups") => vec![script.groups.clone(), result(0x65, 0)],
                0x63 if has(b"userAccountControl") && !has(PAGED) => vec![account(ONE, ""), result(0x65, 4)],
                0x63 if has(PAGED) && has(b"organizationalUnit") => vec![page()],
                0x63 if has(PAGED) => {
                    let title = if began.swap(true, Ordering::Relaxed) {
                        "new"
                    } else {
                        "old"
                    };
                    vec![account(ONE, title), account(TWO, title), page()]
                }
                0x63 => {
                    let (number, invocation) = if began.load(Ordering::Relaxed) {
                        (script.number, script.invocation)
                    } else {
                        ("7", "a")
                    };
                    let top = entry(
                        "DC=x",
                        &[
                            ("namingContexts", b"DC=x"),
                            ("highestCommittedUSN", number.as_bytes()),
                            ("dsServiceName", b"CN=NTDS Settings,DC=x"),
                            ("invocationId", invocation.as_bytes()),
                        ],
                    );
                    vec![top, result(0x65, 0)]
                }
                _ => return,
            };
            for answer in answers {
                if client.write_all(&element(0x30, &[&id, &answer])).is_err() {
                    return;
                }
            }
        }
    }
}

/// Opens a domain that plays a script out.
fn open(
    script: Script,
    increments: &str,
    is_granted: bool,
    folder: &tempfile::TempDir,
) -> Arc<dyn Connector> {
    let began = Arc::new(AtomicBool::new(false));
    let (port, _) = listen(move |client| serve(client, &script, &began, is_granted));
    std::fs::write(folder.path().join("password"), "x").unwrap();
    let section: active_directory::Section = serde_json::from_value(serde_json::json!({
        "url": format!("ldap://127.0.0.1:{port}"), "bind_dn": "x@x", "password": {"file": "password"},
        "base": "DC=x", "timeout": 4, "increments": increments,
    }))
    .unwrap();
    active_directory::open("domain".into(), &section, folder.path()).unwrap()
}

/// Reads everything, and then what changed.
async fn read(script: Script, increments: &str, is_granted: bool) -> (String, Read) {
    let folder = tempfile::tempdir().unwrap();
    let system = open(script, increments, is_granted, &folder);
    let mut request = ReadRequest {
        attributes: vec!["title".to_owned()],
        ..ReadRequest::default()
    };
    let whole = system.read(&request, &|_| ()).await;
    assert_eq!(whole.completeness, Completeness::Complete);
    let cursor = whole.coverage.cursor().unwrap_or_default().to_owned();
    request.since = Some(Since {
        coverage: whole.coverage,
        records: Arc::new(whole.records),
    });
    (cursor, system.read(&request, &|_| ()).await)
}

fn script(rounds: Vec<Vec<Vec<u8>>>) -> Script {
    Script {
        rounds,
        number: "9",
        invocation: "a",
        groups: Vec::new(),
    }
}

#[tokio::test]
async fn whoever_may_not_see_the_groups_of_others_is_told() {
    let shown = entry(
        "CN=p1,DC=x",
        &[("tokenGroups", &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0])],
    );
    for (groups, is_told) in [(shown, false), (entry("CN=p1,DC=x", &[]), true)] {
        let folder = tempfile::tempdir().unwrap();
        let script = Script {
            groups,
            ..script(Vec::new())
        };
        let probe = open(script, "none", true, &folder).probe().await.unwrap();
        let told = probe.warnings.iter().any(|warning| {
            warning.contains("are not shown") && warning.ends_with("\"Windows Authorization Access Group\"")
        });
        assert_eq!(told, is_told, "{:?}", probe.warnings);
    }
}

fn id(id: [u8; 16]) -> String {
    uuid::Uuid::from_bytes(id).to_string()
}

#[tokio::test]
async fn good_answers_of_a_domain_controller_are_taken() {
    for (rounds, titles, tombstones) in [
        (vec![vec![round(0, b"end")]], 0, vec![]),
        (vec![vec![account(ONE, ""), round(0, b"end")]], 2, vec![]),
        // in several rounds, some of them empty
        (
            vec![
                vec![account(ONE, ""), round(1, b"more")],
                vec![round(1, b"yet more")],
                vec![gone([8; 16]), round(0, b"end")],
            ],
            2,
            vec![],
        ),
    ] {
        let (began, read) = read(script(rounds.clone()), "auto", true).await;
        assert!(began.starts_with("dirsync "), "{began}");
        let ReadKind::Delta {
            cursor,
            tombstones: told,
        } = &read.kind
        else {
            panic!("everything was read: {rounds:x?}");
        };
        assert_eq!((read.records.len(), told), (titles, &tombstones), "{rounds:x?}");
        assert!(cursor.ends_with(&hex::encode("end")), "{cursor}");
    }
}

#[tokio::test]
async fn tombstones_tell_who_is_gone() {
    for (increments, end) in [("dirsync", round(0, b"end")), ("usn", page())] {
        let (_, read) = read(script(vec![vec![gone(TWO), end]]), increments, true).await;
        let ReadKind::Delta { tombstones, .. } = &read.kind else {
            panic!("everything was read");
        };
        assert_eq!(
            (read.records.len(), tombstones),
            (0, &vec![id(TWO)]),
            "{increments}"
        );
    }
}

#[tokio::test]
async fn in_doubt_a_domain_is_read_whole() {
    let nameless = entry("CN=p1,DC=x", &[("title", b"new")]);
    let dirsync = [
        vec![],
        vec![vec![refused(12, "0000202C: Unable to unmarshall cookie")]],
        vec![vec![refused(50, "00002105: insufficient access rights")]],
        vec![vec![refused(53, "")]],
        // cut off by a limit, without the control, without a cookie
        vec![vec![account(ONE, ""), result(0x65, 4)]],
        vec![vec![account(ONE, ""), result(0x65, 0)]],
        vec![vec![account(ONE, ""), round(0, b"")]],
        // promises more, and does not get on
        vec![vec![round(1, b"begin")]],
        vec![vec![round(1, b"more")], vec![round(1, b"more")]],
        vec![vec![round(1, b"more")]],
        vec![vec![nameless.clone(), round(0, b"end")]],
    ];
    for rounds in dirsync {
        let (_, read) = read(script(rounds.clone()), "dirsync", true).await;
        assert_eq!(read.kind, ReadKind::Full, "{rounds:x?}");
        assert_eq!(
            (read.completeness, read.records.len()),
            (Completeness::Complete, 2)
        );
    }
    let numbers = [
        vec![],
        vec![vec![account(ONE, ""), result(0x65, 4)]],
        vec![vec![account(ONE, ""), result(0x65, 0)]],
        vec![vec![nameless, page()]],
    ];
    for rounds in numbers {
        let (_, read) = read(script(rounds.clone()), "usn", true).await;
        assert_eq!(read.kind, ReadKind::Full, "{rounds:x?}");
    }
}

#[tokio::test]
async fn numbers_of_another_life_say_nothing() {
    for (number, invocation, is_told) in [("9", "a", true), ("9", "b", false), ("6", "a", false)] {
        for (increments, end) in [("dirsync", round(0, b"end")), ("usn", page())] {
            let script = Script {
                number,
                invocation,
                ..script(vec![vec![end]])
            };
            let (_, read) = read(script, increments, true).await;
            assert_eq!(
                read.kind != ReadKind::Full,
                is_told,
                "{increments} {number} {invocation}"
            );
        }
    }
}

#[tokio::test]
async fn without_the_right_numbers_are_gone_by() {
    let changed = vec![account(ONE, ""), page()];
    let (began, delta) = read(script(vec![changed]), "auto", false).await;
    assert!(began.starts_with("usn "), "{began}");
    assert!(matches!(delta.kind, ReadKind::Delta { .. }), "{:?}", delta.kind);
    let (began, whole) = read(script(vec![]), "dirsync", false).await;
    assert_eq!((began.as_str(), whole.kind), ("", ReadKind::Full));
}
