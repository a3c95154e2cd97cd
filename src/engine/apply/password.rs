//! First passwords: drawn at random, by the policy `initial`.

use aws_lc_rs::rand;
use secrecy::{SecretString, zeroize::Zeroizing};

/// How many signs a password has: more than the policy of a domain can demand in its usual settings, and about 140 bits.
const LENGTH: usize = 24;

/// The kinds of signs, at least one of each; without those that are taken for each other when read aloud or typed.
const KINDS: [&[u8]; 4] = [
    b"ABCDEFGHJKLMNPQRSTUVWXYZ",
    b"abcdefghijkmnopqrstuvwxyz",
    b"23456789",
    b"-_.!#%+=@",
];

/// The random source of the machine gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no random numbers can be had from this machine: try again")]
pub(super) struct NoRandomness;

/// Draws a password.
pub(super) fn draw() -> Result<SecretString, NoRandomness> {
    loop {
        let mut password = Zeroizing::new(String::with_capacity(LENGTH));
        for place in 0..LENGTH {
            // a letter in front: some programs take other signs there for something else
            let kinds = if place == 0 { &KINDS[..1] } else { &KINDS[..] };
            password.push(char::from(pick(&kinds.concat())?));
        }
        // drawn anew as a whole, so that no sign is more likely at some place
        if KINDS
            .iter()
            .all(|kind| password.bytes().any(|sign| kind.contains(&sign)))
        {
            return Ok(SecretString::from(password.as_str()));
        }
    }
}

fn pick(signs: &[u8]) -> Result<u8, NoRandomness> {
    let at = below(signs.len())?;
    signs.get(at).copied().ok_or(NoRandomness)
}

/// Draws a number below a limit of at most 256, each as likely as the others.
fn below(limit: usize) -> Result<usize, NoRandomness> {
    let fair = 256 - 256 % limit;
    loop {
        let mut octet = [0];
        rand::fill(&mut octet).map_err(|_| NoRandomness)?;
        let number = usize::from(octet[0]);
        if number < fair {
            return Ok(number % limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn passwords_satisfy_common_policies_and_are_never_the_same() {
        let mut seen = HashSet::new();
        for _ in 0..500 {
            let password = draw().unwrap();
            let text = password.expose_secret();
            assert_eq!(text.len(), LENGTH);
            assert!(text.starts_with(|sign: char| sign.is_ascii_uppercase()));
            for kind in KINDS {
                assert!(text.bytes().any(|sign| kind.contains(&sign)), "{text}");
            }
            assert!(seen.insert(text.to_owned()));
        }
    }

    #[test]
    fn nothing_shows_a_password() {
        let password = draw().unwrap();
        assert!(!format!("{password:?}").contains(password.expose_secret()));
    }
}
