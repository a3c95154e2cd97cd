//! Every fault of a line, and of a busy service, at every kind of request to an application.

use std::{
    collections::HashSet,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use super::people;
use crate::office::Office;
use crate::support::{
    faults::{Fault, FaultProxy},
    paths,
    scim::ScimServer,
};

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    Get,
    Post,
    Patch,
    Put,
    Delete,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::List,
        Self::Get,
        Self::Post,
        Self::Patch,
        Self::Put,
        Self::Delete,
    ];

    /// How the first line of such a request begins.
    fn start(self) -> &'static str {
        match self {
            Self::List => "GET /v2/Users?",
            Self::Get => "GET /v2/Users/",
            Self::Post => "POST /v2/Users",
            Self::Patch => "PATCH /v2/Users/",
            Self::Put => "PUT /v2/Users/",
            Self::Delete => "DELETE /v2/Users/",
        }
    }
}

/// More than usher waits for an answer, and less.
const LONG: Duration = Duration::from_millis(2500);
const SHORT: Duration = Duration::from_millis(300);

const LATER: &[(&str, &str)] = &[("Retry-After", "1")];

const FAULTS: [Fault; 8] = [
    Fault::LoseRequest,
    Fault::LoseAnswer,
    Fault::Half,
    Fault::Delay(SHORT),
    Fault::Delay(LONG),
    Fault::Hold(LONG),
    Fault::Answer(429, LATER, r#"{"status": "429"}"#),
    Fault::Answer(503, LATER, r#"{"status": "503"}"#),
];

/// A company whose people all have an account in the application.
fn settled() -> (Office, ScimServer, FaultProxy) {
    let (office, scim) = (Office::new(), ScimServer::start());
    let proxy = FaultProxy::before(scim.port());
    office.write("chat.token", scim.token());
    configure(&office, &proxy, 10);
    office.write("hr.csv", &people(FAULTS.len(), 0));
    office.run(&["plan"]).expect(2);
    office.run(&["approve", "--all"]).expect(0);
    office.run(&["apply"]).expect(0);
    (office, scim, proxy)
}

fn configure(office: &Office, proxy: &FaultProxy, timeout: u64) {
    let text = std::fs::read_to_string(paths::root("tests/data/wires-scim.toml")).expect("the configuration");
    let text = text.replace("@port@", &proxy.port().to_string());
    office.write("usher.toml", &text.replace("@timeout@", &timeout.to_string()));
}

/// Everybody in the application, one line each, in order.
fn dump(scim: &ScimServer) -> Vec<String> {
    let users = scim.all("Users").into_iter();
    let mut lines: Vec<_> = users
        .map(|user| {
            let [name, shown, title, active] =
                ["userName", "displayName", "title", "active"].map(|key| user[key].to_string());
            format!("{name} {shown} {title} {active}")
        })
        .collect();
    lines.sort_unstable();
    lines
}

/// What each round comes to when nothing goes wrong: how many operations, and who is there.
fn calm() -> &'static [(i64, Vec<String>)] {
    static CALM: OnceLock<Vec<(i64, Vec<String>)>> = OnceLock::new();
    CALM.get_or_init(|| {
        let (office, scim, _proxy) = settled();
        let rounds = (1..=FAULTS.len()).map(|round| {
            office.write("hr.csv", &people(FAULTS.len(), round));
            office.run(&["plan"]).expect(2);
            office.run(&["approve", "--all"]).expect(0);
            let operations = office.standing("approved");
            office.run(&["apply"]).expect(0);
            (operations, dump(&scim))
        });
        let rounds = rounds.collect();
        office.settled();
        rounds
    })
}

/// Goes through all faults at one kind of request.
fn suffer(kind: Kind) {
    let (office, scim, proxy) = settled();
    configure(&office, &proxy, 1);
    for (round, (fault, (operations, users))) in FAULTS.into_iter().zip(calm()).enumerate() {
        let what = format!("{kind:?}, {fault:?}");
        let began = Instant::now();
        office.write("hr.csv", &people(FAULTS.len(), round + 1));
        // a read that gets lost is asked once more at once
        let times = if matches!(kind, Kind::List | Kind::Get) {
            2
        } else {
            1
        };
        if kind == Kind::List {
            proxy.inject(kind.start(), times, fault.clone());
        }
        let plan = office.run(&["plan"]);
        if plan.code != Some(2) {
            // nobody is called gone, and nothing is planned, where not everything was read
            assert!(kind == Kind::List, "{what}: {plan:?}");
            assert_eq!(office.standing("proposed"), 0, "{what}: {plan:?}");
            plan.says(&["chat"]);
            proxy.clear();
            office.run(&["plan"]).expect(2);
        }
        proxy.clear();
        office.run(&["approve", "--all"]).expect(0);
        assert_eq!(office.standing("approved"), *operations, "{what}");
        let before = office.applied();
        proxy.done();
        if kind == Kind::Put {
            // the service has no PATCH
            proxy.inject(
                Kind::Patch.start(),
                1000,
                Fault::Answer(501, &[], r#"{"status": "501"}"#),
            );
        }
        proxy.inject(kind.start(), times, fault.clone());
        let run = office.run(&["apply"]).expect(0);
        let left = proxy.clear();
        assert!(
            left < times || kind == Kind::Put,
            "{what}: {left} faults are left"
        );
        let met = proxy.seen().iter().any(|line| line.starts_with(kind.start()));
        assert!(met, "{what}: nothing like that was asked");
        println!("{what}: {:.1?}", began.elapsed());
        let journal = "SELECT state || ' ' || message || ' ' || coalesce(location, '') FROM journal
                       WHERE run = (SELECT max(run) FROM journal)";
        let told = || format!("{what}\n{}{}", run.err, office.texts(journal).join("\n"));
        assert_eq!(&dump(&scim), users, "{}", told());
        assert_eq!(office.applied() - before, *operations, "{}", told());
        let mut seen = HashSet::new();
        let done = proxy.done();
        assert!(!done.is_empty());
        let twice = done.into_iter().find(|done| !seen.insert(done.clone()));
        assert_eq!(twice, None, "{}", told());
    }
    office.settled();
}

#[test]
#[ignore = "needs OpenLDAP and scim2-server"]
fn no_fault_of_a_service_loses_or_doubles_anything() {
    calm();
    thread::scope(|scope| {
        let threads = Kind::ALL.map(|kind| (kind, scope.spawn(move || suffer(kind))));
        let failed = threads
            .into_iter()
            .filter_map(|(kind, thread)| thread.join().err().map(|_| kind));
        assert_eq!(failed.collect::<Vec<_>>(), []);
    });
}
