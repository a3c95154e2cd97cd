//! A run that is killed at any moment, again and again, ends as if nobody had disturbed it.

use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use crate::office::{self, Office, group, row};
use crate::support::scim::ScimServer;
use crate::support::wire::{Then, Wire};

const PEOPLE: usize = 1500;
/// How many of them have an account already.
const KNOWN: usize = 600;
/// How many of those have an old title.
const OUTDATED: usize = 500;
const TEAMS: usize = 8;
/// Who is in this team has an account of the chat service, too.
const CHATTING: usize = 1;
/// What there is to do: 900 accounts to make, 500 to change, 600 memberships to give, 75 accounts in the chat.
const OPERATIONS: i64 = 2075;
/// How often the run is killed, unless the environment says otherwise.
const KILLS: usize = 50;
/// Names another number of kills: `USHER_KILLS=1000 cargo test --test servers kills -- --ignored --nocapture`.
const OTHER_KILLS: &str = "USHER_KILLS";
/// So many operations before the end nobody waits any more for a moment to kill.
const MARGIN: i64 = 120;

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A large company with a plan that is approved.
fn approved(scim: &ScimServer) -> Office {
    let office = Office::new();
    office.write("chat.token", scim.token());
    let mut entries: String = (0..TEAMS).map(|team| group(&format!("t{team}"))).collect();
    let mut people = office::HEADER.to_owned();
    for id in 1..=PEOPLE {
        let team = if id % 5 < 2 {
            format!("t{}", id % TEAMS)
        } else {
            String::new()
        };
        // the managers of those to come are to come themselves
        let manager = if id > KNOWN + 1 {
            (KNOWN + 1 + (id - KNOWN - 2) / 30).to_string()
        } else {
            String::new()
        };
        people.push_str(&row(id, "Engineer", &team, &manager));
        if id <= KNOWN {
            entries.push_str(&office::entry(
                id,
                if id <= OUTDATED { "Trainee" } else { "Engineer" },
            ));
        }
    }
    office.write("hr.csv", &people);
    office.write("start.ldif", &entries);
    office.ldap.load(&office.home.path("start.ldif"));
    let teams: String = (0..TEAMS)
        .map(|team| {
            format!(
                "[[entitlements]]\nname = \"team {team}\"\nwhen = '[team] = \"t{team}\"'\n\
                 grants = [{{ in = \"directory\", group = \"cn=t{team},ou=groups,dc=example,dc=com\" }}]\n"
            )
        })
        .collect();
    let chat = chat(scim.port()).replace(
        "in = \"chat\"\n",
        &format!("in = \"chat\"\nscope = '[team] = \"t{CHATTING}\"'\n"),
    );
    office.configure(office.ldap.port(), &(chat + &teams));
    office.run(&["plan"]).expect(2);
    office.run(&["approve", "--all"]).expect(0);
    assert_eq!(office.standing("approved"), OPERATIONS);
    office
}

/// What both servers have, in order.
pub fn everything(office: &Office, scim: &ScimServer) -> Vec<String> {
    let mut all = office.dump();
    let users = scim.all("Users");
    let mut users: Vec<_> = users
        .iter()
        .map(|user| format!("{} {}", user["userName"], user["displayName"]))
        .collect();
    users.sort_unstable();
    all.append(&mut users);
    all
}

fn kill(mut child: Child) {
    child.kill().expect("a process that can be killed");
    child.wait().expect("an ended process");
}

