//! Tokens → tree: a Pratt parser that reports every error it can tell apart and never stops at the first.
//!
//! From loose to tight: `or`, `and`, `not`, comparisons (which do not chain), single values.

mod question;

use super::{
    Diagnostic, Span, lexer, literal,
    syntax::{Part, PartKind},
    token::{Token, TokenKind},
};

/// Longest text of an expression, in characters; the limit Microsoft Entra documents.
pub const MAXIMUM_LENGTH: usize = 10_000;
/// How deep functions and parentheses may be nested.
pub const MAXIMUM_DEPTH: usize = 64;

const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const TEST: u8 = 4;

/// Parses a text; the tree is only meaningful where the list of diagnostics is empty.
pub(super) fn parse(text: &str) -> (Part, Vec<Diagnostic>) {
    let whole = Span::new(0, text.len());
    if text.chars().count() > MAXIMUM_LENGTH {
        let message = format!("the expression is longer than {MAXIMUM_LENGTH} characters");
        let problem = Diagnostic::new(whole, message).hint("split it over several attributes");
        return (
            Part {
                span: whole,
                kind: PartKind::Error,
            },
            vec![problem],
        );
    }
    let (tokens, diagnostics) = lexer::tokens(text);
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        depth: 0,
        gave_up: false,
        diagnostics,
    };
    let part = parser.expression(OR);
    parser.leftover();
    parser.diagnostics.sort_by_key(|problem| problem.span);
    (part, parser.diagnostics)
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    gave_up: bool,
    diagnostics: Vec<Diagnostic>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn peek_kind(&self) -> Option<TokenKind> {
        self.peek().map(|token| token.kind)
    }

    fn eat(&mut self, kind: TokenKind) -> Option<Span> {
        let token = self.peek().filter(|token| token.kind == kind)?;
        self.at += 1;
        Some(token.span)
    }

    /// Reports whether the word `ahead` tokens further is this keyword.
    fn keyword(&self, ahead: usize, word: &str) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| {
            token.kind == TokenKind::Word && token.span.of(self.text).eq_ignore_ascii_case(word)
        })
    }

    fn here(&self) -> Span {
        self.peek()
            .map_or(Span::new(self.text.len(), self.text.len()), |token| token.span)
    }

    fn report(&mut self, span: Span, message: impl Into<String>, hint: &str) {
        if self.gave_up {
            return;
        }
        let problem = Diagnostic::new(span, message);
        self.diagnostics.push(if hint.is_empty() {
            problem
        } else {
            problem.hint(hint)
        });
    }

    fn error(span: Span) -> Part {
        Part {
            span,
            kind: PartKind::Error,
        }
    }

    fn give_up(&mut self) {
        self.at = self.tokens.len();
        self.gave_up = true;
    }

    fn expression(&mut self, minimum: u8) -> Part {
        let span = self.here();
        if self.depth >= MAXIMUM_DEPTH {
            self.report(
                span,
                format!("this is nested more than {MAXIMUM_DEPTH} deep"),
                "take parts out into attributes of their own",
            );
            self.give_up();
            return Self::error(span);
        }
        self.depth += 1;
        let part = self.operators(minimum);
        self.depth -= 1;
        part
    }

    fn operators(&mut self, minimum: u8) -> Part {
        let mut left = if self.keyword(0, "not") && !self.is_call() {
            let start = self.here();
            self.at += 1;
            let inner = self.expression(NOT);
            Part {
                span: start.to(inner.span),
                kind: PartKind::Not(Box::new(inner)),
            }
        } else if (self.keyword(0, "all") || self.keyword(0, "any")) && !self.is_call() {
            self.quantified()
        } else {
            self.operand()
        };
        loop {
            if minimum <= TEST && self.starts_test() {
                if matches!(left.kind, PartKind::Test { .. })
                    && !self
                        .text
                        .get(left.span.start..)
                        .is_some_and(|rest| rest.starts_with('('))
                {
                    let span = self.here();
                    self.report(
                        span,
                        "comparisons cannot be chained",
                        "join two comparisons with `and`",
                    );
                }
                left = self.test(left);
            } else if minimum <= AND && self.keyword(0, "and") {
                left = self.joined(left, "and", NOT, PartKind::All);
            } else if minimum <= OR && self.keyword(0, "or") {
                left = self.joined(left, "or", AND, PartKind::Any);
            } else if self.peek_kind() == Some(TokenKind::Error) {
                // the lexer has complained about a sign that is no operator: read on behind it
                self.at += 1;
                if self
                    .peek()
                    .is_some_and(|next| !matches!(next.kind, TokenKind::Comma | TokenKind::Close))
                {
                    self.expression(TEST);
                }
                left = Self::error(left.span);
            } else {
                return left;
            }
        }
    }

    fn joined(&mut self, first: Part, word: &str, tighter: u8, make: fn(Vec<Part>) -> PartKind) -> Part {
        let mut span = first.span;
        let mut parts = vec![first];
        while self.keyword(0, word) {
            self.at += 1;
            let next = self.expression(tighter);
            span = span.to(next.span);
            parts.push(next);
        }
        Part {
            span,
            kind: make(parts),
        }
    }

    /// Reports whether a word is followed at once by `(`, which makes it a function.
    fn is_call(&self) -> bool {
        matches!(
            (self.peek(), self.tokens.get(self.at + 1)),
            (Some(word), Some(open)) if open.kind == TokenKind::Open && open.span.start == word.span.end
        )
    }

    /// Reads slots up to the closing parenthesis; an empty slot is `None`.
    fn list(&mut self, open: Span) -> Vec<Option<Part>> {
        let mut slots = Vec::new();
        if self.eat(TokenKind::Close).is_some() {
            return slots;
        }
        loop {
            let empty = matches!(self.peek_kind(), Some(TokenKind::Comma | TokenKind::Close) | None);
            let slot = (!empty).then(|| self.expression(OR));
            slots.push(slot);
            if let Some(stray) = self
                .peek()
                .filter(|t| !matches!(t.kind, TokenKind::Comma | TokenKind::Close))
            {
                let message = format!("`{}` is not expected here", stray.span.of(self.text));
                self.report(stray.span, message, "arguments are separated by `,`");
                self.skip_argument();
            }
            if self.eat(TokenKind::Close).is_some() {
                return slots;
            }
            if self.eat(TokenKind::Comma).is_none() {
                self.unclosed(open);
                return slots;
            }
        }
    }

    fn unclosed(&mut self, open: Span) {
        // an unclosed text or bracket swallows the rest: one complaint is enough
        let swallowed = self
            .tokens
            .last()
            .is_some_and(|token| token.kind == TokenKind::Error);
        if !swallowed {
            self.report(open, "this `(` is never closed", "close it with `)`");
        }
    }

    fn skip_argument(&mut self) {
        let mut depth = 0_usize;
        while let Some(kind) = self.peek_kind() {
            match kind {
                TokenKind::Open => depth += 1,
                TokenKind::Comma | TokenKind::Close if depth == 0 => return,
                TokenKind::Close => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn operand(&mut self) -> Part {
        let Some(token) = self.peek() else {
            let last = self.tokens.last().map_or(Span::default(), |token| token.span);
            let message = if self.tokens.is_empty() {
                "the expression is empty"
            } else {
                "a value is missing after this"
            };
            self.report(
                last,
                message,
                "write an attribute `[name]`, a text `\"…\"`, a number or a function",
            );
            return Self::error(last);
        };
        let span = token.span;
        let source = span.of(self.text);
        let kind = match token.kind {
            TokenKind::Text => PartKind::Text(literal::unescape(source)),
            TokenKind::Number => self.number(span),
            TokenKind::Attribute => PartKind::Attribute(literal::path(source).to_owned()),
            TokenKind::Word
                if self.is_call()
                    || self
                        .tokens
                        .get(self.at + 1)
                        .is_some_and(|t| t.kind == TokenKind::Open) =>
            {
                return self.call(span);
            }
            TokenKind::Word => self.constant(span),
            TokenKind::Open => {
                self.at += 1;
                let inner = self.expression(OR);
                let end = self.eat(TokenKind::Close);
                match end {
                    Some(end) => {
                        return Part {
                            span: span.to(end),
                            kind: inner.kind,
                        };
                    }
                    None if self.peek().is_none() => self.unclosed(span),
                    None => {
                        let stray = self.here();
                        let message = format!("`{}` is not expected here", stray.of(self.text));
                        self.report(stray, message, "close the parenthesis first");
                        self.skip_argument();
                        self.eat(TokenKind::Close);
                    }
                }
                return inner;
            }
            TokenKind::Error => PartKind::Error,
            TokenKind::Close | TokenKind::Comma | TokenKind::Compare(_) => {
                let message = format!("a value is missing before `{source}`");
                self.report(
                    span,
                    message,
                    "write an attribute `[name]`, a text `\"…\"`, a number or a function",
                );
                return Self::error(span);
            }
        };
        self.at += 1;
        Part { span, kind }
    }

    fn call(&mut self, name: Span) -> Part {
        self.at += 1;
        let open = self.here();
        self.at += 1;
        let arguments = self.list(open);
        let end = self
            .at
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(open, |last| last.span);
        Part {
            span: name.to(end),
            kind: PartKind::Call { name, arguments },
        }
    }

    fn number(&mut self, span: Span) -> PartKind {
        literal::number(span.of(self.text)).unwrap_or_else(|| {
            self.report(
                span,
                "this number is too large",
                "whole numbers reach from -9223372036854775808 to 9223372036854775807",
            );
            PartKind::Error
        })
    }

    fn constant(&mut self, span: Span) -> PartKind {
        let word = span.of(self.text);
        literal::constant(word).unwrap_or_else(|| {
            let hint =
                format!("an attribute is written `[{word}]`, a text `\"{word}\"`, a function `{word}(…)`");
            self.report(span, format!("`{word}` alone means nothing"), &hint);
            PartKind::Error
        })
    }

    fn leftover(&mut self) {
        let Some(token) = self.peek() else { return };
        let source = token.span.of(self.text).to_owned();
        match token.kind {
            TokenKind::Error => {}
            TokenKind::Close => self.report(
                token.span,
                "this `)` closes nothing",
                "remove it, or open it with `(`",
            ),
            _ => self.report(
                token.span,
                format!("`{source}` is not expected here"),
                "the expression was complete before it",
            ),
        }
    }
}
