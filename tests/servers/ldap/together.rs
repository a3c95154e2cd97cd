//! Many writes at once, of which some meet what somebody else did meanwhile: each ends as it does alone.

use std::fmt::Write as _;

use futures_util::future::join_all;

use super::*;

/// What somebody else does to an object before it is changed.
#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    Nothing,
    Moved,
    Deleted,
    MadeAnew,
    Changed,
    /// Another value beside.
    Added,
    /// It has already what it is to have.
    Done,
    /// The same, written otherwise.
    Respelled,
    Cleared,
}

use Meanwhile::{Added, Changed, Cleared, Deleted, Done, MadeAnew, Moved, Nothing, Respelled};

const ALL: [Meanwhile; 9] = [
    Nothing, Moved, Deleted, MadeAnew, Changed, Added, Done, Respelled, Cleared,
];

/// An attribute and how it is changed.
struct Case {
    name: &'static str,
    before: Option<&'static str>,
    after: &'static str,
    /// What cannot happen to it.
    never: &'static [&'static str],
}

fn name(n: usize) -> String {
    format!("uid=u{n},{PEOPLE}")
}

/// What another program writes, as LDIF.
fn ldif(case: &Case, what: Meanwhile, n: usize) -> String {
    let (dn, attribute) = (name(n), case.name);
    let modify = |how: &str| format!("dn: {dn}\nchangetype: modify\n{how}\n\n");
    let gone = format!("dn: {dn}\nchangetype: delete\n\n");
    match what {
        Nothing => String::new(),
        Moved => format!(
            "dn: {dn}\nchangetype: modrdn\nnewrdn: uid=u{n}\ndeleteoldrdn: 0\nnewsuperior: ou=disabled,{BASE}\n\n"
        ),
        Deleted => gone,
        MadeAnew => {
            let before = case.before.map(|value| format!("{attribute}: {value}\n"));
            let before = before.unwrap_or_default();
            format!(
                "{gone}dn: {dn}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: u{n}\ncn: x\nsn: x\n{before}\n"
            )
        }
        Changed => modify(&format!("replace: {attribute}\n{attribute}: Other")),
        Added => modify(&format!("add: {attribute}\n{attribute}: Other")),
        Done => modify(&format!("replace: {attribute}\n{attribute}: {}", case.after)),
        Respelled => modify(&format!(
            "replace: {attribute}\n{attribute}: {}",
            case.before.unwrap_or_default().to_uppercase()
        )),
        Cleared => modify(&format!("replace: {attribute}")),
    }
}

