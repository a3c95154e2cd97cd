//! Every fault of a line at every kind of operation of a directory.

use std::{
    collections::HashSet,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use super::{EACH, configure, people, settled};
use crate::office::Office;
use crate::support::relay::{Fault, Kind, Relay};

/// Seconds that usher waits for an answer.
const TIMEOUT: u64 = 1;
/// Less than that.
const SHORT: Duration = Duration::from_millis(300);
/// More than that, several times over.
const LONG: Duration = Duration::from_millis(2500);

const FAULTS: [Fault; 9] = [
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::HalfAnswer,
    Fault::NoticeBefore,
    Fault::NoticeAfter,
    Fault::Stall(SHORT),
    Fault::Stall(LONG),
    Fault::Freeze(LONG),
    Fault::Shuffle,
];

/// What each round comes to when nothing goes wrong.
struct Calm {
    /// What the plan says it is.
    plan: String,
    /// How many operations it has.
    operations: i64,
    /// The directory afterwards.
    directory: Vec<String>,
}

fn calm() -> &'static [Calm] {
    static CALM: OnceLock<Vec<Calm>> = OnceLock::new();
    CALM.get_or_init(|| {
        let (office, _relay) = settled(FAULTS.len());
        let rounds = (1..=FAULTS.len()).map(|round| {
            office.write("hr.csv", &people(FAULTS.len(), round));
            let plan = summary(&office.run(&["plan"]).expect(2).out);
            office.run(&["approve", "--all"]).expect(0);
            let operations = office.standing("approved");
            office.run(&["apply"]).expect(0);
            Calm {
                plan,
                operations,
                directory: office.dump(),
            }
        });
        let rounds = rounds.collect();
        office.settled();
        rounds
    })
}

/// The line of a plan that says what it comes to.
fn summary(out: &str) -> String {
    let line = out.lines().find(|line| line.contains("create"));
    line.unwrap_or_else(|| panic!("no summary in {out}")).to_owned()
}

/// Plans, once more if a read does not come to its end; what is planned is what a calm line would give.
fn planned(office: &Office, relay: &Relay, calm: &Calm, what: &str) {
    let plans = || office.count("SELECT max(id) FROM plans");
    let before = plans();
    let mut plan = office.run(&["plan"]);
    if plan.code != Some(2) {
        let failed = plan.expect(1);
        let words = ["was not read", "was read in part only"];
        assert!(
            words.iter().any(|words| failed.err.contains(words)),
            "{what}: {failed:?}"
        );
        assert_eq!(plans(), before, "{what}");
        relay.thaw();
        plan = office.run(&["plan"]).expect(2);
    }
    assert_eq!(summary(&plan.out), calm.plan, "{what}");
}

/// Goes through all faults at one kind of operation.
fn suffer(kind: Kind) {
    let (office, relay) = settled(FAULTS.len());
    configure(&office, relay.port(), TIMEOUT, 60);
    for (round, (fault, calm)) in FAULTS.into_iter().zip(calm()).enumerate() {
        let what = format!("{kind:?}, {fault:?}");
        let began = Instant::now();
        office.write("hr.csv", &people(FAULTS.len(), round + 1));
        if !kind.writes() {
            relay.arm(kind, 1 + round % 2, fault);
        }
        planned(&office, &relay, calm, &what);
        // everything is read over two connections or one
        assert!(
            relay.was_sprung() || kind.writes() || kind == Kind::Bind,
            "{what}"
        );
        relay.thaw();
        office.run(&["approve", "--all"]).expect(0);
        assert_eq!(office.standing("approved"), calm.operations, "{what}");
        let before = office.applied();
        relay.done();
        relay.arm(kind, 1, fault);
        let run = office.run(&["apply"]).expect(0);
        // nothing that is written is told by a page
        assert_eq!(relay.was_sprung(), kind != Kind::Page, "{what}");
        println!("{what}: {:.1?}", began.elapsed());
        let journal = "SELECT state || ' ' || message || ' ' || coalesce(location, '') FROM journal
                       WHERE run = (SELECT max(run) FROM journal)";
        let told = || format!("{what}\n{}{}", run.err, office.texts(journal).join("\n"));
        assert_eq!(differences(&office.dump(), &calm.directory), "", "{}", told());
        assert_eq!(office.applied() - before, calm.operations, "{}", told());
        assert_eq!(twice(&relay), None, "{}", told());
        assert_eq!(office.count("SELECT count(*) FROM intents"), 0, "{what}");
    }
    office.settled();
    assert_eq!(
        office.count(
            "SELECT count(*) FROM (SELECT 1 FROM journal WHERE state IN ('applied', 'verified')
             GROUP BY fingerprint HAVING count(*) > 1)"
        ),
        0,
        "no operation has two good ends"
    );
}

/// What is in one list and not in the other.
fn differences(is: &[String], should: &[String]) -> String {
    let more = is.iter().filter(|line| !should.contains(line));
    let less = should.iter().filter(|line| !is.contains(line));
    let more = more.map(|line| format!("+ {line}\n"));
    more.chain(less.map(|line| format!("- {line}\n"))).collect()
}

/// What was carried out two times since this was asked last.
fn twice(relay: &Relay) -> Option<String> {
    let mut seen = HashSet::new();
    let done = relay.done();
    assert!(done.len() >= EACH, "the relay sees what is written");
    let double = done.into_iter().find(|done| !seen.insert(done.clone()));
    double.map(|done| String::from_utf8_lossy(&done.request).into_owned())
}

#[test]
#[ignore = "needs OpenLDAP"]
fn no_fault_of_a_line_loses_or_doubles_anything() {
    calm();
    thread::scope(|scope| {
        let threads = Kind::ALL.map(|kind| (kind, scope.spawn(move || suffer(kind))));
        let failed = threads
            .into_iter()
            .filter_map(|(kind, thread)| thread.join().err().map(|_| kind));
        assert_eq!(failed.collect::<Vec<_>>(), []);
    });
}
