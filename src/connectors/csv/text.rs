//! The file as a stream of UTF-8 bytes that remembers how it ended.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8};

const CHUNK: usize = 1 << 16;

/// Decodes a file while it is read, and watches quotes and the last byte: the `csv` crate takes a file that ends
/// inside a quoted field for a whole one, which must not pass for a complete read.
pub(super) struct Text<R> {
    source: R,
    /// `None` for UTF-8, which is handed on as it is.
    decoder: Option<Decoder>,
    undecoded: Vec<u8>,
    decoded: Vec<u8>,
    at: usize,
    ended: bool,
    separator: u8,
    previous: u8,
    quote: Quote,
    bytes: u64,
    malformed: bool,
    /// The bytes handed out last, and where they begin in the decoded stream.
    chunk: Vec<u8>,
    chunk_at: u64,
    before_chunk: u8,
}

/// Where the stream stands with respect to quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    Outside,
    Inside,
    /// After a quote inside a field: it ends the field unless another follows.
    Pending,
}

impl<R: Read> Text<R> {
    /// Wraps a source that stands after the byte order mark.
    pub(super) fn new(source: R, encoding: &'static Encoding, separator: u8) -> Self {
        Self {
            source,
            decoder: (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling()),
            undecoded: Vec::new(),
            decoded: Vec::new(),
            at: 0,
            ended: false,
            separator,
            previous: b'\n',
            quote: Quote::Outside,
            bytes: 0,
            malformed: false,
            chunk: Vec::new(),
            chunk_at: 0,
            before_chunk: b'\n',
        }
    }

    /// Returns the byte at `offset` of the decoded stream, which is one of those handed out last or the one before
    /// them.
    pub(super) fn byte_at(&self, offset: u64) -> Option<u8> {
        match offset.checked_sub(self.chunk_at) {
            Some(index) => self.chunk.get(usize::try_from(index).ok()?).copied(),
            None => (offset + 1 == self.chunk_at).then_some(self.before_chunk),
        }
    }

    /// Reports whether the stream ended inside a quoted field.
    pub(super) fn ends_in_quotes(&self) -> bool {
        self.quote == Quote::Inside
    }

    /// Reports whether the last byte ended a line.
    pub(super) fn ends_with_newline(&self) -> bool {
        matches!(self.previous, b'\n' | b'\r')
    }

    /// Returns how many bytes of the file were read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reports whether something could not be decoded and was replaced.
    pub(super) fn malformed(&self) -> bool {
        self.malformed
    }

    fn watch(&mut self, bytes: &[u8]) {
        let Some(last) = bytes.last() else { return };
        let mut at = 0;
        if self.quote != Quote::Pending && !bytes.contains(&b'"') {
            self.previous = *last;
            return;
        }
        if self.quote == Quote::Pending {
            if bytes[0] == b'"' {
                self.quote = Quote::Inside;
                at = 1;
            } else {
                self.quote = Quote::Outside;
            }
        }
        while let Some(found) = bytes[at..].iter().position(|byte| *byte == b'"') {
            let place = at + found;
            at = place + 1;
            match self.quote {
                Quote::Inside => match bytes.get(at) {
                    Some(b'"') => at += 1,
                    Some(_) => self.quote = Quote::Outside,
                    None => self.quote = Quote::Pending,
                },
                Quote::Outside | Quote::Pending => {
                    let before = if place == 0 {
                        self.previous
                    } else {
                        bytes[place - 1]
                    };
                    // anywhere else a quote is a character like any other
                    if before == self.separator || matches!(before, b'\n' | b'\r') {
                        self.quote = Quote::Inside;
                    }
                }
            }
        }
        self.previous = *last;
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
        let length = if self.decoder.is_none() {
            let length = read_some(&mut self.source, buffer)?;
            self.bytes += length as u64;
            length
        } else {
            if self.at == self.decoded.len() && !self.ended {
                self.decode_more()?;
            }
            let rest = &self.decoded[self.at..];
            let length = rest.len().min(buffer.len());
            buffer[..length].copy_from_slice(&rest[..length]);
            self.at += length;
            length
        };
        if length > 0 {
            self.before_chunk = self.previous;
            self.chunk_at += self.chunk.len() as u64;
            self.chunk.clear();
            self.chunk.extend_from_slice(&buffer[..length]);
        }
        self.watch(&buffer[..length]);
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

    fn ends_in_quotes(text: &str) -> bool {
        let whole = {
            let mut stream = Text::new(text.as_bytes(), UTF_8, b',');
            io::copy(&mut stream, &mut io::sink()).unwrap();
            stream.ends_in_quotes()
        };
        let mut stream = Text::new(Drops(text.as_bytes()), UTF_8, b',');
        io::copy(&mut stream, &mut io::sink()).unwrap();
        assert_eq!(whole, stream.ends_in_quotes(), "{text:?}");
        whole
    }

    #[test]
    fn an_open_quote_is_noticed() {
        for (text, open) in [
            ("a,b\n1,2", false),
            ("a,\"b", true),
            ("a,\"b\"", false),
            ("a,\"b\"\"", true),
            ("a,\"b\"\"\"", false),
            ("a,\"\"", false),
            ("5\" pipe,2\n", false),
            ("\"", true),
            ("a\r\n\"x\ny\",\"z", true),
        ] {
            assert_eq!(ends_in_quotes(text), open, "{text:?}");
        }
    }

    #[test]
    fn other_encodings_become_utf8() {
        let mut text = String::new();
        Text::new(&b"M\xFCller \x80"[..], WINDOWS_1252, b',')
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "Müller €");
        let bytes: Vec<u8> = "id;李".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut text = String::new();
        Text::new(Drops(&bytes), UTF_16LE, b';')
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "id;李");
        let mut half = Text::new(&bytes[..bytes.len() - 1], UTF_16LE, b';');
        io::copy(&mut half, &mut io::sink()).unwrap();
        assert!(half.malformed());
    }
}
