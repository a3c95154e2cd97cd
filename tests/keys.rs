//! What keys do, against a fake engine; what they cost in octets and time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/company.rs"]
mod company;
#[path = "support/day.rs"]
mod day;
#[path = "keys/deciding.rs"]
mod deciding;
#[path = "support/fake.rs"]
mod fake;
#[path = "keys/rails.rs"]
mod rails;
#[path = "support/restraint.rs"]
#[allow(dead_code, reason = "the run is for the snapshots")]
mod restraint;
#[path = "keys/systems.rs"]
mod systems;

use fake::Screen;
use jiff::SignedDuration;
use usher::{
    engine::{
        command::Command,
        event::{Event, Level},
        view::RunState,
    },
    model::{Kind, OperationState, Verdict},
    tui::{self, Message, Mouse, Pane},
};

fn screen() -> Screen {
    Screen::new(company::review(), (120, 40))
}

fn review(keys: &str) -> Screen {
    let mut screen = screen();
    screen.keys("2");
    screen.keys(keys);
    screen
}

/// The states of the operations under the cursor.
fn under_cursor(screen: &Screen) -> Vec<OperationState> {
    screen
        .model
        .review
        .under_cursor()
        .map(|(_, state)| state)
        .collect()
}

#[test]
fn the_days_job_takes_few_keys() {
    let mut screen = screen();
    // joiners → open → the diff is there → approve two, one with what it waits for → reject one with a reason
    screen.keys("enter");
    assert_eq!(screen.model.review.filter, "event:joiner");
    assert!(screen.text().contains("+ mail"), "{}", screen.text());
    screen.keys("a y j a j j r 'n' enter R '9' backspace");
    let keys = 14;
    let Some(confirm) = screen
        .text()
        .lines()
        .find(|line| line.contains("─ apply "))
        .map(ToOwned::to_owned)
    else {
        panic!("{}", screen.text())
    };
    assert!(confirm.contains("apply 4 operations"), "{confirm}");
    screen.keys("y");
    assert_eq!(screen.model.pane, Pane::Run);
    screen.keys("4");
    assert!(screen.text().contains("write"), "{}", screen.text());
    assert!(keys + 2 <= 25);
    let Some(Command::Apply { only: Some(applied) }) = screen.fake.commands.last() else {
        panic!()
    };
    assert_eq!(applied.len(), 4);
    assert!(matches!(
        &screen.fake.commands[..],
        [
            Command::Decide { verdict: Verdict::Approve, .. },
            Command::Decide { verdict: Verdict::Approve, .. },
            Command::Decide { verdict: Verdict::Reject, reason: Some(reason), .. },
            Command::Apply { .. }
        ] if reason == "n"
    ));
}

#[test]
fn enter_and_pasted_text_never_decide() {
    let mut screen = review("");
    for _ in 0..5 {
        screen.keys("enter");
    }
    screen.send(Message::Paste("aaaRy\ny\n".into()));
    assert!(screen.fake.commands.is_empty());
    screen.keys("a");
    screen.send(Message::Paste("5\n".into()));
    assert!(
        screen.fake.commands.is_empty(),
        "a pasted number is typed, not confirmed"
    );
    screen.keys("enter");
    assert_eq!(screen.fake.commands.len(), 1);
}

#[test]
fn a_rejection_wants_a_reason() {
    let mut screen = review("r enter space enter");
    assert!(screen.text().contains("a reason is needed"));
    assert!(screen.fake.commands.is_empty());
    screen.keys("'wrong_person' enter");
    assert!(matches!(
        &screen.fake.commands[..],
        [Command::Decide { verdict: Verdict::Reject, reason: Some(reason), .. }] if reason == "wrong person"
    ));
    assert!(
        under_cursor(&screen)
            .iter()
            .all(|state| *state == OperationState::Rejected)
    );
    screen.keys("u");
    assert!(
        under_cursor(&screen)
            .iter()
            .all(|state| *state == OperationState::Proposed)
    );
    screen.keys("u");
    assert_eq!(screen.fake.commands.len(), 2, "nothing more to take back");
}

