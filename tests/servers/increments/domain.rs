//! A domain of Active Directory of which only changes are read.

use std::sync::Arc;

use usher::connectors::{Connector, active_directory};

use super::{Brought, Watched, changed, cursor, deleted, renamed, request};
use crate::support::samba::{ADMINISTRATOR, BASE, PASSWORD, Samba};
use usher::model::{Completeness, Coverage, ReadKind};

pub(super) const PEOPLE: &str = "OU=People,DC=example,DC=test";
pub(super) const DISABLED: &str = "OU=Disabled,DC=example,DC=test";

/// An account that may do no more than others.
pub(super) const PLAIN: &str = "plain@example.test";

/// A domain with some people.
pub(super) fn domain() -> Samba {
    let samba = Samba::start();
    samba.samba_tool(&["user", "add", "plain", PASSWORD]);
    samba.ldapmodify("dn: CN=plain,CN=Users,DC=example,DC=test\nchangetype: modify\nreplace: userPrincipalName\nuserPrincipalName: plain@example.test\n\n");
    let people: String = (0..12).map(|number| added(&format!("p{number}"))).collect();
    samba.ldapmodify(&people);
    samba
}

pub(super) fn added(name: &str) -> String {
    made(&dn(name))
}

pub(super) fn made(dn: &str) -> String {
    let name = dn.split(['=', ',']).nth(1).unwrap();
    format!("dn: {dn}\nchangetype: add\nobjectClass: user\nsAMAccountName: {name}\n\n")
}

pub(super) fn dn(name: &str) -> String {
    format!("CN={name},{PEOPLE}")
}

pub(super) fn unit(dn: &str) -> String {
    format!("dn: {dn}\nchangetype: add\nobjectClass: organizationalUnit\n\n")
}

/// Who is deleted comes back, as it is.
fn restore(samba: &Samba, name: &str) {
    let found = samba.ldapsearch(&[
        "-b",
        "CN=Deleted Objects,DC=example,DC=test",
        "-E",
        "!1.2.840.113556.1.4.417",
        &format!("(sAMAccountName={name})"),
        "sAMAccountName",
    ]);
    let [gone] = found.as_slice() else {
        panic!("{name} is not deleted once: {found:?}");
    };
    let ldif = format!(
        "dn: {}\nchangetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\ndistinguishedName: {}\n\n",
        gone.dn,
        dn(name)
    );
    samba.ldapmodify_with(&["-e", "!1.2.840.113556.1.4.417"], &ldif);
}

fn connect(
    samba: &Samba,
    bind: &str,
    base: &str,
    increments: &str,
    folder: &std::path::Path,
) -> Arc<dyn Connector> {
    std::fs::write(folder.join("password"), PASSWORD).unwrap();
    let section: active_directory::Section = serde_json::from_value(serde_json::json!({
        "url": samba.url(), "bind_dn": bind, "password": {"file": "password"}, "base": base,
        "ca_file": samba.ca(), "increments": increments, "page_size": 7,
    }))
    .unwrap();
    active_directory::open("domain".into(), &section, folder).unwrap()
}

pub(super) async fn watch(samba: &Samba, bind: &str, base: &str, increments: &str) -> Watched {
    let folder = tempfile::tempdir().unwrap();
    let open = |increments| connect(samba, bind, base, increments, folder.path());
    let (system, whole) = (open(increments), open("none"));
    Watched::of(system, whole, folder).await
}

