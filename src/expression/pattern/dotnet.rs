//! .NET patterns, written so that they mean the same to the engines here.
//!
//! `\<` and `\>` are the signs themselves; a `{` that is no repetition is itself; inside a class `[`, `&&`, `~~` and
//! `--` have no meaning of their own, and `[a-z-[aeiou]]` takes one class from another. `(?'name'…)` is
//! `(?<name>…)`, `\Z` is `\z`, `\e` is the escape sign.

use std::{iter::Peekable, str::Chars};

/// Deepest classes taken from classes.
const DEEPEST: usize = 8;

/// Writes a .NET pattern for the engines here.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let mut translation = Translation {
        rest: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() + 8),
    };
    while let Some(character) = translation.rest.next() {
        match character {
            '\\' => translation.escape(),
            '[' => translation.class(0)?,
            '(' => translation.group(),
            '{' if !translation.repeats() => translation.out.push_str("\\{"),
            other => translation.out.push(other),
        }
    }
    Ok(translation.out)
}

struct Translation<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
}

impl Translation<'_> {
    fn escape(&mut self) {
        match self.rest.next() {
            Some(sign @ ('<' | '>')) => self.out.push(sign),
            Some('Z') => self.out.push_str("\\z"),
            Some('e') => self.out.push_str("\\x1B"),
            Some(letter @ ('p' | 'P' | 'x' | 'u' | 'k')) => {
                self.out.extend(['\\', letter]);
                if self.rest.peek() == Some(&'{') {
                    self.through('}');
                }
            }
            Some(other) => self.out.extend(['\\', other]),
            None => self.out.push('\\'),
        }
    }

    fn through(&mut self, end: char) {
        for character in self.rest.by_ref() {
            self.out.push(character);
            if character == end {
                return;
            }
        }
    }

    fn group(&mut self) {
        let mut ahead = self.rest.clone();
        if ahead.next() == Some('?') && ahead.next() == Some('#') {
            // a comment
            self.rest = ahead;
            while self.rest.next().is_some_and(|character| character != ')') {}
            return;
        }
        self.out.push('(');
        let mut ahead = self.rest.clone();
        if ahead.next() == Some('?') && ahead.next() == Some('\'') {
            let name: String = ahead.by_ref().take_while(|&c| c != '\'').collect();
            self.out.push_str("?<");
            self.out.push_str(&name);
            self.out.push('>');
            self.rest = ahead;
        }
    }

    /// Reports whether a repetition follows: `3}`, `3,}`, `3,5}`.
    fn repeats(&self) -> bool {
        let mut ahead = self.rest.clone();
        let mut digits = 0;
        while ahead.next_if(char::is_ascii_digit).is_some() {
            digits += 1;
        }
        if ahead.next_if_eq(&',').is_some() {
            while ahead.next_if(char::is_ascii_digit).is_some() {}
        }
        digits > 0 && ahead.next() == Some('}')
    }

    /// Writes a class whose `[` was read already, through its `]`.
    fn class(&mut self, depth: usize) -> Result<(), String> {
        if depth > DEEPEST {
            return Err("this pattern takes too many classes from each other".to_owned());
        }
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        if self.rest.next_if_eq(&']').is_some() {
            self.out.push_str("\\]");
        }
        while let Some(character) = self.rest.next() {
            match character {
                '\\' => self.escape(),
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '[' => self.out.push_str("\\["),
                '-' if self.rest.next_if_eq(&'[').is_some() => {
                    self.out.push_str("--");
                    self.class(depth + 1)?;
                }
                // two hyphens in a row would take one class from another
                '-' if self.rest.peek() == Some(&'-') => self.out.push_str("\\-"),
                '&' | '~' => self.out.extend(['\\', character]),
                other => self.out.push(other),
            }
        }
        Ok(())
    }
}
