//! Values that do not lie in the clear beside everything else: what is kept for people; marked values of operations
//! and of writes that are under way; reads of systems with marked attributes, and the people made of such.
//!
//! They are sealed with AES-256-GCM under a key that is derived from the store's seed (HMAC-SHA-256, RFC 2104), each
//! bound to what it belongs to. The seed is made with the store and never leaves it but in a copy of the whole store:
//! who has only a table, a log or an export has no value; who has the whole store has them all.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{
    connection::Connection,
    failure::{Failure, damaged},
    memory,
};
use crate::{model::Seed, store::Error};

/// How a sealed text begins: no text that is not sealed is written with it.
const PREFIX: &str = "sealed 1:";
/// What the key is derived for.
const PURPOSE: &[u8] = b"usher sealed values 1";

/// Seals and opens.
pub(super) struct Sealer(RandomizedNonceKey);

impl Sealer {
    /// Derives the key of a store.
    pub(super) fn stored(connection: &Connection) -> Result<Self, Failure> {
        Self::of(&memory::seed(connection)?)
    }

    /// Derives the key.
    pub(super) fn of(seed: &Seed) -> Result<Self, Failure> {
        let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &seed.0), PURPOSE);
        let key = RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| refused())?;
        Ok(Self(key))
    }

    /// Seals octets that belong to something.
    pub(super) fn seal_octets(&self, of: &[u8], mut octets: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(of), &mut octets)
            .map_err(|_| refused())?;
        octets.extend_from_slice(nonce.as_ref());
        Ok(octets)
    }

    /// Opens sealed octets; `None` if they are not those that were sealed for the same thing by the same store.
    pub(super) fn open_octets(&self, of: &[u8], mut octets: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = octets.split_off(octets.len().checked_sub(NONCE_LEN)?);
        let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
        let opened = self.0.open_in_place(nonce, Aad::from(of), &mut octets).ok()?;
        let length = opened.len();
        octets.truncate(length);
        Some(octets)
    }

    /// Seals a text that belongs to something.
    pub(super) fn seal(&self, of: &[u8], text: &str) -> Result<String, Failure> {
        let mut sealed = self.seal_octets(of, text.as_bytes().to_vec())?;
        // in a text the nonce stands first
        sealed.rotate_right(NONCE_LEN);
        Ok(format!("{PREFIX}{}", BASE64_STANDARD.encode(sealed)))
    }

    /// Opens a sealed text. One that is not sealed, of an earlier store, is returned as it is.
    pub(super) fn open(&self, of: &[u8], text: &str) -> Result<String, Failure> {
        let Some(sealed) = text.strip_prefix(PREFIX) else {
            return Ok(text.to_owned());
        };
        let broken = || Failure::from(damaged("a sealed value cannot be opened"));
        let mut whole = BASE64_STANDARD.decode(sealed).map_err(|_| broken())?;
        if whole.len() < NONCE_LEN {
            return Err(broken());
        }
        whole.rotate_left(NONCE_LEN);
        let opened = self.open_octets(of, whole).ok_or_else(broken)?;
        String::from_utf8(opened).map_err(|_| broken())
    }
}

/// Reports whether a text is sealed.
pub(super) fn is_sealed(text: &str) -> bool {
    text.starts_with(PREFIX)
}

fn refused() -> Failure {
    Error::Database {
        what: "seal a value",
        reason: "the operating system gives no random bytes: try again".to_owned(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_by_the_same_store_for_the_same_thing() {
        let (own, other) = (
            Sealer::of(&Seed([1; 32])).unwrap(),
            Sealer::of(&Seed([2; 32])).unwrap(),
        );
        let sealed = own.seal(b"ana", "+49 30 1234").unwrap();
        assert!(is_sealed(&sealed) && !sealed.contains("1234"));
        assert_ne!(
            own.seal(b"ana", "+49 30 1234").unwrap(),
            sealed,
            "equal values look different"
        );
        assert_eq!(own.open(b"ana", &sealed).unwrap(), "+49 30 1234");
        assert!(own.open(b"ben", &sealed).is_err());
        assert!(other.open(b"ana", &sealed).is_err());
        for broken in [
            "sealed 1:",
            "sealed 1:!",
            "sealed 1:AAAA",
            &sealed[..sealed.len() - 4],
        ] {
            assert!(own.open(b"ana", broken).is_err(), "{broken}");
        }
        let octets = own.seal_octets(b"ana", b"+49 30 1234".to_vec()).unwrap();
        assert!(!octets.windows(4).any(|part| part == b"1234"));
        assert_eq!(own.open_octets(b"ana", octets.clone()).unwrap(), b"+49 30 1234");
        assert_eq!(own.open_octets(b"ben", octets.clone()), None);
        assert_eq!(other.open_octets(b"ana", octets.clone()), None);
        for cut in 0..octets.len() {
            assert_eq!(own.open_octets(b"ana", octets[..cut].to_vec()), None, "{cut}");
        }
        assert_eq!(
            own.open(b"ana", "of an earlier store").unwrap(),
            "of an earlier store"
        );
    }
}
