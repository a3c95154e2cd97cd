//! Scoping filters → conditions.

use super::{
    check,
    origin::quoted,
    schema::{Clause, ClauseGroup},
    translate::Remarks,
};

/// A filter as a condition.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    /// The condition; `None` where everybody passes.
    pub(super) text: Option<String>,
    /// Whether a part could not be said, so that fewer pass than should.
    pub(super) is_narrower: bool,
}

/// Joins groups by `or`, and the clauses of each by `and`.
///
/// A group with a clause that cannot be said is left out whole: without the clause more would pass than should.
pub(super) fn condition(groups: &[ClauseGroup], remarks: &mut Remarks<'_>) -> Condition {
    if groups.is_empty() {
        return Condition::default();
    }
    let mut is_narrower = false;
    let mut written = Vec::new();
    for group in groups {
        match clauses(group, remarks) {
            // a group that asks nothing lets everybody pass
            Some(text) if text.is_empty() => return Condition::default(),
            Some(text) => written.push(text),
            None => is_narrower = true,
        }
    }
    let text = match written.as_slice() {
        [] => "false".to_owned(),
        [one] => one.clone(),
        several => several
            .iter()
            .map(|text| in_parentheses(text))
            .collect::<Vec<_>>()
            .join(" or "),
    };
    Condition {
        text: Some(text),
        is_narrower,
    }
}

/// Joins two conditions that must both hold.
pub(super) fn both(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!(
            "{} and {}",
            in_parentheses(&first),
            in_parentheses(&second)
        )),
        (first, second) => first.or(second),
    }
}

fn in_parentheses(text: &str) -> String {
    if text.contains(" or ") || text.contains(" and ") {
        format!("({text})")
    } else {
        text.to_owned()
    }
}

fn clauses(group: &ClauseGroup, remarks: &mut Remarks<'_>) -> Option<String> {
    let mut texts = Vec::new();
    let mut all = true;
    for written in &group.clauses {
        let said = clause(written).and_then(|text| check::condition(&text).map(|()| text));
        match said {
            Ok(text) => {
                if text.contains(" matches ") && !written.values.iter().all(|it| is_anchored(it)) {
                    let reason = format!("`{}`: the pattern must fit the whole value", written.attribute);
                    remarks.note(&written.path, reason);
                }
                texts.push(text);
            }
            Err(reason) => {
                all = false;
                let named = if group.name.is_empty() {
                    "this group of clauses"
                } else {
                    &group.name
                };
                remarks.left_out(
                    &written.path,
                    format!(
                        "`{}` {} {}: {reason}; whoever passes only by `{named}` is not in scope",
                        written.attribute,
                        written.operator,
                        written.values.join(", ")
                    ),
                );
            }
        }
    }
    all.then(|| texts.join(" and "))
}

fn is_anchored(pattern: &str) -> bool {
    pattern.starts_with('^') && pattern.ends_with('$')
}

fn clause(clause: &Clause) -> Result<String, String> {
    let name = &clause.attribute;
    let operator: String = clause
        .operator
        .chars()
        .map(|c| if c == '_' { ' ' } else { c.to_ascii_uppercase() })
        .collect();
    let values = &clause.values;
    let any = |join: &dyn Fn(&str) -> String, word: &str| match values.as_slice() {
        [] => Err("it compares with nothing".to_owned()),
        [one] => Ok(join(one)),
        several => {
            let parts: Vec<_> = several.iter().map(|value| join(value)).collect();
            Ok(format!("({})", parts.join(word)))
        }
    };
    let number = |sign: &str| match values.as_slice() {
        [one] if one.trim().parse::<i64>().is_ok() => Ok(format!("[{name}] {sign} {}", one.trim())),
        _ => Err("it compares with something that is not one whole number".to_owned()),
    };
    match operator.trim() {
        "EQUALS" if values.len() > 1 => Ok(format!("[{name}] in ({})", several(values))),
        "NOT EQUALS" if values.len() > 1 => Ok(format!("[{name}] not in ({})", several(values))),
        "EQUALS" => any(&|value| format!("[{name}] = {}", quoted(value)), ""),
        "NOT EQUALS" => any(&|value| format!("[{name}] <> {}", quoted(value)), ""),
        "IS NULL" => Ok(format!("[{name}] is absent")),
        "IS NOT NULL" => Ok(format!("[{name}] is present")),
        "IS TRUE" => Ok(format!("[{name}] = true")),
        "IS FALSE" => Ok(format!("[{name}] = false")),
        "REGEX MATCH" => any(&|value| format!("[{name}] matches {}", quoted(value)), " or "),
        "NOT REGEX MATCH" => any(
            &|value| format!("[{name}] not matches {}", quoted(value)),
            " and ",
        ),
        "GREATER THAN" => number(">"),
        "GREATER THAN OR EQUALS" => number(">="),
        "INCLUDES" => any(&|value| format!("[{name}] contains {}", quoted(value)), " or "),
        "ENDS WITH" => any(&|value| format!("[{name}] ends with {}", quoted(value)), " or "),
        "&" | "!&" => Err("what this operator does is nowhere said for certain".to_owned()),
        "ISMEMBEROF" | "IS MEMBER OF" => Err("conditions do not know who is in which group".to_owned()),
        _ => Err("usher knows no such operator".to_owned()),
    }
}

