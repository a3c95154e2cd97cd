//! Several connections, when much is under way.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use futures_util::future::join_all;

use super::*;

/// A door to a server that lets only so many connections in, and closes the others at once.
struct Door {
    port: u16,
    knocks: Arc<AtomicUsize>,
    /// How many have left again.
    left: Arc<AtomicUsize>,
    inside: Arc<Mutex<Vec<TcpStream>>>,
}

impl Door {
    fn before(server: u16, most: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (knocks, left, inside) = (Arc::new(AtomicUsize::new(0)), Arc::default(), Arc::default());
        let door = Self {
            port,
            knocks: knocks.clone(),
            left: Arc::clone(&left),
            inside: Arc::clone(&inside),
        };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if knocks.fetch_add(1, Ordering::SeqCst) >= most {
                    continue;
                }
                let upstream = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
                let both = || (client.try_clone().unwrap(), upstream.try_clone().unwrap());
                inside.lock().unwrap().push(both().0);
                let ((from, to), (back, out)) = (both(), both());
                let left = left.clone();
                thread::spawn(move || {
                    pass(from, to);
                    left.fetch_add(1, Ordering::SeqCst);
                });
                thread::spawn(move || pass(out, back));
            }
        });
        door
    }

    fn knocks(&self) -> usize {
        self.knocks.load(Ordering::SeqCst)
    }

    fn open(&self, server: &Server, connections: usize) -> Arc<dyn Connector> {
        server.open(&self.section(server, connections))
    }

    fn section(&self, server: &Server, connections: usize) -> Section {
        Section {
            url: format!("ldap://127.0.0.1:{}", self.port).into(),
            connections,
            ..server.section()
        }
    }
}

/// Leads everybody who comes to a server on this port.
pub(super) fn lead(listener: TcpListener, server: u16) {
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let upstream = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
            let (from, back) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
            thread::spawn(move || pass(from, upstream));
            thread::spawn(move || pass(back, client));
        }
    });
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let mut octets = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut octets) {
        if to.write_all(&octets[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Makes accounts all at once; what became of each.
async fn make(
    system: &Arc<dyn Connector>,
    numbers: std::ops::Range<usize>,
) -> Vec<Result<Written, WriteError>> {
    let writes: Vec<_> = numbers.map(|n| create(person(n))).collect();
    join_all(writes.iter().map(|write| system.write(write))).await
}

fn are_all_there(made: &[Result<Written, WriteError>]) -> bool {
    made.iter()
        .all(|result| result.as_ref().is_ok_and(|written| written.verified))
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn others_are_opened_when_much_is_under_way() {
    let server = Server::start();
    for (connections, expected) in [(4, 4), (1, 1)] {
        let door = Door::before(server.port, usize::MAX);
        let system = door.open(&server, connections);
        let from = connections * 1000;
        for n in from..from + 20 {
            assert!(are_all_there(&make(&system, n..n + 1).await));
        }
        assert_eq!(door.knocks(), 1, "one after the other");
        assert!(are_all_there(&make(&system, from + 100..from + 300).await));
        assert_eq!(door.knocks(), expected, "many at once");
        assert!(are_all_there(&make(&system, from + 300..from + 500).await));
        assert_eq!(door.knocks(), expected, "and they are used again");
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn a_server_that_takes_no_more_is_worked_with_over_those_there_are() {
    let server = Server::start();
    let door = Door::before(server.port, 1);
    let system = door.open(&server, 4);
    assert!(are_all_there(&make(&system, 0..200).await));
    assert!(are_all_there(&make(&system, 200..400).await));
    assert_eq!(door.knocks(), 2, "it is not asked again and again");
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn those_that_end_take_nothing_along_but_what_was_on_them() {
    let server = Server::start();
    let door = Door::before(server.port, usize::MAX);
    let system = door.open(&server, 4);
    assert!(are_all_there(&make(&system, 0..200).await));
    for connection in door.inside.lock().unwrap().drain(..).skip(1) {
        connection.shutdown(Shutdown::Both).unwrap();
    }
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(are_all_there(&make(&system, 200..400).await));
    // and the first one, while everything is under way
    let all = make(&system, 400..800);
    let cut = async {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        for connection in door.inside.lock().unwrap().drain(..) {
            connection.shutdown(Shutdown::Both).unwrap();
        }
    };
    let (made, ()) = tokio::join!(all, cut);
    for (n, result) in (400..800).zip(made) {
        match result {
            Ok(written) => assert!(written.verified),
            Err(WriteError::Unknown(_) | WriteError::Busy { .. }) => {
                let settled = system.settle(&create(person(n))).await;
                assert!(
                    matches!(settled, Settled::Done(_) | Settled::NotDone),
                    "{settled:?}"
                );
            }
            Err(other) => panic!("{n}: {other:?}"),
        }
    }
    assert!(are_all_there(&make(&system, 800..1000).await));
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn those_that_are_not_needed_are_left() {
    let server = Server::start();
    let door = Door::before(server.port, usize::MAX);
    let system = server.open(&Section {
        timeout: 4,
        ..door.section(&server, 4)
    });
    assert!(are_all_there(&make(&system, 0..200).await));
    assert_eq!((door.knocks(), door.left.load(Ordering::SeqCst)), (4, 0));
    let patience = std::time::Instant::now();
    while door.left.load(Ordering::SeqCst) < 3 {
        assert!(patience.elapsed().as_secs() < 30, "they stay");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(are_all_there(&make(&system, 200..201).await));
    assert_eq!(door.knocks(), 4, "the first one stays");
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run tests/run"]
async fn the_password_is_asked_for_once() {
    let server = Server::start();
    let door = Door::before(server.port, usize::MAX);
    let asked = server.folder.path().join("asked");
    let (log, password) = (asked.display(), server.folder.path().join("password"));
    let command = format!("echo asked >> '{log}' && cat '{}'", password.display());
    let system = server.open(&Section {
        password: Some(SecretSource::Command(vec!["sh".into(), "-c".into(), command])),
        ..door.section(&server, 4)
    });
    assert!(are_all_there(&make(&system, 0..100).await));
    assert!(are_all_there(&make(&system, 100..300).await));
    assert_eq!(door.knocks(), 4);
    assert_eq!(std::fs::read_to_string(&asked).unwrap().lines().count(), 1);
}
