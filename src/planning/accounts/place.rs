//! The container an account belongs in.

use super::{Account, Stage};
use crate::{
    expression::{Expression, Moment},
    model::{Comparison, Finding, FindingKind, dn},
    planning::{compare::same, draft::PersonRow},
};

impl<'a: 'b, 'b> Stage<'a, 'b> {
    /// The container the account should be in, if it is in another one.
    pub(super) fn move_to(&self, account: Account<'a>) -> Result<Option<String>, Box<Finding>> {
        let Some(expression) = &self.accounts().container else {
            return Ok(None);
        };
        let wanted = self.container(account, expression)?;
        Ok((!is_in(account.record.location(), &wanted)).then_some(wanted))
    }

    /// The container an expression names for an account that is there.
    pub(super) fn container(
        &self,
        account: Account<'a>,
        expression: &Expression,
    ) -> Result<String, Box<Finding>> {
        let Account { person, record, .. } = account;
        container(expression, &self.row_of(account), &self.moment(person)).map_err(|message| {
            let message = format!("{} stays where it is: {message}", record.location());
            let anchors = vec![record.owned_anchor()];
            Box::new(self.finding(FindingKind::Invalid, person, anchors, message))
        })
    }
}

/// The container an expression names. A name with a part that has no value is no place: an organisational unit for the
/// department of somebody who has none.
pub(super) fn container(
    expression: &Expression,
    row: &PersonRow<'_>,
    moment: &Moment<'_>,
) -> Result<String, String> {
    let container = expression.evaluate(row, moment).map_err(|fault| fault.message)?;
    let container = container.as_text().ok_or("the container is empty")?.into_owned();
    if has_empty_part(&container) {
        return Err(format!(
            "a part of the container {container} has no value: complete the person's data, or let `container` say where \
             such accounts go"
        ));
    }
    Ok(container)
}

/// Whether an account stands in a container.
pub(super) fn is_in(location: &str, container: &str) -> bool {
    is_right_below(location, container)
        || dn::parent(location).is_some_and(|parent| same(parent, container, Comparison::DistinguishedName))
}

/// Whether a plain name stands in a container as that is written: what nearly all names do, told without taking them
/// apart.
fn is_right_below(location: &str, container: &str) -> bool {
    location
        .strip_suffix(container)
        .and_then(|rest| rest.strip_suffix(','))
        .is_some_and(|rest| !rest.contains([',', ';', '\\', '"']))
}

fn has_empty_part(container: &str) -> bool {
    // nearly all names are told without taking them apart
    let may_be_empty = container.split('=').skip(1).any(|rest| {
        let rest = rest.trim_start_matches(' ');
        rest.is_empty() || rest.starts_with([',', ';', '+'])
    });
    may_be_empty
        && dn::parse(container).is_none_or(|parts| parts.iter().flatten().any(|part| part.value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_without_a_value_is_no_place() {
        for container in ["ou=,dc=x", "ou=sales,ou= ,dc=x", "ou=a+l=,dc=x", "ou="] {
            assert!(has_empty_part(container), "{container}");
        }
        for container in [
            "ou=sales,dc=x",
            "ou=a=,dc=x",
            r"ou=a\=,dc=x",
            r"ou=\ ,dc=x",
            "sales",
            "",
        ] {
            assert!(!has_empty_part(container), "{container}");
        }
    }
}
