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
