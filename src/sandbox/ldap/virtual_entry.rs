//! The two entries that are not in the tree: the root DSE (RFC 4512 §5.1) and the subschema (§4.2).

use std::collections::BTreeMap;

use super::dn::Rdn;
use super::entry::{Entry, Value};
use super::schema::Schema;

/// The name of the subschema entry.
pub const SUBSCHEMA: &str = "cn=Subschema";

/// The controls that are understood: paged results, `ManageDsaIT`.
pub const CONTROLS: [&str; 2] = [PAGED, MANAGE_DSA_IT];
/// Simple paged results (RFC 2696).
pub const PAGED: &str = "1.2.840.113556.1.4.319";
/// `ManageDsaIT` (RFC 3296); there are no referrals here, so it changes nothing.
pub const MANAGE_DSA_IT: &str = "2.16.840.1.113730.3.4.2";
/// Who am I? (RFC 4532).
pub const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";

/// What the server says of itself.
pub fn root_dse(contexts: Vec<String>) -> Entry {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    entry(vec![
        ("objectClass", texts(&["top", "extensibleObject"])),
        ("namingContexts", contexts),
        ("supportedControl", texts(&CONTROLS)),
        ("supportedExtension", texts(&[WHO_AM_I])),
        ("supportedLDAPVersion", texts(&["3"])),
        ("subschemaSubentry", texts(&[SUBSCHEMA])),
        ("vendorName", texts(&["usher sandbox"])),
    ])
}

/// The schema.
pub fn subschema() -> Entry {
    let schema = Schema::get();
    entry(vec![
        (
            "objectClass",
            vec![
                "top".to_owned(),
                "subschema".to_owned(),
                "extensibleObject".to_owned(),
            ],
        ),
        ("cn", vec!["Subschema".to_owned()]),
        ("attributeTypes", schema.attribute_lines().to_vec()),
        ("objectClasses", schema.class_lines().to_vec()),
    ])
}

fn entry(attributes: Vec<(&str, Vec<String>)>) -> Entry {
    let mut entry = Entry {
        parent: None,
        rdn: Rdn(Vec::new()),
        context: Vec::new(),
        attributes: BTreeMap::new(),
    };
    for (name, texts) in attributes {
        let Some(attribute) = Schema::get().attribute(name) else {
            continue;
        };
        entry.set(
            name,
            texts
                .iter()
                .filter_map(|text| Value::new(attribute, text.as_bytes()).ok())
                .collect(),
        );
    }
    entry
}
