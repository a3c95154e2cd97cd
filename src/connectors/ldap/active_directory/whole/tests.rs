//! New accounts at a domain controller that takes them in every way but the easy one, and over a line that is cut at
//! each step: nobody can ever be used without a password, and nobody is there twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    os::unix::net::UnixListener,
    sync::{Arc, Mutex},
    thread,
};

use ldap3::asn1::{StructureTag, parse_tag};
use secrecy::SecretString;

use super::super::{
    super::{
        Section,
        entry::{constructed, primitive},
        open,
        reading::tests::{element, length, result},
    },
    CAPABILITY, PASSWORD,
};
use crate::{
    connectors::{Connector, ObjectRef, Secret, Settled, Write, WriteError, Written},
    model::Value,
};

const EASY: Manner = Manner {
    way: Way::Whole,
    cut: None,
};

/// How a domain controller takes new accounts.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    /// With their passwords.
    Whole,
    /// Only without.
    Bare,
    /// With their passwords, and sets none.
    Forgetful,
    /// Only without, and a password only by itself.
    OneByOne,
    /// No password is good enough.
    Never,
}

/// How the domain controller is.
#[derive(Clone, Copy)]
struct Manner {
    way: Way,
    /// At which request that writes the line is cut, counted from 1, and whether before it is done.
    cut: Option<(usize, bool)>,
}

#[derive(Debug, Default)]
struct Account {
    values: BTreeMap<String, Vec<u8>>,
    has_password: bool,
}

impl Account {
    fn control(&self) -> u32 {
        let octets = self.values.get("useraccountcontrol");
        octets.map_or(546, |octets| String::from_utf8_lossy(octets).parse().unwrap())
    }

    fn is_usable(&self) -> bool {
        self.control() & 2 == 0
    }

    fn set(&mut self, name: &str, value: Vec<u8>) {
        if name == "unicodepwd" {
            self.has_password = true;
            self.values.entry("pwdlastset".to_owned()).or_insert_with(now);
        } else if name == "pwdlastset" && value == b"-1" {
            self.values.insert(name.to_owned(), now());
        } else {
            self.values.insert(name.to_owned(), value);
        }
    }
}

fn now() -> Vec<u8> {
    b"134000000000000000".to_vec()
}

#[derive(Default)]
struct State {
    accounts: BTreeMap<String, Account>,
    /// What was written, in short.
    writes: Vec<String>,
    /// The accounts that were read alone.
    read_alone: BTreeSet<String>,
    /// What must never be.
    trouble: Vec<String>,
}

/// A domain controller on a socket of its own, which counts as an encrypted line.
struct Controller {
    state: Arc<Mutex<State>>,
    folder: tempfile::TempDir,
    system: Arc<dyn Connector>,
}

impl Controller {
    fn start(manner: Manner) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), "x").unwrap();
        let socket = folder.path().join("dc");
        let listener = UnixListener::bind(&socket).unwrap();
        let state = Arc::<Mutex<State>>::default();
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = shared.clone();
                thread::spawn(move || serve(client, manner, &shared));
            }
        });
        let path = socket.to_str().unwrap().replace('/', "%2F");
        let system = connector(&format!("ldapi://{path}"), &folder);
        Self {
            state,
            folder,
            system,
        }
    }

    fn writes(&self) -> Vec<String> {
        self.state.lock().unwrap().writes.clone()
    }

    /// Whether the account is there, has a password, and can be used.
    #[track_caller]
    fn ends_with(&self, expected: Option<(bool, bool)>, what: &str) {
        let state = self.state.lock().unwrap();
        let accounts: Vec<_> = state.accounts.values().collect();
        let is = accounts.iter().map(|one| (one.has_password, one.is_usable()));
        assert_eq!(is.collect::<Vec<_>>(), Vec::from_iter(expected), "{what}");
        assert!(state.trouble.is_empty(), "{what}: {:?}", state.trouble);
    }

    /// Makes the account as a run does.
    async fn make(&self, usable: bool) -> Result<Written, WriteError> {
        make(self.system.as_ref(), "Ana", usable).await
    }
}

