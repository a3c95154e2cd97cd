//! Values that do not lie in the clear beside everything else: what is kept for people, and writes with marked values
//! that are under way.
//!
//! They are sealed with AES-256-GCM under a key that is derived from the store's seed (HMAC-SHA-256, RFC 2104), each
//! bound to what it belongs to. The seed is made with the store and never leaves it but in a copy of the whole store:
//! who has only a table, a log or an export has no value; who has the whole store has them all.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::failure::{Failure, damaged};
use crate::{model::Seed, store::Error};

/// How a sealed text begins: no text that is not sealed is written with it.
const PREFIX: &str = "sealed 1:";
/// What the key is derived for.
const PURPOSE: &[u8] = b"usher sealed values 1";

/// Seals and opens.
pub(super) struct Sealer(RandomizedNonceKey);

impl Sealer {
    /// Derives the key.
    pub(super) fn of(seed: &Seed) -> Result<Self, Failure> {
        let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &seed.0), PURPOSE);
        let key = RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| refused())?;
        Ok(Self(key))
    }

    /// Seals a text that belongs to something.
    pub(super) fn seal(&self, of: &[u8], text: &str) -> Result<String, Failure> {
        let mut octets = text.as_bytes().to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(of), &mut octets)
            .map_err(|_| refused())?;
        let mut whole = nonce.as_ref().to_vec();
        whole.append(&mut octets);
        Ok(format!("{PREFIX}{}", BASE64_STANDARD.encode(whole)))
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
        let mut octets = whole.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&whole).map_err(|_| broken())?;
        let opened = self
            .0
            .open_in_place(nonce, Aad::from(of), &mut octets)
            .map_err(|_| broken())?;
        String::from_utf8(opened.to_vec()).map_err(|_| broken())
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
        assert_eq!(
            own.open(b"ana", "of an earlier store").unwrap(),
            "of an earlier store"
        );
    }
}