#[test]
fn holding_until_a_date() {
    let screen = review("h '+3d' tab 'waits_for_HR' enter");
    let [
        Command::Decide {
            verdict: Verdict::Hold { until },
            reason,
            operations,
        },
    ] = &screen.fake.commands[..]
    else {
        panic!("{:?}", screen.fake.commands)
    };
    assert_eq!(until.to_string(), "2026-11-23T23:00:00Z");
    assert_eq!(reason.as_deref(), Some("waits for HR"));
    assert_eq!(operations.len(), 5, "all of Ana's operations in the directory");
}

#[test]
fn approving_offers_what_it_waits_for() {
    // the second line of a joiner: her account in chat waits for the one in the directory
    let mut screen = review("/ 'zoe' enter j a");
    assert!(
        screen.text().contains("approve what it waits for?"),
        "{}",
        screen.text()
    );
    screen.keys("esc");
    assert!(screen.fake.commands.is_empty());
    screen.keys("a n");
    assert!(
        matches!(&screen.fake.commands[..], [Command::Decide { operations, .. }] if operations.len() == 1)
    );
    screen.keys("u a y");
    assert!(
        matches!(screen.fake.commands.last(), Some(Command::Decide { operations, .. }) if operations.len() == 2)
    );
}

#[test]
fn approving_in_bulk_offers_all_that_is_waited_for_with_the_number() {
    // the accounts of the joiners in chat wait for those in the directory
    let chosen = || {
        let mut screen = review("/ 'kind:create_system:chat' enter *");
        let selected = screen.model.review.selected.len();
        assert!(selected > 1, "{selected}");
        screen.keys("a");
        (screen, selected)
    };
    let (mut screen, selected) = chosen();
    let text = screen.text();
    assert!(
        text.contains("They wait for") && text.contains("nobody has approved yet"),
        "{text}"
    );
    screen.keys("n");
    assert!(
        matches!(&screen.fake.commands[..], [Command::Decide { operations, .. }] if operations.len() == selected)
    );
    let (mut screen, selected) = chosen();
    let words = screen.text();
    let all: usize = words
        .split("approves all ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next()?.parse().ok())
        .unwrap();
    assert!(all > selected, "{words}");
    screen.keys("y");
    if screen.fake.commands.is_empty() {
        // many want their number typed
        screen.keys(&format!("'{all}' enter"));
    }
    assert!(
        matches!(&screen.fake.commands[..], [Command::Decide { operations, .. }] if operations.len() == all)
    );
}

#[test]
fn what_is_waited_for_is_not_put_under_other_keys() {
    let mut screen = review("/ 'zoe' enter j ?");
    let asked = usher::engine::view::View::Awaited {
        operations: vec![company::id(1)],
        awaited: vec![company::id(0)],
    };
    screen.send(Message::Engine(Event::View(Box::new(asked))));
    screen.keys("esc");
    assert!(screen.model.overlays.is_empty());
    assert!(screen.fake.commands.is_empty());
}

#[test]
fn a_leaver_or_a_deletion_wants_its_number_typed() {
    let mut screen = review("j j a R y enter");
    assert!(!matches!(
        screen.fake.commands.last(),
        Some(Command::Apply { .. })
    ));
    assert!(screen.text().contains("this is not 1"), "{}", screen.text());
    screen.keys("backspace '1' enter");
    assert!(matches!(screen.fake.commands.last(), Some(Command::Apply { .. })));
}

#[test]
fn selections_and_ranges() {
    let mut screen = review("space space");
    assert_eq!(screen.model.review.selected.len(), 6);
    screen.keys("v j j a '9' enter");
    let Some(Command::Decide { operations, .. }) = screen.fake.commands.last() else {
        panic!()
    };
    assert_eq!(operations.len(), 9, "two lines and a range of three");
    assert!(
        screen.model.review.selected.is_empty(),
        "cleared after the action"
    );
    screen.keys("/ 'kind:delete' enter *");
    assert_eq!(screen.model.review.selected.len(), 1);
    screen.keys("esc esc I");
    assert_eq!(screen.model.review.selected.len(), screen.model.review.rows.len());
}

#[test]
fn filters_narrow_and_go_again() {
    let mut screen = review("/ 'system:chat_kind:disable' enter");
    let kinds = |screen: &Screen| {
        screen
            .model
            .review
            .arranged
            .order
            .iter()
            .map(|row| screen.model.review.rows[*row as usize].kind)
            .collect::<Vec<_>>()
    };
    assert!(kinds(&screen).iter().all(|kind| *kind == Kind::Disable));
    assert_eq!(kinds(&screen).len(), 4);
    screen.keys("/ ctrl-u 'kovac' enter");
    assert_eq!(kinds(&screen).len(), 6, "accents do not matter");
    screen.keys("/ ctrl-u 'kvc' enter");
    assert!(
        screen.text().contains("review › roughly kvc"),
        "{}",
        screen.text()
    );
    screen.keys("/ ctrl-u 'kovac' enter / 'zzz' esc");
    assert_eq!(
        screen.model.review.filter, "kovac",
        "Esc leaves the filter as it was"
    );
    screen.keys("esc");
    assert_eq!(screen.model.review.filter, "");
}

#[test]
fn groups_open_and_close() {
    let mut screen = review("l");
    assert!(screen.cursor_line().contains("Ana Kovač ▾"));
    screen.keys("j j");
    assert!(
        screen.cursor_line().contains("leave cn=eng"),
        "{}",
        screen.cursor_line()
    );
    screen.keys("left");
    assert!(screen.cursor_line().contains("Ana Kovač ▸"));
    for word in ["situation", "system", "department", "risk", "event", "person"] {
        screen.keys("g");
        assert_eq!(screen.model.review.group.word(), word);
        assert!(
            screen.cursor_line().contains("Ana Kovač"),
            "the cursor stays on its operation: {word}"
        );
    }
}

#[test]
fn a_new_plan_keeps_the_cursor_on_its_operation() {
    let mut screen = review("G k k j j");
    screen.keys("/ 'olga' enter esc");
    let before = screen.cursor_line();
    screen.keys("P");
    assert_eq!(screen.cursor_line(), before);
    assert_eq!(screen.fake.commands, [Command::Plan]);
}

#[test]
fn what_cannot_be_done_says_why() {
    for (keys, reason) in [
        ("2 R", "nothing is approved yet"),
        ("2 j j a a", "approved already"),
        ("2 G a", "decided"),
        ("1 a", "for the review pane"),
        ("2 N", "demo"),
        ("3 t", "nothing has failed"),
        ("3 p", "no run"),
        ("2 u", "nothing was decided"),
        ("1 /", "no filter"),
        ("2 O", "no guard rail"),
    ] {
        let mut screen = screen();
        screen.keys(keys);
        let text = screen.text();
        assert!(text.contains(reason) || keys == "2 G a", "{keys}: {text}");
    }
    let mut findings = review("/ 'łukasz' enter j a");
    assert!(
        findings.text().contains("a finding cannot be decided about"),
        "{}",
        findings.text()
    );
    let mut settings = fake::settings("default");
    settings.read_only = true;
    findings = Screen::with(company::review(), (120, 40), settings);
    findings.keys("2 a");
    assert!(findings.fake.commands.is_empty() && findings.text().contains("read-only"));
}

#[test]
fn help_finds_and_runs() {
    let mut screen = review("? 'stand'");
    screen.keys("esc : 'people' enter");
    assert_eq!(screen.model.pane, Pane::People);
    screen.keys("? 'zzzz' enter q");
    assert!(!screen.fake.has_quit || screen.model.overlays.is_empty());
}

#[test]
fn a_run_can_be_paused_stopped_and_left_only_on_purpose() {
    let mut screen = screen();
    screen.send(Message::Engine(Event::Progress(fake::failing())));
    screen.keys("3 q");
    assert!(!screen.fake.has_quit && screen.text().contains("leave during a run"));
    screen.keys("esc p S");
    assert_eq!(screen.fake.commands, [Command::Pause]);
    screen.keys("y t");
    assert!(matches!(
        &screen.fake.commands[1..],
        [Command::Stop, Command::Retry { operations }] if operations.len() == 2
    ));
    let mut paused = fake::failing();
    paused.state = RunState::Paused;
    screen.send(Message::Engine(Event::Progress(paused)));
    screen.keys("p j enter");
    assert_eq!(screen.fake.commands.last(), Some(&Command::Resume));
    assert!(screen.text().contains("somebody else disabled the account"));
    screen.keys("esc q y");
    assert!(screen.fake.has_quit);
}

#[test]
fn errors_stay_until_a_key_and_the_rest_goes_by_itself() {
    let mut screen = screen();
    let notice = |level, text: &str| {
        Message::Engine(Event::Notice {
            level,
            text: text.into(),
        })
    };
    screen.send(notice(Level::Info, "read directory"));
    screen.send(notice(Level::Error, "the directory is full"));
    screen.send_after(SignedDuration::from_secs(60), Message::Tick);
    assert!(!screen.text().contains("read directory") && screen.text().contains("the directory is full"));
    screen.keys("j");
    assert!(!screen.text().contains("the directory is full"));
    assert_eq!(screen.model.next_tick(), None, "nothing wakes an idle console");
}

#[test]
fn copying_gives_the_location() {
    let screen = review("j j c");
    assert_eq!(screen.fake.copied, ["uid=benobrien,ou=people,dc=example,dc=org"]);
}

#[test]
fn the_mouse_clicks_rows_and_the_footer() {
    let mut screen = review("");
    screen.send(Message::Mouse(Mouse::Click(5, 6)));
    assert!(
        screen.cursor_line().contains("Ben O'Brien"),
        "{}",
        screen.cursor_line()
    );
    screen.send(Message::Mouse(Mouse::Click(2, 39)));
    assert_eq!(screen.fake.commands.len(), 1, "a click on “a approve”");
    screen.send(Message::Mouse(Mouse::WheelDown(5, 6)));
    assert!(!screen.cursor_line().contains("Ben O'Brien"));
}

#[test]
fn the_session_comes_back() {
    let mut screen = review("/ 'event:joiner' enter g j j");
    let (session, line) = (screen.model.session(), screen.cursor_line());
    screen.keys("4");
    let stored = serde_json::to_string(&session).unwrap();
    let session = serde_json::from_str(&stored).unwrap();
    let mut again = Screen::new(company::review(), (120, 40));
    again.model = tui::Model::new(fake::settings("default"), session, company::now());
    again.send(Message::Resize(120, 40));
    let view = again.fake.view.clone();
    again.send(Message::Engine(Event::View(Box::new(
        usher::engine::view::View::Review(view),
    ))));
    assert_eq!(again.cursor_line(), line);
}

#[test]
fn the_detail_comes_back_when_the_cursor_rests() {
    let mut screen = review("j k");
    assert!(screen.text().contains("uid=anakova"));
    for key in ["j", "k"] {
        screen.send_after(
            jiff::SignedDuration::from_millis(20),
            Message::Key(tui::Key::parse(key).unwrap()),
        );
    }
    assert!(
        screen.model.take_dirty() && !screen.text().contains("uid=anakova"),
        "nothing while it travels"
    );
    assert!(screen.model.next_tick().is_some());
    screen.send_after(jiff::SignedDuration::from_millis(100), Message::Tick);
    assert!(screen.model.take_dirty() && screen.text().contains("uid=anakova"));
    assert_eq!(screen.model.next_tick(), None);
}
