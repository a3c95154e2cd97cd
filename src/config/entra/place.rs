//! Places in a JSON text: a path such as `synchronizationRules[0].name` → the line it begins on.

/// Returns the line, from 1, on which the value at a path begins; the nearest one above if the path leads nowhere.
pub(super) fn line_of(text: &str, path: &str) -> usize {
    let mut scanner = Scanner {
        octets: text.as_bytes(),
        at: 0,
    };
    scanner.blanks();
    for step in steps(path) {
        let inside = match step {
            Step::Key(key) => scanner.enter_object(key),
            Step::Index(index) => scanner.enter_array(index),
        };
        if inside.is_none() {
            break;
        }
    }
    text.get(..scanner.at).unwrap_or(text).matches('\n').count() + 1
}

enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

/// Takes a path apart. Keys of a schema have neither dots nor brackets.
fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    path.split(['.', '['])
        .filter(|step| !step.is_empty() && *step != "$")
        .map(
            |step| match step.strip_suffix(']').and_then(|index| index.parse().ok()) {
                Some(index) => Step::Index(index),
                None => Step::Key(step),
            },
        )
}

/// Walks over a text that is known to be JSON.
struct Scanner<'t> {
    octets: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.octets.get(self.at).copied()
    }

    fn eat(&mut self, octet: u8) -> bool {
        self.blanks();
        let found = self.peek() == Some(octet);
        self.at += usize::from(found);
        self.blanks();
        found
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|octet| octet.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Goes to the value of a key; stays where it is if there is none.
    fn enter_object(&mut self, key: &str) -> Option<()> {
        let start = self.at;
        if self.eat(b'{') {
            while self.peek() == Some(b'"') {
                let from = self.at;
                self.string();
                let found = self.octets.get(from + 1..self.at.saturating_sub(1));
                self.eat(b':');
                if found == Some(key.as_bytes()) {
                    return Some(());
                }
                self.value();
                self.eat(b',');
            }
        }
        self.at = start;
        None
    }

    /// Goes to an item of a list; stays where it is if there are fewer.
    fn enter_array(&mut self, index: usize) -> Option<()> {
        let start = self.at;
        if self.eat(b'[') {
            for _ in 0..index {
                self.value();
                if !self.eat(b',') {
                    self.at = start;
                    return None;
                }
            }
            return Some(());
        }
        None
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(octet) = self.peek() {
            self.at += match octet {
                b'\\' => 2,
                _ => 1,
            };
            if octet == b'"' {
                return;
            }
        }
    }

    /// Skips a value: what is open is counted, so that depth costs nothing.
    fn value(&mut self) {
        let mut open = 0_usize;
        while let Some(octet) = self.peek() {
            match octet {
                b'"' => self.string(),
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' if open > 0 => {
                    open -= 1;
                    self.at += 1;
                }
                b',' | b'}' | b']' if open == 0 => break,
                _ => self.at += 1,
            }
        }
        self.blanks();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_lines() {
        let text = "{\n \"a\": [1,\n  {\"x\": \"}\\\"\",\n \"b\": 2}],\n \"c\": null\n}";
        for (path, line) in [
            ("$", 1),
            ("a", 2),
            ("a[0]", 2),
            ("a[1]", 3),
            ("a[1].b", 4),
            ("c", 5),
            ("a[7]", 2),
            ("nothing", 1),
        ] {
            assert_eq!(line_of(text, path), line, "{path}");
        }
    }

    #[test]
    fn a_text_that_ends_early_is_no_panic() {
        for text in ["", "{", "{\"a", "{\"a\\", "[[[", "{\"a\":"] {
            assert!(line_of(text, "a[3].b") <= 1);
        }
    }
}
