//! Colours for an editor: what each piece of a text is, however unfinished the text may be.

use super::{
    Span, functions, lexer, literal,
    token::{Token, TokenKind},
};

/// What a piece of text is, for an editor to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenClass {
    /// `[name]`
    Attribute,
    /// The name of a function that exists.
    Function,
    /// `"text"`
    Text,
    /// A number, a truth value or a constant.
    Number,
    /// A sign or a word that compares or joins.
    Operator,
    /// Parentheses and commas.
    Punctuation,
    /// Something that does not belong here.
    Error,
}

/// Classifies every piece of a text that is not white space, in order.
pub fn highlight(text: &str) -> Vec<(Span, TokenClass)> {
    let (tokens, _) = lexer::tokens(text);
    let next = tokens.iter().skip(1).map(Some).chain([None]);
    tokens
        .iter()
        .zip(next)
        .map(|(token, next)| (token.span, class(text, *token, next)))
        .collect()
}

fn class(text: &str, token: Token, next: Option<&Token>) -> TokenClass {
    const WORDS: [&str; 16] = [
        "and", "or", "not", "in", "matches", "starts", "ends", "with", "contains", "is", "present", "absent",
        "null", "empty", "all", "any",
    ];
    let called = next.is_some_and(|next| next.kind == TokenKind::Open);
    let word = token.span.of(text);
    match token.kind {
        TokenKind::Attribute => TokenClass::Attribute,
        TokenKind::Text => TokenClass::Text,
        TokenKind::Number => TokenClass::Number,
        TokenKind::Compare(_) => TokenClass::Operator,
        TokenKind::Open | TokenKind::Close | TokenKind::Comma => TokenClass::Punctuation,
        TokenKind::Error => TokenClass::Error,
        TokenKind::Word if !called && literal::constant(word).is_some() => TokenClass::Number,
        TokenKind::Word if WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) => TokenClass::Operator,
        TokenKind::Word => {
            // without its parenthesis the name is still being typed
            if functions::find(word).is_some() || (!called && next.is_none()) {
                TokenClass::Function
            } else {
                TokenClass::Error
            }
        }
    }
}