#[test]
#[ignore = "needs OpenLDAP and scim2-server: tests/run"]
fn kills_at_any_moment_leave_no_trace() {
    let began = Instant::now();
    let kills = std::env::var(OTHER_KILLS).map_or(KILLS, |text| text.parse().expect("a number of kills"));
    let undisturbed = thread::spawn(|| {
        let scim = ScimServer::start();
        let office = approved(&scim);
        let began = Instant::now();
        office.run(&["apply"]).expect(0);
        let took = began.elapsed();
        office.settled();
        (everything(&office, &scim), took)
    });
    let scim = ScimServer::start();
    let office = approved(&scim);
    let (wanted, took) = undisturbed.join().expect("an undisturbed run");

    let mut dice = Dice(0x5EED_CAFE);
    let mut early = 0;
    for killed in 0..kills {
        let applied = office.applied();
        let left = (OPERATIONS - MARGIN - applied).max(0) as u64;
        // what is left must do for the kills that are left, however fast the run is
        let enough =
            OPERATIONS - (OPERATIONS - applied) * (kills - killed) as i64 / (kills - killed + 1) as i64;
        let mut child = office.start(&["apply"]);
        let started = Instant::now();
        if left == 0 || dice.below(4) == 0 {
            // the start, or the settling of what the last kill left open
            early += 1;
            linger(&office, Duration::from_millis(dice.below(200)), enough);
        } else {
            let share = 2 * left / (kills - killed) as u64;
            let moment = applied + 1 + dice.below(share.clamp(1, left)) as i64;
            while office.applied() < moment && child.try_wait().expect("a process").is_none() {
                assert!(
                    started.elapsed() < Duration::from_secs(60),
                    "the run does not go on"
                );
                thread::sleep(Duration::from_millis(2));
            }
            linger(&office, Duration::from_millis(dice.below(20)), enough);
        }
        if let Some(code) = child.try_wait().expect("a process") {
            let ended = office::ended(child);
            panic!("ended by itself ({code}) after {killed} kills: {ended:?}");
        }
        kill(child);
        office.run(&["audit", "verify"]).expect(0);
    }
    let left = office.standing("approved") + office.count("SELECT count(*) FROM intents");
    // a run may have been so fast that the last kill came after its last outcome
    if left > 0 {
        office.run(&["apply"]).expect(0);
    }
    assert_eq!(office.standing("approved") + office.standing("running"), 0);
    for bad in ["failed", "conflict", "unknown"] {
        assert_eq!(office.standing(bad), 0, "{bad}");
    }
    assert_eq!(office.standing("verified"), OPERATIONS);
    assert_eq!(
        office.count(
            "SELECT count(*) FROM (SELECT 1 FROM journal WHERE state IN ('applied', 'verified')
             GROUP BY fingerprint HAVING count(*) > 1)"
        ),
        0,
        "no operation has two good ends"
    );
    let found = everything(&office, &scim);
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found, wanted);
    }
    // planning takes every system for itself for a moment
    office.settled();
    let leases = std::fs::read_dir(office.home.path("")).expect("a folder");
    let leases = leases
        .flatten()
        .filter(|file| file.file_name().to_string_lossy().contains("-lease-"));
    assert_eq!(leases.count(), 0, "locks of killed processes are cleared away");
    println!(
        "{kills} kills, {early} of them at the start or while settling, {left} operations left after the last; \
         undisturbed {took:.1?}, all {:.1?}",
        began.elapsed()
    );
}

/// The moment at which a step is cut off.
#[derive(Debug, Clone, Copy)]
enum Moment {
    PlanStored,
    Decided,
    /// The request with this text is on its way, and is lost or answered to nobody.
    Directory(Then),
    Chat(Then),
    LastOutcome,
}

