//! Deciding about many, until a date, and as policy wants it.

use usher::{
    engine::{approval::Lack, command::Command},
    model::{OperationState, Right, Verdict},
    tui::Pane,
};

use super::{company, fake, fake::Screen, review, screen};

/// A screen on the company, with what an operation lacks.
fn lacking(lacks: &[(&str, Lack)]) -> Screen {
    let mut view = company::review();
    let rows = std::sync::Arc::make_mut(&mut view.rows);
    for (name, lack) in lacks {
        for row in rows.iter_mut().filter(|row| row.subject.starts_with(name)) {
            row.lack = *lack;
            if *lack == Lack::Never {
                row.state = OperationState::Blocked;
            }
        }
    }
    let mut screen = Screen::new(view, (120, 40));
    screen.keys("2");
    screen
}

#[test]
fn many_are_approved_after_their_number_was_typed() {
    let mut screen = review("/ 'kind:create,enable,update' enter * a");
    let text = screen.text();
    assert!(text.contains("approve 17 operations"), "{text}");
    // kinds in lines, systems in columns, sums on both sides
    for line in [
        "           chat   directory      hr   total",
        "create       2           3               5",
        "total        5          11       1      17",
    ] {
        assert!(text.contains(line), "{text}");
    }
    screen.keys("y enter ctrl-u '16' enter");
    assert!(screen.fake.commands.is_empty() && screen.text().contains("this is not 17"));
    screen.keys("backspace '7' enter");
    let [Command::Decide { operations, .. }] = &screen.fake.commands[..] else {
        panic!("{:?}", screen.fake.commands)
    };
    assert_eq!(operations.len(), 17);
}

#[test]
fn a_privileged_or_deleted_account_wants_its_number_typed_alone_too() {
    for (keys, lines) in [
        ("/ 'kind:delete' enter a", "cannot be undone"),
        ("a", "1 privileged"),
    ] {
        let mut screen = review(keys);
        assert!(screen.text().contains(lines), "{}", screen.text());
        screen.keys("y");
        assert!(screen.fake.commands.is_empty(), "{keys}");
        screen.keys("backspace esc");
        assert!(screen.fake.commands.is_empty() && screen.model.overlays.is_empty());
    }
    // few of the usual ones are approved at once: it can be taken back
    let screen = review("/ 'kind:update' enter j a");
    assert_eq!(screen.fake.commands.len(), 1);
}

#[test]
fn a_rejection_may_hold_until_a_date() {
    let mut screen = review("r 'wrong_list' tab 'someday' enter");
    assert!(screen.text().contains("is no date"), "{}", screen.text());
    screen.keys("ctrl-u '+3d' enter");
    let [Command::Decide { verdict, reason, .. }] = &screen.fake.commands[..] else {
        panic!("{:?}", screen.fake.commands)
    };
    let until = "2026-11-23T23:00:00Z".parse().unwrap();
    assert_eq!(*verdict, Verdict::RejectUntil { until });
    assert_eq!(reason.as_deref(), Some("wrong list"));
}

#[test]
fn what_is_decided_about_is_said_in_numbers_and_what_is_left_out() {
    let mut screen = lacking(&[
        ("Ben", Lack::OtherPerson),
        ("Çelik", Lack::Entitled),
        ("Zoë", Lack::Never),
    ]);
    screen.keys("/ 'event:leaver,joiner_-system:hr' enter * a");
    let text = screen.text();
    assert!(text.contains("Left out: 6 operations"), "{text}");
    for reason in [
        "1 for others to approve",
        "1 waiting for another person than you",
        "4 never to be done",
    ] {
        assert!(text.contains(reason), "{reason}: {text}");
    }
    screen.keys("esc r");
    assert!(screen.text().contains("disable"), "{}", screen.text());
}

#[test]
fn approvals_that_are_missing_say_who_is() {
    for (lack, sign, reason) in [
        (Lack::OtherPerson, "◐", "it takes a second, different person"),
        (Lack::Entitled, "◇", "you are not among them"),
        (Lack::Never, "⊘", "this never happens"),
    ] {
        let mut screen = lacking(&[("Ben", lack)]);
        screen.keys("j j");
        assert!(screen.cursor_line().contains(sign), "{}", screen.cursor_line());
        screen.keys("a");
        assert!(screen.text().contains(reason), "{lack:?}: {}", screen.text());
        assert!(screen.fake.commands.is_empty());
    }
    for (lack, sign) in [
        (Lack::TwoPeople, "◎"),
        (Lack::OnePerson, "◐"),
        (Lack::Renewal, "◌"),
    ] {
        let mut screen = lacking(&[("Ben", lack)]);
        screen.keys("j j");
        assert!(screen.cursor_line().contains(sign), "{}", screen.cursor_line());
        screen.keys("a");
        assert_eq!(screen.fake.commands.len(), 1, "{lack:?}");
    }
}

#[test]
fn who_may_not_do_something_is_told_why_before() {
    let refusal = "ben has the role viewer here and may not";
    for (right, keys) in [
        (Right::Approve, "2 a"),
        (Right::Refuse, "2 r"),
        (Right::Apply, "2 R"),
        (Right::Plan, "1 P"),
        (Right::Undo, "1 U"),
        (Right::Release, "1 O"),
    ] {
        let mut screen = screen();
        screen.model.refusals = vec![(right, format!("{refusal} {}", right.word()))];
        screen.keys(keys);
        assert!(screen.text().contains(refusal), "{keys}: {}", screen.text());
        assert!(screen.fake.commands.is_empty(), "{keys}");
    }
}

#[test]
fn what_was_applied_is_taken_back_by_a_plan_that_is_decided_about() {
    let mut screen = screen();
    screen.send(usher::tui::Message::Engine(
        usher::engine::event::Event::RunEnded(fake::run(12, usher::engine::view::RunState::Ended)),
    ));
    screen.keys("3 U");
    let text = screen.text();
    for words in [
        "take back run 7",
        "2 cannot be taken back in full",
        "its system restores nothing",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    screen.keys("enter a");
    assert_eq!(screen.fake.commands.len(), 1, "only asked so far");
    screen.keys("y");
    let stores: Vec<bool> = screen
        .fake
        .commands
        .iter()
        .map(|command| matches!(command, Command::Undo { store: true, .. }))
        .collect();
    assert_eq!(stores, [false, true]);
    assert_eq!(screen.model.pane, Pane::Review);
    assert!(
        screen.text().contains("this plan takes back run 7"),
        "{}",
        screen.text()
    );
    // of the trail only what was written can be taken back
    screen.keys("4 U");
    assert!(
        screen.text().contains("tells of nothing that was applied"),
        "{}",
        screen.text()
    );
}
