//! Signals. A handler also replaces an inherited "ignore" (`nohup`), without which a console whose connection is
//! gone would stay and spin.

use std::io;

use tokio::signal::unix::{self, SignalKind};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Save and leave.
    End,
    /// Back in the foreground.
    Continue,
}

/// The signals that are listened to.
pub(super) struct Signals {
    hangup: unix::Signal,
    terminate: unix::Signal,
    interrupt: unix::Signal,
    go_on: unix::Signal,
}

impl Signals {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Self> {
        // SIGCONT is number 18 on Linux and 19 on the BSDs and macOS
        let go_on = rustix::process::Signal::CONT.as_raw();
        Ok(Self {
            hangup: unix::signal(SignalKind::hangup())?,
            terminate: unix::signal(SignalKind::terminate())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
            go_on: unix::signal(SignalKind::from_raw(go_on))?,
        })
    }

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hangup.recv() => Signal::End,
            _ = self.terminate.recv() => Signal::End,
            _ = self.interrupt.recv() => Signal::End,
            _ = self.go_on.recv() => Signal::Continue,
        }
    }
}
