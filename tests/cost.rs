//! What the screen costs: octets a key, and nothing when nothing happens.

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

use std::{cell::Cell, rc::Rc};

use fake::Screen;
use jiff::SignedDuration;
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};
use usher::tui::{self, Code, Key, Message};

#[test]
fn nothing_is_drawn_when_nothing_happens() {
    let mut screen = Screen::new(company::review(), (120, 40));
    assert!(screen.model.take_dirty());
    screen.send_after(SignedDuration::from_mins(5), Message::Tick);
    assert!(!screen.model.take_dirty());
    assert_eq!(screen.model.next_tick(), None);
}

/// Counts what is written.
#[derive(Clone, Default)]
struct Counter(Rc<Cell<usize>>);

impl std::io::Write for Counter {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.set(self.0.get() + octets.len());
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A terminal that counts what is written.
struct Wire {
    terminal: Terminal<CrosstermBackend<Counter>>,
    counter: Counter,
}

impl Wire {
    fn new(columns: u16, rows: u16) -> Self {
        let options = TerminalOptions {
            viewport: Viewport::Fixed(Rect::new(0, 0, columns, rows)),
        };
        let counter = Counter::default();
        let terminal = Terminal::with_options(CrosstermBackend::new(counter.clone()), options).unwrap();
        Self { terminal, counter }
    }

    /// Draws and returns how many octets that took.
    fn draw(&mut self, screen: &mut Screen) -> usize {
        if !screen.model.take_dirty() {
            return 0;
        }
        self.counter.0.set(0);
        self.terminal
            .draw(|frame| tui::view(&screen.model, frame))
            .unwrap();
        self.counter.0.get()
    }
}

#[test]
fn octets_per_key() {
    for ((columns, rows), of_a_move, average) in [((200, 60), 600, 1200), ((80, 24), 300, 400)] {
        let mut screen = Screen::new(company::large(2_000), (columns, rows));
        screen.fake.details = false;
        screen.keys("2");
        let mut wire = Wire::new(columns, rows);
        wire.draw(&mut screen);
        let mut each: Vec<usize> = (0..500)
            .map(|_| {
                let down = Message::Key(Key::plain(Code::Char('j')));
                screen.send_after(SignedDuration::from_millis(33), down);
                wire.draw(&mut screen)
            })
            .collect();
        let mean = each.iter().sum::<usize>() / each.len();
        each.sort_unstable();
        let median = each[each.len() / 2];
        println!(
            "{columns}x{rows}: median {median}, mean {mean}, most {}",
            each[499]
        );
        assert!(
            median <= of_a_move,
            "a cursor move takes {median} octets at {columns}x{rows}"
        );
        assert!(
            mean <= average,
            "a key takes {mean} octets on average at {columns}x{rows}"
        );
    }
}

#[test]
fn a_resting_cursor_brings_the_detail_and_stays_cheap() {
    let mut screen = Screen::new(company::large(2_000), (200, 60));
    screen.keys("2");
    let mut wire = Wire::new(200, 60);
    wire.draw(&mut screen);
    let mut most = 0;
    for _ in 0..20 {
        screen.keys("j");
        most = most.max(wire.draw(&mut screen));
    }
    println!("with its detail: {most}");
    assert!(most <= 2_000, "{most} octets");
}

#[test]
fn a_large_list_is_filtered_when_the_typing_pauses() {
    let mut screen = Screen::new(company::large(30_000), (120, 40));
    screen.keys("2 /");
    for letter in "kovac".chars() {
        let key = Message::Key(Key::plain(Code::Char(letter)));
        screen.send_after(SignedDuration::from_millis(20), key);
        assert_eq!(screen.model.review.passing(), 30_000, "no key waits for a search");
    }
    assert!(screen.text().contains("/ kovac"), "what is typed is seen at once");
    assert!(screen.model.next_tick().is_some());
    screen.send_after(SignedDuration::from_millis(100), Message::Tick);
    assert!((1..30_000).contains(&screen.model.review.passing()));
    assert_eq!(screen.model.review.filter, "kovac");
}
