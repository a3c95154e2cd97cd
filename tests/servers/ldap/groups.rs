//! Groups: many changes of a large one, nesting, the last member.

use std::time::Instant;

use futures_util::future::join_all;

use super::*;

const MEMBERS: usize = 50_000;

/// What the server has noted of the changes of an object.
fn log(server: &Server, name: &str) -> String {
    let url = server.slapd.url();
    let reader = server.slapd.account("repl");
    let words = [
        "-x",
        "-LLL",
        "-o",
        "ldif-wrap=no",
        "-H",
        &url,
        "-D",
        &reader,
        "-w",
        server.slapd.password(),
    ];
    let filter = format!("(&(objectClass=auditModify)(reqDN={name}))");
    let output = Command::new("ldapsearch")
        .args(words)
        .args(["-b", "cn=accesslog", &filter, "reqMod"])
        .output()
        .unwrap();
    format!("\n{}", String::from_utf8(output.stdout).unwrap())
}

fn name(n: usize) -> String {
    format!("uid=u{n},{PEOPLE}")
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_hundred_changes_of_a_large_group_cost_a_hundred_values() {
    // what nobody is asked for here would only take time: the back-links of 50,000 members
    let server = Server::with("accesslog syncprov");
    let group = format!("cn=all,ou=groups,{BASE}");
    let mut ldif = format!("dn: {group}\nobjectClass: groupOfNames\ncn: all\n");
    for n in 0..MEMBERS {
        ldif = ldif + "member: " + &name(n) + "\n";
    }
    let file = server.folder.path().join("group.ldif");
    std::fs::write(&file, ldif).unwrap();
    server.slapd.load(&file);
    server.people(MEMBERS, MEMBERS + 50);
    let system = server.open(&Section {
        disable: Disable::None,
        ..server.section()
    });
    let groups = system.read_groups(&|_| ()).await.unwrap();
    assert_eq!(groups.completeness, Completeness::Complete);
    let record = groups.records.get(0);
    assert_eq!(record.get("member").each().count(), MEMBERS);
    let object = ObjectRef {
        anchor: record.owned_anchor(),
        location: group.clone(),
        class: "group".to_owned(),
    };
    let people = read(&system, &["uid"]).await;
    let added = people.records.iter().map(|person| Write::Membership {
        group: object.clone(),
        member: ObjectRef {
            anchor: person.owned_anchor(),
            location: person.location().to_owned(),
            class: String::new(),
        },
        add: true,
    });
    let removed = (0..50).map(|n| Write::Membership {
        group: object.clone(),
        member: ObjectRef {
            anchor: n.to_string().into(),
            location: name(n),
            class: String::new(),
        },
        add: false,
    });
    let writes: Vec<Write> = added.chain(removed).collect();
    assert_eq!(writes.len(), 100);
    let start = Instant::now();
    let written = join_all(writes.iter().map(|write| system.write(write))).await;
    let took = start.elapsed();
    for one in &written {
        let one = one.as_ref().unwrap();
        assert!(one.verified && !one.already, "{one:?}");
    }
    // what the server has noted of it, request by request
    let log = log(&server, &group);
    let values = log.matches("\nreqMod: member:").count();
    let requests = log.matches("\ndn: ").count();
    println!("{values} values in {requests} requests, {} ms", took.as_millis());
    assert_eq!(values, 100, "{log}");
    assert!(requests <= 10, "{requests}");
    assert!(took.as_secs() < 5, "{took:?}");
    // once more there is nothing to do, and one that is refused stops nobody
    let again = join_all(writes[40..60].iter().map(|write| system.write(write))).await;
    assert!(
        again.iter().all(|one| one.as_ref().is_ok_and(|one| one.already)),
        "{again:?}"
    );
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn one_change_that_is_refused_stops_no_other() {
    let server = Server::start();
    server.people(0, 12);
    let system = server.open(&server.section());
    server.modify(&format!(
        "dn: cn=eng,ou=groups,{BASE}\nchangetype: add\nobjectClass: groupOfNames\ncn: eng\nmember: {}\nmember: {}\n",
        name(0),
        name(1)
    ));
    let groups = system.read_groups(&|_| ()).await.unwrap();
    let group = ObjectRef {
        anchor: groups.records.get(0).owned_anchor(),
        location: groups.records.get(0).location().to_owned(),
        class: "group".to_owned(),
    };
    let people = read(&system, &["uid"]).await;
    let member = |n: usize| {
        let mut all = people.records.iter();
        let record = all.find(|record| record.location() == name(n)).unwrap();
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
    let mut writes: Vec<Write> = (2..12).map(|n| set(n, true)).collect();
    // there already, not there, and somebody who is somebody else by now
    writes.extend([set(0, true), set(1, false)]);
    writes.push(Write::Membership {
        group: group.clone(),
        member: ObjectRef {
            anchor: "another".into(),
            ..member(1)
        },
        add: true,
    });
    let written = join_all(writes.iter().map(|write| system.write(write))).await;
    let (impostor, others) = written.split_last().unwrap();
    assert!(matches!(impostor, Err(WriteError::Conflict(_))), "{impostor:?}");
    assert!(
        others.iter().all(|one| one.as_ref().unwrap().verified),
        "{others:?}"
    );
    assert!(others[10].as_ref().unwrap().already);
    // all but one leave at once: who is last is refused
    let writes: Vec<Write> = std::iter::once(0).chain(2..12).map(|n| set(n, false)).collect();
    let written = join_all(writes.iter().map(|write| system.write(write))).await;
    let refused: Vec<_> = written.iter().filter_map(|one| one.as_ref().err()).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].to_string().contains("last member"), "{refused:?}");
    let last = writes
        .iter()
        .zip(&written)
        .find(|(_, one)| one.is_err())
        .unwrap()
        .0;
    assert!(system.write(&set(1, true)).await.unwrap().verified);
    assert!(system.write(last).await.unwrap().verified);
    let nobody = format!("cn=nobody,{BASE}");
    let system = server.open(&Section {
        placeholder_member: Some(nobody.clone()),
        ..server.section()
    });
    let stands = || {
        server
            .seen(&group.location, "(cn=eng)", &["member"])
            .contains(&nobody)
    };
    assert!(system.write(&set(1, false)).await.unwrap().verified && stands());
    assert!(system.write(&set(2, true)).await.unwrap().verified && !stands());
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn groups_of_all_kinds_stand_side_by_side() {
    let server = Server::start();
    server.people(1, 3);
    let nested = |n: usize| format!("cn=g{n},ou=groups,{BASE}");
    let mut ldif = format!(
        "dn: cn=unique,ou=groups,{BASE}\nchangetype: add\nobjectClass: groupOfUniqueNames\ncn: \
         unique\nuniqueMember: {}\n\ndn: cn=unix,ou=groups,{BASE}\nchangetype: add\nobjectClass: posixGroup\ncn: \
         unix\ngidNumber: 7\nmemberUid: U1\nmemberUid: nobody\n\n",
        name(1)
    );
    // thirty deep, and round again
    for n in 0..30 {
        ldif = format!(
            "{ldif}dn: {}\nchangetype: add\nobjectClass: groupOfNames\ncn: g{n}\nmember: {}\n\n",
            nested(n),
            nested((n + 1) % 30)
        );
    }
    server.modify(&ldif);
    let section = Section {
        group_filter: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"
            .to_owned(),
        ..server.section()
    };
    let system = server.open(&section);
    let groups = system.read_groups(&|_| ()).await.unwrap();
    assert_eq!(groups.completeness, Completeness::Complete);
    assert_eq!(groups.records.len(), 32);
    let group = |cn: &str| {
        let mut all = groups.records.iter();
        all.find(|group| group.get("name").first() == Some(cn)).unwrap()
    };
    let members = |cn: &str| {
        group(cn)
            .get("member")
            .each()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(members("unique"), [name(1)]);
    assert_eq!(members("unix"), [name(1), "nobody".to_owned()]);
    assert_eq!(members("g29"), [nested(0)]);
    let people = read(&system, &["uid"]).await;
    let second = people
        .records
        .iter()
        .find(|record| record.location() == name(2))
        .unwrap();
    for (cn, attribute, value) in [
        ("unique", "uniqueMember", name(2)),
        ("unix", "memberUid", "u2".to_owned()),
        ("g7", "member", name(2)),
    ] {
        let write = Write::Membership {
            group: ObjectRef {
                anchor: group(cn).owned_anchor(),
                location: group(cn).location().to_owned(),
                class: "group".to_owned(),
            },
            member: ObjectRef {
                anchor: second.owned_anchor(),
                location: second.location().to_owned(),
                class: String::new(),
            },
            add: true,
        };
        let written = system.write(&write).await.unwrap();
        assert_eq!(written.attributes, [(attribute.to_owned(), text(&value))]);
        assert!(matches!(system.settle(&write).await, Settled::Done(_)));
        let seen = server.seen(group(cn).location(), "(cn=*)", &[attribute]);
        assert!(seen.contains(&format!("{attribute}: {value}")), "{seen}");
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn accounts_are_brought_to_say_what_the_group_says() {
    let server = Server::start();
    // as a connection that ended in the midst of a change leaves it: u1 does not know yet, u2 knows it still
    let mut ldif = format!(
        "dn: cn=eng,ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: eng\nmember: {}\nmember: {}\n\n",
        name(0),
        name(1)
    );
    for n in 0..3 {
        let memberships = if n == 1 {
            String::new()
        } else {
            format!("memberOf: cn=eng,ou=groups,{BASE}\n")
        };
        ldif = format!(
            "{ldif}dn: {}\nobjectClass: inetOrgPerson\nuid: u{n}\ncn: u{n}\nsn: u{n}\n{memberships}\n",
            name(n)
        );
    }
    let file = server.folder.path().join("stale.ldif");
    std::fs::write(&file, ldif).unwrap();
    server.slapd.load(&file);
    let system = server.open(&server.section());
    let groups = system.read_groups(&|_| ()).await.unwrap();
    let people = read(&system, &["uid"]).await;
    let object = |record: &RecordView<'_>| ObjectRef {
        anchor: record.owned_anchor(),
        location: record.location().to_owned(),
        class: "group".to_owned(),
    };
    let member = |n: usize| {
        let mut all = people.records.iter();
        object(&all.find(|record| record.location() == name(n)).unwrap())
    };
    let group = object(&groups.records.get(0));
    let says = |n: usize| {
        server
            .seen(&name(n), "(memberOf=*)", &["memberOf"])
            .contains("cn=eng,")
    };
    assert_eq!([0, 1, 2].map(says), [true, false, true]);
    for (n, add) in [(1, true), (2, false)] {
        let write = Write::Membership {
            group: group.clone(),
            member: member(n),
            add,
        };
        assert!(matches!(system.settle(&write).await, Settled::Done(_)));
        assert_eq!(says(n), add);
    }
    let members = server.seen(&group.location, "(cn=eng)", &["member"]);
    assert_eq!([0, 1, 2].map(|n| members.contains(&name(n))), [true, true, false]);
}
