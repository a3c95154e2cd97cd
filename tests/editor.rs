//! The editor of the Mappings pane: open, type, complete, see what it gives and changes, save, put back.

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

use fake::Screen;
use jiff::SignedDuration;
use usher::{
    engine::{Block, Part, Place, command::Command, event::Event, view::View},
    tui::{Message, Pane},
};

const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (40, 10)];

/// The editor on the title of staff.
fn title(size: (u16, u16)) -> Screen {
    let mut screen = Screen::new(company::review(), size);
    screen.keys("6 enter j j j j j enter");
    screen
}

/// Lets the typing pause until nothing more is asked.
fn pause(screen: &mut Screen) {
    for _ in 0..3 {
        screen.send(Message::Tick);
    }
}

fn staff_title() -> Place {
    Place {
        block: Block::Accounts("staff".into()),
        part: Part::Attribute("title".into()),
    }
}

#[test]
fn open_edit_see_save_put_back() {
    let mut screen = title((100, 30));
    assert!(
        screen.text().contains("mappings › staff › title"),
        "{}",
        screen.text()
    );
    assert!(screen.text().contains("as it is saved"));
    screen.keys("ctrl-u 'toup' tab '[tit' tab enter ')'");
    pause(&mut screen);
    let text = screen.text();
    assert!(text.contains("ToUpper([title]) 0"), "what it gives\n{text}");
    assert!(
        text.contains("412 accounts would change"),
        "what it changes\n{text}"
    );
    assert!(text.contains("Engineer → Dr. Engineer"), "{text}");
    screen.keys("ctrl-s");
    assert!(screen.fake.changed.is_empty(), "it is asked first");
    let text = screen.text();
    assert!(
        text.contains("update: 406 instead of 8") && text.contains("/etc/usher/usher.toml"),
        "{text}"
    );
    screen.keys("y");
    assert_eq!(
        screen.fake.changed,
        [(staff_title(), "ToUpper([title])".to_owned())]
    );
    assert!(screen.model.mappings.editor.is_none());
    screen.keys("u");
    assert!(screen.text().contains("again  [title]"), "{}", screen.text());
    screen.keys("y");
    assert_eq!(screen.fake.commands.last(), Some(&Command::PutBack));
    screen.keys("u");
    assert!(screen.text().contains("nothing to put back"), "{}", screen.text());
}

#[test]
fn what_is_wrong_is_seen_at_its_place_and_is_not_saved() {
    let mut screen = title((100, 30));
    screen.keys("ctrl-u 'Append([given],_[titel])'");
    let text = screen.text();
    let (at, line) = text
        .lines()
        .enumerate()
        .find(|(_, line)| line.contains("Append([given]"))
        .unwrap();
    let carets = text.lines().nth(at + 1).unwrap();
    assert_eq!(carets.find('^'), line.find("[given]"), "{text}");
    assert!(text.contains("givenName"), "the hint names the nearest\n{text}");
    screen.keys("ctrl-s");
    assert!(
        screen.text().contains("this cannot be saved"),
        "{}",
        screen.text()
    );
    assert!(screen.model.overlays.is_empty());
}

#[test]
fn saving_waits_for_the_impact_and_an_answer_to_an_old_text_is_thrown_away() {
    let mut screen = title((100, 30));
    screen.fake.details = false;
    screen.keys("ctrl-u '[sn]'");
    pause(&mut screen);
    screen.keys("ctrl-s");
    assert!(screen.model.overlays.is_empty(), "not known yet");
    assert!(
        screen.text().contains("counting before saving"),
        "{}",
        screen.text()
    );
    let answer = |ticket| {
        let view = View::Impact {
            ticket,
            outcome: Some(Ok(day::impact())),
        };
        Message::Engine(Event::View(Box::new(view)))
    };
    let tickets = 1..20;
    screen.keys("'_'");
    for ticket in tickets.clone() {
        screen.send_after(SignedDuration::ZERO, answer(ticket));
    }
    assert!(screen.model.overlays.is_empty(), "typing took the wish back");
    pause(&mut screen);
    screen.keys("ctrl-s");
    for ticket in tickets {
        screen.send_after(SignedDuration::ZERO, answer(ticket));
    }
    assert!(screen.text().contains("save title"), "{}", screen.text());
}

