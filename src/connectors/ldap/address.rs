//! Where a directory is: the URL, checked before the protocol library sees it.

use std::{fmt, path::PathBuf};

use rustls::pki_types::ServerName;

/// A server's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Name or address without brackets.
    pub(super) host: String,
    /// The TCP port.
    pub(super) port: u16,
    /// Whether TLS begins at once (`ldaps`).
    pub(super) tls: bool,
    /// The socket of a server on this machine (`ldapi`), instead of host and port.
    pub(super) socket: Option<PathBuf>,
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.socket {
            Some(socket) => write!(formatter, "{}", socket.display()),
            None => write!(formatter, "{}:{}", self.host, self.port),
        }
    }
}

impl Address {
    /// Reads `ldap://host[:389]`, `ldaps://host[:636]` or `ldapi://%2Fpath%2Fof%2Fsocket`; an error says what is wrong and what is expected.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("the url {text} {what}: write ldaps://host or ldap://host:389");
        let url = url::Url::parse(text).map_err(|error| wrong(&format!("cannot be read ({error})")))?;
        let tls = match url.scheme() {
            "ldap" => false,
            "ldaps" => true,
            "ldapi" => {
                return Self::socket(&url).ok_or_else(|| {
                    format!(
                        "the url {text} names no socket: write its path as ldapi://%2Frun%2Fslapd%2Fldapi"
                    )
                });
            }
            _ => return Err(wrong("is not for a directory")),
        };
        let host = url.host_str().unwrap_or_default();
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        if host.is_empty() {
            return Err(wrong("names no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the url holds credentials: use bind_dn and password".to_owned());
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("holds more than host and port; the base is the key `base`"));
        }
        Ok(Self {
            host: host.to_owned(),
            port: url.port().unwrap_or(if tls { 636 } else { 389 }),
            tls,
            socket: None,
        })
    }

    fn socket(url: &url::Url) -> Option<Self> {
        let host = url.host_str()?;
        let path = percent_encoding::percent_decode_str(host).decode_utf8().ok()?;
        let alone = url.port().is_none()
            && url.username().is_empty()
            && url.password().is_none()
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none();
        (alone && path.starts_with('/')).then(|| Self {
            host: String::new(),
            port: 0,
            tls: false,
            socket: Some(PathBuf::from(path.as_ref())),
        })
    }

    /// Returns the IPv6 address the certificate must be for, if the host is one: as a literal it cannot be given
    /// to the protocol library.
    pub(super) fn pinned(&self) -> Option<ServerName<'static>> {
        let address: std::net::Ipv6Addr = self.host.parse().ok()?;
        Some(ServerName::from(std::net::IpAddr::V6(address)))
    }

    /// Returns the URL for the protocol library, which opens no socket of its own.
    pub(super) fn library_url(&self) -> String {
        if self.socket.is_some() {
            return "ldapi:///".to_owned();
        }
        let host = if self.pinned().is_some() {
            "ipv6.invalid"
        } else {
            &self.host
        };
        format!(
            "{}://{host}:{}",
            if self.tls { "ldaps" } else { "ldap" },
            self.port
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_checked() {
        let address = |text: &str| {
            Address::parse(text)
                .map(|address| (address.host, address.port, address.tls))
                .ok()
        };
        assert_eq!(
            address("ldaps://a.example"),
            Some(("a.example".to_owned(), 636, true))
        );
        assert_eq!(
            address("ldap://127.0.0.1:3389/"),
            Some(("127.0.0.1".to_owned(), 3389, false))
        );
        assert_eq!(
            address("ldaps://[::1]:1636"),
            Some(("::1".to_owned(), 1636, true))
        );
        for text in [
            "ldap:///",
            "ldap:foo",
            "",
            "http://a",
            "ldap://",
            "ldap://u:p@a",
            "ldap://a/dc=x",
            "ldap://a?x",
            "ldapi:///",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
        let socket = Address::parse("ldapi://%2Frun%2Fmy%20slapd%2Fldapi").unwrap();
        assert_eq!(
            (socket.to_string().as_str(), socket.library_url().as_str()),
            ("/run/my slapd/ldapi", "ldapi:///")
        );
        assert_eq!(address("ldapi://host"), None);
        assert_eq!(
            Address::parse("ldaps://[::1]").unwrap().library_url(),
            "ldaps://ipv6.invalid:636"
        );
    }
}
