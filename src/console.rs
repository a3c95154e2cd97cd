//! The shell around the screen: the terminal, the signals, the clipboard, the session file, the loop.
//!
//! Three sources feed one channel: the keyboard, the signals and the engine. The loop waits for one message, drains
//! what else is there, and draws once if anything changed. When nothing happens it does not wake up.

mod input;
mod session;
mod signals;
mod terminal;

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::PathBuf,
    pin::Pin,
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::{
    engine::{
        command::{Command, Query},
        event::Event,
    },
    tui::{self, Clock, Effect, Keymap, KeymapError, Message, Model, Symbols, Theme, ThemeError},
};

use self::{signals::Signal, terminal::Terminal};

/// What the console needs of an engine.
pub trait EnginePort {
    /// Has something done. The answer comes as events.
    fn command(&self, command: Command);
    /// Asks for something to show. The answer comes as [`Event::View`].
    fn ask(&self, query: Query);
    /// Hands out the events. Called once.
    fn events(&self) -> UnboundedReceiver<Event>;
}

/// Which theme.
#[derive(Debug, Clone)]
pub enum ThemeChoice {
    /// A built-in one: `default`, `mono`, `colour-blind`, `high-contrast`.
    Named(String),
    /// The text of a theme file.
    Text(String),
}

/// What the configuration and the environment say about the console.
#[derive(Debug, Clone)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "four answers that have nothing to do with each other"
)]
pub struct Settings {
    /// The theme.
    pub theme: ThemeChoice,
    /// Whether the environment asks for no colour (`NO_COLOR`): the theme is `mono` then, whatever is configured.
    pub no_color: bool,
    /// Whether the terminal shows Unicode.
    pub unicode: bool,
    /// Keys that differ from the defaults: action → keys.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The label of the environment; empty is none.
    pub label: String,
    /// The mode in words: `review mode`.
    pub mode: String,
    /// The zone dates are shown in.
    pub time_zone: TimeZone,
    /// Whether this is the demo company.
    pub demo: bool,
    /// Whether nothing may be decided or applied here.
    pub read_only: bool,
    /// Where the session is kept; `None` keeps none.
    pub session: Option<PathBuf>,
}

/// Why the console cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The theme cannot be used.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// The keys cannot be used.
    #[error("the keys of the configuration cannot be used: {0}")]
    Keys(#[from] KeymapError),
    /// The terminal does not answer.
    #[error("the terminal cannot be used: {0}; run usher in a terminal, or use its commands with --json")]
    Terminal(#[source] io::Error),
    /// The engine is gone.
    #[error(
        "the engine ended while the console was open; its log says why, and the next start settles what was in flight"
    )]
    Engine,
    /// The signals cannot be caught.
    #[error("signals cannot be caught: {0}")]
    Signals(#[source] io::Error),
}

/// Opens the console and stays until the user leaves, the terminal goes away or a signal ends it.
pub async fn run(engine: &impl EnginePort, settings: Settings) -> Result<(), Error> {
    let path = settings.session.clone();
    let model = model(settings, Timestamp::now())?;
    let terminal = Terminal::open(model.mouse).map_err(Error::Terminal)?;
    let mut shell = Shell {
        engine,
        model,
        terminal,
        path,
        suspended: false,
        leaving: false,
        ended: Ok(()),
    };
    let ended = shell.run().await;
    shell.save();
    drop(shell);
    ended
}

fn model(settings: Settings, now: Timestamp) -> Result<Model, Error> {
    let theme = match &settings.theme {
        _ if settings.no_color => Theme::named("mono")?,
        ThemeChoice::Named(name) => Theme::named(name)?,
        ThemeChoice::Text(text) => Theme::parse(text)?,
    };
    let keymap = Keymap::new(&settings.keys)?;
    let session = settings.session.as_deref().map(session::load).unwrap_or_default();
    let screen = tui::Settings {
        theme,
        symbols: if settings.unicode {
            &Symbols::UNICODE
        } else {
            &Symbols::ASCII
        },
        keymap,
        label: settings.label,
        mode: settings.mode,
        clock: Clock {
            zone: settings.time_zone,
        },
        demo: settings.demo,
        read_only: settings.read_only,
    };
    Ok(Model::new(screen, session, now))
}

struct Shell<'a, E> {
    engine: &'a E,
    model: Model,
    terminal: Terminal,
    path: Option<PathBuf>,
    suspended: bool,
    leaving: bool,
    ended: Result<(), Error>,
}

/// A stop that takes no effect within this time (in a process group nobody can continue) is forgotten.
const STOP: Duration = Duration::from_millis(200);

