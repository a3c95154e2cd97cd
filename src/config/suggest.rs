//! "Did you mean …?"

use std::fmt::Display;

/// Returns the candidate that `word` was probably meant to be.
///
/// Letter case, `-` against `_` and one slip in three letters are forgiven.
pub(super) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = folded(word);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &folded(candidate)), candidate))
        .filter(|(slips, candidate)| *slips <= (candidate.chars().count() / 3).max(1))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// Returns the hint for an unknown word: the nearest candidate, or all that there are.
pub(super) fn hint<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str> + Clone) -> String {
    if let Some(candidate) = nearest(word, candidates.clone()) {
        return format!("did you mean `{candidate}`?");
    }
    let all: Vec<_> = candidates.into_iter().collect();
    match all.as_slice() {
        [] => "there are none yet".to_owned(),
        [only] => format!("the only one is `{only}`"),
        _ => format!("there are: {}", list(all)),
    }
}

/// Joins words as `` `a`, `b`, `c` ``.
pub(super) fn list<W: Display>(words: impl IntoIterator<Item = W>) -> String {
    let quoted: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

fn folded(word: &str) -> Vec<char> {
    // a word longer than any key cannot be near one, and must not cost quadratic time
    word.chars()
        .take(64)
        .flat_map(char::to_lowercase)
        .map(|c| if c == '-' { '_' } else { c })
        .collect()
}

/// Counts the slips between two words: letters inserted, left out, replaced, or two neighbours swapped; the same
/// letters in another order are one slip.
fn distance(a: &[char], b: &[char]) -> usize {
    if a != b && sorted(a) == sorted(b) {
        return 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let mut least = (above[j] + usize::from(a[i] != b[j]))
                .min(above[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

fn sorted(word: &[char]) -> Vec<char> {
    let mut letters = word.to_vec();
    letters.sort_unstable();
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_forgiven_and_strangers_are_not() {
        let keys = ["page_size", "base", "bind_dn", "url"];
        assert_eq!(nearest("page-sise", keys), Some("page_size"));
        assert_eq!(nearest("Bind_DN", keys), Some("bind_dn"));
        assert_eq!(nearest("ulr", keys), Some("url"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(nearest(&"x".repeat(100_000), keys), None);
    }

    #[test]
    fn a_hint_lists_what_there_is_when_nothing_is_near() {
        assert_eq!(hint("zebra", ["csv", "ldap"]), "there are: `csv`, `ldap`");
        assert_eq!(hint("lpad", ["csv", "ldap"]), "did you mean `ldap`?");
        assert_eq!(hint("zebra", []), "there are none yet");
    }
}
