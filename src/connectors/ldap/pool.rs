//! The connections that the requests of a session share.
//!
//! One is enough for a directory that is asked now and then. When much is under way a server gets more done over
//! several, as fewer of its threads wait for the same connection. So others are opened then, to the same server, and
//! left again when they are idle; whatever becomes of them, the first one goes on.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use ldap3::{Ldap, Scope};
use tokio::sync::{Mutex, Notify, Semaphore};

use super::{connection::Session, failure::Failure, pace::Pace, servers::Opened};

/// Searches after which a connection is replaced: each leaves a little memory behind in the library.
const RENEW_AFTER: usize = if cfg!(test) { 300 } else { 20_000 };

/// How soon a connection that was idle must answer to be used again.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// With how many requests under way on each of them another connection is opened.
const ENOUGH: usize = 4;

/// For how long no other connection is tried after the server refused one.
const REFUSED_FOR: Duration = Duration::from_secs(60);

/// How many requests are under way at once at most: OpenLDAP ends a connection on which about a thousand wait.
pub(super) const MOST: usize = 64;

/// The first connection and the others.
pub(super) struct Pool {
    /// Room for requests, those that read included; whoever sends one takes a place in it for so long.
    pub(super) room: Semaphore,
    first: Mutex<Slot>,
    others: RefCell<Vec<Option<Live>>>,
    /// How many requests are under way on each.
    under_way: Vec<Cell<usize>>,
    /// Whether another one is being opened.
    opening: Cell<bool>,
    opened: Notify,
    refused: Cell<Option<Instant>>,
    pace: Arc<Pace>,
}

/// The first connection, and how the last attempt to have it failed.
#[derive(Default)]
struct Slot {
    live: Option<Live>,
    failed: Option<(Instant, Failure)>,
}

struct Live {
    ldap: Ldap,
    /// Which server it leads to, and where that is.
    server: usize,
    place: Option<SocketAddr>,
    searches: usize,
    used: Instant,
}

/// A connection that is lent for one request.
pub(super) struct Lent<'p> {
    pub(super) ldap: Ldap,
    at: usize,
    under_way: &'p Cell<usize>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.under_way.set(self.under_way.get() - 1);
    }
}

impl Live {
    fn of(opened: Opened) -> Self {
        Self {
            ldap: opened.ldap,
            server: opened.server,
            place: opened.place,
            searches: 0,
            used: Instant::now(),
        }
    }

    /// Reports whether it leads to the server of the moment and nothing is known against it. A name may stand for
    /// several servers: where the last one that was opened leads is where all others have to lead.
    fn is_sound(&mut self, session: &Session) -> bool {
        let servers = &session.servers;
        let is_here = self.server == servers.current() && self.place == servers.reached(self.server);
        is_here && !self.ldap.is_closed() && self.searches < RENEW_AFTER
    }

    fn was_idle(&self, session: &Session) -> bool {
        self.used.elapsed() >= session.timeout()
    }

    fn lend(&mut self, is_search: bool) -> Ldap {
        self.searches += usize::from(is_search);
        self.used = Instant::now();
        self.ldap.clone()
    }
}

impl Pool {
    /// Makes a pool of so many connections at most.
    pub(super) fn new(most: usize, pace: Arc<Pace>) -> Self {
        let most = most.max(1);
        Self {
            room: Semaphore::new(MOST),
            first: Mutex::default(),
            others: RefCell::new((1..most).map(|_| None).collect()),
            under_way: vec![Cell::default(); most],
            opening: Cell::default(),
            opened: Notify::new(),
            refused: Cell::default(),
            pace,
        }
    }

