//! Rules that go back: what an account has is written to where people come from.

use crate::expression;

use super::{accounts::Account, schema::Rule};

/// Returns the account rule whose accounts a rule reads, if an earlier one made them.
pub(super) fn written_before<'a>(rule: &Rule, source: &str, accounts: &'a [Account]) -> Option<&'a Account> {
    let is_there = |account: &&Account| account.target_directory.eq_ignore_ascii_case(&rule.source);
    let exact = accounts
        .iter()
        .filter(is_there)
        .find(|account| account.target_object.eq_ignore_ascii_case(source));
    exact.or_else(|| accounts.iter().find(is_there))
}

/// Puts the rule in front of every name: `[mail]` → `[accounts.staff.mail]`.
pub(super) fn renamed(text: &str, rule: &str) -> String {
    let mut renamed = String::with_capacity(text.len());
    let mut done = 0;
    for (span, name) in expression::attributes(text) {
        renamed.push_str(text.get(done..span.start).unwrap_or_default());
        if super::check::is_computed(&name) {
            renamed.push_str(text.get(span.start..span.end).unwrap_or_default());
        } else {
            renamed.extend(["[accounts.", rule, ".", name.as_str(), "]"]);
        }
        done = span.end;
    }
    renamed.push_str(text.get(done..).unwrap_or_default());
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_the_rule_in_front_and_texts_do_not() {
        for (text, expected) in [
            ("[mail]", "[accounts.staff.mail]"),
            (
                "Join(\"[x]\", [a], [b])",
                "Join(\"[x]\", [accounts.staff.a], [accounts.staff.b])",
            ),
            ("\"x\"", "\"x\""),
            ("Not([IsSoftDeleted])", "Not([IsSoftDeleted])"),
        ] {
            assert_eq!(renamed(text, "staff"), expected);
        }
    }
}
