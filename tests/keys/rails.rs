//! The guard rails: seen from everywhere, released in whole or in part, with a reason.

use usher::{
    engine::command::Command,
    model::{Kind, Right},
    tui::{Mouse, Pane},
};

use super::{company, fake::Screen};

/// A screen on a plan that a rail stops.
fn stopped(size: (u16, u16)) -> Screen {
    Screen::new(company::stopped(), size)
}

#[test]
fn a_rail_is_released_in_whole_with_a_reason() {
    let mut screen = stopped((120, 40));
    screen.keys("1 o");
    let text = screen.text();
    for words in [
        "guard rails",
        "2 too many, stops 5",
        "within 24 hours; earlier runs have done 1 of the 6",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    screen.keys("O enter");
    assert!(screen.text().contains("a reason is needed"), "{}", screen.text());
    screen.keys("'all_of_them_leave' enter");
    let [
        Command::Release {
            rail,
            operations,
            reason,
        },
    ] = &screen.fake.commands[..]
    else {
        panic!("{:?}", screen.fake.commands)
    };
    assert_eq!(
        (rail.as_str(), operations, reason.as_str()),
        ("disable · directory", &None, "all of them leave")
    );
    // it is still open and says who let them pass
    let text = screen.text();
    assert!(text.contains("released by ana@adminhost"), "{text}");
    assert!(text.contains("all of them leave"), "{text}");
    screen.keys("O");
    assert!(screen.text().contains("released already"), "{}", screen.text());
}

#[test]
fn a_part_is_chosen_in_review_and_released() {
    let mut screen = stopped((120, 40));
    screen.keys("2 o p");
    assert!(screen.text().contains("select in Review"), "{}", screen.text());
    screen.keys("enter");
    assert_eq!(screen.model.pane, Pane::Review);
    assert_eq!(screen.model.review.selected.len(), 5);
    assert_eq!(screen.model.review.filter, "rail:\"disable · directory\"");
    let kinds = screen.model.review.arranged.order.iter();
    let rows = &screen.model.review.rows;
    assert!(kinds.clone().all(|row| rows[*row as usize].kind == Kind::Disable));
    // two of them
    screen.keys("esc home j space space o p");
    assert!(screen.text().contains("for 2 operations"), "{}", screen.text());
    screen.keys("'urgent' enter");
    assert!(matches!(
        &screen.fake.commands[..],
        [Command::Release { operations: Some(part), .. }] if part.len() == 2
    ));
    assert!(screen.text().contains("still stops 3"), "{}", screen.text());
}

#[test]
fn who_may_not_release_sees_why_and_the_header_opens_it() {
    let mut screen = stopped((120, 40));
    screen.model.refusals = vec![(
        Right::Release,
        "ben may not release a guard rail: that takes admin".into(),
    )];
    screen.send(usher::tui::Message::Mouse(Mouse::Click(100, 1)));
    assert!(screen.text().contains("ben may not release"), "{}", screen.text());
    screen.keys("O");
    assert!(screen.fake.commands.is_empty());
    for size in [(40, 10), (60, 14), (80, 24)] {
        screen.send(usher::tui::Message::Resize(size.0, size.1));
        assert!(screen.text().contains("disable · directory"), "{}", screen.text());
    }
    screen.keys("esc : 'rails' enter");
    assert!(screen.text().contains("guard rails"), "{}", screen.text());
}
