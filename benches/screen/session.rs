//! The real console in a pseudo-terminal.

use std::{
    io::{Read, Write},
    path::Path,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Silence after which a frame counts as complete.
const SILENCE: Duration = Duration::from_millis(400);

/// A running console.
pub struct Session {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    output: Receiver<(Instant, usize)>,
    started: Instant,
}

/// What keys cost.
pub struct Typed {
    pub mean: f64,
    pub most: usize,
    pub p95: f64,
}

impl Session {
    /// Starts it on a pane.
    pub fn start(home: &Path, pane: &str) -> Self {
        std::fs::write(home.join("session.json"), format!(r#"{{"pane":"{pane}"}}"#)).expect("the session");
        let size = PtySize {
            rows: 60,
            cols: 200,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_usher"));
        command.args(["--config".as_ref(), home.join("usher.toml").as_os_str()]);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let mut reader = pair.master.try_clone_reader().expect("the terminal's output");
        let writer = pair.master.take_writer().expect("the terminal's input");
        let (sender, output) = mpsc::channel();
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).expect("usher starts");
        drop(pair.slave);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(length) = reader.read(&mut buffer) {
                if length == 0 || sender.send((Instant::now(), length)).is_err() {
                    break;
                }
            }
        });
        Self {
            master: pair.master,
            child,
            writer,
            output,
            started,
        }
    }

    /// Waits until the screen stands still; returns when it did, in milliseconds since the start.
    pub fn first_frame(&mut self) -> f64 {
        let wait = Duration::from_secs(30);
        let mut last = self.output.recv_timeout(wait).expect("a first octet").0;
        while let Ok((at, _)) = self.output.recv_timeout(SILENCE) {
            last = at;
        }
        (last - self.started).as_secs_f64() * 1000.0
    }

    /// Counts octets for a time.
    pub fn idle(&mut self, time: Duration) -> usize {
        let until = Instant::now() + time;
        let mut octets = 0;
        loop {
            match self
                .output
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok((_, length)) => octets += length,
                Err(RecvTimeoutError::Timeout) => return octets,
                Err(RecvTimeoutError::Disconnected) => panic!("usher has ended"),
            }
        }
    }

    /// Presses a key a number of times, each when the answer to the one before has come.
    pub fn keys(&mut self, key: &str, times: usize) -> Typed {
        let (mut octets, mut waits) = (Vec::new(), Vec::new());
        for _ in 0..times {
            let pressed = Instant::now();
            self.writer.write_all(key.as_bytes()).expect("a key");
            self.writer.flush().expect("a key");
            let Ok((first, mut sum)) = self.output.recv_timeout(Duration::from_secs(2)) else {
                continue;
            };
            waits.push((first - pressed).as_secs_f64() * 1000.0);
            // the frame may come in pieces, and the detail pane's answer after it
            while let Ok((_, length)) = self.output.recv_timeout(Duration::from_millis(60)) {
                sum += length;
            }
            octets.push(sum);
        }
        Typed {
            mean: octets.iter().sum::<usize>() as f64 / octets.len().max(1) as f64,
            most: octets.iter().copied().max().unwrap_or(0),
            p95: super::p95(&mut waits),
        }
    }

    /// Returns the resident memory in MiB.
    pub fn memory(&self) -> f64 {
        let id = self.child.process_id().unwrap_or(0);
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes: f64 = line
            .and_then(|line| line.split_whitespace().next()?.parse().ok())
            .unwrap_or(0.0);
        kibibytes / 1024.0
    }

    /// Ends it.
    pub fn end(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        drop(self.master);
    }
}
