//! Free ports for servers that cannot be told to take any.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range from which systems take the ports of outgoing connections, which may come in between.
const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

/// How many calls there were in this process.
static TAKEN: AtomicU32 = AtomicU32::new(0);

/// Gives a port on 127.0.0.1 that was free a moment ago and goes to nobody else in this process.
///
/// Another process may still be quicker, so callers go through [`retry`].
pub fn free() -> u16 {
    // processes which run side by side have neighbouring ids: start them well apart
    let start = std::process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let step = TAKEN.fetch_add(1, Ordering::Relaxed);
        let port = (FIRST + start.wrapping_add(step) % COUNT) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}

/// Starts a server on fresh ports until it gets them, and fails the test with the last reason after some attempts.
pub fn retry<T>(what: &str, mut start: impl FnMut() -> Result<T, String>) -> T {
    let mut reason = String::new();
    for _ in 0..5 {
        match start() {
            Ok(server) => return server,
            Err(error) => reason = error,
        }
        if !reason.contains("already in use") {
            break;
        }
    }
    panic!("{what} cannot be started (`tests/run` installs what it needs): {reason}");
}