/// How a write ended, without what tells two objects apart.
fn ending(result: &Result<Written, WriteError>, object: &ObjectRef, n: usize) -> String {
    let text = match result {
        Ok(written) => format!(
            "verified {} already {} {:?}",
            written.verified, written.already, written.attributes
        ),
        Err(error) => format!("{error:?}"),
    };
    text.replace(object.anchor.as_str(), "ID")
        .replace(&format!("uid=u{n},"), "uid=?,")
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn changes_end_together_as_they_do_alone() {
    let server = Server::start();
    let system = server.open(&server.section());
    // several values, one value, and none before
    let cases = [
        Case {
            name: "title",
            before: Some("Engineer"),
            after: "Lead",
            never: &[],
        },
        Case {
            name: "displayName",
            before: Some("Shown"),
            after: "Shown anew",
            never: &["Added"],
        },
        Case {
            name: "description",
            before: None,
            after: "Here since today",
            never: &["Respelled", "Cleared"],
        },
    ];
    for (at, case) in cases.iter().enumerate() {
        compare(&server, &system, case, at).await;
    }
}

/// Makes a change for a crowd at once and for some alone, while the same happens to both, and compares how they end.
async fn compare(server: &Server, system: &Arc<dyn Connector>, case: &Case, at: usize) {
    let (crowd, alone) = (at * 1000, at * 1000 + 500);
    let happens: Vec<_> = ALL
        .into_iter()
        .filter(|what| !case.never.contains(&format!("{what:?}").as_str()))
        .collect();
    // most of the crowd meets nothing
    let what_of = |n: usize| happens.get(n % 10).copied().unwrap_or(Nothing);
    server.people(crowd, crowd + 90);
    server.people(alone, alone + 10);
    let everybody: Vec<usize> = (crowd..crowd + 90).chain(alone..alone + 10).collect();
    let mut set = String::new();
    for n in &everybody {
        let value = case.before.map(|value| format!("\n{}: {value}", case.name));
        let value = value.unwrap_or_default();
        let _ = write!(
            set,
            "dn: {}\nchangetype: modify\nreplace: {}{value}\n\n",
            name(*n),
            case.name
        );
    }
    server.modify(&set);
    let records = read(system, &["uid", "entryUUID"]).await.records;
    let objects: Vec<ObjectRef> = everybody
        .iter()
        .map(|n| {
            let record = records
                .iter()
                .find(|record| record.location() == name(*n))
                .unwrap();
            ObjectRef {
                anchor: record.anchor().into(),
                location: record.location().to_owned(),
                class: "inetOrgPerson".to_owned(),
            }
        })
        .collect();
    server.modify(
        &everybody
            .iter()
            .map(|n| ldif(case, what_of(*n), *n))
            .collect::<String>(),
    );
    let writes: Vec<Write> = objects
        .iter()
        .map(|object| {
            change(
                object,
                &[(
                    case.name,
                    case.before.map_or(Value::Absent, text),
                    text(case.after),
                )],
            )
        })
        .collect();
    let mut alone = Vec::new();
    for (write, object) in writes[90..].iter().zip(&objects[90..]) {
        let n = everybody[90 + alone.len()];
        alone.push(ending(&system.write(write).await, object, n));
    }
    let together = join_all(writes[..90].iter().map(|write| system.write(write))).await;
    for ((result, object), n) in together.iter().zip(&objects).zip(&everybody) {
        let what = what_of(*n);
        let ending = ending(result, object, *n);
        assert_eq!(ending, alone[n % 10], "{} {what:?}", case.name);
        let expected = match what {
            Nothing | Respelled => "verified true already false",
            Done => "verified true already true",
            Moved => "was moved to",
            Deleted | MadeAnew => "is gone",
            Changed | Added => "Other",
            Cleared => "not as planned",
        };
        assert!(ending.contains(expected), "{} {what:?}: {ending}", case.name);
    }
    // what somebody else wrote is there, and nothing beside
    let filter = format!("({}=Other)", case.name);
    let seen = server.seen(PEOPLE, &filter, &[case.name]);
    let others = seen.matches("Other").count();
    let kept = seen.matches("Engineer").count();
    let counts = if case.name == "title" {
        (20, 10)
    } else {
        (if at == 2 { 20 } else { 10 }, 0)
    };
    assert_eq!((others, kept), counts, "{seen}");
}

/// Everybody, as a plan has them.
async fn everybody(system: &Arc<dyn Connector>) -> Vec<ObjectRef> {
    let records = read(system, &["uid", "entryUUID"]).await.records;
    let objects = records.iter().map(|record| ObjectRef {
        anchor: record.anchor().into(),
        location: record.location().to_owned(),
        class: "inetOrgPerson".to_owned(),
    });
    objects.collect()
}

/// The number of somebody.
fn number(object: &ObjectRef) -> usize {
    let uid = object.location.split([',', '=']).nth(1).unwrap();
    uid[1..].parse().unwrap()
}

/// Somebody else moves the first, makes the second anew and deletes the third.
fn trouble() -> String {
    let case = Case {
        name: "title",
        before: None,
        after: "",
        never: &[],
    };
    ldif(&case, Moved, 1) + &ldif(&case, MadeAnew, 2) + &ldif(&case, Deleted, 3)
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn members_are_added_together_as_they_are_alone() {
    let server = Server::start();
    let group = format!("cn=all,ou=groups,{BASE}");
    server.people(0, 40);
    server.modify(&format!(
        "dn: {group}\nchangetype: add\nobjectClass: groupOfNames\ncn: all\nmember: {}\n",
        name(39)
    ));
    let system = server.open(&server.section());
    let objects = everybody(&system).await;
    let groups = system.read_groups(&|_| ()).await.unwrap().records;
    let group = ObjectRef {
        anchor: groups.get(0).anchor().into(),
        location: group,
        class: "groupOfNames".to_owned(),
    };
    server.modify(&trouble());
    let adds: Vec<Write> = objects
        .iter()
        .map(|member| Write::Membership {
            group: group.clone(),
            member: member.clone(),
            add: true,
        })
        .collect();
    let added = join_all(adds.iter().map(|write| system.write(write))).await;
    for (object, result) in objects.iter().zip(&added) {
        match number(object) {
            1..4 => assert!(
                matches!(result, Err(WriteError::Conflict(_))),
                "{object:?}: {result:?}"
            ),
            39 => assert!(result.as_ref().is_ok_and(|done| done.verified), "{result:?}"),
            _ => assert!(
                result.as_ref().is_ok_and(|done| done.verified && !done.already),
                "{object:?}: {result:?}"
            ),
        }
    }
    assert_eq!(
        server
            .seen(&group.location, "(member=*)", &["member"])
            .matches("member: ")
            .count(),
        37
    );
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn leavers_are_disabled_and_deleted_together_as_they_are_alone() {
    let server = Server::start();
    server.people(0, 40);
    let system = server.open(&server.section());
    let objects = everybody(&system).await;
    server.modify(&trouble());
    // locked by somebody else, for good and for a while
    let lock = |n: usize, value: &str| {
        format!(
            "dn: {}\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: {value}\n\n",
            name(n)
        )
    };
    server.modify(&(lock(4, "000001010000Z") + &lock(5, "20261121053000Z")));
    let disables: Vec<Write> = objects
        .iter()
        .map(|object| Write::Change {
            object: object.clone(),
            attributes: Vec::new(),
            enabled: Some((true, false)),
            container: None,
        })
        .collect();
    let disabled = join_all(disables.iter().map(|write| system.write(write))).await;
    for (object, result) in objects.iter().zip(&disabled) {
        match number(object) {
            1..4 => assert!(
                matches!(result, Err(WriteError::Conflict(_))),
                "{object:?}: {result:?}"
            ),
            4 => assert!(result.as_ref().is_ok_and(|done| done.already), "{result:?}"),
            _ => assert!(
                result.as_ref().is_ok_and(|done| done.verified && !done.already),
                "{object:?}: {result:?}"
            ),
        }
    }
    let deletes: Vec<Write> = objects
        .iter()
        .map(|object| Write::Delete {
            object: object.clone(),
        })
        .collect();
    let deleted = join_all(deletes.iter().map(|write| system.write(write))).await;
    for (object, result) in objects.iter().zip(&deleted) {
        match number(object) {
            1 => assert!(matches!(result, Err(WriteError::Conflict(_))), "{result:?}"),
            n => assert!(
                result
                    .as_ref()
                    .is_ok_and(|done| done.verified && done.already == (n == 2 || n == 3)),
                "{object:?}: {result:?}"
            ),
        }
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_silent_server_is_waited_for_once_by_all() {
    let server = Server::start();
    server.people(0, 100);
    let section = Section {
        timeout: 2,
        ..server.section()
    };
    let system = server.open(&section);
    let deletes: Vec<_> = everybody(&system).await;
    let deletes: Vec<_> = deletes
        .into_iter()
        .map(|object| Write::Delete { object })
        .collect();
    system.prepare().await;
    server.signal("-STOP");
    let began = std::time::Instant::now();
    let ended = join_all(deletes.iter().map(|write| system.write(write))).await;
    let took = began.elapsed();
    server.signal("-CONT");
    assert!(
        ended
            .iter()
            .all(|result| matches!(result, Err(WriteError::Busy { .. }))),
        "{ended:?}"
    );
    // more of them than are looked for in one search
    assert!(took < std::time::Duration::from_millis(3500), "{took:?}");
    let ended = join_all(deletes.iter().map(|write| system.write(write))).await;
    assert!(ended.iter().all(Result::is_ok), "{ended:?}");
}
