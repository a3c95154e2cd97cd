//! A line to a directory that fails at one kind of operation: a relay that takes LDAP messages apart just far enough to
//! know what each asks and which answer belongs to it (RFC 4511, section 4.1.1).

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Bind,
    /// A search without the control for pages.
    Search,
    /// A page of a search (RFC 2696).
    Page,
    Add,
    /// Any change in place but those that follow.
    Modify,
    /// A change of a group that puts somebody in.
    AddMember,
    /// A change of a group that takes somebody out.
    RemoveMember,
    /// A change that locks an account for good.
    Disable,
    /// A change that unlocks one.
    Enable,
    ModifyDn,
    Delete,
    /// The extended operation that sets a password (RFC 3062).
    Password,
}

impl Kind {
    pub const ALL: [Self; 12] = [
        Self::Bind,
        Self::Search,
        Self::Page,
        Self::Add,
        Self::Modify,
        Self::AddMember,
        Self::RemoveMember,
        Self::Disable,
        Self::Enable,
        Self::ModifyDn,
        Self::Delete,
        Self::Password,
    ];

    /// Whether it changes the directory.
    pub fn writes(self) -> bool {
        !matches!(self, Self::Bind | Self::Search | Self::Page)
    }

    fn of(message: &Message) -> Option<Self> {
        Some(match message.tag {
            0x60 => Self::Bind,
            0x63 if message.holds(b"1.2.840.113556.1.4.319") => Self::Page,
            0x63 => Self::Search,
            0x68 => Self::Add,
            0x66 => Self::of_change(&message.content),
            0x6c => Self::ModifyDn,
            0x4a => Self::Delete,
            0x77 if message.holds(b"1.3.6.1.4.1.4203.1.11.1") => Self::Password,
            _ => return None,
        })
    }

    /// Tells changes in place apart by what they do to which attribute (RFC 4511, section 4.6).
    fn of_change(content: &[u8]) -> Self {
        let done_to = |attribute: &[u8]| {
            let length = u8::try_from(attribute.len()).expect("a short name");
            let name = [&[4, length][..], attribute].concat();
            let at = content.windows(name.len()).position(|part| part == name)?;
            // before it stands the length of the two, of one to three octets, and before that what is done
            let is_change = |part: &[u8]| part.starts_with(&[0x0a, 1]);
            let change = content[..at].windows(3).rposition(is_change)?;
            Some(content[change + 2])
        };
        match (done_to(b"member"), done_to(b"pwdAccountLockedTime")) {
            (Some(0), _) => Self::AddMember,
            (Some(1), _) => Self::RemoveMember,
            (_, Some(_)) if content.windows(13).any(|part| part == b"000001010000Z") => Self::Disable,
            (_, Some(_)) => Self::Enable,
            _ => Self::Modify,
        }
    }
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed, and the server never sees the request.
    CutBefore,
    /// The server does what it was asked, and the connection is closed before it can say so.
    CutAfter,
    /// Half of the answer comes, then the connection is closed.
    HalfAnswer,
    /// The server does not do it: it says that it is going away (RFC 4511, section 4.4.1) and closes.
    NoticeBefore,
    /// The server does it, and says only that it is going away.
    NoticeAfter,
    /// The answer, and what comes behind it, is held back this long.
    Stall(Duration),
    /// Nothing goes either way on any connection for this long; then everything does.
    Freeze(Duration),
    /// From now on answers come in another order than the server gave them.
    Shuffle,
}

/// A request that changes the directory and was carried out, without its number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Done {
    pub kind: Kind,
    pub request: Vec<u8>,
}

/// A relay on loopback before a directory; ends with all its connections when it is dropped.
pub struct Relay {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    server: u16,
    ended: AtomicBool,
    state: Mutex<State>,
    thawed: Condvar,
    open: Mutex<Vec<TcpStream>>,
}

#[derive(Default)]
struct State {
    armed: Option<(Kind, usize, Fault)>,
    sprung: bool,
    frozen_until: Option<Instant>,
    done: Vec<Done>,
}

/// One connection through the relay.
struct Connection {
    shared: Arc<Shared>,
    client: TcpStream,
    server: TcpStream,
    /// What is asked and not answered, by number.
    asked: Mutex<HashMap<Vec<u8>, Done>>,
    /// The request something happens to.
    doomed: Mutex<Option<(Vec<u8>, Fault)>>,
    shuffles: AtomicBool,
}

/// An LDAP message: its number, what it is, all of it.
struct Message {
    id: Vec<u8>,
    tag: u8,
    content: Vec<u8>,
    octets: Vec<u8>,
}

