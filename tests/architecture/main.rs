//! The plan of the house, enforced: who may import whom, what the pure modules may touch, what lies at the top level.
//!
//! The rules are in `rules.rs`; `source.rs` reads the paths out of a source file.

// clippy sees tests only in functions marked so; here the helpers are tests as well, and fail by panicking
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod rules;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use rules::Findings;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The files of `src`, by their path below it.
fn house() -> Vec<(String, String)> {
    let src = root().join("src");
    let named = |path: PathBuf| {
        let below = path
            .strip_prefix(&src)
            .expect("a file below src")
            .to_string_lossy()
            .into_owned();
        (below, fs::read_to_string(&path).expect("a readable source file"))
    };
    rust_files(&src).into_iter().map(named).collect()
}

#[test]
fn every_module_imports_only_what_it_may() {
    let files = house();
    let connectors = rules::connectors(files.iter().map(|(name, _)| name.as_str()));
    let found: Findings = files
        .iter()
        .flat_map(|(name, text)| rules::check(name, text, &connectors))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_what_belongs_there_lies_at_the_top_level() {
    let entries = fs::read_dir(root()).expect("the package's root");
    let names = entries.map(|entry| {
        entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    let strays: Vec<_> = names.filter(|name| !rules::belongs_at_the_top(name)).collect();
    assert!(
        strays.is_empty(),
        "these do not belong at the top level: {strays:?}"
    );
    assert!(!rules::belongs_at_the_top("notes.txt"));
}

/// What the rules find in a made-up file beside two connectors, `ldap` and `scim`.
fn found(name: &str, text: &str) -> Findings {
    let connectors = rules::connectors([
        "connectors/ldap/read.rs",
        "connectors/scim.rs",
        "connectors/scim/page.rs",
    ]);
    rules::check(name, text, &connectors)
}

#[test]
fn a_forbidden_import_is_found_however_it_is_written() {
    for text in [
        "use crate::store::Store;",
        "pub(crate) use crate::{model::{Value, Record}, store::{self}};",
        "fn f() { let store = crate :: store::open(); }",
        "use super::super::store::Store;",
        "mod inner { use super::super::super::store as s; }",
        "macro_rules! m { () => { $crate::store::open() } }",
        "#[cfg(test)] use a::B; struct S { #[cfg(test)] a: u8 } fn f() -> crate::store::Store {}",
        "fn f() { let x = a::B as crate::store::Id; }",
        "impl<'a> From<&'a str> for crate::store::Name {}",
        "const C: [char; 2] = ['\"', '\\'']; use crate::store::C;",
        "use crate::*;",
        "use crate as house;",
    ] {
        assert_eq!(
            found("planning/diff.rs", text).len(),
            1,
            "{text}: {:?}",
            found("planning/diff.rs", text)
        );
    }
    let message = &found("planning/diff.rs", "\n\nuse crate::store::Store;")[0];
    assert_eq!(
        message,
        "src/planning/diff.rs:3: `planning` must not use `crate::store::Store`"
    );
}

#[test]
fn an_allowed_import_and_words_in_text_are_not_found() {
    let text = r##"
        //! Not the `crate::store::Store`.
        use crate::{model::Value, expression::{self, Expression}};
        use super::guard;
        use super::super::model::Record;
        pub(crate) fn f<'a>(text: &'a str) -> char { let _ = "crate::store::x \" std::fs"; let _ = r#"std::"fs"#; '"' }
        pub(in crate::planning) struct S; /* crate::store /* nested */ std::env */
        #[cfg(test)]
        mod tests { use crate::store::Store; fn f() { if true { std::fs::read("a"); } } }
        #[cfg(test)]
        use crate::store::Store;
    "##;
    assert_eq!(found("planning/diff.rs", text), Findings::new());
    assert_eq!(
        found("planning/diff/tests.rs", "use crate::store::Store;"),
        Findings::new()
    );
}

#[test]
fn the_pure_modules_touch_nothing_of_the_world() {
    for text in [
        "use std::{collections::BTreeMap, fs::File};",
        "fn f() { std::env::var(\"HOME\"); }",
        "use tokio::sync::mpsc;",
        "use std::time::SystemTime;",
        "fn f() { let now = jiff::Zoned::now(); }",
        "fn f() { let now = Instant::now(); }",
        "fn f() { let now = Timestamp::now(); }",
        "use std::net::TcpStream;",
    ] {
        for module in [
            "model/plan.rs",
            "expression.rs",
            "planning/diff.rs",
            "tui/update.rs",
        ] {
            assert_eq!(found(module, text).len(), 1, "{module}: {text}");
        }
        assert_eq!(found("engine/apply.rs", text), Findings::new(), "{text}");
    }
    assert_eq!(found("model.rs", "fn f() { Clock::now(); }").len(), 1);
}

#[test]
fn a_connector_keeps_out_of_its_siblings() {
    for text in [
        "use crate::connectors::scim::page::Page;",
        "use super::super::scim;",
        "use crate::connectors::{scim};",
    ] {
        assert_eq!(found("connectors/ldap/read.rs", text).len(), 1, "{text}");
    }
    assert_eq!(
        found("connectors/ldap/read.rs", "use super::scim;"),
        Findings::new(),
        "its own module of that name"
    );
    assert_eq!(
        found("connectors/ldap/read.rs", "use crate::connectors::Connector;"),
        Findings::new()
    );
    assert_eq!(
        found("connectors/ldap/read.rs", "use crate::connectors::ldap::dn::Dn;"),
        Findings::new()
    );
    assert_eq!(
        found("connectors/registry.rs", "use super::{ldap, scim};"),
        Findings::new()
    );
}

#[test]
fn a_module_without_a_rule_is_found() {
    assert_eq!(
        found("helpers.rs", ""),
        ["src/helpers.rs: `helpers` has no rule in tests/architecture/rules.rs"]
    );
    assert_eq!(found("main.rs", "use usher::cli; fn main() {}"), Findings::new());
    assert_eq!(found("cli/plan.rs", "use crate::helpers;").len(), 1);
}
