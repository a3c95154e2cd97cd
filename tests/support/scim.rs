//! SCIM 2.0 servers on loopback that live as long as a test.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::{paths, ports};

/// A running SCIM server, strict about the RFCs, with its data in memory; stopped when it is dropped.
pub struct ScimServer {
    folder: tempfile::TempDir,
    port: u16,
    token: String,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, or null where there is none or it is not JSON.
    pub body: Value,
    head: String,
}

impl Answer {
    /// The value of a header, whose name is compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers
            .into_iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

impl ScimServer {
    /// Starts an empty server, or fails the test.
    pub fn start() -> Self {
        ports::retry("the SCIM server", || {
            let token = uuid::Uuid::new_v4().simple().to_string();
            let folder = tempfile::tempdir().expect("a temporary folder");
            let server = Self {
                folder,
                port: ports::free(),
                token,
            };
            let mut command = server.script("start");
            command
                .arg(server.port.to_string())
                .env("RIG_TOKEN", &server.token);
            command
                .env("RIG_CACHE", paths::cache())
                .env("OWNER", std::process::id().to_string());
            run(&mut command)?;
            // another test run may have got the port first: its server does not know this token
            match server.request("GET", "/Users?count=1", None).status {
                200 => Ok(server),
                _ => Err(format!(
                    "port {} is already in use by another server",
                    server.port
                )),
            }
        })
    }

    /// Its base address, to which `/Users` is appended.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v2", self.port)
    }

    /// Its port, to put a proxy before it.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The bearer token it accepts; another one for each server.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Sends a request with the right token, to look at the server past the program under test.
    pub fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.request_as(&self.token, method, path, body)
    }

    /// Sends a request with this token.
    pub fn request_as(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        exchange(self.port, token, method, path, body).expect("an answer of the server")
    }

    /// Every resource of a type, such as `Users`, in no order.
    pub fn all(&self, kind: &str) -> Vec<Value> {
        let mut found = Vec::new();
        loop {
            let path = format!("/{kind}?startIndex={}&count=100", found.len() + 1);
            let answer = self.request("GET", &path, None);
            assert_eq!(answer.status, 200, "{answer:?}");
            match answer.body["Resources"].as_array() {
                Some(page) if !page.is_empty() => found.extend(page.iter().cloned()),
                _ => return found,
            }
        }
    }

    fn script(&self, order: &str) -> Command {
        let mut command = Command::new(paths::root("tests/rig/scim2-server"));
        command.arg(order).arg(self.folder.path());
        command
    }
}

impl Drop for ScimServer {
    fn drop(&mut self) {
        // a failure here must not hide the test's own
        let _ = run(&mut self.script("stop"));
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    output
        .status
        .success()
        .then_some(())
        .ok_or_else(|| errors.trim().to_owned())
}

/// Sends one request to a port of 127.0.0.1 (a server's, or that of a proxy before it) and gives the answer; none
/// where the connection is closed without one.
pub fn exchange(port: u16, token: &str, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("a listening server");
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a timeout can be set");
    // HTTP/1.0: the answer ends with the connection
    let request = format!(
        "{method} /v2{path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("a server that reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer in UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .expect("an HTTP status");
    Some(Answer {
        status,
        body: serde_json::from_str(body).unwrap_or(Value::Null),
        head: head.to_owned(),
    })
}
