//! The file as a stream of UTF-8 bytes.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8};

const CHUNK: usize = 1 << 16;

/// Decodes a file while it is read.
pub(super) struct Text<R> {
    source: R,
    /// `None` for UTF-8, which is handed on as it is.
    decoder: Option<Decoder>,
    undecoded: Vec<u8>,
    decoded: Vec<u8>,
    at: usize,
    ended: bool,
    bytes: u64,
    malformed: bool,
}

impl<R: Read> Text<R> {
    /// Wraps a source that stands after the byte order mark.
    pub(super) fn new(source: R, encoding: &'static Encoding) -> Self {
        Self {
            source,
            decoder: (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling()),
            undecoded: Vec::new(),
            decoded: Vec::new(),
            at: 0,
            ended: false,
            bytes: 0,
            malformed: false,
        }
    }

    /// Returns how many bytes of the file were read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reports whether something could not be decoded and was replaced.
    pub(super) fn malformed(&self) -> bool {
        self.malformed
    }

    fn decode_more(&mut self) -> io::Result<()> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(());
        };
        self.at = 0;
        self.decoded.resize(CHUNK * 3 + 16, 0);
        let mut written = 0;
        while written == 0 && !self.ended {
            self.undecoded.resize(CHUNK, 0);
            let length = read_some(&mut self.source, &mut self.undecoded)?;
            self.bytes += length as u64;
            self.ended = length == 0;
            let (_, _, produced, malformed) =
                decoder.decode_to_utf8(&self.undecoded[..length], &mut self.decoded, self.ended);
            self.malformed |= malformed;
            written = produced;
        }
        self.decoded.truncate(written);
        Ok(())
    }
}

fn read_some(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.decoder.is_none() {
            let length = read_some(&mut self.source, buffer)?;
            self.bytes += length as u64;
            return Ok(length);
        }
        if self.at == self.decoded.len() && !self.ended {
            self.decode_more()?;
        }
        let rest = &self.decoded[self.at..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_16LE, WINDOWS_1252};

    use super::*;

    /// Hands out one byte at a time, so that every boundary is met.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn other_encodings_become_utf8() {
        let mut text = String::new();
        Text::new(&b"M\xFCller \x80"[..], WINDOWS_1252)
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "Müller €");
        let bytes: Vec<u8> = "id;李".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut text = String::new();
        Text::new(Drops(&bytes), UTF_16LE)
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "id;李");
        let mut half = Text::new(&bytes[..bytes.len() - 1], UTF_16LE);
        io::copy(&mut half, &mut io::sink()).unwrap();
        assert!(half.malformed());
    }
}
