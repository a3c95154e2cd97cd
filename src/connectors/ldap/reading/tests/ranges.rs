//! Attributes that come in parts, from a server that sends three values at once as a domain controller sends 1,500.

use super::*;

/// How many values a group has, and how many come at once.
const ALL: usize = 10;
const AT_ONCE: usize = 3;

/// How the server sends the first part.
#[derive(Clone, Copy)]
enum First {
    /// The attribute empty, and the part beside it.
    EmptyBeside,
    /// The part alone.
    Alone,
}

fn attribute(name: &str, values: &[String]) -> Vec<u8> {
    let values: Vec<_> = values
        .iter()
        .map(|value| element(4, &[value.as_bytes()]))
        .collect();
    let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
    element(0x30, &[&element(4, &[name.as_bytes()]), &element(0x31, &values)])
}

fn part(from: usize) -> Vec<u8> {
    let to = (from + AT_ONCE).min(ALL);
    let values: Vec<_> = (from..to).map(|n| format!("CN=u{n},DC=x")).collect();
    let last = if to == ALL {
        "*".to_owned()
    } else {
        (to - 1).to_string()
    };
    attribute(&format!("member;range={from}-{last}"), &values)
}

fn group(attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut all = vec![attribute("cn", &["all".to_owned()])];
    let guid = element(0x31, &[&element(4, &[&[7_u8; 16]])]);
    all.push(element(0x30, &[&element(4, &[b"objectGUID"]), &guid]));
    all.extend_from_slice(attributes);
    let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    element(0x64, &[&element(4, &[b"CN=all,DC=x"]), &element(0x30, &all)])
}

/// Serves one group; its stamp changes with each of the first `changes` parts.
fn serve(mut client: TcpStream, first: First, changes: &AtomicUsize) {
    let mut buffer = Vec::new();
    let mut octets = [0; 4096];
    loop {
        let Ok(count @ 1..) = client.read(&mut octets) else {
            return;
        };
        buffer.extend_from_slice(&octets[..count]);
        while let Some((length, header)) =
            length(&buffer).filter(|(length, header)| buffer.len() >= length + header)
        {
            let message: Vec<u8> = buffer.drain(..length + header).skip(header).collect();
            let id = &message[..2 + usize::from(message[1])];
            let text = String::from_utf8_lossy(&message).into_owned();
            let is_paged = text.contains(PAGED);
            let mut answers = Vec::new();
            if let Some(from) = text.split("range=").nth(1) {
                let from: usize = from.split('-').next().unwrap().parse().unwrap();
                let left =
                    changes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
                let stamp = attribute("uSNChanged", &[left.unwrap_or(0).to_string()]);
                answers.push(group(&[part(from), stamp]));
            } else if is_paged && text.contains("member") {
                answers.push(group(&match first {
                    First::EmptyBeside => vec![attribute("member", &[]), part(0)],
                    First::Alone => vec![part(0)],
                }));
            }
            let done = if message[id.len()] == 0x60 { 0x61 } else { 0x65 };
            let value = element(0x30, &[&[2, 1, 0], &[4, 0]]);
            let control = element(0x30, &[&element(4, &[PAGED.as_bytes()]), &element(4, &[&value])]);
            let control = if is_paged {
                element(0xa0, &[&control])
            } else {
                Vec::new()
            };
            answers.push([result(done, 0), control].concat());
            for answer in answers {
                if client.write_all(&element(0x30, &[id, &answer])).is_err() {
                    return;
                }
            }
        }
    }
}

async fn groups(first: First, changes: usize) -> Read {
    let changes = AtomicUsize::new(changes);
    let (port, _) = listen(move |client| serve(client, first, &changes));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "x").unwrap();
    let section: crate::connectors::active_directory::Section = serde_json::from_value(serde_json::json!({
        "url": format!("ldap://127.0.0.1:{port}"), "bind_dn": "cn=x", "password": {"file": "password"},
        "base": "DC=x", "timeout": 5,
    }))
    .unwrap();
    let system = crate::connectors::active_directory::open("domain".into(), &section, folder.path()).unwrap();
    system.read_groups(&|_| ()).await.unwrap()
}

#[tokio::test]
async fn what_comes_in_parts_is_put_together() {
    for first in [First::EmptyBeside, First::Alone] {
        let read = groups(first, 0).await;
        assert_eq!(read.completeness, Completeness::Complete);
        let record = read.records.iter().next().unwrap();
        let members = record.get("member").each().count();
        assert_eq!(members, ALL);
    }
}

#[tokio::test]
async fn a_group_that_changes_between_two_parts_is_read_anew_or_not_whole() {
    let read = groups(First::Alone, 3).await;
    assert_eq!(read.completeness, Completeness::Complete);
    let read = groups(First::Alone, 1000).await;
    assert!(
        matches!(&read.completeness, Completeness::Partial(reason) if reason.contains("1 entries")),
        "{:?}",
        read.completeness
    );
}
