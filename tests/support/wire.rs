//! A network that fails: a relay for TCP connections that loses answers, or is cut, when a test says so.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A relay on loopback before a server; ends with all its connections when it is dropped.
pub struct Wire {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    server: u16,
    loses_answers: AtomicBool,
    ended: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Wire {
    /// Starts a relay to the server on this port of 127.0.0.1.
    pub fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of the system's choice");
        let port = listener.local_addr().expect("a bound address").port();
        let shared = Arc::new(Shared {
            server,
            loses_answers: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.ended.load(Ordering::SeqCst) {
                    return;
                }
                // a server that is down looks to the client as it would without the relay: closed at once
                let _ = connect(client, &accepting);
            }
        });
        Self { port, shared }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on what clients send reaches the server, and nothing comes back: the writes happen, and nobody knows.
    pub fn lose_answers(&self) {
        self.shared.loses_answers.store(true, Ordering::SeqCst);
    }

    /// Passes the answers on again. What was lost stays lost.
    pub fn let_answers_through(&self) {
        self.shared.loses_answers.store(false, Ordering::SeqCst);
    }

    /// Closes every connection there is; new ones are taken.
    pub fn cut(&self) {
        for stream in self
            .shared
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // wakes the thread that waits for the next client
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        self.cut();
    }
}

fn connect(client: TcpStream, shared: &Arc<Shared>) -> std::io::Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, shared.server))?;
    let (from_client, from_server) = (client.try_clone()?, server.try_clone()?);
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
        shared
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(stream.try_clone()?);
    }
    let losing = Arc::clone(shared);
    thread::spawn(move || pass(from_client, server, || false));
    let lost = move || losing.loses_answers.load(Ordering::SeqCst);
    thread::spawn(move || pass(from_server, client, lost));
    Ok(())
}

/// Copies bytes until one side ends, then tells the other; what comes while `lost` says so is dropped.
fn pass(mut from: TcpStream, mut to: TcpStream, lost: impl Fn() -> bool) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !lost() && to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
