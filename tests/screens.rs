//! What the panes look like, at four sizes; what may never be seen; what never panics.

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
#[path = "screens/governing.rs"]
mod governing;
#[path = "support/restraint.rs"]
mod restraint;

use fake::Screen;
use ratatui::style::{Color, Modifier};
use usher::{
    engine::{
        event::Event,
        view::{LineState, ReviewView, View},
    },
    tui::{Message, Pane},
};

const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (40, 10)];

fn at(pane: Pane, size: (u16, u16), theme: &str) -> Screen {
    let mut screen = Screen::with(company::review(), size, fake::settings(theme));
    if pane == Pane::Run {
        screen.send(Message::Engine(Event::Progress(fake::failing())));
    }
    let number = Pane::ALL.iter().position(|other| *other == pane).unwrap() + 1;
    screen.keys(&number.to_string());
    if pane == Pane::Review {
        screen.keys("a j j r 'not_before_December' enter j");
    }
    if pane == Pane::People {
        screen.keys("j");
    }
    screen
}

#[test]
fn panes() {
    for pane in Pane::ALL {
        for size in SIZES {
            let shown = at(pane, size, "default").text();
            insta::assert_snapshot!(format!("{}-{}x{}", pane.word(), size.0, size.1), shown);
            assert_eq!(at(pane, size, "mono").text(), shown, "a theme changes no text");
        }
    }
}

#[test]
fn overlays() {
    for (name, keys) in [
        ("help", "2 ?"),
        ("palette", "2 : 'approve'"),
        ("reject", "2 r enter"),
        ("hold", "2 h 'someday' enter"),
        ("filter", "2 / 'event:joiner'"),
        ("run", "2 * a n R"),
        ("record", "4 enter"),
        ("groups", "2 g j l j l"),
        ("why", "2 l w"),
    ] {
        let mut screen = Screen::new(company::review(), (100, 30));
        screen.keys(keys);
        insta::assert_snapshot!(format!("overlay-{name}"), screen.text());
    }
}

#[test]
fn what_is_held_back() {
    for size in SIZES {
        let mut screen = at(Pane::Today, size, "default");
        let today = restraint::today(day::today(&company::review()));
        screen.send(Message::Engine(Event::View(Box::new(View::Today(today)))));
        if size.0 < 120 {
            screen.keys("G");
        }
        insta::assert_snapshot!(format!("quarantine-{}x{}", size.0, size.1), screen.text());
        let mut screen = at(Pane::Run, size, "default");
        screen.send(Message::Engine(Event::Progress(restraint::run())));
        insta::assert_snapshot!(format!("canary-{}x{}", size.0, size.1), screen.text());
    }
}

#[test]
fn systems_that_do_not_answer() {
    for size in SIZES {
        let mut screen = at(Pane::Run, size, "default");
        screen.send(Message::Engine(Event::Progress(fake::waiting())));
        insta::assert_snapshot!(format!("waiting-{}x{}", size.0, size.1), screen.text());
        // two of them share the rows; the words say how it stands, not the colour alone
        let mut two = fake::failing();
        two.systems[0].line = Some(fake::condition(LineState::Silent, 12));
        two.systems[1].line = Some(fake::condition(LineState::Over, 63));
        screen.send(Message::Engine(Event::Progress(two)));
        insta::assert_snapshot!(format!("silent-{}x{}", size.0, size.1), screen.text());
        screen.send(Message::Engine(Event::Reading {
            system: "directory".into(),
            records: 1200,
            silent: Some(12),
            ended: false,
        }));
        let says = screen.text().contains("directory: no answer for 12 s");
        assert!(says || size.0 < 80, "{}", screen.text());
    }
}

#[test]
fn the_why_of_a_value() {
    for size in [(80, 40), (120, 40), (200, 60)] {
        let mut screen = Screen::new(company::review(), size);
        screen.keys("2 / 'kind:update_system:chat' enter w");
        insta::assert_snapshot!(format!("why-{}x{}", size.0, size.1), screen.text());
    }
}

