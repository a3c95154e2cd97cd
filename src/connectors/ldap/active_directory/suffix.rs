//! The suffixes of user principal names that a forest knows. The server takes any other, and nobody can sign in then.
//! A plan checks them as facts of the column; what is checked here is what was planned before they changed.

use super::super::{
    connection::{Search, Session},
    facts::Facts,
    filter,
};
use crate::connectors::WriteError;

/// The attribute.
const NAME: &str = "userPrincipalName";

/// Returns the suffixes the forest knows: those of its domains, and those that were added. None if it does not tell.
pub(in super::super) async fn known(session: &Session, configuration: &str) -> Vec<String> {
    let place = format!("CN=Partitions,{configuration}");
    let wanted = ["uPNSuffixes", "dnsRoot"].map(str::to_owned);
    let is_domain = filter::combine('&', &["(objectClass=crossRef)", "(nETBIOSName=*)"]);
    let any = filter::combine('|', &["(objectClass=crossRefContainer)", &is_domain]);
    let search = Search {
        base: &place,
        scope: ldap3::Scope::Subtree,
        filter: &any,
        attributes: &wanted,
    };
    let Ok((entries, _)) = session.search(&search, 0).await else {
        return Vec::new();
    };
    let mut suffixes = Vec::new();
    for entry in &entries {
        let values = wanted.iter().filter_map(|name| entry.get(name)).flatten();
        suffixes.extend(values.filter_map(|value| String::from_utf8(value.clone()).ok()));
    }
    suffixes
}

/// Reports whether it is the attribute whose values have such a suffix.
pub(in super::super) fn is_about(attribute: &str) -> bool {
    attribute.eq_ignore_ascii_case(NAME)
}

/// Refuses a name whose suffix the forest does not know.
pub(in super::super) fn check(
    facts: &Facts,
    what: &str,
    attribute: &str,
    values: &[Vec<u8>],
) -> Result<(), WriteError> {
    if facts.suffixes.is_empty() || !is_about(attribute) {
        return Ok(());
    }
    for value in values {
        let text = String::from_utf8_lossy(value);
        let suffix = text.rsplit_once('@').map(|(_, suffix)| suffix);
        let is_known = suffix.is_some_and(|suffix| {
            let mut known = facts.suffixes.iter();
            known.any(|known| known.eq_ignore_ascii_case(suffix))
        });
        if !is_known {
            return Err(WriteError::Refused(format!(
                "{what}: nobody can sign in as {text}: the forest knows the suffixes {} only: correct the mapping, or add \
                 the suffix to the forest",
                facts.suffixes.join(", ")
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_suffixes_are_taken() {
        let mut facts = Facts::default();
        facts.suffixes = vec!["example.test".to_owned(), "example.org".to_owned()];
        let check = |facts: &Facts, name: &str, value: &str| {
            check(facts, "creating cn=a", name, &[value.into()]).is_ok()
        };
        assert!(check(&facts, "userPrincipalName", "ana@EXAMPLE.org"));
        assert!(is_about("USERPRINCIPALNAME") && !is_about("mail"));
        for value in ["ana@example.com", "ana", ""] {
            assert!(!check(&facts, "USERPRINCIPALNAME", value), "{value}");
            assert!(check(&facts, "mail", value) && check(&Facts::default(), "userPrincipalName", value));
        }
    }
}
