//! Incremental reads of real directories: whatever happens, what is known with all changes added is what a read of
//! everything shows.

use std::{collections::BTreeMap, sync::Arc};

use usher::connectors::{Connector, ReadRequest, Since, ldap};
use usher::model::{Completeness, Coverage, Read, ReadKind, RecordSet};

use crate::support::openldap::OpenLdap;

#[path = "increments/domain.rs"]
mod domain;
#[path = "increments/ds389.rs"]
mod ds389;
#[path = "increments/groups.rs"]
mod groups;
#[path = "increments/office.rs"]
mod office;

const BASE: &str = "dc=example,dc=com";
const PEOPLE: &str = "ou=people,dc=example,dc=com";

/// How a directory is connected.
pub struct Access<'a> {
    pub url: String,
    pub bind_dn: String,
    pub password: &'a str,
    pub anchor: &'a str,
    pub disable: &'a str,
    pub increments: &'a str,
}

/// A directory of which only changes are read, and what is known of it.
pub struct Watched {
    system: Arc<dyn Connector>,
    /// The same directory, read in full each time.
    whole: Arc<dyn Connector>,
    known: Arc<RecordSet>,
    coverage: Coverage,
    _folder: tempfile::TempDir,
}

/// What an incremental read brought.
#[derive(Debug, PartialEq, Eq)]
pub struct Brought {
    pub changed: usize,
    pub gone: usize,
}

/// The attributes that are read: one of them names other entries.
fn request(since: Option<Since>) -> ReadRequest {
    ReadRequest {
        attributes: ["uid", "cn", "title", "manager", "description"]
            .map(str::to_owned)
            .to_vec(),
        since,
        ..ReadRequest::default()
    }
}

/// What is known of the way to go on.
fn cursor(coverage: &Coverage) -> &str {
    coverage.cursor().unwrap_or_default()
}

impl Watched {
    /// Connects, and reads everything once.
    pub async fn new(access: &Access<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), access.password).unwrap();
        let open = |increments: &str| {
            let section: ldap::Section = serde_json::from_value(serde_json::json!({
                "url": access.url, "bind_dn": access.bind_dn, "password": {"file": "password"}, "base": BASE,
                "anchor": access.anchor, "disable": access.disable, "increments": increments,
            }))
            .unwrap();
            ldap::open("directory".into(), &section, folder.path()).unwrap()
        };
        let (system, whole) = (open(access.increments), open("none"));
        Self::of(system, whole, folder).await
    }

    /// Takes a directory as it is connected in two ways, the second of which reads everything each time.
    pub async fn of(
        system: Arc<dyn Connector>,
        whole: Arc<dyn Connector>,
        folder: tempfile::TempDir,
    ) -> Self {
        let mut watched = Self {
            system,
            whole,
            known: Arc::default_set(),
            coverage: Coverage::new("", None),
            _folder: folder,
        };
        watched.read_everything().await;
        watched
    }

    async fn read_everything(&mut self) {
        let read = self.system.read(&request(None), &|_| ()).await;
        self.take_whole(read);
    }

    fn take_whole(&mut self, read: Read) {
        assert_eq!(read.completeness, Completeness::Complete);
        assert_eq!(read.kind, ReadKind::Full);
        assert!(read.coverage.cursor().is_some(), "{:?}", read.coverage);
        (self.known, self.coverage) = (Arc::new(read.records), read.coverage);
    }

    fn since(&self) -> Since {
        Since {
            coverage: self.coverage.clone(),
            records: self.known.clone(),
        }
    }

    /// Reads what changed, takes it in, and fails the test unless that makes the whole.
    #[track_caller]
    fn take(&mut self, read: &Read) -> Brought {
        assert_eq!(read.completeness, Completeness::Complete, "{:?}", read.problems);
        let ReadKind::Delta { cursor, tombstones } = &read.kind else {
            panic!("everything was read: {:?}", read.coverage);
        };
        let mut known = (*self.known).clone();
        let gone = tombstones.iter().map(String::as_str);
        known.merge(&read.records, gone).unwrap();
        self.coverage = read.coverage.clone().with_cursor(cursor);
        self.known = Arc::new(known);
        Brought {
            changed: read.records.len(),
            gone: tombstones.len(),
        }
    }

    pub async fn changes(&mut self) -> Brought {
        let read = self.system.read(&request(Some(self.since())), &|_| ()).await;
        let brought = self.take(&read);
        self.compare().await;
        brought
    }

    /// Reads what changed, right or wrong.
    pub async fn changes_told(&mut self) -> Brought {
        let read = self.system.read(&request(Some(self.since())), &|_| ()).await;
        self.take(&read)
    }

    /// Fails the test unless what is known is what a read of everything shows.
    pub async fn compare(&self) {
        let whole = self.whole.read(&request(None), &|_| ()).await;
        assert_eq!(whole.completeness, Completeness::Complete);
        assert_eq!(described(&self.known), described(&whole.records));
    }

    /// Reads, expecting that everything has to be read.
    pub async fn everything(&mut self) {
        let read = self.system.read(&request(Some(self.since())), &|_| ()).await;
        self.take_whole(read);
        self.compare().await;
    }
}

