//! A checksum that is cheap enough for a hundred thousand operations before the first screen is painted.
//!
//! It finds what disks do, not what people do: whoever can write to the store can compute it. Eight octets at a time
//! go through a step that can be undone, so a change within eight octets is always found, and any other but once in
//! 2⁶⁴.

/// Octets of a checksum.
pub(super) const LENGTH: usize = 8;

/// Computes the checksum of octets that belong to something (its fingerprint): those of another have another one.
pub(super) fn checksum(of: &[u8], octets: &[u8]) -> [u8; LENGTH] {
    let mut state = 0x7573_6872_6368_6563;
    for part in [of, octets] {
        let (words, rest) = part.as_chunks::<8>();
        for word in words {
            state = step(state, u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        state = step(state, u64::from_le_bytes(last));
        state = step(state, part.len() as u64);
    }
    state.to_le_bytes()
}

fn step(state: u64, word: u64) -> u64 {
    // an odd factor: no two states meet
    (state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_bit_changes_it() {
        let octets: Vec<u8> = (0..41).collect();
        let sound = checksum(b"one", &octets);
        for bit in 0..octets.len() * 8 {
            let mut damaged = octets.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(checksum(b"one", &damaged), sound, "{bit}");
        }
        assert_ne!(checksum(b"two", &octets), sound);
        assert_ne!(checksum(b"one", &octets[..40]), sound);
    }
}
