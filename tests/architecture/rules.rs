//! The rules of the house.

use std::collections::BTreeSet;

use crate::source::{self, Mention};

/// What was found, a line each, as `file:line: message`.
pub type Findings = Vec<String>;

/// Each top-level module and the other ones it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("expression", &["model"]),
    ("planning", &["model", "expression"]),
    ("config", &["model", "expression", "planning", "connectors"]),
    ("connectors", &["model"]),
    ("audit", &["model"]),
    ("store", &["model", "audit"]),
    (
        "engine",
        &[
            "model",
            "expression",
            "planning",
            "config",
            "connectors",
            "audit",
            "store",
        ],
    ),
    ("tui", &["model", "expression", "engine"]),
    ("console", &["tui", "engine", "model", "config"]),
    (
        "cli",
        &[
            "model",
            "expression",
            "planning",
            "config",
            "connectors",
            "audit",
            "store",
            "engine",
            "tui",
            "console",
            "sandbox",
        ],
    ),
    ("sandbox", &[]),
];

/// Modules that compute only: no input, no output, no async; what the clock says is an argument.
const PURE: &[&str] = &["model", "expression", "planning", "tui"];

/// Paths that the pure modules do not mention, by how they begin.
const WORLD: &[&[&str]] = &[&["tokio"], &["std", "fs"], &["std", "net"], &["std", "env"]];

/// What lies at the top level, apart from files that begin with a dot.
const TOP_LEVEL: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "themes",
    "config.example.toml",
    "tests",
    "benches",
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "target",
];

/// Whether a file or folder of this name may lie at the top level of the repository.
pub fn belongs_at_the_top(name: &str) -> bool {
    name.starts_with('.') || TOP_LEVEL.contains(&name)
}

/// The connectors: every folder of `connectors/` among the files of the house.
pub fn connectors<'a>(files: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let folder = |file: &'a str| {
        file.strip_prefix("connectors/")?
            .split_once('/')
            .map(|(folder, _)| folder.to_owned())
    };
    files.into_iter().filter_map(folder).collect()
}

/// Checks one file, given by its path below `src`, against every rule.
pub fn check(file: &str, text: &str, connectors: &BTreeSet<String>) -> Findings {
    let Some(place) = source::module_of(file) else {
        return Findings::new();
    };
    let module = place[0].as_str();
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
        return vec![format!(
            "src/{file}: `{module}` has no rule in tests/architecture/rules.rs"
        )];
    };
    let broken = |mention: &Mention| {
        let shown = mention.path.join("::");
        let path: Vec<&str> = mention.path.iter().map(String::as_str).collect();
        if let ["crate", rest @ ..] = path.as_slice() {
            let used = rest.first().copied().unwrap_or("*");
            if used != module && !allowed.contains(&used) {
                return Some(format!("`{module}` must not use `{shown}`"));
            }
            return sibling(&place, rest, connectors).map(|(own, other)| {
                format!("connector `{own}` must not use connector `{other}`: `{shown}`")
            });
        }
        (PURE.contains(&module) && touches_the_world(&path, module))
            .then(|| format!("`{module}` is pure and must not use `{shown}`"))
    };
    let found = source::mentions(text, &place);
    let named =
        |mention: Mention| broken(&mention).map(|what| format!("src/{file}:{}: {what}", mention.line));
    found.into_iter().filter_map(named).collect()
}

/// The connector at `place` and the other connector that `path`, which begins below `crate`, leads into.
fn sibling<'a>(
    place: &'a [String],
    path: &[&'a str],
    connectors: &BTreeSet<String>,
) -> Option<(&'a str, &'a str)> {
    let (["connectors", other, ..], Some(own)) = (path, place.get(1)) else {
        return None;
    };
    let both = place[0] == "connectors" && connectors.contains(own) && connectors.contains(*other);
    (both && own != other).then_some((own.as_str(), *other))
}

fn touches_the_world(path: &[&str], module: &str) -> bool {
    let now = match path {
        [.., "Instant" | "Zoned" | "Timestamp", "now"] => true,
        // the screen may have a key or a label of that name; the others have no business with any clock
        [.., _, "now"] => module != "tui",
        _ => false,
    };
    now || path.contains(&"SystemTime") || WORLD.iter().any(|start| path.starts_with(start))
}
