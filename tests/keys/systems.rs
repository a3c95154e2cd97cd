//! What waits at the systems: seen from everywhere, accepted or released with a reason.

use usher::{
    engine::command::Command,
    model::Right,
    tui::{Message, Pane},
};

use super::{company, day, fake::Screen, restraint};

/// A screen on a day with a read that waits and a quarantine, both at the wiki.
fn waiting(size: (u16, u16)) -> Screen {
    let mut screen = Screen::new(company::review(), size);
    screen.fake.today = Some(restraint::today(day::today(&company::review())));
    screen.keys("2 1");
    screen
}

#[test]
fn a_read_is_accepted_where_it_is_shown_with_a_reason() {
    for size in [(80, 24), (200, 60)] {
        let mut screen = waiting(size);
        assert!(screen.text().contains("Y systems"), "{}", screen.text());
        screen.keys("Y j");
        let text = screen.text();
        for words in ["120 records, 391", "O accept this read"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        screen.keys("O enter");
        assert!(screen.text().contains("a reason is needed"), "{}", screen.text());
        assert!(screen.fake.commands.is_empty());
        screen.keys("'the_site_was_closed' enter");
        let [Command::Accept { system, read, reason }] = &screen.fake.commands[..] else {
            panic!("{:?}", screen.fake.commands)
        };
        assert_eq!(
            (system.as_str(), read.as_str(), reason.as_str()),
            ("wiki", "7f3a9c21d0e4", "the site was closed")
        );
        // it is still open, and no longer waits
        assert!(!screen.text().contains("391 before"), "{}", screen.text());
    }
}

#[test]
fn a_quarantine_is_released_and_begun_with_a_reason() {
    let mut screen = waiting((80, 24));
    screen.keys("3 Y");
    assert_eq!(screen.model.pane, Pane::Run);
    assert!(screen.text().contains("O release"), "{}", screen.text());
    screen.keys("O 'token_renewed' enter");
    assert!(matches!(
        &screen.fake.commands[..],
        [Command::EndQuarantine { system, rule: None, reason }] if *system == "wiki".into() && reason == "token renewed"
    ));
    screen.keys("home O");
    assert!(
        screen.text().contains("nothing waits on this line"),
        "{}",
        screen.text()
    );
    screen.keys("Q enter");
    assert!(screen.text().contains("a reason is needed"), "{}", screen.text());
    screen.keys("'maintenance' enter");
    assert!(matches!(
        screen.fake.commands.last(),
        Some(Command::Quarantine { system, rule: None, .. }) if *system == "hr".into()
    ));
    screen.keys("esc");
    assert!(screen.model.overlays.is_empty());
}

#[test]
fn what_may_not_be_let_go_says_why() {
    let mut screen = waiting((120, 40));
    let refused = |right: Right| (right, format!("ben may not {}: that takes admin", right.word()));
    screen.model.refusals = vec![refused(Right::Configure), refused(Right::Apply)];
    screen.keys("Y j");
    assert!(screen.text().contains("that takes admin"), "{}", screen.text());
    screen.keys("O k O home Q");
    assert!(screen.fake.commands.is_empty());
    assert_eq!(screen.model.overlays.len(), 1);
    // a console that only watches
    screen.model.refusals.clear();
    screen.model.settings.read_only = true;
    screen.keys("end k k O Q");
    assert!(screen.fake.commands.is_empty());
    assert!(screen.text().contains("read-only"), "{}", screen.text());
    // at any size
    for size in [(1, 1), (40, 10), (60, 14)] {
        screen.send(Message::Resize(size.0, size.1));
        screen.text();
    }
    screen.keys("esc : 'accept_a_read' enter");
    assert_eq!(screen.model.overlays.len(), 1, "the help does not list it");
}

#[test]
fn no_plan_for_a_held_read_shows_it_at_once() {
    let mut screen = Screen::new(company::review(), (120, 40));
    screen.keys("1");
    assert!(!screen.text().contains("waits to be accepted"));
    screen.fake.today = Some(restraint::today(day::today(&company::review())));
    screen.send(Message::Engine(usher::engine::event::Event::PlanFailed {
        messages: vec!["wiki has 120 records, 391 before".into()],
    }));
    assert!(
        screen.text().contains("waits to be accepted"),
        "{}",
        screen.text()
    );
}
