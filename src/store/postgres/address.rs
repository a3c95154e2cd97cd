//! Where the store of a team is: `postgres://user@host:port/database?sslmode=…&schema=…`.

use std::{fmt, net::IpAddr, path::PathBuf, sync::Arc};

use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::config::{ChannelBinding, SslMode};
use url::Url;

use super::pgpass;
use crate::store::Error;

/// Where the tables are unless the address says otherwise.
const SCHEMA: &str = "usher";
/// The port of `PostgreSQL`.
const PORT: u16 = 5432;

/// Why an address cannot be used. Never holds the password.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AddressError {
    /// It is no address.
    #[error("{0}; write it as postgres://user@host/database")]
    Form(String),
    /// A parameter is not known.
    #[error(
        "`{0}` is not known here: there are `sslmode`, `sslrootcert`, `schema` and `host` (instead of the one before: a folder with a socket)"
    )]
    Parameter(String),
    /// A parameter has a value that cannot be used.
    #[error("`{0}` cannot be {1:?}: {2}")]
    Value(&'static str, String, &'static str),
}

/// Where the store of a team is.
#[derive(Clone)]
pub struct Address {
    /// A name, an IP address, or a folder with a socket.
    host: String,
    port: u16,
    user: String,
    database: String,
    schema: String,
    password: Option<SecretString>,
    encrypted: bool,
    authorities: Option<PathBuf>,
    tls: Option<Arc<rustls::ClientConfig>>,
    trusts_callers_clock: bool,
}

