use super::*;
use crate::{
    connectors,
    engine::view::{Condition, LineState},
};

fn lines(patience: Duration) -> (Lines, SystemName) {
    let system = SystemName::from("directory");
    let line = (system.clone(), Line::new(patience));
    (Lines(HashMap::from([line])), system)
}

fn lost() -> Trouble {
    Trouble::of(&WriteError::Unknown("no answer".to_owned()))
}

fn unreachable() -> Trouble {
    Trouble::of(&WriteError::Busy {
        message: "refused".to_owned(),
        retry_after: None,
    })
}

#[tokio::test]
async fn one_tries_for_all_and_the_others_go_on_when_it_is_answered() {
    let (lines, system) = lines(Duration::from_secs(60));
    let line = lines.of(&system).unwrap();
    let control = Control::default();
    let (mut scout, mut other) = (line.tries(), line.tries());
    assert!(scout.again(lost(), &control).await);
    // while one tries, nobody else does
    let waiting = async {
        assert!(other.again(lost(), &control).await);
        Instant::now()
    };
    let trying = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let answered = Instant::now();
        scout.answered();
        answered
    };
    let (goes_on, answered) = tokio::join!(waiting, trying);
    assert!(goes_on >= answered && goes_on - answered < FIRST_PAUSE);
    // once answered nothing is left of it
    other.answered();
    assert_eq!(lines.condition(&system, connectors::Line::Quiet), None);
}

#[tokio::test]
async fn patience_ends() {
    let (lines, system) = lines(Duration::from_millis(600));
    let line = lines.of(&system).unwrap();
    let control = Control::default();
    let mut tries = line.tries();
    let began = Instant::now();
    while tries.again(lost(), &control).await {}
    assert!((600..3000).contains(&began.elapsed().as_millis()));
    let given_up = lines.condition(&system, connectors::Line::Quiet);
    assert!(
        matches!(
            &given_up,
            Some(Condition {
                state: LineState::GivenUp,
                left: None,
                ..
            })
        ),
        "{given_up:?}"
    );
    // for the others it is over at once
    let (mut other, began) = (line.tries(), Instant::now());
    assert!(!other.again(unreachable(), &control).await);
    assert!(began.elapsed() < FIRST_PAUSE);
}

#[tokio::test]
async fn what_never_was_there_is_not_waited_for() {
    let (lines, system) = lines(Duration::from_secs(3600));
    let line = lines.of(&system).unwrap();
    lock(&line.state).down = Some(Down {
        since: Instant::now(),
        attempts: ATTEMPTS - 1,
        next: None,
        reason: String::new(),
        is_given_up: false,
    });
    let control = Control::default();
    let mut tries = line.tries();
    tries.scout = Some(line.scout.lock().await);
    assert!(!tries.again(unreachable(), &control).await);
    assert!(!line.tries().again(unreachable(), &control).await);
}

#[tokio::test]
async fn who_answers_others_is_tried_a_few_times() {
    let (lines, system) = lines(Duration::ZERO);
    let line = lines.of(&system).unwrap();
    let control = Control::default();
    let (mut tries, mut other) = (line.tries(), line.tries());
    let mut times = 1;
    loop {
        other.answered();
        let trouble = Trouble {
            asks: Some(0),
            ..unreachable()
        };
        if !tries.again(trouble, &control).await {
            break;
        }
        times += 1;
        assert_eq!(lines.condition(&system, connectors::Line::Quiet), None);
    }
    assert_eq!(times, ATTEMPTS);
}

#[tokio::test]
async fn whoever_stops_a_run_need_not_wait() {
    let (lines, system) = lines(Duration::from_secs(3600));
    let line = lines.of(&system).unwrap();
    let control = Control::default();
    let trouble = Trouble {
        asks: Some(60),
        ..lost()
    };
    let mut tries = line.tries();
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let waits = lines.condition(&system, connectors::Line::Quiet);
        assert!(
            matches!(
                waits,
                Some(Condition {
                    state: LineState::Waiting { .. },
                    left: Some(_),
                    ..
                })
            ),
            "{waits:?}"
        );
        control.stop();
        Instant::now()
    };
    let (goes_on, stopped) = tokio::join!(tries.again(trouble, &control), stopping);
    assert!(!goes_on && stopped.elapsed() < Duration::from_secs(5));
}

#[test]
fn only_what_lasts_is_worth_a_word() {
    let (lines, system) = lines(Duration::ZERO);
    let says = |wire| lines.condition(&system, wire).map(|condition| condition.state);
    assert_eq!(says(connectors::Line::Quiet), None);
    assert_eq!(says(connectors::Line::Silent(Duration::from_millis(1900))), None);
    assert_eq!(
        says(connectors::Line::Silent(Duration::from_secs(2))),
        Some(LineState::Silent)
    );
    let lost = |since| connectors::Line::Lost { attempts: 3, since };
    assert_eq!(says(lost(Duration::from_secs(1))), None);
    assert_eq!(says(lost(Duration::from_secs(3))), Some(LineState::Connecting));
    let line = lines.of(&system).unwrap();
    let settling = line.settles();
    assert_eq!(says(connectors::Line::Quiet), Some(LineState::Settling));
    drop(settling);
    assert_eq!(says(connectors::Line::Quiet), None);
}
