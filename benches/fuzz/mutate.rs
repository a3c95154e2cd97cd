//! Texts made from other texts.

use usher::expression::functions;

/// A small generator of numbers (xorshift64*).
pub struct Random(pub u64);

impl Random {
    /// Returns a number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }

    /// Returns one of several.
    pub fn one<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }
}

const PIECES: [&str; 44] = [
    "(",
    ")",
    ",",
    "[",
    "]",
    "\"",
    "\\",
    "\\\\",
    "=",
    "<>",
    ">=",
    "&HF7",
    "-1",
    "0",
    "1",
    "2",
    "9223372036854775807",
    "not ",
    " and ",
    " or ",
    " in ",
    " is ",
    "present",
    "null",
    "all ",
    "any ",
    " matches ",
    " starts with ",
    "[given]",
    "[groups]",
    "[long]",
    "[hired]",
    "\"(a+)+$\"",
    "\"(?<=a)b\"",
    "\"\\\\w{9,99}\"",
    "\"yyyy\"",
    "\"ww\"",
    "\"${x}$1\"",
    "\"Europe/Berlin\"",
    "İ",
    "ß",
    "\u{301}",
    "“",
    "\u{0}",
];

/// Makes a text out of one to four mutations of the corpus.
pub fn text(random: &mut Random, corpus: &[String]) -> String {
    let mut text: Vec<char> = random.one(corpus).chars().collect();
    for _ in 0..=random.below(3) {
        let (from, to) = stretch(random, text.len());
        match random.below(9) {
            0 => drop(text.drain(from..to)),
            1 => {
                let again = text[from..to].to_vec();
                insert(&mut text, from, again);
            }
            2 | 3 => {
                let other: Vec<char> = random.one(corpus).chars().collect();
                let (start, end) = stretch(random, other.len());
                text.splice(from..to, other[start..end].iter().copied());
            }
            4 => {
                let other: Vec<char> = random.one(corpus).chars().collect();
                text.splice(from..to, other);
            }
            5 | 6 => insert(&mut text, from, random.one(&PIECES).chars().collect()),
            7 => {
                let name = random.one(functions()).name;
                let open: Vec<char> = format!("{name}(").chars().collect();
                insert(&mut text, to, vec![')']);
                insert(&mut text, from, open);
            }
            _ => {
                let letter = char::from_u32(random.below(0x11_0000) as u32).unwrap_or('\u{fffd}');
                insert(&mut text, from, vec![letter]);
            }
        }
    }
    if random.below(400) == 0 {
        let deep = random.below(3000);
        return "Trim(".repeat(deep) + &text.iter().collect::<String>() + &")".repeat(deep);
    }
    text.into_iter().collect()
}

fn stretch(random: &mut Random, length: usize) -> (usize, usize) {
    let from = random.below(length + 1);
    let to = (from + random.below(12)).min(length);
    (from, to)
}

fn insert(text: &mut Vec<char>, at: usize, what: Vec<char>) {
    text.splice(at..at, what);
}
