//! The attribute that says whether an account is usable: in usher that is no attribute but where the person stands.

use super::{
    check,
    origin::quoted,
    schema::{AttributeMapping, ObjectDefinition, Origin},
    translate::Remarks,
};

const ENABLED: [&str; 2] = ["active", "accountEnabled"];
const DISABLED: &str = "accountDisabled";

/// Whether an attribute of the target says if the account is usable.
pub(super) fn is_flag(attribute: &str, target: Option<&ObjectDefinition>) -> bool {
    let named = target.and_then(|object| object.metadata.get("PropertyNameAccountEnabled"));
    ENABLED
        .iter()
        .chain([&DISABLED])
        .any(|known| known.eq_ignore_ascii_case(attribute))
        || named.is_some_and(|named| named.eq_ignore_ascii_case(attribute))
}

/// Returns the condition under which somebody counts as employed, as the mapping of such an attribute has it.
///
/// `None` where the mapping only says what usher does anyway: disable who has left the scope.
pub(super) fn active(
    mapping: &AttributeMapping,
    source: Option<&ObjectDefinition>,
    remarks: &mut Remarks<'_>,
) -> Option<String> {
    if mapping.flow != "Always" || mapping.default.is_some() {
        let reason = "usher enables and disables whenever somebody comes or goes, whatever is written when and by default";
        remarks.left_out(&mapping.path, format!("`{}`: {reason}", mapping.target));
    }
    let text = match &mapping.origin {
        Origin::Nothing => return None,
        Origin::Constant(text) => {
            let reason = format!(
                "`{}` is always {}: usher enables and disables accounts by itself",
                mapping.target,
                quoted(text)
            );
            remarks.note(&mapping.path, reason);
            return None;
        }
        origin => origin.expression()?,
    };
    if check::asks_whether_deleted(&text) {
        return of_source(source);
    }
    let is_negated = mapping.target.eq_ignore_ascii_case(DISABLED);
    let condition = match negated(&text) {
        Some(inner) if is_negated => inner,
        _ if is_negated => format!("Not({text})"),
        _ => text,
    };
    if let Err(reason) = check::condition(&condition) {
        remarks.left_out(&mapping.path, format!("`{}`: {reason}", mapping.target));
        return None;
    }
    Some(condition)
}

/// What the source says about its own objects.
pub(super) fn of_source(source: Option<&ObjectDefinition>) -> Option<String> {
    let source = source?;
    let named = |key| source.metadata.get(key).filter(|name| !name.is_empty());
    let enabled = named("PropertyNameAccountEnabled").or_else(|| {
        source
            .attribute("accountEnabled")
            .map(|attribute| attribute.name.as_str())
    });
    let deleted = named("PropertyNameSoftDeleted").filter(|name| !check::is_computed(name));
    match (enabled, deleted) {
        (Some(enabled), Some(deleted)) => Some(format!("[{enabled}] = true and Not([{deleted}])")),
        (Some(enabled), None) => Some(format!("[{enabled}] = true")),
        (None, Some(deleted)) => Some(format!("Not([{deleted}])")),
        (None, None) => None,
    }
}

/// Takes an expression out of `Not(…)`, if that is all it is.
fn negated(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix("Not(")?.strip_suffix(')')?;
    // `Not([a]) = Not([b])` begins and ends like it
    check::value(inner).is_ok().then(|| inner.to_owned())
}