impl Address {
    /// Reads an address. A connection to another machine is encrypted, and the certificate has to be for the host,
    /// unless `sslmode=disable` says otherwise: the weaker modes of libpq (`allow`, `prefer`, and `require` without
    /// verification) protect from nobody who is in between, so `require` and `verify-ca` mean `verify-full` here.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let form = |why: &str| AddressError::Form(why.to_owned());
        let url = Url::parse(text).map_err(|error| form(&error.to_string()))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(form("it does not begin with postgres://"));
        }
        let decoded = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8()
                .map(std::borrow::Cow::into_owned)
                .map_err(|_| form("it is not UTF-8"))
        };
        let database = decoded(url.path().trim_start_matches('/'))?;
        let user = decoded(url.username())?;
        if database.is_empty() || user.is_empty() {
            return Err(form("it names no user or no database"));
        }
        let mut address = Self {
            host: decoded(url.host_str().unwrap_or_default())?
                .trim_matches(['[', ']'])
                .to_owned(),
            port: url.port().unwrap_or(PORT),
            user,
            database,
            schema: SCHEMA.to_owned(),
            password: url.password().map(decoded).transpose()?.map(SecretString::from),
            encrypted: false,
            authorities: None,
            tls: None,
            trusts_callers_clock: false,
        };
        let mut mode = None;
        for (name, value) in url.query_pairs() {
            match &*name {
                "sslmode" => mode = Some(encrypts(&value)?),
                "sslrootcert" => address.authorities = Some(PathBuf::from(&*value)),
                "schema" => address.schema = schema(&value)?,
                "host" => address.host = value.into_owned(),
                _ => return Err(AddressError::Parameter(name.into_owned())),
            }
        }
        if address.host.is_empty() {
            return Err(form("it names no host"));
        }
        address.encrypted = mode.unwrap_or(!address.is_local());
        Ok(address)
    }

    /// Reports whether the connection is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Returns the file of authorities whose certificates are trusted instead of the system's.
    pub fn authorities(&self) -> Option<&std::path::Path> {
        self.authorities.as_deref()
    }

    /// Says how it is encrypted.
    #[must_use]
    pub fn with_tls(mut self, tls: Arc<rustls::ClientConfig>) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Gives the password, if the address has none.
    #[must_use]
    pub fn with_password(mut self, password: SecretString) -> Self {
        self.password.get_or_insert(password);
        self
    }

    /// Takes the password that is kept for it where libpq looks: the environment variable `PGPASSWORD`, then the
    /// file that `PGPASSFILE` names, else `~/.pgpass`.
    #[must_use]
    pub fn with_kept_password(self) -> Self {
        match pgpass::find(&self.host, self.port, &self.database, &self.user) {
            Some(password) => self.with_password(password),
            None => self,
        }
    }

    /// Lets leases go by the clock of the caller.
    #[cfg(test)]
    pub(super) fn trusting_callers_clock(mut self) -> Self {
        self.trusts_callers_clock = true;
        self
    }

    /// Puts the tables elsewhere.
    #[cfg(test)]
    pub(super) fn in_schema(mut self, schema: &str) -> Self {
        schema.clone_into(&mut self.schema);
        self
    }

    pub(super) fn trusts_callers_clock(&self) -> bool {
        self.trusts_callers_clock
    }

    /// Returns the namespace of the tables: a plain name that needs no quotes.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    pub(super) fn tls(&self) -> Option<Arc<rustls::ClientConfig>> {
        self.tls.clone().filter(|_| self.encrypted)
    }

    /// Returns what the driver wants to know.
    pub(super) fn config(&self) -> Result<tokio_postgres::Config, Error> {
        if self.encrypted && self.tls.is_none() {
            return Err(Error::Open {
                path: self.to_string(),
                reason: "its connection is to be encrypted, and nobody said how".to_owned(),
            });
        }
        let mut config = tokio_postgres::Config::new();
        config
            .user(&self.user)
            .dbname(&self.database)
            .port(self.port)
            .keepalives_idle(std::time::Duration::from_secs(20))
            .tcp_user_timeout(std::time::Duration::from_secs(20))
            .channel_binding(ChannelBinding::Prefer)
            .ssl_mode(if self.encrypted {
                SslMode::Require
            } else {
                SslMode::Disable
            });
        if self.host.starts_with('/') {
            config.host_path(&self.host);
        } else {
            config.host(&self.host);
        }
        if let Some(password) = &self.password {
            config.password(password.expose_secret());
        }
        Ok(config)
    }

    fn is_local(&self) -> bool {
        self.host.starts_with('/')
            || self.host == "localhost"
            || self
                .host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

fn encrypts(mode: &str) -> Result<bool, AddressError> {
    match mode {
        "disable" => Ok(false),
        "require" | "verify-ca" | "verify-full" => Ok(true),
        other => Err(AddressError::Value(
            "sslmode",
            other.to_owned(),
            "it is `verify-full` or `disable`",
        )),
    }
}

fn schema(name: &str) -> Result<String, AddressError> {
    let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.len() < 64
        && name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if is_plain && !name.starts_with("pg_") {
        return Ok(name.to_owned());
    }
    Err(AddressError::Value(
        "schema",
        name.to_owned(),
        "it is a name of lower-case letters, digits and _",
    ))
}

/// The address without its password.
impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            user,
            host,
            port,
            database,
            ..
        } = self;
        if host.starts_with('/') {
            return write!(formatter, "postgres://{user}@localhost/{database}?host={host}");
        }
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        write!(formatter, "postgres://{user}@{host}")?;
        if *port != PORT {
            write!(formatter, ":{port}")?;
        }
        write!(formatter, "/{database}")?;
        if self.schema != SCHEMA {
            write!(formatter, "?schema={}", self.schema)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_shown() {
        let address = Address::parse("postgres://ana:p%40ss@db.example.org:6432/usher?schema=prod").unwrap();
        for shown in [address.to_string(), format!("{address:?}")] {
            assert!(!shown.contains("p@ss") && !shown.contains("p%40ss"), "{shown}");
        }
        assert_eq!(
            address.to_string(),
            "postgres://ana@db.example.org:6432/usher?schema=prod"
        );
        assert_eq!(address.password.unwrap().expose_secret(), "p@ss");
    }

    #[test]
    fn what_goes_over_the_network_is_encrypted() {
        for (text, encrypted) in [
            ("postgres://u@db/x", true),
            ("postgres://u@db/x?sslmode=disable", false),
            ("postgres://u@10.0.0.1/x?sslmode=require", true),
            ("postgres://u@127.0.0.1/x", false),
            ("postgres://u@[::1]:1/x", false),
            ("postgres://u@localhost/x?sslmode=verify-full", true),
            ("postgresql://u@localhost/x?host=/run/postgresql", false),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.is_encrypted(), encrypted, "{text}");
            // without somebody who says how, nothing is sent in the clear
            assert_eq!(address.config().is_err(), encrypted, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "mysql://u@h/d",
            "postgres://h/d",
            "postgres://u@h",
            "postgres://u@/d",
            "postgres://u@h/d?sslmode=prefer",
            "postgres://u@h/d?sslmod=disable",
            "postgres://u@h/d?schema=a;b",
            "postgres://u@h/d?schema=Prod",
            "postgres://u@h/d?schema=pg_temp",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}
