//! Odd values, odd groups, and the ways to lock an account.

use super::*;

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn octets_and_options_go_both_ways() {
    let server = Server::start();
    let system = server.open(&server.section());
    let names = ["cn;lang-de", "jpegPhoto", "userCertificate;binary", "sn", "mail"];
    // octets are Base64: FF D8 FF E0, and a certificate that is good enough for the server
    let script = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=a -keyout /dev/null \
                  -outform DER 2>/dev/null | base64 -w0";
    let made = Command::new("sh").args(["-c", script]).output().unwrap();
    let certificate = String::from_utf8(made.stdout).unwrap();
    let mut attributes = person(1);
    attributes.push(("cn;lang-de".to_owned(), text("Müller")));
    attributes.push(("jpegPhoto".to_owned(), text("/9j/4A==")));
    attributes.push(("userCertificate;binary".to_owned(), text(&certificate)));
    let made = system.write(&create(attributes)).await.unwrap();
    assert!(made.verified, "{made:?}");
    let whole = read(&system, &names).await;
    assert_eq!(whole.completeness, Completeness::Complete);
    let record = whole.records.get(0);
    for (name, value) in [
        ("cn;lang-de", "Müller"),
        ("jpegPhoto", "/9j/4A=="),
        ("userCertificate;binary", certificate.as_str()),
    ] {
        assert_eq!(record.get(name).first(), Some(value), "{name}");
    }
    // what the plan needs to know before anything is written
    let column = |name: &str| {
        let schema = whole.records.schema();
        schema.columns[schema.position(name).unwrap()].clone()
    };
    assert!(column("sn").required && !column("mail").required);
    assert_eq!(
        column("cn;lang-de").comparison,
        usher::model::Comparison::IgnoreCase
    );

    let object = object(&made, "inetOrgPerson");
    let write = change(
        &object,
        &[
            ("jpegPhoto", text("/9j/4A=="), text("/9j/4Q==")),
            ("cn;lang-de", text("müller"), text("Mueller")),
            ("userCertificate;binary", text(&certificate), Value::Absent),
        ],
    );
    let done = system.write(&write).await.unwrap();
    assert!(done.verified && !done.already, "{done:?}");
    let seen = server.seen(&made.location, "(jpegPhoto=*)", &names);
    assert!(
        seen.contains("jpegPhoto:: /9j/4Q==") && seen.contains("cn;lang-de: Mueller"),
        "{seen}"
    );
    assert!(!seen.contains("userCertificate"), "{seen}");
    assert!(system.write(&write).await.unwrap().already);
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_unix_account_expires() {
    let server = Server::start();
    let section = Section {
        disable: Disable::Shadow,
        ..server.section()
    };
    let system = server.open(&section);
    let mut write = create(person(1));
    if let Write::Create { class, .. } = &mut write {
        class.push("shadowAccount".to_owned());
    }
    let made = system.write(&write).await.unwrap();
    let object = object(&made, "inetOrgPerson");
    for (from, to) in [(true, false), (false, true)] {
        let write = Write::Change {
            object: object.clone(),
            attributes: Vec::new(),
            enabled: Some((from, to)),
            container: None,
        };
        assert!(system.write(&write).await.unwrap().verified);
        assert_eq!(read(&system, &["uid"]).await.records.get(0).enabled(), Some(to));
        let expired = server.seen(&made.location, "(shadowExpire=1)", &["dn"]);
        assert_eq!(expired.is_empty(), to, "{expired}");
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn groups_of_each_kind_are_read_and_written() {
    let server = Server::start();
    server.people(1, 3);
    let u1 = format!("uid=u1,{PEOPLE}");
    server.modify(&format!(
        "dn: cn=unique,ou=groups,{BASE}\nchangetype: add\nobjectClass: groupOfUniqueNames\ncn: unique\nuniqueMember: \
         {u1}\n\ndn: cn=unix,ou=groups,{BASE}\nchangetype: add\nobjectClass: posixGroup\ncn: unix\ngidNumber: \
         7\nmemberUid: u1\n\ndn: cn=nested,ou=groups,{BASE}\nchangetype: add\nobjectClass: groupOfNames\ncn: \
         nested\nmember: cn=nested,ou=groups,{BASE}\nmember: cn=circle,ou=groups,{BASE}\nmember: \
         uid=nobody,{PEOPLE}\n\ndn: cn=circle,ou=groups,{BASE}\nchangetype: add\nobjectClass: groupOfNames\ncn: \
         circle\nmember: cn=nested,ou=groups,{BASE}\n"
    ));
    for (class, member, second) in [
        ("groupOfUniqueNames", u1.as_str(), format!("uid=u2,{PEOPLE}")),
        // it lists uids; what is read are names
        ("posixGroup", u1.as_str(), "u2".to_owned()),
    ] {
        let section = Section {
            group_filter: format!("(objectClass={class})"),
            ..server.section()
        };
        let system = server.open(&section);
        let groups = system.read_groups(&|_| ()).await.unwrap();
        assert_eq!(groups.completeness, Completeness::Complete);
        let group = groups.records.get(0);
        assert_eq!(group.get("member").first(), Some(member));
        // what kind of group it is the connector finds out
        let group = ObjectRef {
            anchor: group.owned_anchor(),
            location: group.location().to_owned(),
            class: "group".to_owned(),
        };
        let people = read(&system, &["uid"]).await;
        let person = |uid: &str| {
            let mut all = people.records.iter();
            let record = all.find(|record| record.get("uid").first() == Some(uid)).unwrap();
            ObjectRef {
                anchor: record.owned_anchor(),
                location: record.location().to_owned(),
                class: String::new(),
            }
        };
        let set = |uid, add| Write::Membership {
            group: group.clone(),
            member: person(uid),
            add,
        };
        assert!(system.write(&set("u2", true)).await.unwrap().verified);
        assert!(system.write(&set("u2", true)).await.unwrap().already);
        assert!(system.write(&set("u1", false)).await.unwrap().verified);
        let seen = server.seen(&group.location, "(cn=*)", &["uniqueMember", "memberUid"]);
        assert!(seen.contains(&second) && !seen.contains("u1"), "{seen}");
        let last = system.write(&set("u2", false)).await;
        if class == "posixGroup" {
            assert!(last.unwrap().verified, "it may be empty");
        } else {
            assert!(
                matches!(&last, Err(WriteError::Refused(text)) if text.contains("last member")),
                "{last:?}"
            );
        }
    }
    // circles and members that are not there are read as they are
    let groups = server.open(&server.section()).read_groups(&|_| ()).await.unwrap();
    assert_eq!(groups.completeness, Completeness::Complete);
    let members: Vec<usize> = groups
        .records
        .iter()
        .map(|group| group.get("member").each().count())
        .collect();
    assert_eq!(members.iter().sum::<usize>(), 4);
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn odd_values_come_back_as_they_were() {
    let server = Server::start();
    let system = server.open(&server.section());
    let made = system.write(&create(person(1))).await.unwrap();
    let object = object(&made, "inetOrgPerson");
    let long = "x".repeat(64 * 1024);
    let values = [
        "two\nlines",
        "a nul\0in it",
        "👩\u{200d}👩\u{200d}👧 and \u{202e}txet",
        "Ren\u{e9}e",
        // the same to a reader, and perhaps to the server
        "Rene\u{301}e",
        "Straße",
        "STRASSE",
        "İstanbul ı",
        "pаypal with a Cyrillic a",
        "*)(uid=*))(|(uid=*",
        "\\2a\\5c",
        ":: base64?",
        "< file:///etc/passwd",
        &long,
    ];
    let mut before = Value::Absent;
    for value in values {
        let write = change(&object, &[("description", before.clone(), text(value))]);
        let done = system
            .write(&write)
            .await
            .unwrap_or_else(|error| panic!("{value:.40}: {error}"));
        assert!(done.verified && !done.already, "{value:.40}: {done:?}");
        let whole = read(&system, &["description"]).await;
        assert_eq!(whole.records.get(0).get("description").first(), Some(value));
        // what is sent again finds everything as it should be
        assert!(system.write(&write).await.unwrap().already, "{value:.40}");
        before = text(value);
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn attributes_of_the_server_are_read_and_not_written() {
    let server = Server::start();
    let system = server.open(&server.section());
    let made = system.write(&create(person(1))).await.unwrap();
    let object = object(&made, "inetOrgPerson");
    let names = [
        "createTimestamp",
        "creatorsName",
        "STRUCTURALOBJECTCLASS",
        "subschemaSubentry",
        "hasSubordinates",
    ];
    let whole = read(&system, &names).await;
    let record = whole.records.get(0);
    assert!(
        record
            .get("creatorsName")
            .first()
            .is_some_and(|name| name.starts_with("cn="))
    );
    assert_eq!(record.get("structuralObjectClass").first(), Some("inetOrgPerson"));
    assert_eq!(record.get("hasSubordinates").first(), Some("false"));
    let column = |name: &str| {
        let schema = whole.records.schema();
        schema.columns[schema.position(name).unwrap()].clone()
    };
    assert!(!column("createTimestamp").writable && !column("createTimestamp").multi_valued);
    let name = record.get("creatorsName").first().unwrap().to_owned();
    let write = change(&object, &[("creatorsName", text(&name), text("cn=somebody"))]);
    let refused = system.write(&write).await;
    assert!(matches!(refused, Err(WriteError::Refused(_))), "{refused:?}");
}