trait DefaultSet {
    fn default_set() -> Self;
}

impl DefaultSet for Arc<RecordSet> {
    fn default_set() -> Self {
        Self::new(RecordSet::new(Arc::default()))
    }
}

fn described(records: &RecordSet) -> BTreeMap<String, String> {
    let columns = &records.schema().columns;
    records
        .iter()
        .map(|record| {
            let cells: Vec<String> = (0..columns.len())
                .map(|column| {
                    let mut values: Vec<_> = record.cell(column).each().map(str::to_owned).collect();
                    values.sort_unstable();
                    values.join("+")
                })
                .collect();
            let text = format!("{} {:?} {}", record.location(), record.enabled(), cells.join("|"));
            (record.anchor().to_owned(), text)
        })
        .collect()
}

pub fn person(uid: &str, more: &str) -> String {
    format!("dn: uid={uid},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\nsn: Żak\n{more}\n")
}

pub fn added(uid: &str) -> String {
    person(uid, "").replace("\nobjectClass", "\nchangetype: add\nobjectClass")
}

pub fn changed(dn: &str, attribute: &str, value: &str) -> String {
    format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n\n")
}

pub fn renamed(dn: &str, rdn: &str, under: &str) -> String {
    let above = dn.split_once(',').map(|(_, above)| above);
    // a container cannot be moved to where it is
    let moved = if above == Some(under) {
        String::new()
    } else {
        format!("newsuperior: {under}\n")
    };
    format!("dn: {dn}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 1\n{moved}\n")
}

pub fn deleted(dn: &str) -> String {
    format!("dn: {dn}\nchangetype: delete\n\n")
}

const fn brought(changed: usize, gone: usize) -> Brought {
    Brought { changed, gone }
}

/// What may happen to a directory; what an incremental read must bring is told by how many entries changed and are
/// gone, where every mechanism brings the same.
pub async fn a_life(watched: &mut Watched, modify: &dyn Fn(&str), is_exact: bool) {
    let mut expect = async |what: &str, changed: usize, gone: usize| {
        let found = watched.changes().await;
        // mechanisms that go by seconds bring again what changed in the last one
        if is_exact {
            assert_eq!(found, brought(changed, gone), "{what}");
        } else {
            assert!(
                found.changed >= changed && found.gone == gone,
                "{what}: {found:?}"
            );
        }
    };
    let dn = |uid: &str| format!("uid={uid},{PEOPLE}");
    expect("nothing", 0, 0).await;
    modify(&(added("ann") + &added("ben")));
    expect("two are new", 2, 0).await;
    modify(&changed(&dn("ann"), "title", "Boss"));
    expect("one is changed", 1, 0).await;
    modify(&changed(&dn("ben"), "manager", &dn("ann")));
    expect("one refers to the other", 1, 0).await;
    // who refers to whom is renamed may have been put right by the server, which leaves the stamp alone
    modify(&renamed(&dn("ann"), "uid=anna", PEOPLE));
    expect("one is renamed", 2, 0).await;
    modify(&deleted(&dn("p1")));
    expect("one is deleted", 0, 1).await;
    modify(&changed(
        &dn("p2"),
        "objectClass",
        "inetOrgPerson\nobjectClass: uidObject",
    ));
    expect("a class more", 1, 0).await;
    modify(&renamed(&dn("p3"), "uid=p3", "ou=disabled,dc=example,dc=com"));
    expect("one is moved", 1, 0).await;
    modify(&(deleted(&dn("p4")) + &added("p4")));
    expect("one is made anew under the old name", 1, 1).await;
    modify(
        "dn: ou=team,ou=people,dc=example,dc=com\nchangetype: add\nobjectClass: organizationalUnit\nou: team\n\n",
    );
    expect("a container", 0, 0).await;
    modify(&added("tess").replace(PEOPLE, "ou=team,ou=people,dc=example,dc=com"));
    expect("one is new in it", 1, 0).await;
    // whoever is in a container that is renamed moves along; no stamp of theirs tells
    modify(&renamed("ou=team,ou=people,dc=example,dc=com", "ou=crew", PEOPLE));
    expect("the container is renamed", 1, 0).await;
    modify(&renamed("ou=crew,ou=people,dc=example,dc=com", "ou=gang", PEOPLE));
    modify(
        "dn: ou=crew,ou=people,dc=example,dc=com\nchangetype: add\nobjectClass: organizationalUnit\nou: crew\n\n",
    );
    expect("it is renamed again, and another has its name", 1, 0).await;
    modify(&deleted("uid=tess,ou=gang,ou=people,dc=example,dc=com"));
    expect("who is in it is deleted", 0, 1).await;
    expect("nothing again", 0, 0).await;
}

