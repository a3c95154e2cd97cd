//! The pictures of the README: drawn from the same buffer as the screen, so they cannot show what is not there.
//!
//! `UPDATE_PICTURES=1 cargo test --test picture` draws them again.

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

use std::{fmt::Write, fs, path::Path};

use fake::Screen;
use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use unicode_width::UnicodeWidthStr;
use usher::{engine::event::Event, tui::Message};

/// Writes the buffer as text with escape sequences, one attribute a sequence.
fn ansi(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut skip = 0;
        for x in 0..buffer.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let cell = &buffer[(x, y)];
            text.push_str("\x1b[0m");
            look(&mut text, cell);
            text.push_str(cell.symbol());
            skip = cell.symbol().width().saturating_sub(1);
        }
        text.push_str("\x1b[0m\n");
    }
    text
}

fn look(text: &mut String, cell: &Cell) {
    for (modifier, code) in [
        (Modifier::BOLD, 1),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
    ] {
        if cell.modifier.contains(modifier) {
            write!(text, "\x1b[{code}m").unwrap();
        }
    }
    // the picture's renderers do not know dim, or draw it as the ordinary colour
    if cell.modifier.contains(Modifier::DIM) {
        text.push_str("\x1b[90m");
    }
    for (colour, normal, bright) in [(cell.fg, 30, 90), (cell.bg, 40, 100)] {
        if let Some((number, is_bright)) = number(colour) {
            write!(text, "\x1b[{}m", number + if is_bright { bright } else { normal }).unwrap();
        }
    }
}

fn number(colour: Color) -> Option<(u8, bool)> {
    let named = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    let place = named.iter().position(|other| *other == colour)? as u8;
    Some((place % 8, place >= 8))
}

fn check(name: &str, screen: &Screen) {
    let svg = anstyle_svg::Term::new()
        .palette(anstyle_svg::WIN10_CONSOLE)
        .render_svg(&ansi(&screen.buffer()));
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pictures")
        .join(name);
    if std::env::var("UPDATE_PICTURES").is_ok() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &svg).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == svg,
        "{name} shows an older screen: UPDATE_PICTURES=1 cargo test --test picture"
    );
}

/// The company without the names whose width depends on the fonts of whoever looks at the picture.
fn screen() -> Screen {
    let mut view = company::review();
    let plain = |name: &str| {
        name.chars()
            .all(|c| !matches!(c, '\u{590}'..='\u{6FF}' | '\u{3000}'..='\u{9FFF}'))
    };
    std::sync::Arc::make_mut(&mut view.rows).retain(|row| plain(&row.subject));
    Screen::new(view, (120, 32))
}

#[test]
fn review() {
    let mut screen = screen();
    screen.keys("2 j j a j r 'starts_later' enter k k k");
    check("review.svg", &screen);
}

#[test]
fn today() {
    check("today.svg", &screen());
}

#[test]
fn run() {
    let mut screen = screen();
    screen.send(Message::Engine(Event::Progress(fake::failing())));
    screen.keys("3");
    check("run.svg", &screen);
}
