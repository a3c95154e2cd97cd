//! The file in pieces of whole rows, so that several can be taken apart at a time.

use std::io::{self, Read};

use super::{layout::line_ends, quotes::Quotes, text::Text};

/// How much is read at a time.
const BLOCK: usize = 1 << 18;

/// A piece of the file: whole rows, and whatever ends the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: Vec<u8>,
    /// The line the piece begins with.
    pub(super) line: u64,
}

/// Cuts a stream of text into pieces.
pub(super) struct Pieces<R> {
    text: Text<R>,
    pub(super) quotes: Quotes,
    /// What is read and belongs to the next piece.
    rest: Vec<u8>,
    line: u64,
    size: usize,
}

impl<R: Read> Pieces<R> {
    /// Cuts pieces of about `size` bytes.
    pub(super) fn new(text: Text<R>, separator: u8, size: usize) -> Self {
        Self {
            text,
            quotes: Quotes::new(separator),
            rest: Vec::new(),
            line: 1,
            size,
        }
    }

    /// Returns the text the pieces are cut from.
    pub(super) fn text(&self) -> &Text<R> {
        &self.text
    }

    /// Returns the next piece; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        let mut text = std::mem::take(&mut self.rest);
        text.reserve(self.size + BLOCK);
        let mut up_to = 0;
        loop {
            let begin = text.len();
            let wanted = self.size.saturating_sub(begin).max(BLOCK.min(self.size));
            let length = (&mut self.text).take(wanted as u64).read_to_end(&mut text)?;
            if length == 0 {
                break;
            }
            match self.quotes.watch(&text[begin..]) {
                0 => {}
                more => up_to = begin + more,
            }
            if text.len() >= self.size && self.quotes.is_outside() {
                // after the last quote every line end is the end of a row
                let end = text[up_to..].iter().rposition(|byte| *byte == b'\n');
                if let Some(end) = end {
                    self.rest = text.split_off(up_to + end + 1);
                    break;
                }
            }
        }
        if text.is_empty() {
            return Ok(None);
        }
        let line = self.line;
        self.line += line_ends(&text);
        Ok(Some(Piece { text, line }))
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::UTF_8;

    use super::*;

    #[test]
    fn pieces_end_with_rows() {
        let text = "id,name\n1,\"a\nb\"\n2,\"x\"\"\n\"\"\"\n\n3,y\n4,\"z\"\n5,\"w";
        for size in 1..60 {
            let mut pieces = Pieces::new(Text::new(text.as_bytes(), UTF_8), b',', size);
            let (mut all, mut line) = (Vec::new(), 1);
            while let Some(piece) = pieces.next().unwrap() {
                assert_eq!(piece.line, line, "{size}");
                line += line_ends(&piece.text);
                let is_row_end = [
                    "id,name\n",
                    "a\nb\"\n",
                    "\"\"\"\n",
                    "\n\n",
                    "3,y\n",
                    "\"z\"\n",
                    "\"w",
                ]
                .iter()
                .any(|end| piece.text.ends_with(end.as_bytes()))
                    || piece.text == b"\n";
                assert!(is_row_end, "{size}: {:?}", String::from_utf8_lossy(&piece.text));
                all.extend(piece.text);
            }
            assert_eq!(all, text.as_bytes(), "{size}");
            assert!(pieces.quotes.ends_inside());
        }
    }
}
