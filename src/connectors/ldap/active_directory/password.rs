//! How a password is sent (MS-ADTS, section 3.1.1.3.1.5): in quotes, in UTF-16, low octet first.

use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing};

/// Returns the octets of a password; they are wiped when dropped.
pub(in super::super) fn encoded(password: &SecretString) -> Zeroizing<Vec<u8>> {
    let text = password.expose_secret();
    // grown once, so that no copy is left behind
    let mut octets = Zeroizing::new(Vec::with_capacity(2 * text.len() + 4));
    let quote = std::iter::once(u16::from(b'"'));
    for unit in quote.clone().chain(text.encode_utf16()).chain(quote) {
        octets.extend(unit.to_le_bytes());
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_stands_in_quotes() {
        let octets = encoded(&SecretString::from("pÄ😀"));
        assert_eq!(
            *octets,
            [0x22, 0, b'p', 0, 0xC4, 0, 0x3D, 0xD8, 0x00, 0xDE, 0x22, 0]
        );
    }
}
