//! The console in a real terminal: what it leaves behind, however it ends.
//!
//! The test program starts itself again in a pseudo-terminal, as the console on a fake engine.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/company.rs"]
mod company;
#[path = "support/day.rs"]
mod day;
#[path = "support/fake.rs"]
mod fake;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{Read, Write},
    num::NonZero,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::mpsc;
use usher::{
    console::{self, EnginePort, Settings},
    engine::{
        command::{Command, Query},
        event::Event,
    },
};

const SESSION: &str = "USHER_TEST_SESSION";

struct Port {
    fake: RefCell<fake::Fake>,
    sender: mpsc::UnboundedSender<Event>,
    receiver: RefCell<Option<mpsc::UnboundedReceiver<Event>>>,
}

impl EnginePort for Port {
    fn command(&self, command: Command) {
        assert_ne!(command, Command::Plan, "a panic on purpose");
        for event in self.fake.borrow_mut().command(command) {
            self.sender.send(event).unwrap();
        }
    }

    fn ask(&self, query: Query) {
        if let Some(event) = self.fake.borrow_mut().ask(query) {
            self.sender.send(event).unwrap();
        }
    }

    fn events(&self) -> mpsc::UnboundedReceiver<Event> {
        self.receiver.borrow_mut().take().unwrap()
    }
}

