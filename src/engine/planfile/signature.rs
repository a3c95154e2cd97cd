//! SSH signatures on plan files, as `ssh-keygen -Y sign` makes them (OpenSSH, PROTOCOL.sshsig).
//!
//! Only checked here: the key stays with whoever signs, in a file, an agent or a hardware token.

mod key;
mod wire;

use std::fmt;

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::STANDARD_NO_PAD};
use jiff::{Timestamp, tz::TimeZone};

use self::{key::PublicKey, wire::Wire};
use super::{NAMESPACE, Signed, signers};

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
const MAGIC: &[u8] = b"SSHSIG";
/// No signature is as long as this (RSA with 16,384 bits takes a quarter of it).
const LONGEST: usize = 16 * 1024;

/// Why a signature does not count. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is none.
    #[error(
        "the signature cannot be read ({0}): sign the plan file again with `usher approve --plan FILE --sign KEY`"
    )]
    Unreadable(String),
    /// It was made for something else.
    #[error(
        "the signature was made for “{0}”, not for plan files: sign with `ssh-keygen -Y sign -n {NAMESPACE} -f KEY FILE`"
    )]
    Namespace(String),
    /// The key or its kind is not supported.
    #[error("the signature's key cannot be used ({0}): sign with an Ed25519, ECDSA or RSA key")]
    Key(String),
    /// It does not fit the file.
    #[error("the signature by {0} is not of this plan file: the file was altered after it was signed")]
    Altered(String),
    /// Nobody who may sign has that key.
    #[error(
        "nobody who may approve has the key {key} ({reason}): add it to the `allowed_signers` file if it may"
    )]
    Unknown {
        /// The key.
        key: String,
        /// What was found instead.
        reason: String,
    },
}

/// Somebody who may sign, and has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    principal: String,
    key: String,
}

impl Signer {
    /// Returns who it is, as the `allowed_signers` file says.
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// Returns the fingerprint of the key: `SHA256:…`.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SSH key {})", self.principal, self.key)
    }
}

/// Checks a signature on a message: made for plan files, of this message, by somebody who may sign at `now`.
pub fn verify(message: &[u8], signed: &Signed, now: Timestamp) -> Result<Signer, Error> {
    let signature = Signature::parse(&signed.signature)?;
    if signature.namespace != NAMESPACE.as_bytes() {
        let namespace = String::from_utf8_lossy(&signature.namespace).into_owned();
        return Err(Error::Namespace(namespace));
    }
    let key = fingerprint(&signature.key);
    signature.check(message, &key)?;
    let principal =
        signers::find(&signed.signers, &signature.key, now, &TimeZone::system()).map_err(|reason| {
            Error::Unknown {
                key: key.clone(),
                reason,
            }
        })?;
    Ok(Signer { principal, key })
}

/// Returns the fingerprint of a public key as OpenSSH shows it.
fn fingerprint(key: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(digest(&SHA256, key)))
}

struct Signature {
    key: Vec<u8>,
    namespace: Vec<u8>,
    hash: Vec<u8>,
    /// What the key made.
    made: Vec<u8>,
}

impl Signature {
    fn parse(text: &str) -> Result<Self, Error> {
        let unreadable = |reason: &str| Error::Unreadable(reason.to_owned());
        if text.len() > LONGEST {
            return Err(unreadable("it is too long"));
        }
        let inner = text
            .trim()
            .strip_prefix(BEGIN)
            .and_then(|text| text.strip_suffix(END))
            .ok_or_else(|| unreadable("it does not begin and end as an SSH signature"))?;
        let compact: String = inner.split_ascii_whitespace().collect();
        let blob = STANDARD
            .decode(compact)
            .map_err(|error| Error::Unreadable(error.to_string()))?;
        let parse = || {
            let mut wire = Wire::new(blob.strip_prefix(MAGIC)?);
            let version = wire.number()?;
            let key = wire.string()?.to_vec();
            let namespace = wire.string()?.to_vec();
            let _reserved = wire.string()?;
            let hash = wire.string()?.to_vec();
            let made = wire.string()?.to_vec();
            (version == 1 && wire.is_empty()).then_some(Self {
                key,
                namespace,
                hash,
                made,
            })
        };
        parse().ok_or_else(|| unreadable("its parts do not fit together"))
    }

    fn check(&self, message: &[u8], key: &str) -> Result<(), Error> {
        let hashed = match self.hash.as_slice() {
            b"sha512" => digest(&SHA512, message),
            b"sha256" => digest(&SHA256, message),
            _ => {
                return Err(Error::Unreadable(
                    "its hash is neither SHA-256 nor SHA-512".to_owned(),
                ));
            }
        };
        let mut signed = MAGIC.to_vec();
        for part in [&self.namespace, &[][..], &self.hash, hashed.as_ref()] {
            wire::put_string(&mut signed, part);
        }
        let public = PublicKey::parse(&self.key).map_err(Error::Key)?;
        match public.verifies(&signed, &self.made) {
            Some(true) => Ok(()),
            Some(false) => Err(Error::Altered(key.to_owned())),
            None => Err(Error::Unreadable("its signature does not fit its key".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests;
