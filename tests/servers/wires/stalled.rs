//! Systems that are silent for many times as long as usher waits for an answer, or gone: what the run says meanwhile, and
//! that it goes on by itself.

use std::{
    ffi::OsString,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use super::{configure, people, settled};
use crate::crash::wait_for;
use crate::office::{self, Ended, NOW, Office};
use crate::support::{
    console::Console,
    relay::{Fault, Kind, Relay},
};

/// More people than are in flight at once.
const ROUNDS: usize = 6;

/// A company with operations of every kind approved; usher waits a second for an answer.
fn ready(patience: u64) -> (Office, Relay, i64) {
    let (office, relay) = settled(ROUNDS);
    configure(&office, relay.port(), 1, patience);
    office.write("hr.csv", &people(ROUNDS, ROUNDS));
    office.run(&["plan"]).expect(2);
    office.run(&["approve", "--all"]).expect(0);
    let operations = office.standing("approved");
    (office, relay, operations)
}

/// Fails the test unless every operation was applied once.
#[track_caller]
fn all_done(office: &Office, before: i64, operations: i64) {
    assert_eq!(office.applied(), before + operations);
    assert_eq!(office.count("SELECT count(*) FROM intents"), 0);
    office.settled();
}

/// Starts a run whose line falls silent at its third write.
fn silent(office: &Office, relay: &Relay) -> Child {
    relay.arm(Kind::Modify, 3, Fault::Freeze(Duration::from_secs(600)));
    let run = office.start(&["apply"]);
    wait_for(|| relay.is_sprung());
    run
}

fn says_that_it_goes_on(ended: Ended) {
    let ended = ended.expect(0);
    let told: Vec<_> = ended.err.lines().collect();
    assert!(
        told.iter().any(|line| line.contains("directory: ")
            && ["no answer for", "down for"]
                .iter()
                .any(|words| line.contains(words))),
        "{told:?}"
    );
    assert!(
        told.iter().any(|line| line.contains("directory: goes on after")),
        "{told:?}"
    );
}

#[test]
#[ignore = "needs OpenLDAP"]
fn a_run_waits_for_a_directory_that_is_silent_for_long() {
    let (office, relay, operations) = ready(600);
    let before = office.applied();
    let run = silent(&office, &relay);
    // many times as long as usher waits for an answer
    thread::sleep(Duration::from_secs(8));
    assert_eq!(
        office.standing("failed") + office.standing("unknown") + office.standing("conflict"),
        0
    );
    relay.thaw();
    let thawed = Instant::now();
    says_that_it_goes_on(office::ended(run));
    assert!(thawed.elapsed() < Duration::from_secs(20));
    all_done(&office, before, operations);
}

#[test]
#[ignore = "needs OpenLDAP"]
fn a_run_waits_for_a_directory_that_is_gone_for_a_while() {
    let (office, relay, operations) = ready(600);
    let before = office.applied();
    relay.arm(Kind::Modify, 3, Fault::CutAfter);
    let run = office.start(&["apply"]);
    wait_for(|| relay.is_sprung());
    office.ldap.crash();
    thread::sleep(Duration::from_secs(5));
    office.ldap.restart();
    says_that_it_goes_on(office::ended(run));
    all_done(&office, before, operations);
}

#[test]
#[ignore = "needs OpenLDAP"]
fn whoever_interrupts_a_run_that_waits_need_not_wait() {
    let (office, relay, operations) = ready(600);
    let before = office.applied();
    let run = silent(&office, &relay);
    thread::sleep(Duration::from_secs(3));
    crate::trouble::signal("-INT", run.id());
    let interrupted = Instant::now();
    office::ended(run)
        .expect(3)
        .says(&["stops after what is in flight"]);
    assert!(interrupted.elapsed() < Duration::from_secs(10));
    assert_eq!(office.standing("failed") + office.standing("conflict"), 0);
    relay.thaw();
    office.run(&["apply"]).expect(0);
    all_done(&office, before, operations);
}

/// Runs everything in a console of this size, whose line falls silent on the way.
fn in_console(size: (u16, u16)) {
    let (office, relay, operations) = ready(600);
    // long enough for silence to be worth a word before it is taken for a loss
    configure(&office, relay.port(), 4, 600);
    let before = office.applied();
    let mut environment = office.home.environment();
    environment.push(("USHER_NOW", OsString::from(NOW)));
    let configuration = office.home.path("usher.toml");
    let arguments = ["--config".as_ref(), configuration.as_os_str()];
    let mut console = Console::open(&arguments, environment, size);
    console.waits_for("Joiners 6");
    relay.arm(Kind::Modify, 3, Fault::Freeze(Duration::from_secs(600)));
    console.press("R");
    console.waits_for("to go on");
    console.press(&format!("{operations}\r"));
    for words in [
        "waits for directory",
        "no answer for",
        "down for",
        "tried again in",
        "looked up",
        "waits 9 min",
    ] {
        console.waits_for(words);
    }
    relay.thaw();
    console.waits_for("goes on after");
    console.waits_for("the run is over");
    // a read says so as well, and goes on where it was
    relay.arm(Kind::Page, 1, Fault::Freeze(Duration::from_secs(600)));
    console.press("1P");
    console.waits_for("directory: no answer for");
    relay.thaw();
    console.waits_for("0 operations due");
    drop(console);
    all_done(&office, before, operations);
}

#[test]
#[ignore = "needs OpenLDAP"]
fn the_console_says_what_a_run_waits_for_and_goes_on_without_a_key() {
    thread::scope(|scope| {
        for size in [(80, 24), (200, 60)] {
            scope.spawn(move || in_console(size));
        }
    });
}
