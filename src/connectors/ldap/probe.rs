//! What a directory is and can do, and what of it will give trouble.

use super::{Section, facts::Facts, increments::Way};
use crate::connectors::Probe;

/// Tells what a server says of itself; `others` are troubles that were found otherwise.
pub(super) fn probe(
    section: &Section,
    facts: &Facts,
    way: Way,
    others: impl IntoIterator<Item = String>,
) -> Probe {
    let capabilities = [
        (facts.paging, "paged results"),
        (facts.assertion, "assertion control"),
        (facts.pre_read, "pre-read control"),
        (facts.post_read, "post-read control"),
        (facts.permissive, "permissive modify"),
        (facts.password_modify, "password modify"),
        (facts.content_sync, "content synchronisation"),
        (facts.recycle_bin == Some(true), "recycle bin"),
    ];
    let has = capabilities.iter().filter(|(has, _)| *has);
    let is_plain = !section.start_tls && section.url.each().any(|url| url.starts_with("ldap:"));
    let troubles = [
        (
            !facts.paging,
            "results do not come in pages: large directories cannot be read in full",
        ),
        (
            facts.recycle_bin == Some(false),
            "the recycle bin is off: what is deleted does not come back with its attributes and groups: turn it on, or \
             disable instead",
        ),
        (
            facts.active_directory && !section.is_active_directory(),
            "this is Active Directory: write connector = \"active-directory\", or accounts are neither enabled nor \
             disabled in its way",
        ),
        (
            !facts.active_directory && section.is_active_directory(),
            "this does not look like Active Directory: write connector = \"ldap\", and say how accounts are disabled",
        ),
        (
            !facts.schema_read,
            "the schema cannot be read: values are compared by custom",
        ),
        (
            is_plain,
            "the connection is not encrypted: use ldaps:// or start_tls = true",
        ),
    ];
    let troubles = troubles.iter().filter(|(is, _)| *is);
    Probe {
        product: facts.product.clone(),
        capabilities: has.map(|(_, what)| (*what).to_owned()).chain(way.told).collect(),
        records: None,
        clock_difference: None,
        warnings: others
            .into_iter()
            .chain(troubles.map(|(_, text)| (*text).to_owned()))
            .chain(way.warning)
            .collect(),
    }
}