/// What may happen in a domain; all who watch see it.
async fn a_life(samba: &Samba, all: &mut [(&str, Watched)]) {
    let mut expect = async |what: &str, changed: usize, gone: usize| {
        for (who, watched) in &mut *all {
            let found = watched.changes().await;
            // who refers to somebody is read again when that might have another name
            assert!(
                found.changed >= changed && found.gone == gone,
                "{who}, {what}: {found:?}"
            );
        }
    };
    let modify = |ldif: &str| samba.ldapmodify(ldif);
    expect("nothing", 0, 0).await;
    modify(&(added("ann") + &added("ben")));
    expect("two are new", 2, 0).await;
    modify(&changed(&dn("ann"), "title", "Boss"));
    expect("one is changed", 1, 0).await;
    modify(&changed(&dn("ben"), "manager", &dn("ann")));
    expect("one refers to the other", 1, 0).await;
    modify(&renamed(&dn("ann"), "CN=anna", PEOPLE));
    expect("one is renamed", 2, 0).await;
    modify(&deleted(&dn("p1")));
    expect("one is deleted", 0, 1).await;
    modify(&changed(&dn("p2"), "userAccountControl", "514"));
    expect("one is disabled", 1, 0).await;
    modify(&renamed(&dn("p3"), "CN=p3", DISABLED));
    expect("one is moved", 1, 0).await;
    modify(&(deleted(&dn("p4")) + &added("p4")));
    expect("one is made anew under the old name", 1, 1).await;
    modify(&(changed(&dn("p4"), "description", "a") + &deleted(&dn("p4"))));
    expect("one is changed and deleted", 0, 1).await;

    let team = format!("OU=team,{PEOPLE}");
    modify(&(unit(&team) + &made(&format!("CN=tess,{team}"))));
    expect("one is new in a new unit", 1, 0).await;
    modify(&changed(&dn("p5"), "manager", &format!("CN=tess,{team}")));
    expect("one refers to it", 1, 0).await;
    // nothing of whoever is in the unit changes but the name
    modify(&renamed(&team, "OU=crew", PEOPLE));
    expect("the unit is renamed", 2, 0).await;
    let crew = format!("OU=crew,{PEOPLE}");
    modify(&(renamed(&crew, "OU=gang", PEOPLE) + &unit(&crew)));
    expect("it is renamed again, and another has its name", 2, 0).await;
    modify(&renamed(&format!("OU=gang,{PEOPLE}"), "OU=gang", DISABLED));
    expect("the unit is moved", 2, 0).await;

    // who is no account may be referred to as well
    let group = format!("CN=pool,{PEOPLE}");
    modify(&made(&group).replace(": user", ": group"));
    modify(&changed(&dn("p6"), "manager", &group));
    expect("one refers to a group", 1, 0).await;
    modify(&renamed(&group, "CN=pond", PEOPLE));
    expect("the group is renamed", 1, 0).await;
    modify(&deleted(&format!("CN=pond,{PEOPLE}")));
    expect("the group is deleted", 1, 0).await;

    modify(&deleted(&dn("ben")));
    expect("one is deleted again", 0, 1).await;
    restore(samba, "ben");
    expect("and comes back", 1, 0).await;
    modify(&deleted(&dn("p7")));
    restore(samba, "p7");
    expect("one comes back before anybody has seen it gone", 1, 0).await;
    expect("nothing again", 0, 0).await;
}

#[tokio::test]
#[ignore = "needs Samba AD"]
async fn by_each_way_a_life_is_followed() {
    let samba = domain();
    let mut all = Vec::new();
    for (who, bind, base, increments, expected) in [
        ("DirSync", ADMINISTRATOR, BASE, "dirsync", "dirsync"),
        ("numbers", ADMINISTRATOR, BASE, "usn", "usn"),
        ("numbers, no right", PLAIN, BASE, "auto", "usn"),
    ] {
        let watched = watch(&samba, bind, base, increments).await;
        assert!(cursor(&watched.coverage).starts_with(expected), "{who}");
        all.push((who, watched));
    }
    a_life(&samba, &mut all).await;
}

