//! A plan after a read of everything, and one after a read of what changed.

use std::{path::Path, time::Instant};

use usher::engine::{Engine, PlanOptions, clock::Clock};

use super::{
    changes::STEP,
    engine,
    server::{PASSWORD, SUFFIX, Server, reader_dn},
};

pub fn measure(server: &Server, entries: usize, rounds: usize, home: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    std::fs::write(home.join("password"), PASSWORD).unwrap();
    for increments in ["none", "sync"] {
        let folder = home.join(increments);
        std::fs::create_dir_all(&folder).unwrap();
        let configuration = configuration(&server.url(), home, increments);
        std::fs::write(folder.join("usher.toml"), configuration).unwrap();
        let engine = engine::open(&folder, Clock::wall());
        let first = plan(&runtime, &engine);
        // what was found is linked at once: from here on nothing but changes is new
        plan(&runtime, &engine);
        let (mut changed, mut unchanged) = (f64::MAX, f64::MAX);
        for round in 0..rounds {
            server.change(entries, STEP, &format!("{increments} {round}"));
            changed = changed.min(plan(&runtime, &engine));
            unchanged = unchanged.min(plan(&runtime, &engine));
        }
        let what = if increments == "none" {
            "everything is read"
        } else {
            "what changed is read"
        };
        println!(
            "{:<44} {changed:>8.3} s, nothing changed {unchanged:.3} s, the first {first:.3} s",
            format!("usher, a plan, {what}")
        );
    }
}

fn plan(runtime: &tokio::runtime::Runtime, engine: &Engine) -> f64 {
    let since = Instant::now();
    let options = PlanOptions {
        carries: true,
        ..PlanOptions::default()
    };
    runtime
        .block_on(engine.plan(&options))
        .unwrap_or_else(|error| panic!("{error:?}"));
    since.elapsed().as_secs_f64()
}

/// People from the directory, whose accounts there get a description.
fn configuration(url: &str, home: &Path, increments: &str) -> String {
    format!(
        r#"
version = 1
mode = "review"
time_zone = "UTC"
store = "usher.db"
[systems.directory]
connector = "ldap"
url = "{url}"
bind_dn = "{}"
password = {{ file = "{}/password" }}
base = "{SUFFIX}"
page_size = 1000
increments = "{increments}"
[[people]]
name = "directory"
from = "directory"
references = {{ manager = "[manager]" }}
attributes = {{ login = "[uid]", givenName = "[givenName]", sn = "[sn]", mail = "[mail]", title = "[title]", department = "[departmentNumber]", location = "[l]" }}
[[accounts]]
name = "staff"
in = "directory"
class = ["inetOrgPerson"]
actions = ["update"]
adopt = "automatic"
match = [["uid", "[login]"]]
[accounts.attributes]
displayName = {{ value = "[title]", apply = "create" }}
telephoneNumber = {{ value = "[title]", apply = "create" }}
mail = "[mail]"
manager = {{ reference = "[manager]" }}
[guard]
update = "unlimited"
"#,
        reader_dn(),
        home.display()
    )
}
