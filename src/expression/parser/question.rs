//! Comparisons and other questions about one value: `= x`, `in (…)`, `matches "…"`, `is present`.

use super::Parser;
use crate::expression::{
    Span,
    syntax::{Part, PartKind, Search, Test},
    token::{Comparison, TokenKind},
};

impl Parser<'_> {
    /// Reads `all x …` or `any x …`: a test of every value, or of any of them, which is what a test is anyway.
    pub(super) fn quantified(&mut self) -> Part {
        let word = self.here();
        let all = self.keyword(0, "all");
        self.at += 1;
        let value = self.side();
        if !self.starts_test() {
            let text = word.of(self.text);
            self.report(
                word,
                format!("after `{text}` comes a value and what is asked of it"),
                &format!("write `{text} [attribute] starts with \"x\"`"),
            );
            return Self::error(word);
        }
        let mut part = self.test(value);
        part.span = word.to(part.span);
        if let PartKind::Test { test, .. } = &mut part.kind
            && all
        {
            let inner = std::mem::replace(test, Test::Present);
            *test = Test::Every(Box::new(inner));
        }
        part
    }

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
                    negated = !negated;
                    self.at += 1;
                }
                self.state(word, &mut negated)
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

    /// Reads what something is: `present`, `absent`, `empty`, `null`, `true`, `false`.
    fn state(&mut self, is: Span, negated: &mut bool) -> Test {
        let word = self.here().of(self.text).to_ascii_lowercase();
        let test = match word.as_str() {
            "present" => Test::Present,
            "absent" | "empty" => {
                *negated = !*negated;
                Test::Present
            }
            "null" => Test::Null,
            "true" | "false" => {
                let mut side = Self::error(self.here());
                side.kind = PartKind::Boolean(word == "true");
                let comparison = if *negated {
                    Comparison::Unequal
                } else {
                    Comparison::Equal
                };
                Test::Compare(comparison, Box::new(side))
            }
            _ => {
                self.report(
                    is,
                    "after `is` comes `present`, `absent`, `null`, `true` or `false`",
                    "values are compared with `=`",
                );
                self.at -= usize::from(!matches!(self.peek_kind(), Some(TokenKind::Word)));
                Test::Present
            }
        };
        self.at += 1;
        test
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
