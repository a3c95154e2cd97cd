//! The groups of a domain of which only changes are read: with all changes added they are what a read of all shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use usher::connectors::Since;
use usher::model::{Completeness, Coverage, Read, ReadKind, RecordSet};

use super::{
    Watched, changed, deleted,
    domain::{DISABLED, PEOPLE, added, dn, domain, made, unit, watch},
    renamed,
};
use crate::support::samba::{ADMINISTRATOR, BASE, Samba};

/// The accounts and the groups of a domain.
struct Groups {
    people: Watched,
    known: Arc<RecordSet>,
    coverage: Coverage,
}

/// What there is of each group: its name, and whoever is in it.
type Picture = BTreeMap<String, (String, BTreeSet<String>)>;

fn picture(records: &RecordSet) -> Picture {
    let groups = records.iter().map(|group| {
        let members = group.get("member").each().map(str::to_owned).collect();
        (group.anchor().to_owned(), (group.location().to_owned(), members))
    });
    groups.collect()
}

impl Groups {
    async fn of(people: Watched) -> Self {
        let read = people.system.read_groups(&|_| ()).await.unwrap();
        assert_eq!(read.completeness, Completeness::Complete);
        let mut groups = Self {
            people,
            known: Arc::new(RecordSet::new(Arc::default())),
            coverage: Coverage::new("", None),
        };
        groups.take_whole(read);
        groups
    }

    fn take_whole(&mut self, read: Read) {
        assert_eq!(read.kind, ReadKind::Full);
        assert!(read.coverage.cursor().is_some(), "{:?}", read.coverage);
        (self.known, self.coverage) = (Arc::new(read.records), read.coverage);
    }

    /// Reads what changed and fails the test unless that makes the whole; returns the names of the groups that came
    /// and how many are gone, or nothing where all groups have to be read.
    async fn changes(&mut self, what: &str) -> Option<(Vec<String>, usize)> {
        let before = self.people.known.clone();
        self.people.changes().await;
        let since = Since {
            coverage: self.coverage.clone(),
            records: self.known.clone(),
        };
        let system = self.people.system.clone();
        let Some(read) = system.read_group_changes(&since, &before, &|_| ()).await else {
            let read = system.read_groups(&|_| ()).await.unwrap();
            self.take_whole(read);
            return None;
        };
        assert_eq!(
            read.completeness,
            Completeness::Complete,
            "{what}: {:?}",
            read.problems
        );
        let ReadKind::Delta { cursor, tombstones } = &read.kind else {
            panic!("{what}: everything was read");
        };
        let mut known = (*self.known).clone();
        known
            .merge(&read.records, tombstones.iter().map(String::as_str))
            .unwrap();
        self.coverage = read.coverage.clone().with_cursor(cursor);
        self.known = Arc::new(known);
        let whole = self.people.whole.read_groups(&|_| ()).await.unwrap();
        assert_eq!(whole.completeness, Completeness::Complete);
        assert_eq!(picture(&self.known), picture(&whole.records), "{what}");
        let names = read.records.iter().map(|group| {
            let name = group.get("name").first().unwrap_or_default();
            name.to_owned()
        });
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        Some((names, tombstones.len()))
    }
}

fn group(name: &str) -> String {
    format!("CN={name},OU=Groups,{BASE}")
}

fn member(order: &str, name: &str, of: &str) -> String {
    format!(
        "dn: {}\nchangetype: modify\n{order}: member\nmember: {of}\n\n",
        group(name)
    )
}