    /// Lends the connection with the least to do, a new one if there is none that works.
    pub(super) async fn lend(&self, session: &Session, is_search: bool) -> Result<Lent<'_>, Failure> {
        let (mut at, free) = self.least(session);
        if let Some(free) = free
            && self.under_way[at].get() >= ENOUGH
        {
            // rare and large: in a box, so that what waits for a connection stays small
            Box::pin(self.open_another(session, free)).await;
            at = self.least(session).0;
        }
        let lent = |at: usize, ldap: Ldap| {
            let under_way = &self.under_way[at];
            under_way.set(under_way.get() + 1);
            Lent { ldap, at, under_way }
        };
        if at > 0
            && let Some(live) = &mut self.others.borrow_mut()[at - 1]
        {
            return Ok(lent(at, live.lend(is_search)));
        }
        Ok(lent(0, self.lend_first(session, is_search).await?))
    }

    /// Returns the connection with the least to do, and the place of one that could be opened.
    fn least(&self, session: &Session) -> (usize, Option<usize>) {
        self.leave_idle(session);
        let refused = self.refused.get();
        let may_open = !self.opening.get() && refused.is_none_or(|when| when.elapsed() >= REFUSED_FOR);
        let others = self.others.borrow();
        let open = (1..).zip(others.iter()).filter(|(_, other)| other.is_some());
        let all = std::iter::once(0).chain(open.map(|(at, _)| at));
        let least = all.min_by_key(|at| self.under_way[*at].get()).unwrap_or(0);
        let free = others.iter().position(Option::is_none).map(|at| at + 1);
        (least, free.filter(|_| may_open))
    }

    /// Whether there are others than the first connection.
    pub(super) fn has_others(&self) -> bool {
        self.others.borrow().iter().any(Option::is_some)
    }

    /// Waits until another one is opened.
    pub(super) async fn another(&self) {
        self.opened.notified().await;
    }

    /// Leaves the others that are idle or do not work any more.
    pub(super) fn leave_idle(&self, session: &Session) {
        for (at, other) in (1..).zip(self.others.borrow_mut().iter_mut()) {
            let is_left = |live: &mut Live| !live.is_sound(session) || live.was_idle(session);
            if other.as_mut().is_some_and(is_left) {
                *other = None;
                self.pace.let_go(at);
            }
        }
    }

    /// Opens another connection. A server that takes no more of them is worked with as before.
    async fn open_another(&self, session: &Session, at: usize) {
        self.opening.set(true);
        let opened = session.servers.connect_again().await;
        self.opening.set(false);
        match opened {
            Ok(mut opened) => {
                self.hold(session, at, &mut opened);
                self.others.borrow_mut()[at - 1] = Some(Live::of(opened));
                self.opened.notify_one();
            }
            Err(failure) => {
                tracing::info!("no other connection: {failure}");
                self.refused.set(Some(Instant::now()));
            }
        }
    }

    /// Returns the first connection, a new one if it does not work.
    async fn lend_first(&self, session: &Session, is_search: bool) -> Result<Ldap, Failure> {
        let asked = Instant::now();
        let mut slot = self.first.lock().await;
        if !is_usable(session, &mut slot).await {
            slot.live = None;
            self.pace.let_go(0);
            // whoever waited while an attempt failed shares its end: thirty requests in a row would otherwise wait
            // for a server that hangs, each for the full time
            if let Some((_, failure)) = slot.failed.as_ref().filter(|(when, _)| *when > asked) {
                return Err(failure.clone());
            }
            // in a box for the same reason as the others
            match Box::pin(session.open()).await {
                Ok(mut opened) => {
                    self.hold(session, 0, &mut opened);
                    slot.live = Some(Live::of(opened));
                }
                Err(failure) => {
                    slot.failed = Some((Instant::now(), failure.clone()));
                    return Err(failure);
                }
            }
        }
        match slot.live.as_mut() {
            Some(live) => Ok(live.lend(is_search)),
            None => Err(Failure::Unreachable("there is no connection".to_owned())),
        }
    }

    fn hold(&self, session: &Session, at: usize, opened: &mut Opened) {
        if let (Some(socket), true) = (opened.socket.take(), session.gathers) {
            self.pace.hold(at, socket);
        }
    }

    /// Gives up the connection on which something got lost.
    pub(super) async fn give_up(&self, lent: &Lent<'_>) {
        let at = lent.at;
        if at == 0 {
            self.first.lock().await.live = None;
            self.pace.let_go(0);
        } else {
            self.others.borrow_mut()[at - 1] = None;
            self.pace.let_go(at);
        }
    }
}

/// Reports whether the first connection can be used. One that was idle for long is asked first: what a firewall
/// forgot meanwhile swallows requests without a word, and a write would be of unknown outcome.
async fn is_usable(session: &Session, slot: &mut Slot) -> bool {
    let Some(live) = slot.live.as_mut() else {
        return false;
    };
    if !live.is_sound(session) {
        return false;
    }
    if !live.was_idle(session) {
        return true;
    }
    let asking = live
        .ldap
        .with_timeout(session.timeout().min(ANSWERS_WITHIN))
        .search("", Scope::Base, "(objectClass=*)", vec!["1.1"]);
    Box::pin(asking).await.is_ok()
}

#[cfg(test)]
mod tests;