#[test]
#[ignore = "needs OpenLDAP and scim2-server"]
fn one_person_arrives_whatever_step_is_killed() {
    let scim = ScimServer::start();
    let (office, to_chat) = (Office::new(), Wire::before(scim.port()));
    let to_directory = Wire::before(office.ldap.port());
    office.write("chat.token", scim.token());
    office.configure(to_directory.port(), &chat(to_chat.port()));
    let mut people = office::HEADER.to_owned();
    let moments = [
        Moment::PlanStored,
        Moment::Decided,
        Moment::Directory(Then::LoseRequest),
        Moment::Directory(Then::LoseAnswer),
        Moment::Chat(Then::LoseRequest),
        Moment::Chat(Then::LoseAnswer),
        Moment::LastOutcome,
    ];
    for (id, moment) in moments.into_iter().enumerate() {
        people.push_str(&row(id, "Engineer", "", ""));
        office.write("hr.csv", &people);
        let plans = office.count("SELECT count(*) FROM plans");
        let applied = office.applied();
        let cut_off = |arguments: &[&str], when: &dyn Fn() -> bool| {
            let mut child = office.start(arguments);
            let started = Instant::now();
            while !when() {
                assert!(
                    started.elapsed() < Duration::from_secs(60),
                    "{moment:?} never comes"
                );
                assert!(
                    child.try_wait().expect("a process").is_none() || when(),
                    "{moment:?}: {:?}",
                    office::ended(child)
                );
                thread::sleep(Duration::from_millis(1));
            }
            kill(child);
        };
        match moment {
            Moment::PlanStored => cut_off(&["plan"], &|| office.count("SELECT count(*) FROM plans") > plans),
            _ => drop(office.run(&["plan"]).expect(2)),
        }
        match moment {
            Moment::Decided => cut_off(&["approve", "--all"], &|| office.standing("approved") == 2),
            _ => drop(office.run(&["approve", "--all"]).expect(0)),
        }
        assert_eq!(office.standing("approved"), 2, "{moment:?}");
        let given = format!("Given{id} Family{id}");
        match moment {
            Moment::Directory(then) => {
                to_directory.trap(&given, then);
                cut_off(&["apply"], &|| to_directory.is_sprung());
                wait_for(|| then == Then::LoseRequest || office.dump().len() == 10 + id);
                to_directory.cut();
                to_directory.release();
            }
            Moment::Chat(then) => {
                to_chat.trap(&given, then);
                cut_off(&["apply"], &|| to_chat.is_sprung());
                wait_for(|| then == Then::LoseRequest || scim.all("Users").len() == 1 + id);
                to_chat.cut();
                to_chat.release();
            }
            Moment::LastOutcome => cut_off(&["apply"], &|| office.applied() == applied + 2),
            Moment::PlanStored | Moment::Decided => drop(office.run(&["apply"]).expect(0)),
        }
        if matches!(moment, Moment::Directory(_) | Moment::Chat(_)) {
            assert_eq!(office.count("SELECT count(*) FROM intents"), 1, "{moment:?}");
            office.run(&["apply"]).expect(0);
        }
        assert_eq!(office.applied(), applied + 2, "{moment:?}");
        office.settled();
        let mail = format!("u{id}@example.com");
        let accounts =
            office
                .ldap
                .ldapsearch(&["-b", office.ldap.suffix(), &format!("(mail={mail})"), "mail"]);
        let users = scim.all("Users");
        let users = users
            .iter()
            .filter(|user| user["userName"] == mail.as_str())
            .count();
        assert_eq!((accounts.len(), users), (1, 1), "{moment:?}");
        let written = office.run(&["audit", "log", &given]).expect(0).out;
        assert!(written.contains("create"), "{written}");
    }
}

/// The rest of the configuration: a chat service on this port, with an account for everybody.
pub fn chat(port: u16) -> String {
    format!(
        "[systems.chat]\nconnector = \"scim\"\nurl = \"http://127.0.0.1:{port}/v2\"\ntoken = {{ file = \"chat.token\" }}\n\
         timeout = 5\n[[accounts]]\nname = \"chat\"\nin = \"chat\"\nadopt = \"automatic\"\nmatch = [[\"userName\", \"[accounts.staff.mail]\"]]\n\
         [accounts.attributes]\nuserName = \"[accounts.staff.mail]\"\ndisplayName = \"[accounts.staff.cn]\"\n"
    )
}

/// Waits as long as this, or until so many operations are applied.
fn linger(office: &Office, time: Duration, enough: i64) {
    let started = Instant::now();
    while started.elapsed() < time && office.applied() < enough {
        thread::sleep(Duration::from_millis(1));
    }
}

pub fn wait_for(happens: impl Fn() -> bool) {
    let started = Instant::now();
    while !happens() {
        assert!(started.elapsed() < Duration::from_secs(60), "it never happens");
        thread::sleep(Duration::from_millis(10));
    }
}