fn several(values: &[String]) -> String {
    values
        .iter()
        .map(|value| quoted(value))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(clauses: &[(&str, &str, &[&str])]) -> ClauseGroup {
        ClauseGroup {
            name: "sales".to_owned(),
            clauses: clauses
                .iter()
                .map(|(attribute, operator, values)| Clause {
                    path: "scope.groups[0].clauses[0]".to_owned(),
                    attribute: (*attribute).to_owned(),
                    operator: (*operator).to_owned(),
                    values: values.iter().map(|value| (*value).to_owned()).collect(),
                })
                .collect(),
        }
    }

    #[test]
    fn every_operator_has_its_words() {
        for (operator, values, expected) in [
            ("EQUALS", &["Sales"][..], Some("[a] = \"Sales\"")),
            ("EQUALS", &["A", "B"], Some("[a] in (\"A\", \"B\")")),
            ("NOT EQUALS", &["say \"no\""], Some("[a] <> \"say \\\"no\\\"\"")),
            ("NOT EQUALS", &["A", "B"], Some("[a] not in (\"A\", \"B\")")),
            ("IS NULL", &[], Some("[a] is absent")),
            ("IS NOT NULL", &[], Some("[a] is present")),
            ("IS TRUE", &[], Some("[a] = true")),
            ("IS FALSE", &[], Some("[a] = false")),
            (
                "REGEX MATCH",
                &["([1-9]\\d)"],
                Some("[a] matches \"([1-9]\\\\d)\""),
            ),
            (
                "NOT REGEX MATCH",
                &["x", "y"],
                Some("([a] not matches \"x\" and [a] not matches \"y\")"),
            ),
            ("Greater_Than", &["10"], Some("[a] > 10")),
            ("Greater_Than_OR_EQUALS", &["10"], Some("[a] >= 10")),
            ("Includes", &["x"], Some("[a] contains \"x\"")),
            (
                "ENDS_WITH",
                &["@acme.example"],
                Some("[a] ends with \"@acme.example\""),
            ),
            ("Greater_Than", &["ten"], None),
            ("EQUALS", &[], None),
            ("REGEX MATCH", &["(?(1)x)y"], None),
            ("&", &["1"], None),
            ("!&", &["1"], None),
            ("IsMemberOf", &["x"], None),
            ("SOUNDS LIKE", &["x"], None),
        ] {
            let mut remarks = Remarks::new("");
            let said = condition(&[group(&[("a", operator, values)])], &mut remarks);
            assert_eq!(
                said.text.as_deref(),
                Some(expected.unwrap_or("false")),
                "{operator}"
            );
            assert_eq!(said.is_narrower, expected.is_none(), "{operator}");
            assert_eq!(
                remarks.left_out.len(),
                usize::from(expected.is_none()),
                "{operator}"
            );
        }
    }

    #[test]
    fn a_group_that_cannot_be_said_lets_nobody_in() {
        let mut remarks = Remarks::new("");
        let groups = [
            group(&[("a", "EQUALS", &["x"]), ("b", "&", &["1"])]),
            group(&[("c", "IS TRUE", &[]), ("d", "IS NULL", &[])]),
        ];
        let said = condition(&groups, &mut remarks);
        assert_eq!(said.text.as_deref(), Some("[c] = true and [d] is absent"));
        assert!(said.is_narrower);
        assert!(remarks.left_out[0].reason.contains("`b` & 1"));
    }

    #[test]
    fn no_filter_and_an_empty_one_let_everybody_in() {
        let mut remarks = Remarks::new("");
        assert_eq!(condition(&[], &mut remarks), Condition::default());
        assert_eq!(condition(&[group(&[])], &mut remarks), Condition::default());
    }
}
