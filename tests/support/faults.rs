//! A web service that misbehaves: a proxy before a SCIM server that injects faults when a test says so.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The server is not asked; this status, these headers and this body are the answer.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// The connection is closed and the server never sees the request.
    LoseRequest,
    /// The server does what it was asked, and the connection is closed without an answer.
    LoseAnswer,
    /// The answer's body ends after this many bytes, as if it were complete.
    Cut(usize),
    /// The request waits this long before the server sees it.
    Delay(Duration),
    /// The server does what it was asked, and the answer waits this long.
    Hold(Duration),
    /// The connection is closed in the middle of the answer.
    Half,
}

/// A proxy on loopback before a SCIM server; gone when it is dropped.
pub struct FaultProxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    server: u16,
    ended: AtomicBool,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<String>>,
    done: Mutex<Vec<String>>,
}

struct Rule {
    start: &'static str,
    left: usize,
    fault: Fault,
}

impl FaultProxy {
    /// Starts a proxy to the HTTP server on this port of 127.0.0.1, without faults at first.
    pub fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of the system's choice");
        let port = listener.local_addr().expect("a bound address").port();
        let shared = Arc::new(Shared {
            server,
            ended: AtomicBool::new(false),
            rules: Mutex::default(),
            seen: Mutex::default(),
            done: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.ended.load(Ordering::SeqCst) {
                    return;
                }
                let serving = Arc::clone(&accepting);
                // a client that goes away is no matter of ours
                thread::spawn(move || serving.serve(client).ok());
            }
        });
        Self { port, shared }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The base address to use in place of the server's.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v2", self.port)
    }

    /// The next `times` requests whose first line starts so (`"POST /v2/Users"`) suffer this fault; of several that
    /// fit, the one said first.
    pub fn inject(&self, start: &'static str, times: usize, fault: Fault) {
        lock(&self.shared.rules).push(Rule {
            start,
            left: times,
            fault,
        });
    }

    /// Lets nothing more go wrong; returns how many faults nobody suffered.
    pub fn clear(&self) -> usize {
        lock(&self.shared.rules).drain(..).map(|rule| rule.left).sum()
    }

    /// Takes the requests that changed something since this was asked last, each with its body.
    pub fn done(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.shared.done))
    }

    /// The method and the path of every request so far, those that were lost included.
    pub fn seen(&self) -> Vec<String> {
        lock(&self.shared.seen).clone()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // wakes the thread that waits for the next client
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl Shared {
    /// Serves one request; every answer ends its connection.
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let Some((head, body)) = read_request(&mut client)? else {
            return Ok(());
        };
        let first = head.lines().next().unwrap_or_default();
        let line = first
            .rsplit_once(" HTTP/")
            .map_or(first, |(line, _)| line)
            .to_owned();
        let fault = self.fault(&line);
        lock(&self.seen).push(line.clone());
        match fault {
            Some(Fault::LoseRequest) => return Ok(()),
            Some(Fault::Answer(status, headers, text)) => {
                let headers: Vec<_> = headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}\r\n"))
                    .collect();
                let headers = headers.concat();
                let length = text.len();
                let answer = format!(
                    "HTTP/1.1 {status} Injected\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{text}"
                );
                return client.write_all(answer.as_bytes());
            }
            Some(Fault::Delay(time)) => thread::sleep(time),
            _ => {}
        }
        let answer = self.forward(&head, &body)?;
        let is_success = answer.get(9) == Some(&b'2');
        if is_success && !line.starts_with("GET") {
            lock(&self.done).push(format!("{line} {}", String::from_utf8_lossy(&body)));
        }
        if let Some(Fault::Hold(time)) = fault {
            thread::sleep(time);
        }
        match fault {
            Some(Fault::Half) => client.write_all(&answer[..answer.len() / 2]),
            Some(Fault::LoseAnswer) => Ok(()),
            Some(Fault::Cut(length)) => client.write_all(&cut(&answer, length)),
            _ => client.write_all(&answer),
        }
    }

    /// The fault of a request, of which there is one less to come.
    fn fault(&self, line: &str) -> Option<Fault> {
        let mut rules = lock(&self.rules);
        let rule = rules
            .iter_mut()
            .find(|rule| rule.left > 0 && line.starts_with(rule.start))?;
        rule.left -= 1;
        Some(rule.fault.clone())
    }

    /// Asks the server, in HTTP/1.0, so that the answer ends with the connection.
    fn forward(&self, head: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, self.server))?;
        server.write_all(head.replacen(" HTTP/1.1\r\n", " HTTP/1.0\r\n", 1).as_bytes())?;
        server.write_all(body)?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        Ok(answer)
    }
}

/// Reads the head of a request, blank line included, and its body; none if the client closes first.
fn read_request(client: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
    let end = loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        match client.read(&mut buffer)? {
            0 => return Ok(None),
            length => read.extend_from_slice(&buffer[..length]),
        }
    };
    let mut body = read.split_off(end);
    let head = String::from_utf8_lossy(&read).into_owned();
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let wanted: usize = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let have = body.len();
    body.resize(wanted.max(have), 0);
    client.read_exact(&mut body[have..])?;
    Ok(Some((head, body)))
}

/// Shortens the body of an answer, and says so in its head: the message is whole, what it carries is not.
fn cut(answer: &[u8], length: usize) -> Vec<u8> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let kept = head
        .lines()
        .filter(|line| !line.to_ascii_lowercase().starts_with("content-length"));
    let head = kept.collect::<Vec<_>>().join("\r\n");
    let body: Vec<u8> = body.bytes().take(length).collect();
    [
        format!("{head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes(),
        body,
    ]
    .concat()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