#[test]
fn nothing_yet_and_nothing_to_do() {
    let mut empty = Screen::new(ReviewView::default(), (100, 14));
    empty.keys("2");
    insta::assert_snapshot!("empty-no-plan", empty.text());
    let nothing = ReviewView {
        plan: Some(company::head(&[], 0)),
        ..ReviewView::default()
    };
    let mut done = Screen::new(nothing, (100, 14));
    done.keys("2");
    insta::assert_snapshot!("empty-nothing-to-do", done.text());
    let mut filtered = Screen::new(company::review(), (100, 14));
    filtered.keys("2 / 'kind:delete_zzz' enter");
    insta::assert_snapshot!("empty-filter", filtered.text());
}

#[test]
fn every_size_is_drawn_without_a_panic() {
    for pane in Pane::ALL {
        let mut screen = at(pane, (120, 40), "default");
        // what lies on top does not depend on the pane under it
        let overlays: &[&str] = if pane == Pane::Review {
            &["", "?", "R", "/", "r", "z"]
        } else {
            &[""]
        };
        for overlay in overlays {
            screen.keys(overlay);
            for columns in 1..=60 {
                for rows in 1..=20 {
                    screen.model.size = (columns, rows);
                    screen.buffer();
                }
            }
            for size in [(80, 9), (119, 13), (120, 8), (300, 100)] {
                screen.send(Message::Resize(size.0, size.1));
                screen.buffer();
            }
            screen.keys("esc esc");
        }
    }
}

#[test]
fn the_cursor_is_a_reversed_bar_without_other_colours() {
    let screen = at(Pane::Review, (120, 40), "default");
    let buffer = screen.buffer();
    let rows: Vec<u16> = (0..40)
        .filter(|y| buffer[(4, *y)].modifier.contains(Modifier::REVERSED))
        .collect();
    assert_eq!(rows.len(), 1, "one cursor");
    for x in 0..60 {
        let cell = &buffer[(x, rows[0])];
        assert!(cell.modifier.contains(Modifier::REVERSED), "column {x}");
        assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "column {x}");
    }
}

#[test]
fn the_monochrome_theme_draws_no_colour() {
    for pane in Pane::ALL {
        let mut screen = at(pane, (120, 40), "mono");
        for keys in ["", "?", "esc /", "esc R"] {
            screen.keys(keys);
            let buffer = screen.buffer();
            assert!(
                buffer
                    .content
                    .iter()
                    .all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset),
                "{pane:?} {keys}"
            );
        }
    }
}

#[test]
fn text_from_outside_cannot_lie() {
    for pane in Pane::ALL {
        let mut screen = at(pane, (200, 60), "default");
        for keys in ["", "j j j j j j j j j j j j", "/ 'x'"] {
            screen.keys(keys);
            let raw: String = screen
                .buffer()
                .content
                .iter()
                .map(ratatui::buffer::Cell::symbol)
                .collect();
            let hostile =
                |c: char| c.is_control() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}');
            assert!(!raw.contains(hostile), "{pane:?}");
        }
    }
    let mut review = at(Pane::Review, (200, 60), "default");
    review.keys("esc");
    assert!(review.text().contains("admin<U+202E>nimda"));
    assert!(review.text().contains("John<U+200B> Smith"));
}

#[test]
fn ascii_symbols_leave_no_unicode_of_our_own() {
    let mut settings = fake::settings("default");
    settings.symbols = &usher::tui::Symbols::ASCII;
    let view = company::large(40);
    for pane in 1..=6 {
        let mut screen = Screen::with(view.clone(), (120, 40), settings.clone());
        screen.keys(&pane.to_string());
        let text = screen.text();
        for sign in "●✓✗◷⊘▶✔…─│▓░→−›▾▸–".chars() {
            assert!(!text.contains(sign), "{sign} in pane {pane}:\n{text}");
        }
    }
}
