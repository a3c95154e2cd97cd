//! Where a stream of CSV stands with respect to quotes.

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// Watches a stream of CSV: the `csv` crate takes a file that ends inside a quoted field for a whole one, which must
/// not pass for a complete read, and a line end inside quotes is none.
#[derive(Debug)]
pub(super) struct Quotes {
    separator: u8,
    previous: u8,
    state: Quote,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    Outside,
    Inside,
    /// After a quote inside a field: it ends the field unless another follows.
    Pending,
}

impl Quotes {
    /// Begins at the start of a file.
    pub(super) fn new(separator: u8) -> Self {
        Self {
            separator,
            previous: b'\n',
            state: Quote::Outside,
        }
    }

    /// Reports whether the stream ended inside a quoted field.
    pub(super) fn ends_inside(&self) -> bool {
        self.state == Quote::Inside
    }

    /// Reports whether what follows is certainly outside quotes.
    pub(super) fn is_outside(&self) -> bool {
        self.state == Quote::Outside
    }

    /// Reports whether the last byte ended a line.
    pub(super) fn ends_with_newline(&self) -> bool {
        matches!(self.previous, b'\n' | b'\r')
    }

    /// Takes the bytes that follow; returns how many of them are up to the last quote.
    pub(super) fn watch(&mut self, bytes: &[u8]) -> usize {
        let Some(last) = bytes.last() else { return 0 };
        let mut at = 0;
        let mut up_to = 0;
        if self.state == Quote::Pending {
            self.state = Quote::Outside;
            if bytes[0] == b'"' {
                self.state = Quote::Inside;
                (at, up_to) = (1, 1);
            }
        }
        while let Some(place) = next_quote(bytes, at) {
            at = place + 1;
            match self.state {
                Quote::Inside => match bytes.get(at) {
                    Some(b'"') => at += 1,
                    Some(_) => self.state = Quote::Outside,
                    None => self.state = Quote::Pending,
                },
                Quote::Outside | Quote::Pending => {
                    let before = place.checked_sub(1).map_or(self.previous, |before| bytes[before]);
                    // anywhere else a quote is a character like any other
                    if before == self.separator || matches!(before, b'\n' | b'\r') {
                        self.state = Quote::Inside;
                    }
                }
            }
            up_to = at;
        }
        self.previous = *last;
        up_to
    }
}

/// Finds the next quote, block by block: nearly all blocks have none.
fn next_quote(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    for block in bytes[from..].chunks(BLOCK) {
        if block.contains(&b'"') {
            let place = block.iter().position(|byte| *byte == b'"')?;
            return Some(at + place);
        }
        at += block.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let mut whole = Quotes::new(b',');
            let last = text.rfind('"').map_or(0, |place| place + 1);
            assert_eq!(whole.watch(text.as_bytes()), last, "{text:?}");
            assert_eq!(whole.ends_inside(), open, "{text:?}");
            // every boundary is met
            let mut drops = Quotes::new(b',');
            text.as_bytes().chunks(1).for_each(|byte| {
                drops.watch(byte);
            });
            assert_eq!(drops.ends_inside(), open, "{text:?}");
        }
    }

    #[test]
    fn quotes_are_found_across_blocks() {
        let mut text = vec![b'x'; 300];
        text[200] = b'"';
        assert_eq!(next_quote(&text, 0), Some(200));
        assert_eq!(next_quote(&text, 200), Some(200));
        assert_eq!(next_quote(&text, 201), None);
    }
}