impl Relay {
    /// Starts a relay to the server on this port of 127.0.0.1.
    pub fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of the system's choice");
        let port = listener.local_addr().expect("a bound address").port();
        let shared = Arc::new(Shared {
            server,
            ended: AtomicBool::new(false),
            state: Mutex::default(),
            thawed: Condvar::new(),
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

    /// Lets the n-th request of this kind from now on, counted from 1, suffer this fault; once.
    pub fn arm(&self, kind: Kind, nth: usize, fault: Fault) {
        let mut state = lock(&self.shared.state);
        state.armed = Some((kind, nth, fault));
        state.sprung = false;
    }

    /// Lets everything go on.
    pub fn thaw(&self) {
        lock(&self.shared.state).frozen_until = None;
        self.shared.thawed.notify_all();
    }

    /// Whether the request came that something was to happen to.
    pub fn is_sprung(&self) -> bool {
        lock(&self.shared.state).sprung
    }

    /// Whether the request came that something was to happen to; it is not waited for any more.
    pub fn was_sprung(&self) -> bool {
        let mut state = lock(&self.shared.state);
        state.armed = None;
        std::mem::take(&mut state.sprung)
    }

    /// Takes what was carried out since this was asked last.
    pub fn done(&self) -> Vec<Done> {
        std::mem::take(&mut lock(&self.shared.state).done)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.thaw();
        // wakes the thread that waits for the next client
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        for stream in lock(&self.shared.open).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn connect(client: TcpStream, shared: &Arc<Shared>) -> std::io::Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, shared.server))?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
        lock(&shared.open).push(stream.try_clone()?);
    }
    let connection = Arc::new(Connection {
        shared: Arc::clone(shared),
        client,
        server,
        asked: Mutex::default(),
        doomed: Mutex::default(),
        shuffles: AtomicBool::new(false),
    });
    let answering = Arc::clone(&connection);
    // whoever closes a connection ends it; what that means is seen by the other side
    thread::spawn(move || connection.ask().unwrap_or_else(|_| connection.end()));
    thread::spawn(move || answering.answer().unwrap_or_else(|_| answering.end()));
    Ok(())
}

