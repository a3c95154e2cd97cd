//! Searches that end in every way but the right one, against a server that plays them out.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

mod ranges;
mod token_groups;

use super::*;
use crate::connectors::{Connector, ObjectRef, ReadRequest, Settled, Write, ldap};

/// What the server answers to one request for a page.
#[derive(Clone, Copy)]
struct Page {
    entries: &'static [&'static str],
    code: u8,
    /// The cookie of the response control; `None` for no control at all.
    cookie: Option<&'static str>,
}

const fn page(entries: &'static [&'static str], code: u8, cookie: Option<&'static str>) -> Page {
    Page {
        entries,
        code,
        cookie,
    }
}

/// One BER element; everything here is short of 65,536 octets.
pub(in crate::connectors::ldap) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let inside = parts.concat();
    let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
    [&[tag, 0x82][..], &length, &inside].concat()
}

fn entry(name: &str) -> Vec<u8> {
    let values = element(0x31, &[&element(4, &[name.as_bytes()])]);
    let attribute = element(0x30, &[&element(4, &[b"entryUUID"]), &values]);
    let dn = format!("cn={name},dc=x");
    element(
        0x64,
        &[&element(4, &[dn.as_bytes()]), &element(0x30, &[&attribute])],
    )
}

pub(in crate::connectors::ldap) fn result(tag: u8, code: u8) -> Vec<u8> {
    element(tag, &[&[0x0a, 1, code], &[4, 0], &[4, 0]])
}

/// Answers on one connection; the pages run out by closing it.
fn serve(mut client: TcpStream, pages: &[Page]) {
    let mut pages = pages.iter();
    let mut buffer = Vec::new();
    let mut octets = [0; 4096];
    loop {
        let Ok(count @ 1..) = client.read(&mut octets) else {
            return;
        };
        buffer.extend_from_slice(&octets[..count]);
        // every request here is shorter than 128 octets or says its length in the next one or two
        while let Some((length, header)) =
            length(&buffer).filter(|(length, header)| buffer.len() >= length + header)
        {
            let message: Vec<u8> = buffer.drain(..length + header).skip(header).collect();
            let id = &message[..2 + usize::from(message[1])];
            let mut answer = |parts: &[&[u8]]| {
                let all = [&[id][..], parts].concat();
                client.write_all(&element(0x30, &all)).is_ok()
            };
            let sent = match message[id.len()] {
                0x60 => answer(&[&result(0x61, 0)]),
                0x63 if !message.windows(PAGED.len()).any(|part| part == PAGED.as_bytes()) => {
                    answer(&[&result(0x65, 0)])
                }
                0x63 => {
                    let Some(page) = pages.next() else { return };
                    let entries = page.entries.iter().all(|name| answer(&[&entry(name)]));
                    let control = page.cookie.map(|cookie| {
                        let value = element(0x30, &[&[2, 1, 0], &element(4, &[cookie.as_bytes()])]);
                        let control =
                            element(0x30, &[&element(4, &[PAGED.as_bytes()]), &element(4, &[&value])]);
                        element(0xa0, &[&control])
                    });
                    entries && answer(&[&result(0x65, page.code), &control.unwrap_or_default()])
                }
                _ => return,
            };
            if !sent {
                return;
            }
        }
    }
}

/// The length of the first element and of what comes before it.
pub(in crate::connectors::ldap) fn length(octets: &[u8]) -> Option<(usize, usize)> {
    match *octets.get(1)? {
        short @ ..=0x7f => Some((usize::from(short), 2)),
        0x81 => Some((usize::from(*octets.get(2)?), 3)),
        0x82 => Some((
            usize::from(u16::from_be_bytes([*octets.get(2)?, *octets.get(3)?])),
            4,
        )),
        long => panic!("no request is so long: {long:#x}"),
    }
}

/// Lets each connection be served so; returns the port, and how many there were.
pub(in crate::connectors::ldap) fn listen(
    serve: impl Fn(TcpStream) + Send + Sync + 'static,
) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            let serve = serve.clone();
            thread::spawn(move || serve(client));
        }
    });
    (port, count)
}

fn open(port: u16, timeout: u64) -> (Arc<dyn Connector>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "x").unwrap();
    let section: Section = serde_json::from_value(serde_json::json!({
        "url": format!("ldap://127.0.0.1:{port}"), "bind_dn": "cn=x", "password": {"file": "password"},
        "base": "dc=x", "timeout": timeout,
    }))
    .unwrap();
    let system = ldap::open("directory".into(), &section, folder.path()).unwrap();
    (system, folder)
}

async fn read_all(system: &Arc<dyn Connector>) -> Read {
    let request = ReadRequest {
        attributes: vec!["entryUUID".to_owned()],
        ..ReadRequest::default()
    };
    system.read(&request, &|_| ()).await
}

async fn read(pages: Vec<Page>) -> Read {
    let (port, _) = listen(move |client| serve(client, &pages));
    let (system, _folder) = open(port, 5);
    read_all(&system).await
}

#[tokio::test]
async fn a_connection_is_replaced_before_it_has_cost_much() {
    let (port, connections) = listen(|client| serve(client, &[]));
    let (system, _folder) = open(port, 5);
    let object = ObjectRef {
        anchor: "a".into(),
        location: "cn=a,dc=x".to_owned(),
        class: String::new(),
    };
    // two searches each
    for _ in 0..400 {
        let gone = system
            .settle(&Write::Delete {
                object: object.clone(),
            })
            .await;
        assert!(matches!(gone, Settled::Done(_)), "{gone:?}");
    }
    assert!((2..=4).contains(&connections.load(Ordering::SeqCst)));
}