fn connector(url: &str, folder: &tempfile::TempDir) -> Arc<dyn Connector> {
    let section: Section = serde_json::from_value(serde_json::json!({
        "url": url, "bind_dn": "CN=usher,DC=x", "password": {"file": "password"}, "base": "DC=x", "timeout": 5,
        "disable": "user-account-control", "anchor": "objectGUID",
    }))
    .unwrap();
    open("domain".into(), &section, folder.path()).unwrap()
}

fn create(name: &str, usable: bool) -> Write {
    Write::Create {
        class: vec!["user".to_owned()],
        container: Some("DC=x".to_owned()),
        attributes: vec![
            ("CN".to_owned(), Value::from(name.to_owned())),
            ("sAMAccountName".to_owned(), Value::from(name.to_owned())),
        ],
        enabled: Some(usable),
        absent: Vec::new(),
        secrets: vec![PASSWORD.to_owned()],
    }
}

fn secrets() -> Vec<Secret> {
    vec![Secret {
        attribute: PASSWORD.to_owned(),
        value: SecretString::from("Secret-1"),
    }]
}

async fn make(system: &dyn Connector, name: &str, usable: bool) -> Result<Written, WriteError> {
    let write = Arc::new(create(name, usable));
    let mut tries = 0;
    let written = loop {
        tries += 1;
        assert!(tries < 5);
        match system.create_whole(&write, &secrets()).await {
            Ok((written, true)) => return Ok(written),
            Ok((written, false)) => break written,
            Err(WriteError::Unknown(_)) => match system.settle(&write).await {
                Settled::Done(written) => break written,
                Settled::NotDone => {}
                other => panic!("{other:?}"),
            },
            Err(error) => return Err(error),
        }
    };
    let object = ObjectRef {
        anchor: written.anchor.clone(),
        location: written.location.clone(),
        class: "user".to_owned(),
    };
    for _ in 0..3 {
        match system.set_secrets(&write, &object, &secrets()).await {
            Ok(()) => return Ok(written),
            Err(WriteError::Refused(why)) => {
                system.write(&Write::Delete { object }).await.unwrap();
                return Err(WriteError::Refused(why));
            }
            Err(_) => {}
        }
    }
    panic!("the password cannot be set");
}

fn serve(mut client: impl Read + std::io::Write, manner: Manner, state: &Mutex<State>) {
    let mut buffer = Vec::new();
    let mut octets = [0; 4096];
    while let Ok(count @ 1..) = client.read(&mut octets) {
        buffer.extend_from_slice(&octets[..count]);
        while let Some((length, header)) =
            length(&buffer).filter(|(length, header)| buffer.len() >= length + header)
        {
            let message: Vec<u8> = buffer.drain(..length + header).collect();
            let mut parts = constructed(parse_tag(&message).unwrap().1).unwrap().into_iter();
            let id = primitive(parts.next().unwrap()).unwrap();
            let id = element(2, &[&id]);
            let Some(answers) = answer(parts.next().unwrap(), manner, &mut state.lock().unwrap()) else {
                return;
            };
            for answer in answers {
                if client.write_all(&element(0x30, &[&id, &answer])).is_err() {
                    return;
                }
            }
        }
    }
}

