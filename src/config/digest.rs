//! Digests of the rules as they were understood: comments, order of keys and spelling of strings do not count.

use aws_lc_rs::digest::{SHA256, digest};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::planning::rules::Rules;

/// SHA-256 of the rules, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RulesDigest {
    /// Of all rules together.
    pub whole: String,
    /// Of each rule by itself: `people employees`, `accounts staff`, `entitlements vpn`, `groups apps`,
    /// `protected`, `rails`, `policy`.
    pub rules: IndexMap<String, String>,
}

impl RulesDigest {
    /// Computes the digests.
    pub fn of(rules: &Rules) -> Self {
        let mut each = IndexMap::new();
        for rule in &rules.people {
            each.insert(format!("people {}", rule.name), hash(rule));
        }
        for rule in &rules.accounts {
            each.insert(format!("accounts {}", rule.name), hash(rule));
        }
        for rule in &rules.entitlements {
            each.insert(format!("entitlements {}", rule.name), hash(rule));
        }
        for rule in &rules.mirrors {
            each.insert(format!("groups {}", rule.name), hash(rule));
        }
        each.insert("protected".to_owned(), hash(&rules.protected));
        each.insert("privileged".to_owned(), hash(&rules.privileged));
        each.insert("rails".to_owned(), hash(&rules.rails));
        each.insert("policy".to_owned(), hash(&rules.policy));
        Self {
            whole: hash(rules),
            rules: each,
        }
    }
}

fn hash(rule: &impl Serialize) -> String {
    let mut canonical = String::new();
    // the rule types have text keys and finite numbers only: turning them into JSON does not fail
    write(&serde_json::to_value(rule).unwrap_or_default(), &mut canonical);
    sha256(canonical.as_bytes())
}

/// Returns SHA-256 in hexadecimal.
pub(super) fn sha256(octets: &[u8]) -> String {
    hex::encode(digest(&SHA256, octets))
}

/// Writes JSON without blanks and with sorted keys (RFC 8785), whatever order the values keep.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut keys: Vec<_> = members.iter().collect();
            keys.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (at, (key, member)) in keys.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(&Value::String(key.clone()), out);
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}
