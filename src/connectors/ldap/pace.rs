//! How the session's thread rests between requests and answers.
//!
//! A busy directory answers every few hundred microseconds. Being woken by each answer to send one more request costs
//! both sides a switch of threads and a packet. With many requests in flight the thread therefore rests a moment
//! before it waits, takes several answers at once, and sends the next requests in one packet.

use std::{
    collections::BTreeMap,
    net::TcpStream,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// From how many requests in flight on the server has enough to do while the thread rests.
const MANY: usize = 16;
/// How long it rests: less than a server needs for what it has.
const REST: Duration = Duration::from_millis(1);

/// What the thread knows of its connections when it has nothing left to do.
#[derive(Default)]
pub(super) struct Pace {
    in_flight: AtomicUsize,
    sockets: Mutex<BTreeMap<usize, TcpStream>>,
}

/// One request in flight, until it is dropped.
pub(super) struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pace {
    /// Counts a request until the result is dropped.
    pub(super) fn sent(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    /// Takes over when requests leave on a connection, by its number; before, each leaves at once.
    pub(super) fn hold(&self, at: usize, socket: TcpStream) {
        hold(&socket, true);
        self.sockets().insert(at, socket);
    }

    /// Leaves a connection that is given up: it is closed only when nobody holds its socket any more.
    pub(super) fn let_go(&self, at: usize) {
        if let Some(socket) = self.sockets().remove(&at) {
            // others may still wait for answers on it
            hold(&socket, false);
        }
    }

    /// Lets go what was gathered, and rests if there is enough under way. Called when the thread has nothing to do.
    pub(super) fn rest(&self) {
        for socket in self.sockets().values() {
            hold(socket, false);
            hold(socket, true);
        }
        if self.in_flight.load(Ordering::Relaxed) >= MANY {
            thread::sleep(REST);
        }
    }

    fn sockets(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, TcpStream>> {
        // each is taken in or out as a whole
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps small packets back, or lets them go. What cannot be kept back just leaves at once.
#[cfg(target_os = "linux")]
fn hold(socket: &TcpStream, held: bool) {
    let _ = socket2::SockRef::from(socket).set_tcp_cork(held);
}

#[cfg(not(target_os = "linux"))]
fn hold(_socket: &TcpStream, _held: bool) {}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::{Ipv4Addr, TcpListener},
        time::Instant,
    };

    use super::*;

    #[test]
    fn it_rests_only_while_much_is_under_way() {
        let pace = Pace::default();
        let mut sent: Vec<_> = (0..MANY).map(|_| pace.sent()).collect();
        assert_eq!(pace.in_flight.load(Ordering::Relaxed), MANY);
        let start = Instant::now();
        pace.rest();
        assert!(start.elapsed() >= REST);
        sent.pop();
        assert_eq!(pace.in_flight.load(Ordering::Relaxed), MANY - 1);
        drop(sent);
        assert_eq!(pace.in_flight.load(Ordering::Relaxed), 0);
        // there is no socket to let anything go on
        pace.let_go(0);
        pace.rest();
    }

    #[test]
    fn small_requests_leave_when_there_is_nothing_left_to_do() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        server.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let pace = Pace::default();
        pace.hold(0, client.try_clone().unwrap());
        let mut octets = [0; 8];
        for _ in 0..3 {
            client.write_all(b"ab").unwrap();
            client.write_all(b"cd").unwrap();
            pace.rest();
            let count = server.read(&mut octets).unwrap();
            assert!(octets[..count].starts_with(b"ab"));
            server.read_exact(&mut octets[count.min(4)..4]).unwrap();
            assert_eq!(&octets[..4], b"abcd");
        }
        // closed when nobody holds it any more
        pace.let_go(0);
        drop(client);
        assert_eq!(server.read(&mut octets).unwrap(), 0);
    }
}
