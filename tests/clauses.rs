//! What connectors promise, clause by clause, and the tests that hold each clause. The tables are in `tests/clauses/`;
//! here every test that they name is looked for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found
}

/// The names of the test functions in a source file.
fn tests_in(source: &str) -> HashSet<String> {
    let mut tests = HashSet::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
            tests.extend(rest.split('(').next().map(str::to_owned));
            is_test = false;
        }
    }
    tests
}

#[test]
fn every_clause_is_held_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let known: HashMap<PathBuf, HashSet<String>> = ["src", "tests"]
        .iter()
        .flat_map(|folder| files(&root.join(folder), "rs"))
        .map(|path| {
            let tests = tests_in(&fs::read_to_string(&path).unwrap());
            (path.strip_prefix(root).unwrap().to_owned(), tests)
        })
        .collect();
    let mut wrong = Vec::new();
    let mut clauses = 0;
    for table in files(&root.join("tests/clauses"), "md") {
        let text = fs::read_to_string(&table).unwrap();
        for line in text
            .lines()
            .filter(|line| line.starts_with("| ") && !line.starts_with("| clause"))
        {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [clause, held] = cells[..] else {
                panic!("two cells a line: {line}");
            };
            clauses += 1;
            // file: test, test; file: test
            for part in held.split(';') {
                let (file, names) = part
                    .split_once(':')
                    .unwrap_or_else(|| panic!("no test for: {clause}"));
                let tests = known.get(Path::new(file.trim()));
                for name in names.split(',').map(str::trim) {
                    if !tests.is_some_and(|tests| tests.contains(name)) {
                        wrong.push(format!("{clause}: {} has no test {name}", file.trim()));
                    }
                }
            }
        }
    }
    assert!(clauses > 30, "only {clauses} clauses were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
