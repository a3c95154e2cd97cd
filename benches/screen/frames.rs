//! Frames by themselves: keys into the model, the model onto a terminal that only counts.

use std::{collections::BTreeMap, io, path::Path, sync::Arc, time::Instant};

use jiff::{Timestamp, tz::TimeZone};
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};
use usher::{
    config::Config,
    engine::{Engine, Setup, actor, clock::Clock, command::Query, event::Event, view::View},
    store::sqlite::SqliteStore,
    tui::{self, Code, Key, Keymap, Message, Model, Session, Settings, Symbols, Theme},
};

/// Counts what is written.
#[derive(Default)]
struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0 += octets.len();
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Measures frames of Review.
pub fn measure(home: &Path) {
    let config = Config::load(&home.join("usher.toml")).expect("sound rules");
    let engine = Engine::new(Setup {
        rules: config.rules.clone(),
        systems: Vec::new(),
        store: Arc::new(SqliteStore::open(&config.store).expect("the store opens")),
        clock: Clock::wall(),
        actor: actor::current(&[]).actor,
        next_day: None,
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let since = Instant::now();
    let review = runtime.block_on(engine.show(Query::Review)).expect("the rows");
    let asked = since.elapsed().as_secs_f64() * 1000.0;
    let mut model = model(&config);
    let since = Instant::now();
    press(&mut model, Code::Char('2'));
    take(&mut model, review);
    let taken = since.elapsed().as_secs_f64() * 1000.0;
    let viewport = Viewport::Fixed(Rect::new(0, 0, 200, 60));
    let backend = CrosstermBackend::new(Count::default());
    let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport }).expect("a terminal");
    for (name, code) in [
        ("cursor", Code::Down),
        ("page", Code::PageDown),
        ("end", Code::End),
    ] {
        let mut times = Vec::new();
        for _ in 0..400 {
            let since = Instant::now();
            press(&mut model, code);
            terminal.draw(|frame| tui::view(&model, frame)).expect("a frame");
            times.push(since.elapsed().as_secs_f64() * 1000.0);
        }
        println!("  frame ({name}) p95 {:.2} ms", super::p95(&mut times));
    }
    println!("  the engine brings the rows in {asked:.0} ms, the screen takes them in {taken:.0} ms");
}

fn model(config: &Config) -> Model {
    let settings = Settings {
        theme: Theme::named("default").expect("a theme"),
        symbols: &Symbols::UNICODE,
        keymap: Keymap::new(&BTreeMap::new()).expect("the keys"),
        label: config.label.clone().unwrap_or_default(),
        mode: "review mode".to_owned(),
        clock: tui::Clock { zone: TimeZone::UTC },
        demo: false,
        read_only: false,
    };
    let mut model = Model::new(settings, Session::default(), Timestamp::now());
    let _ = tui::update(&mut model, Message::Resize(200, 60), Timestamp::now());
    model
}

fn press(model: &mut Model, code: Code) {
    let key = Key {
        code,
        ctrl: false,
        alt: false,
    };
    let _ = tui::update(model, Message::Key(key), Timestamp::now());
}

fn take(model: &mut Model, view: View) {
    let _ = tui::update(
        model,
        Message::Engine(Event::View(Box::new(view))),
        Timestamp::now(),
    );
}
