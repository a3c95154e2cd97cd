//! Cutting the byte stream into LDAP messages (BER, definite lengths; RFC 4511 §5.1).

/// The longest message that is read: 4 MiB.
pub const LIMIT: usize = 4 << 20;

/// What the bytes received so far hold.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message of this many bytes, header included.
    Whole(usize),
    /// Not enough bytes yet.
    Incomplete,
    /// Not LDAP, or longer than [`LIMIT`]: the connection must end.
    Invalid,
}

/// Looks for a message at the start of `bytes`.
pub fn next(bytes: &[u8]) -> Frame {
    let (Some(tag), Some(first)) = (bytes.first(), bytes.get(1)) else {
        return if bytes.first().is_none_or(|tag| *tag == 0x30) {
            Frame::Incomplete
        } else {
            Frame::Invalid
        };
    };
    if *tag != 0x30 || *first == 0x80 {
        return Frame::Invalid;
    }
    let (header, length) = if first & 0x80 == 0 {
        (2, usize::from(*first))
    } else {
        let count = usize::from(first & 0x7f);
        if count > 4 {
            return Frame::Invalid;
        }
        let Some(digits) = bytes.get(2..2 + count) else {
            return Frame::Incomplete;
        };
        (
            2 + count,
            digits
                .iter()
                .fold(0, |length, byte| (length << 8) | usize::from(*byte)),
        )
    };
    match header + length {
        total if total > LIMIT => Frame::Invalid,
        total if bytes.len() < total => Frame::Incomplete,
        total => Frame::Whole(total),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_at_their_length() {
        assert_eq!(next(&[]), Frame::Incomplete);
        assert_eq!(next(&[0x30]), Frame::Incomplete);
        assert_eq!(next(&[0x30, 2, 1]), Frame::Incomplete);
        assert_eq!(next(&[0x30, 2, 1, 1, 9]), Frame::Whole(4));
        assert_eq!(next(&[0x30, 0x82, 0, 1, 7]), Frame::Whole(5));
    }

    #[test]
    fn what_is_no_message_ends_the_connection() {
        assert_eq!(next(b"GET / HTTP/1.1"), Frame::Invalid);
        assert_eq!(next(&[0x30, 0x80, 0]), Frame::Invalid);
        assert_eq!(next(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]), Frame::Invalid);
        assert_eq!(next(&[0x30, 0x88, 1]), Frame::Invalid);
    }
}