#[test]
fn completion_offers_functions_and_names_and_writes_no_bracket_twice() {
    let mut screen = title((100, 30));
    screen.keys("ctrl-u 'Left([dep' tab");
    assert!(
        screen.text().contains("Left([department]"),
        "one candidate is taken\n{}",
        screen.text()
    );
    screen.keys("ctrl-u '[]' left 'ma' tab");
    assert!(screen.text().contains("1 of"), "{}", screen.text());
    screen.keys("down enter");
    let editor = screen.model.mappings.editor.as_ref().unwrap();
    assert_eq!(editor.text(), "[manager]");
    screen.keys("ctrl-u 'to' tab 'u' enter");
    let editor = screen.model.mappings.editor.as_ref().unwrap();
    assert_eq!(editor.text(), "ToUpper(");
    screen.keys("tab esc");
    assert!(
        screen.model.mappings.editor.is_some(),
        "Esc closes the completion first"
    );
    screen.keys("ctrl-z ctrl-z ctrl-z");
    assert!(screen.model.mappings.editor.is_some());
}

#[test]
fn pasted_text_and_command_keys_are_text_and_nothing_is_lost_unasked() {
    let mut screen = title((100, 30));
    screen.keys("ctrl-u");
    screen.send(Message::Paste("IIF(true,\r\n  [sn],\u{1b} \"q6P\")".into()));
    let editor = screen.model.mappings.editor.as_ref().unwrap();
    assert_eq!(editor.text(), "IIF(true,\n  [sn],  \"q6P\")");
    screen.keys("'q1P!'");
    assert_eq!((screen.model.pane, screen.fake.has_quit), (Pane::Mappings, false));
    assert!(screen.fake.commands.is_empty());
    screen.keys("esc");
    assert!(screen.text().contains("is not saved"), "{}", screen.text());
    screen.keys("esc");
    assert!(screen.model.mappings.editor.is_some());
    screen.keys("esc y");
    assert!(screen.model.mappings.editor.is_none() && screen.fake.changed.is_empty());
}

#[test]
fn a_refusal_is_shown_and_the_text_stays() {
    let mut screen = title((100, 30));
    screen.keys("ctrl-u '\"refused\"'");
    pause(&mut screen);
    screen.keys("ctrl-s y");
    assert!(screen.text().contains("line 7, column 3"), "{}", screen.text());
    screen.keys("esc");
    let editor = screen.model.mappings.editor.as_ref().unwrap();
    assert_eq!((editor.text().as_str(), editor.saving), ("\"refused\"", false));
}

#[test]
fn a_console_that_writes_to_no_system_still_edits_and_says_so() {
    let settings = usher::tui::Settings {
        read_only: true,
        ..fake::settings("default")
    };
    let mut screen = Screen::with(company::review(), (100, 30), settings);
    screen.keys("6 enter j j j j j enter");
    assert!(
        screen.text().contains("this console writes to no system"),
        "{}",
        screen.text()
    );
    screen.keys("ctrl-u '[sn]'");
    pause(&mut screen);
    screen.keys("ctrl-s y");
    assert_eq!(screen.fake.changed.len(), 1);
}

#[test]
fn a_secret_has_no_editor() {
    let mut screen = Screen::new(company::review(), (100, 30));
    screen.keys("6 enter end enter");
    assert!(screen.model.mappings.editor.is_none());
    assert!(
        screen.text().contains("a secret is drawn at random"),
        "{}",
        screen.text()
    );
}

#[test]
fn how_it_looks() {
    for size in SIZES {
        let name = |what: &str| format!("{what}-{}x{}", size.0, size.1);
        let mut screen = title(size);
        screen.keys("ctrl-u 'Append(\"Dr._\",_[title])'");
        pause(&mut screen);
        insta::assert_snapshot!(name("sound"), screen.text());
        screen.keys("ctrl-s");
        insta::assert_snapshot!(name("save"), screen.text());
        screen.keys("esc ctrl-u 'IIF([titel]_=_\"x\",_Re' tab down");
        insta::assert_snapshot!(name("completion"), screen.text());
        screen.keys("esc");
        insta::assert_snapshot!(name("mistake"), screen.text());
    }
}

#[test]
fn every_size_is_drawn_without_a_panic() {
    let mut screen = title((100, 30));
    screen.send(Message::Paste("\nIIF([titel] = \"李小龍\u{202E}\",\n Re".into()));
    for keys in ["", "tab", "esc ctrl-u '[sn]' ctrl-s"] {
        screen.keys(keys);
        pause(&mut screen);
        // small ones all, then those around which the layout changes
        for columns in (1..=48).chain([79, 80, 81, 119, 120, 121, 300]) {
            for rows in (1..=20).chain([24, 40, 100]) {
                screen.model.size = (columns, rows);
                screen.buffer();
            }
        }
        screen.model.size = (100, 30);
    }
}