/// Does what is asked; nothing if the line is cut.
fn answer(request: StructureTag, manner: Manner, state: &mut State) -> Option<Vec<Vec<u8>>> {
    let tag = request.id;
    if tag == 0 {
        return Some(vec![result(0x61, 0)]);
    }
    if tag == 3 {
        return Some(search(request, state));
    }
    let is_cut = |state: &State, early: bool| manner.cut == Some((state.writes.len(), early));
    let (what, name, changes) = match tag {
        8 | 6 => {
            let mut parts = constructed(request).unwrap().into_iter();
            let name = text(parts.next().unwrap());
            let changes = constructed(parts.next().unwrap()).unwrap().into_iter();
            let changes = changes.map(|change| {
                let mut parts = constructed(change).unwrap();
                if tag == 6 {
                    parts = constructed(parts.pop().unwrap()).unwrap();
                }
                let values = constructed(parts.pop().unwrap()).unwrap();
                let value = values.into_iter().next().and_then(primitive);
                (
                    text(parts.pop().unwrap()).to_ascii_lowercase(),
                    value.unwrap_or_default(),
                )
            });
            let what = if tag == 8 { "add" } else { "modify" };
            (what, name, changes.collect::<Vec<_>>())
        }
        10 => (
            "delete",
            String::from_utf8(primitive(request).unwrap()).unwrap(),
            Vec::new(),
        ),
        // an unbind, or what no test asks for
        _ => return None,
    };
    let names: Vec<_> = changes.iter().map(|(name, _)| name.as_str()).collect();
    let interesting = ["unicodepwd", "useraccountcontrol", "pwdlastset"];
    let interesting: Vec<_> = interesting
        .into_iter()
        .filter(|name| names.contains(name))
        .collect();
    state
        .writes
        .push(format!("{what} {}", interesting.join(" ")).trim_end().to_owned());
    if is_cut(state, true) {
        return None;
    }
    let has_password = names.contains(&"unicodepwd");
    let code = match what {
        "add" if state.accounts.contains_key(&name) => 68,
        "add" if has_password && matches!(manner.way, Way::Bare | Way::OneByOne | Way::Never) => 53,
        "modify" if has_password && manner.way == Way::Never => 53,
        "modify" if has_password && names.len() > 1 && manner.way == Way::OneByOne => 53,
        "add" => {
            let mut account = Account::default();
            for (name, value) in changes {
                if name != "unicodepwd" || manner.way != Way::Forgetful {
                    account.set(&name, value);
                }
            }
            account
                .values
                .entry("pwdlastset".to_owned())
                .or_insert_with(|| b"0".to_vec());
            state.accounts.insert(name.clone(), account);
            0
        }
        "modify" => match state.accounts.get_mut(&name) {
            Some(account) => {
                if has_password {
                    account.values.insert("pwdlastset".to_owned(), now());
                }
                for (name, value) in changes {
                    account.set(&name, value);
                }
                0
            }
            None => 32,
        },
        _ => match state.accounts.remove(&name) {
            Some(_) => 0,
            None => 32,
        },
    };
    let naked: Vec<_> = state
        .accounts
        .values()
        .filter(|one| one.is_usable() && !one.has_password)
        .collect();
    if !naked.is_empty() {
        let trouble = format!("after {:?}: {naked:?}", state.writes);
        state.trouble.push(trouble);
    }
    if is_cut(state, false) {
        return None;
    }
    let tag = 0x60 | u8::try_from(tag + 1).unwrap();
    Some(vec![result(tag, code)])
}

fn search(request: StructureTag, state: &mut State) -> Vec<Vec<u8>> {
    let mut parts = constructed(request).unwrap();
    let (filter, base) = (parts.swap_remove(6), text(parts.swap_remove(0)));
    let attribute = |name: &str, value: &[u8]| {
        let values = element(0x31, &[&element(4, &[value])]);
        element(0x30, &[&element(4, &[name.as_bytes()]), &values])
    };
    let found = |name: &str, attributes: &[Vec<u8>]| {
        let parts: Vec<_> = attributes.iter().map(Vec::as_slice).collect();
        element(0x64, &[&element(4, &[name.as_bytes()]), &element(0x30, &parts)])
    };
    let account = |name: &str, account: &Account| {
        let values = account.values.iter().filter(|(name, _)| *name != "unicodepwd");
        let mut attributes: Vec<_> = values.map(|(name, value)| attribute(name, value)).collect();
        attributes.push(attribute("objectGUID", b"0123456789abcdef"));
        found(name, &attributes)
    };
    let mut answers = Vec::new();
    if base.is_empty() {
        let capability = attribute("supportedCapabilities", CAPABILITY.as_bytes());
        answers.push(found("", &[capability]));
    } else if let Some(one) = state.accounts.get(&base) {
        answers.push(account(&base, one));
        state.read_alone.insert(base);
    } else {
        let names = places(filter).into_iter();
        let there = names.filter_map(|name| Some(account(&name, state.accounts.get(&name)?)));
        answers.extend(there);
    }
    answers.push(result(0x65, 0));
    answers
}

/// The names in `(|(distinguishedName=…)…)`.
fn places(filter: StructureTag) -> Vec<String> {
    let (tag, mut parts) = (filter.id, constructed(filter).unwrap_or_default());
    match tag {
        1 => parts.into_iter().flat_map(places).collect(),
        3 if parts.len() == 2 => {
            let value = text(parts.remove(1));
            let is_place = text(parts.remove(0)) == "distinguishedName";
            Vec::from_iter(is_place.then_some(value))
        }
        _ => Vec::new(),
    }
}