/// Not a test: the console, when the tests below start this program again.
#[test]
fn the_console_itself() {
    let Ok(session) = std::env::var(SESSION) else {
        return;
    };
    let (sender, receiver) = mpsc::unbounded_channel();
    let port = Port {
        fake: RefCell::new(fake::Fake::new(company::review())),
        sender,
        receiver: RefCell::new(Some(receiver)),
    };
    let settings = Settings {
        theme: usher::console::ThemeChoice::Named("default".into()),
        no_color: std::env::var("NO_COLOR").is_ok(),
        unicode: true,
        keys: BTreeMap::new(),
        label: "TEST".into(),
        mode: "review mode".into(),
        time_zone: jiff::tz::TimeZone::UTC,
        demo: false,
        read_only: false,
        session: Some(PathBuf::from(session)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(console::run(&port, settings)).unwrap();
    println!("left in good order");
    std::process::exit(0);
}

/// A console in a pseudo-terminal.
struct Session {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: Arc<Mutex<Vec<u8>>>,
    /// Told to the thread that reads, so that nobody holds the terminal any more.
    cut: Arc<AtomicBool>,
    folder: tempfile::TempDir,
}

impl Session {
    fn start(variables: &[(&str, &str)]) -> Self {
        Self::start_by("exec \"$0\" \"$@\"", variables)
    }

    /// Starts by a line of shell.
    fn start_by(line: &str, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pair = native_pty_system()
            .openpty(PtySize {
                rows: 30,
                cols: 100,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let program = std::env::current_exe().unwrap();
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", line]);
        command.arg(program);
        command.args(["--exact", "the_console_itself", "--nocapture", "--test-threads=1"]);
        command.env(SESSION, folder.path().join("session.json"));
        command.env("TERM", "xterm-256color");
        command.env("RUST_BACKTRACE", "0");
        command.env_remove("NO_COLOR");
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let output = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let kept = Arc::clone(&output);
        let cut = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&cut);
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut chunk) {
                kept.lock().unwrap().extend_from_slice(&chunk[..count]);
                if ends.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        let mut session = Self {
            master: Some(pair.master),
            writer,
            child,
            output,
            cut,
            folder,
        };
        session.wait_for("TEST");
        session.wait_for("Joiners");
        session
    }

    fn screen(&self) -> vt100::Parser {
        let mut parser = vt100::Parser::new(NonZero::new(30).unwrap(), NonZero::new(100).unwrap(), 0);
        parser.process(&self.output.lock().unwrap());
        parser
    }

    fn text(&self) -> String {
        self.screen().screen().contents()
    }

    fn wait_for(&mut self, text: &str) {
        self.wait(|session| session.text().contains(text), text);
    }

    fn wait(&mut self, done: impl Fn(&Self) -> bool, what: &str) {
        let begin = Instant::now();
        while !done(self) {
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "waited for {what}:\n{}",
                self.text()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap()
    }

    fn ends(&mut self) -> u32 {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            if begin.elapsed() > Duration::from_secs(60) {
                self.child.kill().unwrap();
                panic!("the console did not end:\n{}", self.text());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn session_file(&self) -> String {
        std::fs::read_to_string(self.session_path()).unwrap_or_default()
    }

    fn session_path(&self) -> PathBuf {
        Path::new(self.folder.path()).join("session.json")
    }
}

#[test]
fn leaving_restores_the_terminal_and_saves_the_session() {
    let mut session = Session::start(&[]);
    assert!(session.screen().screen().alternate_screen());
    session.press("2");
    session.wait_for("Ana Kovač");
    session.press("q");
    assert_eq!(session.ends(), 0);
    session.wait(
        |session| !session.screen().screen().alternate_screen(),
        "the main screen",
    );
    let after = session.screen();
    assert!(!after.screen().hide_cursor() && !after.screen().bracketed_paste());
    assert_eq!(
        after.screen().mouse_protocol_mode(),
        vt100::MouseProtocolMode::None
    );
    assert!(
        session.session_file().contains("\"review\""),
        "{}",
        session.session_file()
    );
}

#[test]
fn signals_save_and_leave() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut session = Session::start(&[]);
        session.press("4");
        session.wait_for("the chain holds");
        kill_process(session.pid(), signal).unwrap();
        assert_eq!(session.ends(), 0, "{signal:?}");
        session.wait(
            |session| !session.screen().screen().alternate_screen(),
            "the main screen",
        );
        assert!(session.session_file().contains("\"audit\""), "{signal:?}");
    }
}

#[test]
fn a_lost_connection_ends_the_console() {
    // also where hangups are ignored, as under `nohup`
    for line in ["exec \"$0\" \"$@\"", "trap '' HUP; exec \"$0\" \"$@\""] {
        let mut session = Session::start_by(line, &[]);
        session.cut.store(true, Ordering::SeqCst);
        session.press("2");
        session.master = None;
        session.writer = Box::new(std::io::sink());
        session.ends();
        assert!(
            session.session_file().contains("\"pane\""),
            "{line}: {}",
            session.session_file()
        );
    }
}

#[test]
fn suspending_gives_the_terminal_to_the_shell_and_back() {
    let mut session = Session::start_by("set -m; \"$0\" \"$@\"; echo in the shell; read line; fg", &[]);
    session.press("2\x1a");
    session.wait_for("in the shell");
    assert!(!session.screen().screen().alternate_screen());
    session.press("\n");
    session.wait_for("Ana Kovač");
    assert!(session.screen().screen().alternate_screen() && session.screen().screen().hide_cursor());
    session.press("1");
    session.wait_for("Joiners");
    session.press("q");
    session.ends();
    session.wait_for("left in good order");
}

#[test]
fn a_panic_leaves_a_terminal_that_can_be_read() {
    let mut session = Session::start(&[]);
    session.press("P");
    assert_ne!(session.ends(), 0);
    session.wait(
        |session| !session.screen().screen().alternate_screen(),
        "the main screen",
    );
    session.wait_for("a panic on purpose");
}

#[test]
fn pasted_text_is_not_typed() {
    let mut session = Session::start(&[]);
    session.press("2");
    session.wait_for("Ana Kovač");
    session.press("\x1b[200~aRq\x1b[201~");
    session.wait_for("pasted text is ignored");
    assert!(session.text().contains("● Ana") || session.text().contains("●  Ana"));
    session.press("q");
    assert_eq!(session.ends(), 0);
}

#[test]
fn an_idle_console_is_silent() {
    let mut session = Session::start(&[]);
    thread::sleep(Duration::from_millis(500));
    let before = session.output.lock().unwrap().len();
    thread::sleep(Duration::from_secs(2));
    assert_eq!(session.output.lock().unwrap().len(), before);
    session.press("q");
    session.ends();
}

#[test]
fn without_colour_the_cursor_is_still_seen() {
    let mut session = Session::start(&[("NO_COLOR", "1")]);
    session.press("2");
    session.wait_for("Ben O'Brien");
    let screen = session.screen();
    let reversed = (0..30)
        .filter(|row| screen.screen().cell(*row, 4).is_some_and(vt100::Cell::inverse))
        .count();
    assert_eq!(reversed, 1);
    let output = session.output.lock().unwrap().clone();
    assert!(
        !String::from_utf8_lossy(&output).contains("38;5;"),
        "no colour is sent"
    );
    session.press("q");
    session.ends();
}

#[test]
fn a_resize_draws_anew() {
    let mut session = Session::start(&[]);
    session.press("2");
    session.wait_for("Ana Kovač");
    let size = PtySize {
        rows: 8,
        cols: 30,
        pixel_width: 0,
        pixel_height: 0,
    };
    session.master.as_ref().unwrap().resize(size).unwrap();
    session.wait_for("usher needs 40 columns");
    session.press("q");
    assert_eq!(session.ends(), 0);
}
