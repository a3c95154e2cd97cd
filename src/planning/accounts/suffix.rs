//! What a value must end in, where the target knows all that it may end in (`userPrincipalName`).

use crate::model::Column;

/// Says why nobody could sign in by a value, if so.
pub(super) fn refusal(column: &Column, value: &str) -> Option<String> {
    let suffix = value.rsplit_once('@').map(|(_, suffix)| suffix);
    let is_known = |suffix: &str| {
        let mut known = column.suffixes.iter();
        known.any(|known| known.eq_ignore_ascii_case(suffix))
    };
    if column.suffixes.is_empty() || suffix.is_some_and(is_known) {
        return None;
    }
    Some(format!(
        "{}: nobody can sign in as `{value}`: the forest knows the suffixes {} only: correct the mapping, or add the \
         suffix to the forest",
        column.name,
        column.suffixes.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_in_a_suffix_that_is_known() {
        let column = Column {
            suffixes: vec!["example.test".to_owned(), "example.org".to_owned()],
            ..Column::text("userPrincipalName")
        };
        for value in ["ana@EXAMPLE.org", "a@b@example.test"] {
            assert_eq!(refusal(&column, value), None);
        }
        for value in ["ana@example.com", "ana", "ana@", ""] {
            let refusal = refusal(&column, value).unwrap();
            assert!(refusal.contains("example.test, example.org"), "{refusal}");
        }
        assert_eq!(refusal(&Column::text("mail"), "ana"), None);
    }
}
