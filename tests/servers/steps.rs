//! A run that is killed at a step of its own, each of them in turn, is taken up again as if nothing had happened.

use std::{
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use usher::engine::{Step, clock::Clock};

use crate::crash::{chat, everything};
use crate::office::{self, Office, row};
use crate::support::{engine, scim::ScimServer};

/// People who come with each kill: an account here and there and a membership for everybody.
const ARRIVING: usize = 4;
const OPERATIONS: i64 = 3 * ARRIVING as i64;

/// Where a child of this test finds out what it is to do: the home, the step, how many times it is reached before.
const ORDERS: [&str; 3] = ["USHER_TEST_HOME", "USHER_TEST_STEP", "USHER_TEST_TIMES"];

/// How many times a step is reached before the kill: everything is sent and answered one by one.
fn times(step: Step) -> &'static [usize] {
    match step {
        Step::Leased | Step::Started | Step::Ending | Step::Ended | Step::Found | Step::Settled => &[0],
        Step::Intending | Step::Intended | Step::Concluding | Step::Concluded => &[0, 1],
        Step::Sending | Step::Answered => &[0, 5, 11],
    }
}

fn open() -> (Office, ScimServer) {
    let (office, scim) = (Office::new(), ScimServer::start());
    office.write("chat.token", scim.token());
    let team = "[[entitlements]]\nname = \"team\"\nwhen = '[team] = \"t\"'\n\
                grants = [{ in = \"directory\", group = \"cn=t,ou=groups,dc=example,dc=com\" }]\n";
    office.configure(office.ldap.port(), &format!("{}{team}", chat(scim.port())));
    office.write("start.ldif", &office::group("t"));
    office.ldap.load(&office.home.path("start.ldif"));
    (office, scim)
}

/// Starts this test's child on the company; it ends itself at the step.
fn killed_at(office: &Office, step: Step, times: usize) {
    let child = Command::new(std::env::current_exe().expect("this test"))
        .args([
            "steps::a_child_runs_to_its_step",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(ORDERS[0], office.home.path(""))
        .env(ORDERS[1], format!("{step:?}"))
        .env(ORDERS[2], times.to_string())
        .output()
        .expect("a child");
    let said = String::from_utf8_lossy(&child.stdout);
    assert_eq!(
        child.status.code(),
        None,
        "{step:?} was not reached {times} times: {said}"
    );
}

#[test]
#[ignore = "needs OpenLDAP and scim2-server: tests/run"]
fn every_step_of_a_run_survives_a_kill() {
    let ((office, scim), (calm, calm_scim)) = (open(), open());
    let (mut people, mut count) = (office::HEADER.to_owned(), 0);
    for step in Step::ALL {
        for times in times(step) {
            for _ in 0..ARRIVING {
                people.push_str(&row(count, "Engineer", "t", ""));
                count += 1;
            }
            office.write("hr.csv", &people);
            let before = office.applied();
            office.run(&["plan"]).expect(2);
            office.run(&["approve", "--all"]).expect(0);
            assert_eq!(office.standing("approved"), OPERATIONS, "{step:?}");
            if matches!(step, Step::Found | Step::Settled) {
                // there must be something to settle
                killed_at(&office, Step::Answered, 1);
            }
            killed_at(&office, step, *times);
            office.run(&["audit", "verify"]).expect(0);
            // nothing is left to a run that was killed when everything was done
            let code = i32::from(matches!(step, Step::Ending | Step::Ended));
            office.run(&["apply"]).expect(code);
            assert_eq!(office.applied(), before + OPERATIONS, "{step:?}, {times}");
            assert_eq!(
                office.count("SELECT count(*) FROM intents"),
                0,
                "{step:?}, {times}"
            );
        }
    }
    office.settled();

    calm.write("hr.csv", &people);
    calm.run(&["plan"]).expect(2);
    calm.run(&["approve", "--all"]).expect(0);
    calm.run(&["apply"]).expect(0);
    assert_eq!(everything(&office, &scim), everything(&calm, &calm_scim));
    assert_eq!(calm_scim.all("Users").len(), count);
}

/// The child of the test above; by itself it has no orders, and nothing to do.
#[test]
#[ignore = "is a part of every_step_of_a_run_survives_a_kill"]
fn a_child_runs_to_its_step() {
    let [Some(home), Some(step), Some(times)] = ORDERS.map(std::env::var_os) else {
        return;
    };
    let step = Step::ALL
        .into_iter()
        .find(|one| *format!("{one:?}") == *step)
        .expect("a step");
    let times: usize = times
        .to_str()
        .and_then(|text| text.parse().ok())
        .expect("a number");
    let seen = AtomicUsize::new(0);
    let clock = Clock::Fixed(office::NOW.parse().expect("an instant"));
    let engine = engine::open(&PathBuf::from(home), clock).watching(Box::new(move |reached| {
        if reached == step && seen.fetch_add(1, Ordering::SeqCst) == times {
            // as a kill does: no destructor runs, nothing is flushed
            std::process::abort();
        }
    }));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let ended = runtime.block_on(engine.apply(None));
    println!("the run ended: {ended:?}");
}
