//! How the session's thread rests between requests and answers.
//!
//! A busy directory answers every few hundred microseconds. Being woken by each answer to send one more request costs
//! both sides a switch of threads and a packet. With many requests in flight the thread therefore rests a moment
//! before it waits, takes several answers at once, and sends the next requests in one packet.

use std::{
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

/// What the thread knows of its connection when it has nothing left to do.
#[derive(Default)]
pub(super) struct Pace {
    in_flight: AtomicUsize,
    socket: Mutex<Option<TcpStream>>,
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

    /// Takes over when requests leave on a connection; before, each leaves at once.
    pub(super) fn hold(&self, socket: TcpStream) {
        hold(&socket, true);
        *self.socket() = Some(socket);
    }

    /// Leaves a connection that is given up: it is closed only when nobody holds its socket any more.
    pub(super) fn let_go(&self) {
        *self.socket() = None;
    }

    /// Lets go what was gathered, and rests if there is enough under way. Called when the thread has nothing to do.
    pub(super) fn rest(&self) {
        if let Some(socket) = self.socket().as_ref() {
            hold(socket, false);
            hold(socket, true);
        }
        if self.in_flight.load(Ordering::Relaxed) >= MANY {
            thread::sleep(REST);
        }
    }

    fn socket(&self) -> std::sync::MutexGuard<'_, Option<TcpStream>> {
        // only ever exchanged whole
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
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
        pace.let_go();
        pace.rest();
    }

    #[test]
    fn small_requests_leave_when_there_is_nothing_left_to_do() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        server.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let pace = Pace::default();
        pace.hold(client.try_clone().unwrap());
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
        pace.let_go();
        drop(client);
        assert_eq!(server.read(&mut octets).unwrap(), 0);
    }
}