/// What may happen to groups; each time it is told which of them come at least, and how many are gone.
async fn a_life(samba: &Samba, increments: &str) {
    let mut groups = Groups::of(watch(samba, ADMINISTRATOR, BASE, increments).await).await;
    let modify = |ldif: &str| samba.ldapmodify(ldif);
    let mut expect = async |what: &str, names: &[&str], gone: usize| {
        let found = groups.changes(what).await;
        let (came, left) = found.unwrap_or_else(|| panic!("{increments}, {what}: all groups were read"));
        let all = names.iter().all(|name| came.iter().any(|came| came == name));
        assert!(all && left == gone, "{increments}, {what}: {came:?}, {left} gone");
        came
    };
    let came = expect("nothing", &[], 0).await;
    assert!(came.is_empty(), "{came:?}");
    let new = |name: &str| made(&group(name)).replace(": user", ": group");
    modify(&(new("red") + &new("blue")));
    expect("two are new", &["red", "blue"], 0).await;
    modify(&(member("add", "red", &dn("p1")) + &member("add", "red", &dn("p2"))));
    let came = expect("one gains members", &["red"], 0).await;
    assert_eq!(came, ["red"]);
    modify(&member("delete", "red", &dn("p2")));
    expect("and loses one", &["red"], 0).await;
    modify(&member("add", "blue", &group("red")));
    expect("one is in the other", &["blue"], 0).await;
    modify(&changed(&dn("p3"), "title", "Boss"));
    let came = expect("somebody else is changed", &[], 0).await;
    assert!(came.is_empty(), "{came:?}");
    // whoever is new has a primary group that does not list them, and does not change
    modify(&added("ann"));
    let came = expect("somebody is new", &["Domain Users"], 0).await;
    assert_eq!(came, ["Domain Users"]);
    modify(&renamed(&dn("p1"), "CN=first", PEOPLE));
    expect("a member is renamed", &["red", "Domain Users"], 0).await;
    modify(&renamed(&dn("first"), "CN=first", DISABLED));
    expect("and moved", &["red", "Domain Users"], 0).await;
    modify(&renamed(
        &group("red"),
        "CN=crimson",
        &format!("OU=Groups,{BASE}"),
    ));
    expect("a group is renamed", &["crimson", "blue"], 0).await;

    modify(&member("add", "blue", &dn("p4")));
    expect("one more comes", &["blue"], 0).await;
    let told = samba.samba_tool(&["group", "show", "blue", "--attributes=objectSid"]);
    let number = told.lines().find(|line| line.starts_with("objectSid: ")).unwrap();
    let number = number.rsplit('-').next().unwrap();
    modify(&changed(&dn("p4"), "primaryGroupID", number));
    expect("a primary group is another", &["blue", "Domain Users"], 0).await;
    modify(&deleted(&dn("p4")));
    expect("and who had it is deleted", &["blue"], 0).await;
    modify(&deleted(&format!("CN=first,{DISABLED}")));
    expect("a member is deleted", &["crimson", "Domain Users"], 0).await;

    let team = format!("OU=team,{PEOPLE}");
    let tess = format!("CN=tess,{team}");
    modify(&(unit(&team) + &made(&tess) + &member("add", "blue", &tess)));
    expect("one is new in a new unit", &["blue", "Domain Users"], 0).await;
    // nothing of whoever is in the unit changes but the name
    modify(&renamed(&team, "OU=crew", PEOPLE));
    expect("the unit is renamed", &["blue", "Domain Users"], 0).await;
    modify(&deleted(&group("crimson")));
    expect("a group is deleted", &["blue"], 1).await;
}

#[tokio::test]
#[ignore = "needs Samba AD"]
async fn by_dirsync_the_groups_are_followed() {
    a_life(&domain(), "dirsync").await;
}

#[tokio::test]
#[ignore = "needs Samba AD"]
async fn by_numbers_the_groups_are_followed() {
    a_life(&domain(), "usn").await;
}

#[tokio::test]
#[ignore = "needs Samba AD"]
async fn deleted_members_that_are_not_shown_are_missed() {
    let samba = domain();
    samba.ldapmodify(&made(&group("red")).replace(": user", ": group"));
    samba.ldapmodify(&member("add", "red", &dn("p1")));
    let mut groups = Groups::of(watch(&samba, super::domain::PLAIN, BASE, "usn").await).await;
    samba.ldapmodify(&deleted(&dn("p1")));
    let (came, gone) = groups.changes("somebody is deleted").await.unwrap();
    assert!(came.contains(&"red".to_owned()) && gone == 0, "{came:?}");
    samba.ldapmodify(&deleted(&group("red")));
    let (_, gone) = groups.changes("a group is deleted").await.unwrap();
    assert_eq!(gone, 1);
}