impl Shared {
    fn wait_while_frozen(&self) {
        let mut state = lock(&self.state);
        while let Some(until) = state.frozen_until {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.ended.load(Ordering::SeqCst) {
                return;
            }
            state = self
                .thawed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// The fault of a request of this kind, if it is its turn.
    fn fault(&self, kind: Kind) -> Option<Fault> {
        let mut state = lock(&self.state);
        let (armed, left, fault) = state.armed.as_mut()?;
        if *armed != kind {
            return None;
        }
        *left -= 1;
        if *left > 0 {
            return None;
        }
        let fault = *fault;
        state.armed = None;
        state.sprung = true;
        if let Fault::Freeze(time) = fault {
            state.frozen_until = Some(Instant::now() + time);
        }
        Some(fault)
    }
}

impl Connection {
    fn end(&self) {
        for stream in [&self.client, &self.server] {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Leaves the client alone, and the server to finish what it has been asked.
    fn cut(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
    }

    fn notice(&self) -> std::io::Result<()> {
        (&self.client).write_all(&notice_of_disconnection())?;
        self.cut();
        Ok(())
    }

    /// Passes on what the client asks.
    fn ask(&self) -> std::io::Result<()> {
        let (mut from, mut to) = (&self.client, &self.server);
        while let Some(message) = read(&mut from)? {
            self.shared.wait_while_frozen();
            if let Some(kind) = Kind::of(&message) {
                let request = message.content.clone();
                lock(&self.asked).insert(message.id.clone(), Done { kind, request });
                let fault = self.shared.fault(kind);
                match fault {
                    None => {}
                    Some(Fault::CutBefore) => {
                        self.cut();
                        return to.shutdown(Shutdown::Write);
                    }
                    Some(Fault::NoticeBefore) => {
                        self.notice()?;
                        return to.shutdown(Shutdown::Write);
                    }
                    Some(Fault::Freeze(_)) => self.shared.wait_while_frozen(),
                    Some(Fault::Shuffle) => self.shuffles.store(true, Ordering::SeqCst),
                    Some(fault) => *lock(&self.doomed) = Some((message.id.clone(), fault)),
                }
            }
            to.write_all(&message.octets)?;
        }
        // whatever was asked is still answered, even if nobody listens
        to.shutdown(Shutdown::Write)
    }

    /// Passes on what the server answers.
    fn answer(&self) -> std::io::Result<()> {
        let (mut from, mut to) = (&self.server, &self.client);
        let mut is_cut = false;
        let mut held: Vec<Message> = Vec::new();
        loop {
            let is_shuffled = self.shuffles.load(Ordering::SeqCst);
            // those that come within a moment are given back in another order
            from.set_read_timeout((!held.is_empty()).then_some(Duration::from_millis(5)))?;
            let message = match peek(from) {
                Ok(true) => {
                    from.set_read_timeout(None)?;
                    read(&mut from)?
                }
                Ok(false) => None,
                Err(_) => {
                    for message in shuffled(std::mem::take(&mut held)) {
                        to.write_all(&message.octets)?;
                    }
                    continue;
                }
            };
            let Some(message) = message else { break };
            let fate = self.note(&message);
            if is_cut {
                continue;
            }
            self.shared.wait_while_frozen();
            match fate {
                None if is_shuffled => held.push(message),
                None => pass(&mut to, &message.octets, &mut is_cut),
                Some(Fault::Stall(time)) => {
                    thread::sleep(time);
                    // who has waited for it may be gone
                    pass(&mut to, &message.octets, &mut is_cut);
                }
                Some(Fault::NoticeAfter) => {
                    is_cut = true;
                    let _ = self.notice();
                }
                Some(fault) => {
                    if fault == Fault::HalfAnswer {
                        let half = &message.octets[..message.octets.len() / 2];
                        pass(&mut to, half, &mut is_cut);
                    }
                    is_cut = true;
                    self.cut();
                }
            }
        }
        self.end();
        Ok(())
    }

    /// Notes what was carried out; returns what happens to this answer.
    fn note(&self, message: &Message) -> Option<Fault> {
        let is_last = !matches!(message.tag, 0x64 | 0x73 | 0x79);
        if is_last
            && let Some(done) = lock(&self.asked).remove(&message.id)
            && done.kind.writes()
            && message.content.starts_with(&[0x0a, 1, 0])
        {
            lock(&self.shared.state).done.push(done);
        }
        let mut doomed = lock(&self.doomed);
        if doomed.as_ref().is_some_and(|(id, _)| *id == message.id) {
            return doomed.take().map(|(_, fault)| fault);
        }
        None
    }
}

fn pass(to: &mut &TcpStream, octets: &[u8], is_cut: &mut bool) {
    *is_cut |= to.write_all(octets).is_err();
}

/// Turns the order of the requests around; what belongs to one request stays in its order.
fn shuffled(messages: Vec<Message>) -> Vec<Message> {
    let mut order: Vec<Vec<u8>> = Vec::new();
    for message in &messages {
        if !order.contains(&message.id) {
            order.push(message.id.clone());
        }
    }
    let place = |message: &Message| order.iter().rev().position(|id| *id == message.id);
    let mut messages = messages;
    messages.sort_by_key(place);
    messages
}

/// Waits for something to read; false at the end.
fn peek(from: &TcpStream) -> std::io::Result<bool> {
    Ok(from.peek(&mut [0])? > 0)
}

/// Reads one message; none at the end.
fn read(from: &mut &TcpStream) -> std::io::Result<Option<Message>> {
    let mut octets = vec![0; 2];
    if from.read(&mut octets[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut octets[1..])?;
    let mut length = usize::from(octets[1]);
    if length > 0x7f {
        let mut more = vec![0; length & 0x7f];
        from.read_exact(&mut more)?;
        length = more
            .iter()
            .fold(0, |length, octet| length << 8 | usize::from(*octet));
        octets.extend(more);
    }
    let head = octets.len();
    octets.resize(head + length, 0);
    from.read_exact(&mut octets[head..])?;
    let (_, id, rest) = element(&octets[head..]);
    let (tag, content, _) = element(rest);
    let (id, content) = (id.to_vec(), content.to_vec());
    Ok(Some(Message {
        id,
        tag,
        content,
        octets,
    }))
}

/// Takes one BER element off: its tag, its content, what follows.
fn element(octets: &[u8]) -> (u8, &[u8], &[u8]) {
    let (tag, short) = (octets[0], usize::from(octets[1]));
    let (head, length) = if short > 0x7f {
        let more = &octets[2..2 + (short & 0x7f)];
        let length = more
            .iter()
            .fold(0, |length, octet| length << 8 | usize::from(*octet));
        (2 + more.len(), length)
    } else {
        (2, short)
    };
    (tag, &octets[head..head + length], &octets[head + length..])
}

impl Message {
    fn holds(&self, text: &[u8]) -> bool {
        self.octets.windows(text.len()).any(|part| part == text)
    }
}

/// An unsolicited answer (number 0): unavailable, of the kind "notice of disconnection".
fn notice_of_disconnection() -> Vec<u8> {
    let text = b"the server is shut down";
    let name = b"1.3.6.1.4.1.1466.20036";
    let mut content = vec![0x0a, 1, 52, 4, 0, 4, text.len() as u8];
    content.extend(text);
    content.extend([0x8a, name.len() as u8]);
    content.extend(name);
    let mut message = vec![0x30, content.len() as u8 + 5, 2, 1, 0, 0x78, content.len() as u8];
    message.extend(content);
    message
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
