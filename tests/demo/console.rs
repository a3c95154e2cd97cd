//! The built console in a pseudo-terminal.

use std::{
    io::{Read as _, Write},
    num::NonZero,
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const ROWS: u16 = 30;
const COLUMNS: u16 = 100;

/// A console that is open. Dropped, it is gone.
pub struct Console {
    _master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: Arc<Mutex<Vec<u8>>>,
}

impl Console {
    /// Opens the console on a configuration; the password of its store is in the environment.
    pub fn open(configuration: &Path, password: &str) -> Self {
        let pair = native_pty_system()
            .openpty(PtySize {
                rows: ROWS,
                cols: COLUMNS,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_usher"));
        command.arg("--config");
        command.arg(configuration);
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("PGPASSWORD", password),
        ] {
            command.env(name, value);
        }
        command.env_remove("LC_ALL");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let output = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, kept) = (pair.master.try_clone_reader().unwrap(), output.clone());
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut chunk) {
                kept.lock().unwrap().extend_from_slice(&chunk[..count]);
            }
        });
        let mut console = Self {
            writer: pair.master.take_writer().unwrap(),
            _master: pair.master,
            child,
            output,
        };
        console.waits_for("usher");
        console
    }

    /// Types.
    pub fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// What is on the screen.
    pub fn text(&self) -> String {
        let (rows, columns) = (NonZero::new(ROWS).unwrap(), NonZero::new(COLUMNS).unwrap());
        let mut parser = vt100::Parser::new(rows, columns, 0);
        parser.process(&self.output.lock().unwrap());
        parser.screen().contents()
    }

    /// Waits until a text is on the screen.
    pub fn waits_for(&mut self, text: &str) {
        let began = Instant::now();
        while !self.text().contains(text) {
            let waited = began.elapsed() < Duration::from_secs(30);
            assert!(waited, "waited for {text}:\n{}", self.text());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