fn openldap() -> OpenLdap {
    let server = OpenLdap::options()
        .overlays("refint ppolicy syncprov accesslog")
        .start();
    let people: String = (0..30).map(|number| person(&format!("p{number}"), "")).collect();
    server.ldapadd(&people);
    server
}

fn access<'a>(server: &'a OpenLdap, account: &str, increments: &'a str) -> Access<'a> {
    Access {
        url: server.url(),
        bind_dn: server.account(account),
        password: server.password(),
        anchor: "entryUUID",
        disable: "ppolicy",
        increments,
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP"]
async fn by_content_synchronisation() {
    let server = openldap();
    let mut watched = Watched::new(&access(&server, "repl", "sync")).await;
    a_life(&mut watched, &|ldif| server.ldapmodify(ldif), true).await;

    // the session log is gone: the server names who is still there
    server.ldapmodify(&(deleted(&format!("uid=p7,{PEOPLE}")) + &added("late")));
    server.stop();
    server.restart();
    assert_eq!(watched.changes().await, brought(1, 1));
    assert_eq!(watched.changes().await, brought(0, 0));
}

#[tokio::test]
#[ignore = "needs OpenLDAP"]
async fn by_the_log_of_writes() {
    let server = openldap();
    let mut watched = Watched::new(&access(&server, "repl", "accesslog")).await;
    a_life(&mut watched, &|ldif| server.ldapmodify(ldif), false).await;
    server.stop();
    server.restart();
    server.ldapmodify(&deleted(&format!("uid=p7,{PEOPLE}")));
    assert_eq!(watched.changes().await.gone, 1);
}

#[tokio::test]
#[ignore = "needs OpenLDAP"]
async fn by_time_stamps() {
    let server = openldap();
    let mut watched = Watched::new(&access(&server, "sync", "timestamp")).await;
    a_life(&mut watched, &|ldif| server.ldapmodify(ldif), false).await;
}

#[tokio::test]
#[ignore = "needs OpenLDAP"]
async fn the_best_that_is_offered_is_taken() {
    for (overlays, account, expected) in [
        ("refint syncprov accesslog", "repl", "sync"),
        ("refint", "sync", "timestamp"),
    ] {
        let server = OpenLdap::options().overlays(overlays).start();
        server.ldapadd(&person("ann", ""));
        let watched = Watched::new(&access(&server, account, "auto")).await;
        let cursor = watched.coverage.cursor().unwrap();
        assert!(cursor.starts_with(expected), "{cursor}");
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP"]
async fn in_doubt_everything_is_read() {
    let server = openldap();
    let mut watched = Watched::new(&access(&server, "repl", "sync")).await;
    let good = watched.coverage.clone();
    let cursor = good.cursor().unwrap().to_owned();
    let csn = cursor.rsplit_once("csn=").unwrap().1.to_owned();
    let asked = Coverage::new(good.asked(), good.as_of());
    server.ldapmodify(&(added("ann") + &deleted(&format!("uid=p1,{PEOPLE}"))));
    for other in [
        // a server that was set back
        cursor.replace(&csn, &format!("2036{}", &csn[4..])),
        // another mechanism, another server, nonsense
        cursor.replace("sync ", "changelog "),
        cursor.replace("localhost", "elsewhere"),
        "nonsense".to_owned(),
        String::new(),
    ] {
        assert_ne!(other, cursor);
        watched.coverage = asked.clone().with_cursor(&other);
        watched.everything().await;
    }
    // another question: fewer entries than before must not pass for changes
    watched.coverage = Coverage::new("another question", None).with_cursor(&cursor);
    watched.everything().await;
    // other attributes
    let schema = Arc::new(usher::model::Schema {
        columns: vec![usher::model::Column::text("uid")],
    });
    watched.coverage = good.clone();
    watched.known = Arc::new(RecordSet::new(schema));
    watched.everything().await;

    // who may only see 500 entries at once reads everything in pages, and changes as long as there are few
    let many: String = (0..600).map(|number| added(&format!("many{number}"))).collect();
    let mut small = Watched::new(&access(&server, "sync", "sync")).await;
    server.ldapmodify(&changed(&format!("uid=p2,{PEOPLE}"), "title", "Boss"));
    assert_eq!(small.changes().await, brought(1, 0));
    server.ldapmodify(&many);
    small.everything().await;
}

#[tokio::test]
#[ignore = "needs OpenLDAP"]
async fn what_has_no_stamp_is_read_in_full() {
    let server = openldap();
    let watched = Watched::new(&access(&server, "repl", "sync")).await;
    let mut request = request(Some(watched.since()));
    request.attributes.push("memberOf".to_owned());
    let read = watched.system.read(&request, &|_| ()).await;
    assert_eq!((read.kind, read.coverage.cursor()), (ReadKind::Full, None));
}
