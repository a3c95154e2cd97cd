//! Words looked for in many rows: without case, without accents, in any script.
//!
//! What a filter lets through may be selected and approved at one stroke, so a word must really stand in the row.
//! Only if no row has the words are they looked for roughly (their letters in this order), and the screen says so.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

/// Brings a text into the form in which texts are compared: `Łukasz Żak` is `lukasz zak`.
pub fn fold(text: &str) -> String {
    let mut folded = if text.is_ascii() {
        text.to_owned()
    } else {
        any_ascii::any_ascii(text)
    };
    folded.make_ascii_lowercase();
    folded
}

/// The texts of many rows, folded once.
#[derive(Debug, Default)]
pub struct Haystacks {
    text: String,
    ends: Vec<u32>,
}

impl Haystacks {
    /// Folds the text of every row.
    pub fn new<'a, T, P: IntoIterator<Item = &'a str>>(rows: &'a [T], parts: impl Fn(&'a T) -> P) -> Self {
        let mut made = Self::default();
        for row in rows {
            for part in parts(row) {
                if part.is_ascii() {
                    made.text.push_str(part);
                } else {
                    made.text.push_str(&any_ascii::any_ascii(part));
                }
                made.text.push(' ');
            }
            made.ends.push(made.text.len() as u32);
        }
        made.text.make_ascii_lowercase();
        made
    }

    /// Returns the folded text of a row.
    pub fn get(&self, row: usize) -> &str {
        let start = if row == 0 {
            0
        } else {
            self.ends.get(row - 1).copied().unwrap_or(0)
        };
        let end = self.ends.get(row).copied().unwrap_or(start);
        &self.text[start as usize..end as usize]
    }

    /// Returns how many rows there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Reports whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// Words that must all stand in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needles(Vec<String>);

impl Needles {
    /// Folds the words.
    pub fn new(words: &str) -> Self {
        Self(fold(words).split_whitespace().map(ToOwned::to_owned).collect())
    }

    /// Reports whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reports whether all words stand in a folded text.
    pub fn stand_in(&self, folded: &str) -> bool {
        self.0.iter().all(|word| folded.contains(&**word))
    }

    /// Returns a rough search for the same words.
    pub fn roughly(&self) -> Words {
        Words::new(&self.0.join(" "))
    }
}

/// Words that are looked for roughly, each by its letters in their order.
pub struct Words {
    pattern: Pattern,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Words {
    /// Makes a rough search.
    pub fn new(words: &str) -> Self {
        Self {
            pattern: Pattern::parse(words, CaseMatching::Ignore, Normalization::Smart),
            matcher: Matcher::new(Config::DEFAULT),
            buffer: Vec::new(),
        }
    }

    /// Returns how well the words are found in a text.
    pub fn score(&mut self, hay: &str) -> Option<u32> {
        self.pattern
            .score(Utf32Str::new(hay, &mut self.buffer), &mut self.matcher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_script_do_not_matter() {
        for (name, typed) in [
            ("Łukasz Żak", "zak lukasz"),
            ("Ana Kovač", "KOVAC"),
            ("Nguyễn Thị", "nguyen"),
            ("李小龍", "小龍"),
            ("Groß", "gross"),
        ] {
            assert!(Needles::new(typed).stand_in(&fold(name)), "{typed} in {name}");
        }
        assert!(!Needles::new("kvac").stand_in(&fold("Ana Kovač")));
        assert!(Needles::new("kvac").roughly().score("ana kovac").is_some());
    }

    #[test]
    fn rows_keep_their_borders() {
        let rows = [("a", "é"), ("", ""), ("李", "x")];
        let hay = Haystacks::new(&rows, |row| [row.0, row.1]);
        assert_eq!(
            (hay.get(0), hay.get(1), hay.get(2), hay.get(3)),
            ("a e ", "  ", "li x ", "")
        );
    }
}
