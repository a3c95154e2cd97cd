//! The configuration of an LDAP directory, and what can be told wrong of it before anything is asked.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    super::{every::Every, secret::SecretSource, tls},
    address::Address,
    increments::Increments,
    servers::Server,
    urls::Urls,
};

/// The configuration of an LDAP directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// `ldap://host[:389]`, `ldaps://host[:636]` or `ldapi://%2Fpath%2Fof%2Fsocket`; or a list of servers that hold
    /// the same directory, the preferred one first.
    pub url: Urls,
    /// Whom usher binds as; left out together with the password, what the connection shows decides (SASL EXTERNAL,
    /// RFC 4422): the client certificate, or over `ldapi` the user usher runs as.
    #[serde(default)]
    pub bind_dn: String,
    /// The password.
    #[serde(default)]
    pub password: Option<SecretSource>,
    /// A PEM file with the certificate usher shows the server, and those it is signed by.
    #[serde(default)]
    pub client_certificate: Option<PathBuf>,
    /// A PEM file with its key.
    #[serde(default)]
    pub client_key: Option<PathBuf>,
    /// Where accounts and groups are searched.
    pub base: String,
    /// Which entries are accounts.
    #[serde(default = "default_filter")]
    pub filter: String,
    /// Which entries are groups.
    #[serde(default = "default_group_filter")]
    pub group_filter: String,
    /// Whether a plain connection is upgraded to TLS (`StartTLS`).
    #[serde(default)]
    pub start_tls: bool,
    /// A PEM file with the authorities to trust instead of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Entries a page.
    #[serde(default = "default_page_size")]
    pub page_size: u32,
    /// Seconds an operation may take.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
    /// Operations in flight, over all connections; 1 to 64.
    #[serde(default = "default_in_flight")]
    pub in_flight: usize,
    /// Connections to the server at most; 1 to 16. Only one behind a load balancer whose servers lag behind each
    /// other: what was written over one would not be there over the next.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// How an account is made unusable.
    #[serde(default)]
    pub disable: Disable,
    /// Who stands in a group that must have a member when its last one leaves, and leaves it when somebody comes: the
    /// name of an entry, or of nobody.
    #[serde(default)]
    pub placeholder_member: Option<String>,
    /// Whether containers that are missing below `base` are made when something is put into them.
    #[serde(default)]
    pub create_parents: bool,
    /// The attribute with the immutable id: `entryUUID`, `nsUniqueId`, `objectGUID`.
    #[serde(default = "default_anchor")]
    pub anchor: String,
    /// How changes of accounts are found out, so that not everything need be read each time.
    #[serde(default)]
    pub increments: Increments,
    /// How long changes are added up before everything is read again.
    #[serde(default)]
    pub full_every: Every,
}

/// How an account is made unusable, and how that is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Disable {
    /// The directory has no such state.
    #[default]
    None,
    /// `pwdAccountLockedTime: 000001010000Z` (the ppolicy overlay of `OpenLDAP`): locked for good.
    Ppolicy,
    /// `nsAccountLock: true` (389 Directory Server).
    NsAccountLock,
    /// `shadowExpire: 1` (RFC 2307): a Unix account that expired on the second day of 1970.
    Shadow,
    /// The bit `ACCOUNTDISABLE` of `userAccountControl` (Active Directory); the other bits stay as they are.
    UserAccountControl,
    /// Entries below this container are unusable.
    Container(String),
}

impl Section {
    /// Reports whether the directory has the ways of Active Directory.
    pub(super) fn is_active_directory(&self) -> bool {
        self.disable == Disable::UserAccountControl
    }

    /// Says whom usher binds as.
    pub(super) fn identity(&self) -> String {
        match &self.client_certificate {
            _ if !self.bind_dn.is_empty() => self.bind_dn.clone(),
            Some(certificate) => format!("the certificate {}", certificate.display()),
            None => "the user usher runs as".to_owned(),
        }
    }
}

/// Where domain controllers answer for the whole forest, without TLS and with it (MS-ADTS, section 3.1.1.3.1.10).
const GLOBAL_CATALOGUES: [u16; 2] = [3268, 3269];

/// Checks addresses and identity of a section, and sets TLS up for each server.
pub(super) fn servers_of(section: &Section, folder: &Path) -> Result<Vec<Server>, String> {
    let certificate = match (&section.client_certificate, &section.client_key) {
        (Some(certificate), Some(key)) => Some((folder.join(certificate), folder.join(key))),
        (None, None) => None,
        _ => return Err("`client_certificate` and `client_key` go together: set both".to_owned()),
    };
    let authorities = section.ca_file.as_ref().map(|file| folder.join(file));
    let mut servers = Vec::new();
    for url in section.url.each() {
        let address = Address::parse(url)?;
        if section.is_active_directory() && GLOBAL_CATALOGUES.contains(&address.port) {
            return Err(format!(
                "{url} is the global catalogue, which takes no writes and holds only a part of what is known of each \
                 account: what it leaves out would look gone: use the domain's own port, 636 or 389"
            ));
        }
        let encrypted = address.tls || (section.start_tls && address.socket.is_none());
        let simple = !section.bind_dn.is_empty() || section.password.is_some();
        if !simple && address.socket.is_none() && !(encrypted && certificate.is_some()) {
            return Err(format!(
                "{url} cannot tell who usher is: set bind_dn and password, or client_certificate and client_key with TLS"
            ));
        }
        let tls = if encrypted {
            let identity = certificate
                .as_ref()
                .map(|(certificate, key)| (certificate.as_path(), key.as_path()));
            let config = tls::client_config(authorities.as_deref(), address.pinned(), identity);
            Some(config.map_err(|error| error.to_string())?)
        } else {
            None
        };
        servers.push(Server { address, tls });
    }
    if servers.is_empty() {
        return Err("`url` names no server: write ldaps://host".to_owned());
    }
    Ok(servers)
}

fn default_anchor() -> String {
    "entryUUID".to_owned()
}

fn default_filter() -> String {
    "(objectClass=inetOrgPerson)".to_owned()
}

fn default_group_filter() -> String {
    "(objectClass=groupOfNames)".to_owned()
}

const fn default_page_size() -> u32 {
    400
}

const fn default_timeout() -> u64 {
    30
}

const fn default_in_flight() -> usize {
    // enough for all connections; a server starts to drop connections at hundreds
    64
}

const fn default_connections() -> usize {
    8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_global_catalogue_is_no_domain() {
        for (url, disable, is_taken) in [
            ("ldap://dc.example", "user-account-control", true),
            ("ldap://dc.example:3268", "user-account-control", false),
            ("ldap://dc.example:3269", "user-account-control", false),
            // any other directory may be there
            ("ldap://ldap.example:3268", "none", true),
        ] {
            let section = serde_json::json!({
                "url": url, "bind_dn": "cn=x", "password": {"file": "x"}, "base": "dc=x", "disable": disable,
            });
            let section: Section = serde_json::from_value(section).unwrap();
            let servers = servers_of(&section, Path::new("."));
            assert_eq!(servers.is_ok(), is_taken, "{url} {disable}");
        }
    }
}
