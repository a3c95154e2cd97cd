//! The terminal: what is switched on is switched off again, once, whatever happens.

use std::{
    io::{self, BufWriter, Stdout, Write},
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
};

use crossterm::{
    clipboard::CopyToClipboard,
    cursor,
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    terminal::{
        self, BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
        disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{backend::CrosstermBackend, layout::Rect};
use rustix::process::{Signal, getpgrp, kill_process_group};

use super::write;
use crate::tui::{self, Model};

/// Terminals take this many octets by OSC 52 at most; longer texts would be dropped without a word.
const COPY_LIMIT: usize = 74_000;

/// Whether the terminal is in our hands, for the panic hook.
static TAKEN: AtomicBool = AtomicBool::new(false);

type Screen = ratatui::Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// The terminal while it is in our hands. Dropping it gives it back.
pub(super) struct Terminal {
    screen: Screen,
}

impl Terminal {
    /// Takes the terminal.
    pub(super) fn open(mouse: bool) -> io::Result<Self> {
        give_back_on_panic();
        let screen = Screen::new(CrosstermBackend::new(BufWriter::with_capacity(
            1 << 16,
            io::stdout(),
        )))?;
        let mut terminal = Self { screen };
        terminal.take(mouse)?;
        Ok(terminal)
    }

    fn take(&mut self, mouse: bool) -> io::Result<()> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let out = self.screen.backend_mut();
        write(out, EnterAlternateScreen)?;
        write(out, EnableBracketedPaste)?;
        if mouse {
            write(out, EnableMouseCapture)?;
        }
        write(out, cursor::Hide)?;
        out.flush()?;
        // not `clear`, which asks the terminal where its cursor is and waits for an answer
        let (columns, rows) = size();
        self.screen.resize(Rect::new(0, 0, columns, rows))
    }

    /// Draws the screen in one piece.
    pub(super) fn draw(&mut self, model: &Model) -> io::Result<()> {
        write(self.screen.backend_mut(), BeginSynchronizedUpdate)?;
        self.screen.draw(|frame| tui::view(model, frame))?;
        write(self.screen.backend_mut(), EndSynchronizedUpdate)?;
        self.screen.backend_mut().flush()
    }

    /// Copies to the clipboard of the terminal the user sits at, also over SSH.
    pub(super) fn copy(&mut self, text: &str) {
        let mut end = text.len().min(COPY_LIMIT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let out = self.screen.backend_mut();
        let sent = write(out, CopyToClipboard::to_clipboard_from(&text[..end])).and_then(|()| out.flush());
        log(sent, "copy");
    }

    /// Uses the mouse, or leaves it to the terminal.
    pub(super) fn mouse(&mut self, wanted: bool) {
        let out = self.screen.backend_mut();
        let sent = if wanted {
            write(out, EnableMouseCapture)
        } else {
            write(out, DisableMouseCapture)
        };
        log(sent.and_then(|()| out.flush()), "mouse");
    }

    /// Takes the terminal again, with everything drawn anew.
    pub(super) fn resume(&mut self, mouse: bool) {
        log(self.take(mouse), "resume");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Returns the columns and rows of the terminal.
pub(super) fn size() -> (u16, u16) {
    terminal::size().unwrap_or((80, 24))
}

/// Gives the terminal back and stops the whole process group, as Ctrl-Z would.
///
/// The stop may take effect a moment after this returns; the signal that ends it says when to come back.
pub(super) fn suspend() {
    give_back();
    if let Err(error) = kill_process_group(getpgrp(), Signal::TSTP) {
        tracing::warn!(%error, "the process group could not be stopped");
    }
}

/// Switches everything off that was switched on; nothing, if that was done already.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // a terminal that is gone takes none of this, and nothing is left to be done about it
    let _ignored = crossterm::execute!(
        out,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ignored = disable_raw_mode();
}

/// A panic's message must land on a terminal that shows it.
///
/// Only a panic of the console's own thread gives the terminal back: one in a task of the engine ends as a failed
/// operation there, and must neither take the screen away nor be written across it.
fn give_back_on_panic() {
    static HOOK: Once = Once::new();
    let console = std::thread::current().id();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if TAKEN.load(Ordering::SeqCst) && std::thread::current().id() != console {
                tracing::error!(%panic, "a task of the engine ended unexpectedly");
                return;
            }
            give_back();
            before(panic);
        }));
    });
}

fn log(result: io::Result<()>, what: &str) {
    if let Err(error) = result {
        tracing::warn!(%error, what, "the terminal did not take it");
    }
}
