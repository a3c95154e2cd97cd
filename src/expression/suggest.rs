//! "Did you mean": the known name nearest to a mistyped one.

/// Returns the nearest of the known names, unless none is near.
pub(super) fn nearest<'k>(wrong: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wrong = letters(wrong);
    let (score, name) = known
        .into_iter()
        .map(|name| (score(&wrong, &letters(name)), name))
        .min_by_key(|&(score, name)| (score, name.len()))?;
    (score <= wrong.len().max(2)).then_some(name)
}

fn letters(name: &str) -> Vec<char> {
    name.chars().flat_map(char::to_lowercase).take(64).collect()
}

/// Scores two a mistake, and one a letter by which the known name is longer at one of its ends.
fn score(wrong: &[char], known: &[char]) -> usize {
    let plain = 2 * distance(wrong, known);
    let extra = known.len().saturating_sub(wrong.len());
    let ends = [&known[extra..], &known[..known.len() - extra]];
    let part = ends
        .into_iter()
        .map(|end| 2 * distance(wrong, end) + extra)
        .min()
        .unwrap_or(plain);
    plain.min(part)
}

/// Counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}
