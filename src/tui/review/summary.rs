//! What is about to be decided, in numbers: kinds × systems.

use std::collections::BTreeMap;

use crate::{
    engine::approval::Lack,
    model::{Fingerprint, Kind, Risk, SystemName},
    tui::text::{self, Align, count},
};

use super::{Review, bundle::plural};

/// Returns a table of the operations, kinds in lines and systems in columns, and under it what is worth a second
/// look. Tables of one line are said in one.
pub fn lines(review: &Review, operations: &[Fingerprint]) -> Vec<String> {
    let mut counts: BTreeMap<(Kind, &SystemName), usize> = BTreeMap::new();
    for (row, _) in operations.iter().filter_map(|id| review.row(*id)) {
        *counts.entry((row.kind, &row.system)).or_default() += 1;
    }
    let cells = counts
        .iter()
        .map(|((kind, system), number)| (*kind, system.as_str(), *number));
    let mut lines = table(&cells.collect::<Vec<_>>());
    lines.extend(remarks(review, operations));
    lines
}

/// Returns a table of kinds × systems from its cells.
pub fn table(cells: &[(Kind, &str, usize)]) -> Vec<String> {
    let mut kinds: Vec<Kind> = cells.iter().map(|cell| cell.0).collect();
    let mut systems: Vec<&str> = cells.iter().map(|cell| cell.1).collect();
    kinds.sort_unstable();
    kinds.dedup();
    systems.sort_unstable();
    systems.dedup();
    let of = |wanted: Option<Kind>, system: Option<&str>| -> usize {
        let cells = cells.iter();
        let is = |cell: &&(Kind, &str, usize)| {
            wanted.is_none_or(|kind| kind == cell.0) && system.is_none_or(|system| system == cell.1)
        };
        cells.filter(is).map(|cell| cell.2).sum()
    };
    if kinds.len() == 1 {
        let one = |system: &&str| {
            format!(
                "{} {} in {system}",
                count(of(None, Some(system))),
                kinds[0].word()
            )
        };
        return systems.iter().map(one).collect();
    }
    let wide = kinds
        .iter()
        .map(|kind| kind.word().len())
        .max()
        .unwrap_or(0)
        .max(5);
    let head = |system: &&str| text::width(system).clamp(5, 24) + 3;
    let several = systems.len() > 1;
    let total = |number: usize| format!("{:>8}", count(number));
    let mut title = " ".repeat(wide);
    for system in &systems {
        title.push_str(&text::fit(system, head(system), Align::Right, ""));
    }
    if several {
        title.push_str("   total");
    }
    let mut lines = vec![title.trim_end().to_owned()];
    let mut line = |label: &str, kind: Option<Kind>| {
        let mut line = format!("{label:wide$}");
        for system in &systems {
            let number = match of(kind, Some(system)) {
                0 => String::new(),
                some => count(some),
            };
            line.push_str(&text::fit(&number, head(system), Align::Right, ""));
        }
        if several {
            line.push_str(&total(of(kind, None)));
        }
        lines.push(line);
    };
    for kind in &kinds {
        line(kind.word(), Some(*kind));
    }
    line("total", None);
    lines
}

/// Says what of the operations is worth a second look.
fn remarks(review: &Review, operations: &[Fingerprint]) -> Vec<String> {
    let number = |is: &dyn Fn(&crate::engine::view::ReviewRow) -> bool| {
        let rows = operations.iter().filter_map(|id| review.row(*id));
        rows.filter(|(row, _)| is(row)).count()
    };
    let found = [
        (number(&|row| row.risk.contains(&Risk::Privileged)), "privileged"),
        (
            number(&|row| row.risk.contains(&Risk::Irreversible)),
            "cannot be undone",
        ),
        (number(&|row| row.scheduled), "due later"),
    ];
    let said: Vec<_> = found
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", count(*number)))
        .collect();
    if said.is_empty() {
        Vec::new()
    } else {
        vec![String::new(), said.join(", ")]
    }
}

/// Says what of a selection is left out, and why.
pub fn left_out(review: &Review, targets: &[Fingerprint], taken: &[Fingerprint]) -> Vec<String> {
    let taken: ahash::AHashSet<_> = taken.iter().collect();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for id in targets.iter().filter(|id| !taken.contains(id)) {
        let Some((row, state)) = review.row(*id) else {
            continue;
        };
        let reason = match review.lack(row.id) {
            Lack::Never => "never to be done, says policy".to_owned(),
            Lack::Entitled if state.is_open() => "for others to approve, says policy".to_owned(),
            Lack::OtherPerson if state.is_open() => "waiting for another person than you".to_owned(),
            _ => format!("{} already", state.word()),
        };
        *reasons.entry(reason).or_default() += 1;
    }
    if reasons.is_empty() {
        return Vec::new();
    }
    let number = targets.len() - taken.len();
    let mut lines = vec![
        String::new(),
        format!("Left out: {} {}", count(number), plural(number, "operation")),
    ];
    let said = reasons.into_iter();
    lines.extend(said.map(|(reason, number)| format!("  {} {reason}", count(number))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_sums_on_both_sides() {
        let cells = [
            (Kind::Disable, "directory", 12),
            (Kind::Disable, "chat", 3),
            (Kind::RemoveMember, "directory", 1400),
        ];
        assert_eq!(
            table(&cells),
            [
                "                 chat   directory   total",
                "disable             3          12      15",
                "remove-member               1,400   1,400",
                "total               3       1,412   1,415",
            ]
        );
        assert_eq!(
            table(&cells[..2]),
            ["3 disable in chat", "12 disable in directory"]
        );
        assert_eq!(
            table(&[(Kind::Create, "chat", 1), (Kind::Update, "chat", 2)]),
            [
                "          chat",
                "create       1",
                "update       2",
                "total        3"
            ]
        );
    }
}
