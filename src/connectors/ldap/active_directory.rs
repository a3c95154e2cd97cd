//! The ways of Active Directory (MS-ADTS) where they differ from those of other directories.

pub(super) mod codes;
pub(super) mod control;
pub(super) mod form;
pub(super) mod password;
pub(super) mod replica;
pub(super) mod restore;
pub(super) mod sid;
pub(super) mod suffix;
pub(super) mod token_groups;
pub(super) mod whole;
pub(super) mod why;

use super::{connection::Session, entry::Entry};

/// The attribute with the password (MS-ADTS, section 3.1.1.3.1.5).
pub(super) const PASSWORD: &str = "unicodePwd";

/// When the password was set: 0 demands another one at the next sign-in, -1 is now.
pub(super) const PASSWORD_SET: &str = "pwdLastSet";

/// What a server says that is a domain controller (`supportedCapabilities`).
pub(super) const CAPABILITY: &str = "1.2.840.113556.1.4.800";

/// The control that makes adding a value that is there, and removing one that is not, no error.
pub(super) const PERMISSIVE: &str = "1.2.840.113556.1.4.1413";

/// What the schema demands of every object and the server fills in by itself.
const MADE_BY_SERVER: [&str; 7] = [
    "instanceType",
    "nTSecurityDescriptor",
    "objectCategory",
    "objectSid",
    "groupType",
    "sAMAccountName",
    "objectClass",
];

/// Reports whether a search reference leads to a part of the forest in which nobody has an account: its configuration
/// and its DNS zones. Every search from the top of a domain is given these.
pub(super) fn leads_nowhere(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else {
        return false;
    };
    let name = url.path().trim_start_matches('/').to_ascii_lowercase();
    ["cn=configuration,", "dc=domaindnszones,", "dc=forestdnszones,"]
        .iter()
        .any(|part| name.starts_with(part))
}

/// Reports whether the recycle bin of a forest is on; nothing if it does not tell.
pub(super) async fn has_recycle_bin(session: &Session, configuration: &str) -> Option<bool> {
    const ENABLED: &str = "msDS-EnabledFeatureBL";
    let place = format!(
        "CN=Recycle Bin Feature,CN=Optional Features,CN=Directory Service,CN=Windows NT,CN=Services,{configuration}"
    );
    let wanted = [ENABLED.to_owned()];
    let feature = session.entry(&place, "(objectClass=*)", &wanted).await.ok()??;
    Some(feature.get(ENABLED).is_some_and(|places| !places.is_empty()))
}

/// Says which domain controller answers: `Active Directory, Windows Server 2016 level, dc1.example.org`.
pub(super) fn product(root: &Entry) -> String {
    let vendor = root.text("vendorName").filter(|vendor| vendor.contains("Samba"));
    let vendor = vendor.map_or("", |_| " (Samba)");
    let level = root.text("domainFunctionality").and_then(|level| {
        Some(match level {
            "0" => "2000",
            "1" | "2" => "2003",
            "3" => "2008",
            "4" => "2008 R2",
            "5" => "2012",
            "6" => "2012 R2",
            "7" => "2016",
            "10" => "2025",
            _ => return None,
        })
    });
    let mut product = format!("Active Directory{vendor}");
    if let Some(level) = level {
        product = format!("{product}, Windows Server {level} level");
    }
    if let Some(host) = root.text("dnsHostName") {
        product = format!("{product}, {host}");
    }
    product
}

/// Reports whether nobody has to give a value that the schema demands.
pub(super) fn is_made_by_server(attribute: &str) -> bool {
    MADE_BY_SERVER
        .iter()
        .any(|made| made.eq_ignore_ascii_case(attribute))
}

/// Returns the auxiliary classes that the objects of a class have without naming them.
pub(super) fn hidden_classes(class: &str) -> &'static [&'static str] {
    match class.to_ascii_lowercase().as_str() {
        "user" | "group" | "computer" | "inetorgperson" => &["securityPrincipal", "mailRecipient"],
        "contact" => &["mailRecipient"],
        _ => &[],
    }
}

/// Reports whether objects of these classes are accounts that can be used or not.
pub(super) fn has_state(classes: &[String]) -> bool {
    classes.iter().any(|class| {
        ["user", "inetOrgPerson", "computer"]
            .iter()
            .any(|known| class.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_other_domains_are_told() {
        for (url, nowhere) in [
            ("ldaps://example.test/CN=Configuration,DC=example,DC=test", true),
            (
                "ldap://DomainDnsZones.example.test/DC=DomainDnsZones,DC=example,DC=test",
                true,
            ),
            (
                "ldap://ForestDnsZones.example.test/DC=ForestDnsZones,DC=example,DC=test",
                true,
            ),
            ("ldap://child.example.test/DC=child,DC=example,DC=test", false),
            ("nonsense", false),
        ] {
            assert_eq!(leads_nowhere(url), nowhere, "{url}");
        }
    }

    #[test]
    fn a_domain_controller_says_what_it_is() {
        let entry = |pairs: &[(&str, &str)]| Entry {
            dn: String::new(),
            attributes: pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), vec![value.as_bytes().to_vec()]))
                .collect(),
        };
        assert_eq!(
            product(&entry(&[
                ("domainFunctionality", "7"),
                ("dnsHostName", "dc1.example.org")
            ])),
            "Active Directory, Windows Server 2016 level, dc1.example.org"
        );
        assert_eq!(
            product(&entry(&[("vendorName", "Samba Team (https://www.samba.org)")])),
            "Active Directory (Samba)"
        );
        assert_eq!(
            product(&entry(&[("domainFunctionality", "99")])),
            "Active Directory"
        );
    }
}
