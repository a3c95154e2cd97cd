//! What is to be said about an object mapping as a whole.

use super::Account;
use crate::config::entra::{attributes::Surroundings, schema::ObjectMapping, translate::Remarks};

/// Says which keys beside the mapping are not followed.
pub(super) fn remark_metadata(mapping: &ObjectMapping, remarks: &mut Remarks<'_>) {
    let at = format!("{}.metadata", mapping.path);
    for (key, value) in &mapping.metadata.0 {
        match (key.as_str(), value.as_str()) {
            ("Disposition", value) if !value.eq_ignore_ascii_case("Normal") => {
                remarks.left_out(&at, format!("Disposition {value}: usher has nothing like it"));
            }
            ("Unsynchronized", value) if value.eq_ignore_ascii_case("true") => {
                remarks.left_out(
                    &at,
                    "Unsynchronized: take the rule out if it is not to be followed",
                );
            }
            _ => {}
        }
    }
}

impl Account {
    /// Says which attributes new accounts must have and nothing is mapped to.
    pub(super) fn remark_required(
        &self,
        mapping: &ObjectMapping,
        around: &Surroundings<'_>,
        remarks: &mut Remarks<'_>,
    ) {
        if !self.actions.contains(&"create") {
            return;
        }
        let is_mapped = |name: &str| {
            mapping
                .attributes
                .iter()
                .any(|attribute| attribute.target.eq_ignore_ascii_case(name))
        };
        for definition in around.target.into_iter().flat_map(|object| &object.attributes) {
            if definition.required && !definition.is_made_by_the_target() && !is_mapped(&definition.name) {
                let reason = format!(
                    "`{}` is required of new accounts, and nothing is mapped to it",
                    definition.name
                );
                remarks.note(&definition.path, reason);
            }
        }
    }
}