#[tokio::test]
async fn nonsense_is_a_read_that_failed() {
    let bound = |more: &[&[u8]]| {
        [
            &element(0x30, &[&[2, 1, 1], &result(0x61, 0)])[..],
            &more.concat(),
        ]
        .concat()
    };
    for octets in [
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        // a length over the end of what holds it, no length at all, an empty message
        bound(&[&[0x30, 5, 2, 1, 2, 0x64, 0x50]]),
        bound(&[&[0x30, 0x80]]),
        bound(&[&[0x30, 0]]),
        // an id that is negative, and one that nobody has asked with
        bound(&[&[0x30, 12, 2, 1, 0xff, 0x65, 7, 0x0a, 1, 0, 4, 0, 4, 0]]),
        bound(&[&element(0x30, &[&[2, 1, 99], &result(0x65, 0)])]),
        // an entry without a name or attributes
        bound(&[&element(0x30, &[&[2, 1, 2], &[0x64, 0]])]),
        bound(&[&[0xff; 64]]),
    ] {
        let sent = octets.clone();
        let (port, _) = listen(move |mut client| {
            let mut buffer = [0; 4096];
            let _ = client.read(&mut buffer);
            let _ = client.write_all(&sent);
            while client.read(&mut buffer).is_ok_and(|count| count > 0) {}
        });
        let (system, _folder) = open(port, 1);
        let failed = read_all(&system).await;
        assert!(
            matches!(failed.completeness, Completeness::Failed(_)),
            "{octets:x?}: {:?}",
            failed.completeness
        );
    }
}

/// So many elements, each in the one before.
fn nested(depth: usize) -> Vec<u8> {
    let header = |length: usize| [&[0x30, 0x84][..], &u32::try_from(length).unwrap().to_be_bytes()].concat();
    (0..depth).rev().flat_map(|inner| header(6 * inner)).collect()
}

#[tokio::test]
async fn depth_without_end_is_a_read_that_failed() {
    let bound = element(0x30, &[&[2, 1, 1], &result(0x61, 0)]);
    for sent in [nested(100_000), [bound, nested(100_000)].concat()] {
        let (port, _) = listen(move |mut client| {
            let mut buffer = [0; 4096];
            let _ = client.read(&mut buffer);
            let _ = client.write_all(&sent);
            while client.read(&mut buffer).is_ok_and(|count| count > 0) {}
        });
        let (system, _folder) = open(port, 2);
        let failed = read_all(&system).await;
        assert!(
            matches!(failed.completeness, Completeness::Failed(_)),
            "{:?}",
            failed.completeness
        );
    }
}

#[tokio::test]
async fn pages_may_be_short_or_empty() {
    let whole = read(vec![
        page(&["a", "b"], 0, Some("1")),
        page(&[], 0, Some("2")),
        page(&["c"], 0, Some("3")),
        page(&[], 0, Some("")),
    ])
    .await;
    assert_eq!(whole.completeness, Completeness::Complete);
    assert_eq!(whole.records.len(), 3);
}

#[tokio::test]
async fn a_read_that_ends_early_is_not_whole() {
    let begun = page(&["a"], 0, Some("1"));
    for (next, why) in [
        (vec![page(&["b"], 4, Some(""))], "size limit"),
        (vec![page(&["b"], 4, None)], "size limit"),
        (vec![page(&[], 3, None)], "time limit"),
        (vec![page(&["b"], 11, None)], "administrative limit"),
        // the cookie is no longer known: restarted, or behind it another server
        (vec![page(&[], 53, None)], "result code 53"),
        (vec![page(&[], 2, None)], "result code 2"),
        (vec![page(&[], 12, None)], "does not return results in pages"),
        (vec![page(&[], 51, None)], "busy"),
        // the control is gone half-way: that was all, or all that is left
        (vec![page(&["b"], 0, None)], "did not answer in pages"),
        (vec![], "between two pages"),
        (vec![page(&[], 0, Some("1")); EMPTY_PAGES], "empty pages in a row"),
    ] {
        let part = read([vec![begun], next].concat()).await;
        assert!(
            matches!(&part.completeness, Completeness::Partial(reason) if reason.contains(why)),
            "{why}: {:?}",
            part.completeness
        );
        assert!(!part.proves_absence() && !part.records.is_empty());
    }
}

#[tokio::test]
async fn a_read_that_does_not_begin_has_failed() {
    for (page, why) in [
        (page(&[], 4, None), "size limit"),
        (page(&[], 12, None), "does not return results in pages"),
        (page(&[], 32, None), "is not there"),
        (page(&[], 50, None), "may not read"),
    ] {
        let failed = read(vec![page]).await;
        assert!(
            matches!(&failed.completeness, Completeness::Failed(reason) if reason.contains(why)),
            "{why}: {:?}",
            failed.completeness
        );
    }
    assert!(matches!(read(vec![]).await.completeness, Completeness::Failed(_)));
    // everything at once, as if the control had not been asked for
    let part = read(vec![page(&["a", "b"], 0, None)]).await;
    assert!(matches!(part.completeness, Completeness::Partial(_)));
}
