//! Servers that take everybody in, speak no TLS, or stand behind one name.

use std::{
    io::{Read as _, Write as _},
    sync::atomic::{AtomicUsize, Ordering},
};

use super::{
    super::{
        connection::Session,
        reading::tests::{element, listen, result},
        section::servers_of,
    },
    *,
};

/// A server that lets everybody in.
fn server() -> (u16, Arc<AtomicUsize>) {
    listen(|mut client| {
        let mut octets = [0; 4096];
        while let Ok(1..) = client.read(&mut octets) {
            let id = octets[4];
            let bound = element(0x30, &[&[2, 1, id], &result(0x61, 0)]);
            if client.write_all(&bound).is_err() {
                return;
            }
        }
    })
}

fn section(port: u16) -> (Section, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "x").unwrap();
    let section = serde_json::json!({
        "url": format!("ldap://127.0.0.1:{port}"), "bind_dn": "cn=x", "password": {"file": "password"},
        "base": "dc=x", "timeout": 5, "connections": 2,
    });
    (serde_json::from_value(section).unwrap(), folder)
}

#[tokio::test]
async fn a_further_connection_is_left_when_the_first_leads_elsewhere() {
    let (port, connections) = server();
    let (section, folder) = section(port);
    let servers = servers_of(&section, folder.path()).unwrap();
    let servers = Servers::new(&section, folder.path().to_owned(), servers);
    let session = Session::new(&section, servers);
    let mut lent = Vec::new();
    for _ in 0..5 {
        lent.push(session.pool.lend(&session, false).await.unwrap());
    }
    assert!(session.pool.has_others());
    assert_eq!(connections.load(Ordering::SeqCst), 2);
    drop(lent);
    // as if the first had to be opened again, and another server was behind the name
    let elsewhere = SocketAddr::from(([127, 0, 0, 2], port));
    session.servers.reached.borrow_mut().insert(0, elsewhere);
    session.pool.leave_idle(&session);
    assert!(!session.pool.has_others());
}

#[tokio::test]
async fn nobody_is_told_the_password_who_speaks_no_tls() {
    let was_told = Arc::new(AtomicUsize::new(0));
    let noted = was_told.clone();
    let (port, asked) = listen(move |mut client| {
        let mut octets = [0; 4096];
        while let Ok(count @ 1..) = client.read(&mut octets) {
            if octets[5] != 0x77 || octets[..count].windows(6).any(|part| part == b"secret") {
                noted.fetch_add(1, Ordering::SeqCst);
            }
            // it does not know the operation
            let refused = element(0x30, &[&[2, 1, octets[4]], &result(0x78, 2)]);
            let _ = client.write_all(&refused);
        }
    });
    let (section, folder) = section(port);
    std::fs::write(folder.path().join("password"), "secret").unwrap();
    let section = Section {
        start_tls: true,
        ..section
    };
    let servers = servers_of(&section, folder.path()).unwrap();
    let servers = Servers::new(&section, folder.path().to_owned(), servers);
    let failed = servers.connect().await.err().unwrap();
    assert!(
        matches!(&failed, Failure::Unreachable(why) if why.contains("whether the port speaks TLS")),
        "{failed}"
    );
    assert_eq!(
        (asked.load(Ordering::SeqCst), was_told.load(Ordering::SeqCst)),
        (1, 0)
    );
}

#[tokio::test]
async fn all_connections_lead_to_the_same_of_the_servers_a_name_stands_for() {
    let ((one, _), (other, at_other)) = (server(), server());
    let (section, folder) = section(other);
    let servers = servers_of(&section, folder.path()).unwrap();
    let servers = Servers::new(&section, folder.path().to_owned(), servers);
    let place = |port| Some(SocketAddr::from(([127, 0, 0, 1], port)));
    // the name led to the one before, and leads to the other now
    servers.reached.borrow_mut().insert(0, place(one).unwrap());
    assert_eq!(servers.connect().await.unwrap().place, place(one));
    assert_eq!(servers.connect_again().await.unwrap().place, place(one));
    assert_eq!(at_other.load(Ordering::SeqCst), 0);
    // the one is gone: a further connection leads nowhere, and a first one to the other
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    servers.reached.borrow_mut().insert(0, gone);
    let refused = servers.connect_again().await.err().unwrap();
    assert!(refused.to_string().contains("another server now"), "{refused}");
    assert_eq!(servers.reached(0), Some(gone), "the first is where it was");
    assert_eq!(servers.connect().await.unwrap().place, place(other));
    assert_eq!(servers.connect_again().await.unwrap().place, place(other));
}

#[tokio::test]
async fn requests_leave_at_once_and_a_dead_peer_is_noticed() {
    for (place, host) in [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "[::1]")] {
        // not every machine has IPv6
        let Ok(listener) = std::net::TcpListener::bind(place) else {
            continue;
        };
        let port = listener.local_addr().unwrap().port();
        let address = Address::parse(&format!("ldap://{host}:{port}")).unwrap();
        let StdStream::Tcp(stream) = open_socket(&address, None).await.unwrap() else {
            panic!("no TCP socket");
        };
        let socket = SockRef::from(&stream);
        assert!(socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap());
    }
}
