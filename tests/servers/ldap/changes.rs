//! Names and places: renames of every kind, moves, containers that are missing, auxiliary classes.

use super::*;

fn with_container(write: Write, to: &str) -> Write {
    match write {
        Write::Change {
            object,
            attributes,
            enabled,
            ..
        } => Write::Change {
            object,
            attributes,
            enabled,
            container: Some(to.to_owned()),
        },
        other => other,
    }
}

/// A create where nothing can be disabled.
fn stateless(mut write: Write) -> Write {
    if let Write::Create { enabled, .. } = &mut write {
        *enabled = None;
    }
    write
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_name_changes_in_case_only_and_two_swap_theirs() {
    let server = Server::start();
    let system = server.open(&server.section());
    let one = system.write(&create(person(1))).await.unwrap();
    let two = system.write(&create(person(2))).await.unwrap();
    let rename = |object: &ObjectRef, from: &str, to: &str| change(object, &[("uid", text(from), text(to))]);
    let one = object(&one, "inetOrgPerson");
    let write = rename(&one, "u1", "U1");
    assert_eq!(system.settle(&write).await, Settled::NotDone);
    let renamed = system.write(&write).await.unwrap();
    assert!(renamed.verified && !renamed.already, "{renamed:?}");
    let seen = server.seen(PEOPLE, "(uid=u1)", &["uid"]);
    assert!(
        seen.contains("dn: uid=U1,") && seen.contains("uid: U1\n"),
        "{seen}"
    );
    assert!(!seen.contains("uid: u1\n"), "{seen}");
    assert!(system.write(&write).await.unwrap().already);

    let (one, two) = (object(&renamed, ""), object(&two, ""));
    let taken = system.write(&rename(&one, "U1", "u2")).await;
    assert!(
        matches!(&taken, Err(WriteError::Conflict(text)) if text.contains("another object")),
        "{taken:?}"
    );
    let away = system.write(&rename(&one, "U1", "u1.moving")).await.unwrap();
    let there = system.write(&rename(&two, "u2", "u1")).await.unwrap();
    let back = system
        .write(&rename(&object(&away, ""), "u1.moving", "u2"))
        .await
        .unwrap();
    assert!(away.verified && there.verified && back.verified);
    assert_eq!(back.anchor, one.anchor);
    assert!(
        server
            .seen(PEOPLE, "(uid=u2)", &["entryUUID"])
            .contains(one.anchor.as_str())
    );
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_move_and_other_attributes_are_one_change_or_none() {
    let server = Server::with("");
    let system = server.open(&Section {
        disable: Disable::None,
        ..server.section()
    });
    let made = object(&system.write(&stateless(create(person(1)))).await.unwrap(), "");
    let taken = format!("uid=u1,ou=disabled,{BASE}");
    server.modify(&format!(
        "dn: {taken}\nchangetype: add\nobjectClass: account\nuid: u1\n"
    ));
    let titles = change(&made, &[("title", text("Engineer"), text("Lead"))]);
    let disabled = format!("ou=disabled,{BASE}");
    for (container, why) in [
        (disabled.as_str(), "exists already"),
        ("ou=nowhere,dc=example,dc=org", "set create_parents"),
    ] {
        let error = system
            .write(&with_container(titles.clone(), container))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        let seen = server.seen(PEOPLE, "(title=Engineer)", &["dn"]);
        assert!(seen.contains("uid=u1"), "nothing was written: {seen}");
    }
    server.modify(&format!("dn: {taken}\nchangetype: delete\n"));
    let write = with_container(titles.clone(), &disabled);
    // a crash between the two: what is missing is written, and only that
    server.modify(&format!(
        "dn: {}\nchangetype: modify\nreplace: title\ntitle: Lead\n",
        made.location
    ));
    assert_eq!(system.settle(&write).await, Settled::NotDone);
    let moved = system.write(&write).await.unwrap();
    assert!(moved.verified && moved.location == taken, "{moved:?}");
    assert!(server.seen(&taken, "(title=Lead)", &["dn"]).contains("uid=u1"));
    assert!(matches!(system.settle(&write).await, Settled::Done(_)));
    // once more it is another plan's: it is somewhere else by now
    assert!(system.write(&write).await.is_err());
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn missing_containers_are_made_where_that_is_wanted() {
    let server = Server::start();
    let place = format!("ou=R\\26D\\, Berlin,l=Berlin,ou=new,{BASE}");
    let mut write = create(person(1));
    if let Write::Create { container, .. } = &mut write {
        *container = Some(place.clone());
    }
    let strict = server.open(&server.section());
    let error = strict.write(&write).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Refused(text) if text.contains("R\\26D") && text.contains("set create_parents")),
        "{error}"
    );
    let section = Section {
        create_parents: true,
        ..server.section()
    };
    let system = server.open(&section);
    let made = system.write(&write).await.unwrap();
    assert!(made.verified, "{made:?}");
    let seen = server.seen(&format!("ou=new,{BASE}"), "(objectClass=*)", &["objectClass"]);
    assert!(
        seen.contains("organizationalUnit") && seen.contains("locality"),
        "{seen}"
    );
    let stays = change(&object(&made, ""), &[]);
    let moved = system
        .write(&with_container(stays, &format!("ou=later,{BASE}")))
        .await
        .unwrap();
    assert_eq!(moved.location, format!("uid=u1,ou=later,{BASE}"));
    let narrow = server.open(&Section {
        base: PEOPLE.to_owned(),
        ..section
    });
    for (system, container, why) in [
        (&narrow, "ou=x,ou=groups", "not below `base`"),
        (&system, "cn=x", "makes only those"),
    ] {
        let mut write = create(person(2));
        if let Write::Create { container: place, .. } = &mut write {
            *place = Some(format!("{container},{BASE}"));
        }
        let error = system.write(&write).await.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_name_may_have_several_parts_and_its_attributes_several_values() {
    let server = Server::start();
    let system = server.open(&server.section());
    server.modify(&format!(
        "dn: cn=Ana K\\2C Lead+uid=u1,{PEOPLE}\nchangetype: add\nobjectClass: inetOrgPerson\ncn: Ana K, Lead\ncn: \
         Ana\nsn: K\nuid: u1\n"
    ));
    let whole = read(&system, &["cn", "uid"]).await;
    let record = whole.records.get(0);
    let mut ana = ObjectRef {
        anchor: record.owned_anchor(),
        location: record.location().to_owned(),
        class: String::new(),
    };
    let list = |values: &[&str]| Value::List(values.iter().map(|value| text(value)).collect());
    let cns = ["Ana K, Lead", "Ana"];
    for (attributes, name) in [
        // beside the name
        (
            vec![("cn", list(&cns), list(&["Ana K, Lead", "Anica"]))],
            "cn=Ana K\\2C Lead+uid=u1",
        ),
        // one part of it
        (
            vec![("uid", text("u1"), text("a+b=c"))],
            "cn=Ana K\\2C Lead+uid=a\\2Bb\\3Dc",
        ),
        // both parts, and what was beside the name becomes it
        (
            vec![
                ("cn", list(&["Ana K, Lead", "Anica"]), text("Anica")),
                ("uid", text("a+b=c"), text("ana")),
            ],
            "cn=Anica+uid=ana",
        ),
        // two values of which neither was the name
        (
            vec![("cn", text("Anica"), list(&["Ana Kovač", "A. Kovač"]))],
            "cn=Ana Kovač+uid=ana",
        ),
    ] {
        let written = system.write(&change(&ana, &attributes)).await.unwrap();
        assert!(written.verified, "{written:?}");
        assert!(
            usher::model::dn::same(&written.location, &format!("{name},{PEOPLE}")),
            "{written:?}"
        );
        for (attribute, value) in &written.attributes {
            let wanted = attributes.iter().find(|(name, _, _)| name == attribute).unwrap();
            let count = |value: &Value<'_>| value.each().count();
            assert_eq!(count(value), count(&wanted.2), "{attribute}: {value:?}");
        }
        ana = object(&written, "");
    }
    let moved = with_container(change(&ana, &[]), &format!("ou=disabled,{BASE}"));
    assert!(system.write(&moved).await.unwrap().verified);
    let refused = change(&ana, &[("uid", text("ana"), Value::Absent)]);
    ana.location = format!("cn=Ana Kovač+uid=ana,ou=disabled,{BASE}");
    assert!(matches!(
        system.write(&refused).await,
        Err(WriteError::Conflict(_))
    ));
    let refused = change(&ana, &[("uid", text("ana"), Value::Absent)]);
    let error = system.write(&refused).await.unwrap_err().to_string();
    assert!(error.contains("must have a value"), "{error}");
    assert!(
        system
            .write(&Write::Delete { object: ana })
            .await
            .unwrap()
            .verified
    );
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn auxiliary_classes_come_with_what_needs_them() {
    let server = Server::start();
    let section = Section {
        disable: Disable::Shadow,
        ..server.section()
    };
    let system = server.open(&section);
    let made = object(&system.write(&create(person(1))).await.unwrap(), "");
    let request = ReadRequest {
        attributes: vec!["mail".to_owned()],
        classes: vec![vec!["inetOrgPerson".to_owned(), "posixAccount".to_owned()]],
        ..ReadRequest::default()
    };
    let whole = system.read(&request, &|_| ()).await;
    let schema = whole.records.schema();
    let demanded: Vec<_> = schema
        .columns
        .iter()
        .filter(|column| column.required_by.iter().any(|class| class == "posixAccount"))
        .map(|column| column.name.as_str())
        .collect();
    for name in ["uidNumber", "gidNumber", "homeDirectory", "cn", "uid"] {
        assert!(demanded.contains(&name), "{demanded:?}");
    }
    let record = whole.records.get(0);
    let classes: Vec<_> = record.get("objectClass").each().collect();
    // also those the server does not list
    assert!(
        classes.contains(&"organizationalPerson") && classes.contains(&"person"),
        "{classes:?}"
    );

    let classes = |names: &[&str]| Value::List(names.iter().map(|name| text(name)).collect());
    let mut after: Vec<&str> = record.get("objectClass").each().collect();
    let before = classes(&after);
    after.push("posixAccount");
    let write = change(
        &made,
        &[
            ("objectClass", before, classes(&after)),
            ("uidNumber", Value::Absent, text("1001")),
            ("gidNumber", Value::Absent, text("100")),
            ("homeDirectory", Value::Absent, text("/home/u1")),
        ],
    );
    assert_eq!(system.settle(&write).await, Settled::NotDone);
    let written = system.write(&write).await.unwrap();
    assert!(written.verified && !written.already, "{written:?}");
    assert!(system.write(&write).await.unwrap().already);
    assert!(matches!(system.settle(&write).await, Settled::Done(_)));
    // a lock whose attribute needs a class brings it
    let disable = Write::Change {
        object: made.clone(),
        attributes: Vec::new(),
        enabled: Some((true, false)),
        container: None,
    };
    assert!(system.write(&disable).await.unwrap().verified);
    let seen = server.seen(&made.location, "(shadowExpire=1)", &["objectClass"]);
    assert!(
        seen.contains("shadowAccount") && seen.contains("posixAccount"),
        "{seen}"
    );
    assert!(matches!(system.settle(&disable).await, Settled::Done(_)));
    let mut locked = create(person(2));
    if let Write::Create { enabled, .. } = &mut locked {
        *enabled = Some(false);
    }
    assert!(system.write(&locked).await.unwrap().verified);
}