fn text(part: StructureTag) -> String {
    String::from_utf8(primitive(part).unwrap()).unwrap()
}

const WHOLE: &str = "add unicodepwd useraccountcontrol pwdlastset";

#[tokio::test]
async fn whoever_can_be_used_has_a_password() {
    for way in [Way::Whole, Way::Bare, Way::Forgetful, Way::OneByOne] {
        for usable in [true, false] {
            // uncut, and cut at each of the requests there can be, before it is done and after
            let cuts = (1..=6).flat_map(|nth| [Some((nth, true)), Some((nth, false))]);
            for cut in std::iter::once(None).chain(cuts) {
                let dc = Controller::start(Manner { way, cut });
                let what = format!("{way:?}, usable {usable}, cut {cut:?}");
                dc.make(usable)
                    .await
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
                dc.ends_with(Some((true, usable)), &what);
            }
        }
    }
}

#[tokio::test]
async fn whoever_gets_no_password_is_not_there() {
    let cuts = (1..=5).flat_map(|nth| [Some((nth, true)), Some((nth, false))]);
    for cut in std::iter::once(None).chain(cuts) {
        let dc = Controller::start(Manner { way: Way::Never, cut });
        if cut.is_none_or(|(nth, _)| nth < 4) {
            assert!(
                matches!(dc.make(true).await, Err(WriteError::Refused(_))),
                "{cut:?}"
            );
            dc.ends_with(None, &format!("{cut:?}"));
        }
    }
}

#[tokio::test]
async fn a_controller_that_has_shown_how_it_takes_accounts_is_asked_once() {
    let dc = Controller::start(EASY);
    dc.make(true).await.unwrap();
    dc.state.lock().unwrap().accounts.clear();
    let before = dc.writes().len();
    dc.make(true).await.unwrap();
    assert_eq!(dc.writes()[before..], [WHOLE]);
    dc.ends_with(Some((true, true)), "made again");
}

#[tokio::test]
async fn who_comes_meanwhile_waits_for_the_first_account_and_for_no_other() {
    let makes = async |dc: &Controller| {
        let names = ["Ana", "Ben", "Cem", "Dot"];
        let made = names.map(|name| make(dc.system.as_ref(), name, true));
        futures_util::future::try_join_all(made).await.unwrap();
        let state = dc.state.lock().unwrap();
        assert_eq!(state.accounts.len(), names.len());
        assert!(state.trouble.is_empty(), "{:?}", state.trouble);
        let mut accounts = state.accounts.values();
        assert!(accounts.all(|one| one.has_password && one.is_usable()));
        (state.writes.clone(), state.read_alone.len())
    };
    let disabled = "add unicodepwd useraccountcontrol";
    let dc = Controller::start(EASY);
    let (mut writes, read_alone) = makes(&dc).await;
    // the first one, whether its password was set; all others are read back together
    assert_eq!(read_alone, 1);
    assert_eq!(writes.remove(0), disabled);
    // made usable while the others are made already
    writes.sort_unstable();
    assert_eq!(
        writes,
        [WHOLE, WHOLE, WHOLE, "modify useraccountcontrol pwdlastset"]
    );
    // the first one tells nothing: then each finds out for itself
    let dc = Controller::start(Manner {
        way: Way::Whole,
        cut: Some((1, true)),
    });
    let (writes, _) = makes(&dc).await;
    let tries = writes.iter().filter(|write| *write == disabled);
    assert!(tries.count() > 1, "{writes:?}");
    // what the first one is refused is not asked of the server again
    let dc = Controller::start(Manner {
        way: Way::Bare,
        cut: None,
    });
    let (writes, _) = makes(&dc).await;
    let refused = writes.iter().filter(|write| write.starts_with("add unicodepwd"));
    assert_eq!(refused.count(), 1, "{writes:?}");
}

#[tokio::test]
async fn without_an_encrypted_line_nobody_is_made() {
    let dc = Controller::start(EASY);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    let state = dc.state.clone();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let state = state.clone();
            thread::spawn(move || serve(client, EASY, &state));
        }
    });
    let system = connector(&url, &dc.folder);
    let refused = make(system.as_ref(), "Ana", true).await.unwrap_err().to_string();
    assert!(refused.contains("over an encrypted connection"), "{refused}");
    assert!(dc.writes().is_empty(), "{:?}", dc.writes());
}