#[tokio::test]
#[ignore = "needs Samba AD"]
async fn a_part_of_a_domain_is_followed_too() {
    let samba = domain();
    let mut all = Vec::new();
    for (bind, increments) in [(ADMINISTRATOR, "auto"), (ADMINISTRATOR, "usn"), (PLAIN, "usn")] {
        all.push(watch(&samba, bind, PEOPLE, increments).await);
    }
    let mut expect = async |what: &str, changed: usize, gone: usize| {
        for watched in &mut all {
            assert_eq!(watched.changes().await, Brought { changed, gone }, "{what}");
        }
    };
    samba.ldapmodify(&(unit(&format!("OU=team,{PEOPLE}")) + &made(&format!("CN=tess,OU=team,{PEOPLE}"))));
    expect("one is new", 1, 0).await;
    samba.ldapmodify(&renamed(&dn("p1"), "CN=p1", DISABLED));
    expect("one moves out", 0, 1).await;
    samba.ldapmodify(&renamed(&format!("CN=p1,{DISABLED}"), "CN=p1", PEOPLE));
    expect("and back in", 1, 0).await;
    samba.ldapmodify(&renamed(&format!("OU=team,{PEOPLE}"), "OU=team", DISABLED));
    expect("a unit moves out", 0, 1).await;
    samba.ldapmodify(&renamed(&format!("OU=team,{DISABLED}"), "OU=team", PEOPLE));
    expect("and back in", 1, 0).await;
}

#[tokio::test]
#[ignore = "needs Samba AD"]
async fn in_doubt_the_whole_domain_is_read() {
    let samba = domain();
    for increments in ["dirsync", "usn"] {
        let mut watched = watch(&samba, ADMINISTRATOR, BASE, increments).await;
        let good = watched.coverage.clone();
        let whole = cursor(&good).to_owned();
        let position = whole.rsplit_once(' ').unwrap().1.to_owned();
        let words: Vec<&str> = position.split(':').collect();
        let with = |at: usize, word: &str| {
            let mut words = words.clone();
            words[at] = word;
            whole.replace(&position, &words.join(":"))
        };
        samba.ldapmodify(&added(&format!("{increments}new")));
        let mut doubts = vec![
            // set back, another domain controller, a read of long ago
            with(0, "99999999"),
            with(1, "00ff"),
            with(2, "1000000"),
            whole.replace("127.", "128."),
            whole.replace(increments, "timestamp"),
            "nonsense".to_owned(),
        ];
        if increments == "dirsync" {
            // cookies that are cut off, made up, left out
            doubts.extend([with(3, &words[3][..40]), with(3, "00ff"), with(3, "")]);
        }
        for doubt in doubts {
            assert_ne!(doubt, whole);
            watched.coverage = Coverage::new(good.asked(), good.as_of()).with_cursor(&doubt);
            watched.everything().await;
        }
        watched.coverage = Coverage::new(good.asked(), good.as_of()).with_cursor(&whole);
        watched.known = Arc::new(usher::model::RecordSet::new(watched.known.schema().clone()));
        let read = watched
            .system
            .read(&request(Some(watched.since())), &|_| ())
            .await;
        assert!(matches!(read.kind, ReadKind::Delta { .. }), "{:?}", read.coverage);
    }
}

#[tokio::test]
#[ignore = "needs Samba AD"]
async fn without_the_right_another_way_is_taken_and_told() {
    let samba = domain();
    let folder = tempfile::tempdir().unwrap();
    let told = async |bind: &str, increments: &str| {
        let probe = connect(&samba, bind, BASE, increments, folder.path())
            .probe()
            .await
            .unwrap();
        (probe.capabilities.join(", "), probe.warnings.join(", "))
    };
    let (can, warned) = told(ADMINISTRATOR, "auto").await;
    assert!(can.ends_with("changes by DirSync"), "{can}");
    assert!(!warned.contains("changes are found"), "{warned}");
    let (can, warned) = told(PLAIN, "auto").await;
    assert!(
        can.ends_with("changes by update sequence numbers and a list of all ids"),
        "{can}"
    );
    assert!(
        warned.contains("DirSync is not granted to plain@example.test"),
        "{warned}"
    );
    let (can, warned) = told(PLAIN, "dirsync").await;
    assert!(!can.contains("changes by"), "{can}");
    assert!(warned.contains("every read is in full"), "{warned}");

    // who insists on it without the right reads everything
    let system = connect(&samba, PLAIN, BASE, "dirsync", folder.path());
    let read = system.read(&request(None), &|_| ()).await;
    assert_eq!(
        (read.completeness, read.coverage.cursor()),
        (Completeness::Complete, None)
    );
}
