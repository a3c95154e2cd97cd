//! What rails, approvals, bulk decisions and undo look like.

use usher::{
    engine::{
        approval::{Approvals, Given, Lack},
        event::Event,
        view::{RunState, View},
    },
    model::{Demand, Needs, OperationState, Right},
    tui::Message,
};

use super::{SIZES, company, day, fake, fake::Screen, restraint};

#[test]
fn guard_rails() {
    for size in SIZES {
        let mut screen = Screen::new(company::stopped(), size);
        screen.keys("1 o");
        insta::assert_snapshot!(format!("rails-{}x{}", size.0, size.1), screen.text());
    }
    let mut screen = Screen::new(company::stopped(), (100, 30));
    screen.keys("2 o enter esc home j space space o p 'both_are_urgent' enter");
    insta::assert_snapshot!("rails-in-part", screen.text());
    screen.keys("O");
    insta::assert_snapshot!("rails-why", screen.text());
    screen.keys("esc");
    let refusal = "ben has the role viewer here and may not release a guard rail: that takes admin";
    screen.model.refusals = vec![(Right::Release, refusal.into())];
    insta::assert_snapshot!("rails-refused", screen.text());
}

#[test]
fn what_waits_at_the_systems() {
    let waiting = |size| {
        let mut screen = Screen::new(company::review(), size);
        screen.fake.today = Some(restraint::today(day::today(&company::review())));
        screen.keys("1 Y");
        screen
    };
    for size in SIZES {
        insta::assert_snapshot!(format!("systems-{}x{}", size.0, size.1), waiting(size).text());
    }
    let mut screen = waiting((80, 24));
    screen.keys("j O");
    insta::assert_snapshot!("systems-accept-80x24", screen.text());
    let mut screen = waiting((200, 60));
    screen.keys("O");
    insta::assert_snapshot!("systems-release-200x60", screen.text());
}

#[test]
fn bulk_decisions() {
    for size in SIZES {
        let mut screen = Screen::new(company::review(), size);
        screen.keys("2 * a");
        insta::assert_snapshot!(format!("bulk-approve-{}x{}", size.0, size.1), screen.text());
    }
    let mut screen = Screen::new(company::review(), (100, 30));
    screen.keys("2 / 'kind:disable' enter * r 'not_before_December' tab");
    insta::assert_snapshot!("bulk-reject", screen.text());
    screen.keys("esc h 'someday' enter");
    insta::assert_snapshot!("bulk-hold", screen.text());
}

#[test]
fn approvals() {
    let mut view = company::review();
    let lacks = [
        ("Ana", Lack::TwoPeople),
        ("Ben", Lack::OtherPerson),
        ("Çelik", Lack::Renewal),
        ("李", Lack::Never),
        ("Zoë", Lack::Entitled),
    ];
    let rows = std::sync::Arc::make_mut(&mut view.rows);
    for row in rows.iter_mut() {
        let lack = lacks.iter().find(|(name, _)| row.subject.starts_with(name));
        row.lack = lack.map_or(Lack::Nothing, |(_, lack)| *lack);
        if row.lack == Lack::Never {
            row.state = OperationState::Blocked;
        }
    }
    for (size, downs) in [((120, 40), "j j"), ((80, 24), "j j"), ((120, 40), "j j j j")] {
        let mut screen = Screen::new(view.clone(), size);
        screen.keys("2");
        screen.keys(downs);
        let (row, state) = screen
            .model
            .review
            .under_cursor()
            .map(|(row, state)| (row.clone(), state))
            .next()
            .unwrap();
        let mut shown = company::operation(&row, state);
        let never = row.lack == Lack::Never;
        shown.demand = Demand {
            needs: if never { Needs::Never } else { Needs::Two },
            rule: Some("leavers".into()),
        };
        let given = |by: &str, hours: i64, is_over| Given {
            by: by.into(),
            at: company::now() - jiff::SignedDuration::from_hours(hours),
            until: Some(company::now() + jiff::SignedDuration::from_hours(168 - hours)),
            is_over,
        };
        shown.approvals = Approvals {
            given: if never {
                vec![]
            } else {
                vec![
                    given("ben@adminhost", 200, true),
                    given("ana@adminhost", 2, false),
                ]
            },
            by: if never {
                vec![]
            } else {
                vec!["@admins".into(), "ben".into()]
            },
            lack: row.lack,
        };
        screen.send(Message::Engine(Event::View(Box::new(View::Operation(Some(
            shown,
        ))))));
        let name = if never { "never" } else { "two" };
        insta::assert_snapshot!(format!("approvals-{name}-{}x{}", size.0, size.1), screen.text());
    }
}

#[test]
fn undo() {
    for size in SIZES {
        let mut screen = Screen::new(company::review(), size);
        let over = fake::run(12, RunState::Ended);
        screen.send(Message::Engine(Event::RunEnded(over)));
        screen.keys("3 U");
        insta::assert_snapshot!(format!("undo-{}x{}", size.0, size.1), screen.text());
    }
}
