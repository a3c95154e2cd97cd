//! The built program in a pseudo-terminal.

use std::{
    ffi::{OsStr, OsString},
    io::{Read as _, Write},
    num::NonZero,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A console that is open. Dropped, it is gone.
pub struct Console {
    _master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: Arc<Mutex<Vec<u8>>>,
    size: (u16, u16),
}

impl Console {
    /// Starts the program with these arguments and, besides what is set already, this environment, in a terminal of so
    /// many columns and rows.
    pub fn open<'a>(
        arguments: &[&OsStr],
        environment: impl IntoIterator<Item = (&'a str, OsString)>,
        size: (u16, u16),
    ) -> Self {
        let pair = native_pty_system()
            .openpty(PtySize {
                rows: size.1,
                cols: size.0,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_usher"));
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        for (name, value) in environment {
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
        Self {
            writer: pair.master.take_writer().unwrap(),
            _master: pair.master,
            child,
            output,
            size,
        }
    }

    /// Types.
    pub fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// What is on the screen.
    pub fn text(&self) -> String {
        let (columns, rows) = self.size;
        let (rows, columns) = (NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap());
        let mut parser = vt100::Parser::new(rows, columns, 0);
        parser.process(&self.output.lock().unwrap());
        parser.screen().contents()
    }

    /// Waits until a text is on the screen, on one line or more.
    pub fn waits_for(&mut self, text: &str) {
        let began = Instant::now();
        let words = |screen: &str| screen.split_whitespace().collect::<Vec<_>>().join(" ");
        while !words(&self.text()).contains(text) {
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