/// What wakes the loop up.
enum Wake {
    Message(Message),
    Signal(Signal),
    /// The terminal is gone.
    Gone,
    /// The engine is gone.
    EngineGone,
}

impl<E: EnginePort> Shell<'_, E> {
    async fn run(&mut self) -> Result<(), Error> {
        let (sender, mut inbox) = mpsc::unbounded_channel();
        let mut signals = signals::Signals::listen().map_err(Error::Signals)?;
        input::read(sender).map_err(Error::Terminal)?;
        let mut events = self.engine.events();
        let (columns, rows) = terminal::size();
        self.take(Message::Resize(columns, rows));
        let opening = tui::opening(&mut self.model);
        self.perform(opening);
        while !self.leaving {
            self.draw();
            let wake = self.wait(&mut inbox, &mut events, &mut signals).await;
            self.handle(wake);
            // what came meanwhile is taken in before the next frame: a held key never queues up frames
            while let Ok(message) = inbox.try_recv() {
                self.handle(message.map_or(Wake::Gone, Wake::Message));
            }
            while let Ok(event) = events.try_recv() {
                self.take(Message::Engine(event));
            }
        }
        std::mem::replace(&mut self.ended, Ok(()))
    }

    async fn wait(
        &self,
        inbox: &mut UnboundedReceiver<Option<Message>>,
        events: &mut UnboundedReceiver<Event>,
        signals: &mut signals::Signals,
    ) -> Wake {
        let tick: Pin<Box<dyn Future<Output = ()> + Send>> = match self.model.next_tick() {
            _ if self.suspended => Box::pin(tokio::time::sleep(STOP)),
            Some(at) => Box::pin(tokio::time::sleep(until(at))),
            None => Box::pin(std::future::pending()),
        };
        tokio::select! {
            biased;
            signal = signals.next() => Wake::Signal(signal),
            message = inbox.recv() => message.flatten().map_or(Wake::Gone, Wake::Message),
            event = events.recv() => event.map_or(Wake::EngineGone, |event| Wake::Message(Message::Engine(event))),
            () = tick => if self.suspended { Wake::Signal(Signal::Continue) } else { Wake::Message(Message::Tick) },
        }
    }

    fn handle(&mut self, wake: Wake) {
        match wake {
            Wake::Message(message) => self.take(message),
            Wake::Signal(Signal::End) | Wake::Gone => self.leaving = true,
            Wake::EngineGone => {
                self.leaving = true;
                self.ended = Err(Error::Engine);
            }
            Wake::Signal(Signal::Continue) => self.resume(),
        }
    }

    fn take(&mut self, message: Message) {
        let effects = tui::update(&mut self.model, message, Timestamp::now());
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Engine(command) => self.engine.command(command),
                Effect::Ask(query) => self.engine.ask(query),
                Effect::Copy(text) => self.terminal.copy(&text),
                Effect::SaveSession => self.save(),
                Effect::Suspend => {
                    self.suspended = true;
                    terminal::suspend();
                }
                Effect::Quit => self.leaving = true,
                Effect::Mouse(wanted) => self.terminal.mouse(wanted),
            }
        }
    }

    /// Draws what changed. A terminal that takes nothing any more is gone, and gone is a reason to leave.
    fn draw(&mut self) {
        if !self.suspended
            && self.model.take_dirty()
            && let Err(error) = self.terminal.draw(&self.model)
        {
            tracing::warn!(%error, "the terminal is gone");
            self.leaving = true;
        }
    }

    /// Comes back to the foreground: the terminal may have another size and shows something else.
    fn resume(&mut self) {
        self.suspended = false;
        self.terminal.resume(self.model.mouse);
        let (columns, rows) = terminal::size();
        let effects = tui::update(&mut self.model, Message::Resize(columns, rows), Timestamp::now());
        self.perform(effects);
    }

    fn save(&self) {
        let Some(path) = &self.path else { return };
        if let Err(error) = session::save(path, &self.model.session()) {
            tracing::warn!(path = %path.display(), %error, "the session could not be saved");
        }
    }
}

/// Returns how long it is until a time.
fn until(at: Timestamp) -> Duration {
    let left = at.duration_since(Timestamp::now());
    Duration::try_from(left)
        .unwrap_or_default()
        .max(Duration::from_millis(1))
}

/// Writes a sequence to the terminal.
fn write(out: &mut impl Write, sequence: impl crossterm::Command) -> io::Result<()> {
    crossterm::queue!(out, sequence)
}
