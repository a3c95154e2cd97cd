//! Text → tokens. Never gives up: what does not belong becomes an error token and a diagnostic, and reading goes on.

use super::{
    Diagnostic, Span,
    token::{Comparison, Token, TokenKind},
};

/// Splits a text into tokens; every byte that is not white space belongs to exactly one of them.
pub(super) fn tokens(text: &str) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut lexer = Lexer {
        text,
        at: 0,
        tokens: Vec::new(),
        diagnostics: Vec::new(),
    };
    lexer.run();
    (lexer.tokens, lexer.diagnostics)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
    diagnostics: Vec<Diagnostic>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(first) = self.rest().chars().next() {
            if first.is_whitespace() {
                self.at += first.len_utf8();
                continue;
            }
            let start = self.at;
            let kind = self.token(first);
            self.tokens.push(Token {
                kind,
                span: Span::new(start, self.at),
            });
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn token(&mut self, first: char) -> TokenKind {
        match first {
            '[' => self.attribute(),
            '"' => self.string(),
            '(' => self.signs(1, TokenKind::Open),
            ')' => self.signs(1, TokenKind::Close),
            ',' => self.signs(1, TokenKind::Comma),
            '0'..='9' => self.number(),
            '-' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number(),
            '&' if self.rest()[1..].starts_with(['H', 'h']) => self.hexadecimal(),
            '=' | '<' | '>' | '!' | '&' | '|' | '+' => self.operator(),
            '_' => self.word(),
            letter if letter.is_alphabetic() => self.word(),
            other => self.stranger(other),
        }
    }

    fn signs(&mut self, bytes: usize, kind: TokenKind) -> TokenKind {
        self.at += bytes;
        kind
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !belongs(c)).unwrap_or(rest.len());
    }

    /// A path may hold brackets of its own if they are balanced: `[emails[type eq "work"].value]`.
    fn attribute(&mut self) -> TokenKind {
        let start = self.at;
        let mut depth = 0_usize;
        for (offset, character) in self.rest().char_indices() {
            match character {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.at += offset + 1;
                return TokenKind::Attribute;
            }
        }
        self.unclosed(
            start,
            "this `[` is never closed",
            "close the attribute's name with `]`",
        )
    }

    fn string(&mut self) -> TokenKind {
        let start = self.at;
        let mut escaped = false;
        for (offset, character) in self.rest().char_indices().skip(1) {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.at += offset + 1;
                    return TokenKind::Text;
                }
                _ => {}
            }
        }
        self.unclosed(
            start,
            "this text is never closed",
            "close it with `\"`; a `\"` inside is written `\\\"`",
        )
    }

    fn unclosed(&mut self, start: usize, message: &str, hint: &str) -> TokenKind {
        self.diagnostics
            .push(Diagnostic::new(Span::new(start, start + 1), message).hint(hint));
        self.at = self.text.len();
        TokenKind::Error
    }

    fn number(&mut self) -> TokenKind {
        let start = self.at;
        self.at += 1;
        self.take_while(|c| c.is_ascii_digit());
        if self.rest().starts_with('.') && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) {
            self.at += 1;
            self.take_while(|c| c.is_ascii_digit());
        }
        self.end_of_number(start)
    }

    fn hexadecimal(&mut self) -> TokenKind {
        let start = self.at;
        self.at += 2;
        let digits = self.at;
        self.take_while(|c| c.is_ascii_hexdigit());
        if self.at == digits {
            let message = "after `&H` digits from 0 to 9 and A to F are expected";
            self.diagnostics
                .push(Diagnostic::new(Span::new(start, self.at), message));
            return TokenKind::Error;
        }
        self.end_of_number(start)
    }

    fn end_of_number(&mut self, start: usize) -> TokenKind {
        let end = self.at;
        self.take_while(|c| c.is_alphanumeric() || c == '_');
        if self.at == end {
            return TokenKind::Number;
        }
        let span = Span::new(start, self.at);
        self.diagnostics.push(
            Diagnostic::new(span, format!("`{}` is not a number", span.of(self.text)))
                .hint("text is written between `\"`, an attribute between `[` and `]`"),
        );
        TokenKind::Error
    }

    fn word(&mut self) -> TokenKind {
        self.take_while(|c| c.is_alphanumeric() || c == '_');
        TokenKind::Word
    }

    fn operator(&mut self) -> TokenKind {
        const SIGNS: [(&str, Option<Comparison>, &str); 15] = [
            ("==", None, "equality is written `=`"),
            ("!=", None, "inequality is written `<>`"),
            ("<>", Some(Comparison::Unequal), ""),
            (">=", Some(Comparison::GreaterOrEqual), ""),
            ("<=", Some(Comparison::LessOrEqual), ""),
            ("=", Some(Comparison::Equal), ""),
            (">", Some(Comparison::Greater), ""),
            ("<", Some(Comparison::Less), ""),
            ("&&", None, "write `and`"),
            ("||", None, "write `or`"),
            ("!&", None, "write `not`"),
            ("!", None, "write `not`"),
            ("&", None, "texts are put together with `Join` or `Append`"),
            ("|", None, "write `or`"),
            (
                "+",
                None,
                "texts are put together with `Join` or `Append`, days are added with `DateAdd`",
            ),
        ];
        let found = SIGNS.iter().find(|(sign, ..)| self.rest().starts_with(sign));
        let Some(&(sign, comparison, hint)) = found else {
            return self.stranger('?');
        };
        let start = self.at;
        self.at += sign.len();
        if let Some(comparison) = comparison {
            return TokenKind::Compare(comparison);
        }
        let message = format!("there is no operator `{sign}`");
        self.diagnostics
            .push(Diagnostic::new(Span::new(start, self.at), message).hint(hint));
        TokenKind::Error
    }

    fn stranger(&mut self, character: char) -> TokenKind {
        let start = self.at;
        self.at += character.len_utf8();
        let span = Span::new(start, self.at);
        let hint = match character {
            '\'' | '“' | '”' | '„' | '‘' | '’' | '«' | '»' => {
                "text is written between straight double quotes `\"`"
            }
            ';' => "arguments are separated by `,`",
            ']' => "an attribute's name starts with `[`",
            '{' | '}' | '$' => "`${group}` stands inside a text, between `\"`",
            _ => "text is written between `\"`, an attribute between `[` and `]`",
        };
        let message = format!("`{}` is not expected here", character.escape_debug());
        self.diagnostics.push(Diagnostic::new(span, message).hint(hint));
        TokenKind::Error
    }
}
