//! A network that fails: a relay for TCP connections that loses answers, or is cut, when a test says so.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A relay on loopback before a server; ends with all its connections when it is dropped.
pub struct Wire {
    port: u16,
    shared: Arc<Shared>,
}

/// What happens to a request that holds some text, and to all that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It does not reach the server, and nothing after it does.
    LoseRequest,
    /// It reaches the server, and nobody is told.
    LoseAnswer,
}

struct Trap {
    text: Vec<u8>,
    then: Then,
    sprung: bool,
}

struct Shared {
    server: u16,
    loses_answers: AtomicBool,
    trap: Mutex<Option<Trap>>,
    /// How many bytes of answers are still passed on before everything is cut.
    answers_left: AtomicUsize,
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
            trap: Mutex::default(),
            answers_left: AtomicUsize::new(usize::MAX),
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

    /// Waits for a request with this text, and then loses it or its answer; and everything after it.
    pub fn trap(&self, text: &str, then: Then) {
        *self.shared.trap() = Some(Trap {
            text: text.into(),
            then,
            sprung: false,
        });
    }

    /// Whether the trap was sprung.
    pub fn is_sprung(&self) -> bool {
        self.shared.trap().as_ref().is_some_and(|trap| trap.sprung)
    }

    /// Takes the trap away and passes everything on again.
    pub fn release(&self) {
        *self.shared.trap() = None;
        self.let_answers_through();
    }

    /// Passes on so many bytes of answers, and then cuts every connection as soon as it answers.
    pub fn cut_after(&self, bytes: usize) {
        self.shared.answers_left.store(bytes, Ordering::SeqCst);
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
    let (asking, answering) = (Arc::clone(shared), Arc::clone(shared));
    thread::spawn(move || pass(from_client, server, |bytes| asking.lets_ask(bytes)));
    thread::spawn(move || pass(from_server, client, |bytes| answering.lets_answer(bytes)));
    Ok(())
}

/// What becomes of some bytes.
enum Fate {
    Pass,
    Lose,
    Cut,
}

impl Shared {
    fn trap(&self) -> std::sync::MutexGuard<'_, Option<Trap>> {
        self.trap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lets_ask(&self, bytes: &[u8]) -> Fate {
        let mut trap = self.trap();
        let Some(trap) = trap.as_mut() else { return Fate::Pass };
        let holds = bytes.windows(trap.text.len()).any(|part| part == trap.text);
        trap.sprung |= holds;
        if trap.sprung {
            self.loses_answers.store(true, Ordering::SeqCst);
        }
        // when the answer is to be lost, the request that springs the trap still gets through
        if trap.sprung && (trap.then == Then::LoseRequest || !holds) {
            Fate::Lose
        } else {
            Fate::Pass
        }
    }

    fn lets_answer(&self, bytes: &[u8]) -> Fate {
        if self.loses_answers.load(Ordering::SeqCst) {
            return Fate::Lose;
        }
        let left = self.answers_left.load(Ordering::SeqCst);
        if left == usize::MAX {
            return Fate::Pass;
        }
        self.answers_left
            .store(left.saturating_sub(bytes.len()), Ordering::SeqCst);
        if left < bytes.len() { Fate::Cut } else { Fate::Pass }
    }
}

/// Copies bytes until one side ends, then tells the other.
fn pass(mut from: TcpStream, mut to: TcpStream, fate: impl Fn(&[u8]) -> Fate) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        match fate(&buffer[..length]) {
            Fate::Pass => {
                if to.write_all(&buffer[..length]).is_err() {
                    break;
                }
            }
            Fate::Lose => {}
            Fate::Cut => {
                let _ = to.shutdown(Shutdown::Both);
                let _ = from.shutdown(Shutdown::Both);
                return;
            }
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
