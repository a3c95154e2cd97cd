//! Comparisons and other questions about one value: `= x`, `in (…)`, `matches "…"`, `is present`.

use super::Parser;
use crate::expression::{
    Span,
    syntax::{Part, PartKind, Search, Test},
    token::TokenKind,
};

impl Parser<'_> {
    /// Reports whether a comparison follows.
    pub(super) fn starts_test(&self) -> bool {
        if matches!(self.peek_kind(), Some(TokenKind::Compare(_))) {
            return true;
        }
        let ahead = usize::from(self.keyword(0, "not"));
        ["in", "matches", "starts", "ends", "contains"]
            .iter()
            .any(|word| self.keyword(ahead, word))
            || self.keyword(0, "is")
    }

    /// Reads what is asked of a value that was read already.
    pub(super) fn test(&mut self, value: Part) -> Part {
        let start = value.span;
        let mut negated = self.keyword(0, "not");
        self.at += usize::from(negated);
        let word = self.here();
        let kind = self.peek_kind();
        self.at += 1;
        let test = match (kind, word.of(self.text).to_ascii_lowercase().as_str()) {
            (Some(TokenKind::Compare(comparison)), _) => Test::Compare(comparison, Box::new(self.side())),
            (_, "in") => Test::In(self.choices()),
            (_, "matches") => Test::Matches(Box::new(self.side())),
            (_, "contains") => Test::Search(Search::Anywhere, Box::new(self.side())),
            (_, "starts") => self.with(word, Search::Start),
            (_, "ends") => self.with(word, Search::End),
            _ => {
                if self.keyword(0, "not") {
                    negated = true;
                    self.at += 1;
                }
                if self.keyword(0, "absent") {
                    negated = !negated;
                } else if !self.keyword(0, "present") {
                    self.report(
                        word,
                        "after `is` comes `present` or `absent`",
                        "values are compared with `=`",
                    );
                    self.at -= usize::from(!matches!(self.peek_kind(), Some(TokenKind::Word)));
                }
                self.at += 1;
                Test::Present
            }
        };
        let end = self
            .at
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(start, |last| last.span);
        Part {
            span: start.to(end),
            kind: PartKind::Test {
                value: Box::new(value),
                test,
                negated,
            },
        }
    }

    fn with(&mut self, word: Span, search: Search) -> Test {
        if self.keyword(0, "with") {
            self.at += 1;
        } else {
            let message = format!("after `{}` comes `with`", word.of(self.text));
            self.report(word, message, "");
        }
        Test::Search(search, Box::new(self.side()))
    }

    fn side(&mut self) -> Part {
        self.depth += 1;
        let part = self.operand();
        self.depth -= 1;
        part
    }

    fn choices(&mut self) -> Vec<Part> {
        let Some(open) = self.eat(TokenKind::Open) else {
            return vec![self.side()];
        };
        let mut choices = Vec::new();
        for choice in self.list(open) {
            match choice {
                Some(choice) => choices.push(choice),
                None => self.report(open, "a value is missing in this list", ""),
            }
        }
        if choices.is_empty() {
            self.report(
                open,
                "this list is empty",
                "write at least one value: `in (\"a\", \"b\")`",
            );
        }
        choices
    }
}
