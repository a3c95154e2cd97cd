//! Several domain controllers: a run keeps to one, and one that has less than was read is neither believed nor written.

use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use std::thread;

use super::{Domain, NOW, people};
use crate::office::row;
use crate::support::samba::Samba;

/// A way to a domain controller that can be cut.
struct Way {
    port: u16,
    is_open: Arc<AtomicBool>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    fn to(samba: &Samba) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let to = samba.url().replace("ldaps://", "") + ":636";
        let (is_open, connections) = (
            Arc::new(AtomicBool::new(true)),
            Arc::<Mutex<Vec<TcpStream>>>::default(),
        );
        let (open, held) = (is_open.clone(), connections.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&to)
                    .ok()
                    .filter(|_| open.load(Ordering::SeqCst));
                let Some(server) = server else { continue };
                held.lock()
                    .unwrap()
                    .extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                for (mut from, mut to) in [
                    (client.try_clone().unwrap(), server.try_clone().unwrap()),
                    (server, client),
                ] {
                    thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        Self {
            port,
            is_open,
            connections,
        }
    }

    /// Whoever comes is turned away from now on, and whoever is there is cut off.
    fn cut(&self) {
        self.is_open.store(false, Ordering::SeqCst);
        for connection in self.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    fn restore(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }
}

/// A company whose domain is reached on these ways.
fn reached(domain: &Domain, ways: &[&Way], authorities: &[&Samba]) {
    let urls: Vec<_> = ways
        .iter()
        .map(|way| format!("\"ldaps://localhost:{}\"", way.port))
        .collect();
    let text = std::fs::read_to_string(domain.home.path("usher.toml")).unwrap();
    let one = format!("url = \"{}\"", domain.samba.url());
    assert!(text.contains(&one));
    let several = format!("url = [{}]\ntimeout = 3", urls.join(", "));
    domain.write("usher.toml", &text.replace(&one, &several));
    let authorities = authorities
        .iter()
        .map(|samba| std::fs::read_to_string(samba.ca()).unwrap());
    domain.write("ca.pem", &authorities.collect::<String>());
}

#[test]
#[ignore = "needs Samba AD"]
fn another_way_to_the_same_controller_is_as_good() {
    let domain = Domain::start("");
    let (first, second) = (Way::to(&domain.samba), Way::to(&domain.samba));
    reached(&domain, &[&first, &second], &[&domain.samba]);
    let staff = [row(1, "Chief", "Engineering", ""), row(2, "Clerk", "Sales", "1")];
    domain.write("hr.csv", &people(&staff));
    domain.bring_about();
    first.cut();
    let again = domain.run(&["plan"], 0);
    assert!(again.contains("nothing to do"), "{again}");
    domain.write(
        "hr.csv",
        &people(&[staff[0].clone(), row(2, "Clerk", "Engineering", "1")]),
    );
    domain.bring_about();
    assert!(domain.account(2).unwrap().dn.contains("OU=Engineering"));
}

#[test]
#[ignore = "needs Samba AD"]
fn a_controller_that_has_less_is_neither_believed_nor_written_to() {
    let domain = Domain::start("");
    let behind = Samba::start();
    let (first, second) = (Way::to(&domain.samba), Way::to(&behind));
    reached(&domain, &[&first, &second], &[&domain.samba, &behind]);
    let staff = [row(1, "Chief", "Engineering", ""), row(2, "Clerk", "Sales", "1")];
    domain.write("hr.csv", &people(&staff));
    domain.bring_about();
    // nobody has an account at the other one: that proves nothing
    first.cut();
    let planned = domain.try_at(NOW, &["plan"]);
    assert_eq!(planned.0, Some(1), "{}", planned.1);
    assert!(planned.1.contains("lags behind"), "{}", planned.1);

    // what was planned with the first one is not written to the other
    first.restore();
    domain.write(
        "hr.csv",
        &people(&[staff[0].clone(), staff[1].clone(), row(3, "Clerk", "Sales", "1")]),
    );
    domain.run(&["plan"], 2);
    domain.run(&["approve", "--all"], 0);
    first.cut();
    let applied = domain.try_at(NOW, &["apply"]);
    assert_ne!(applied.0, Some(0), "{}", applied.1);
    assert!(domain.run(&["audit", "log"], 0).contains("lags behind"));
    let found = behind.ldapsearch(&["-b", crate::support::samba::BASE, "(employeeID=3)"]);
    assert!(found.is_empty());
    // it keeps its approval, and is written when the first one is back
    first.restore();
    domain.run(&["apply"], 0);
    assert!(domain.account(3).is_some());
}
