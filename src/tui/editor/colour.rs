//! The colours of an expression.

use crate::{
    expression::{TokenClass, highlight},
    tui::theme::Role,
};

/// Returns how a piece of an expression looks.
pub const fn role(class: TokenClass) -> Role {
    match class {
        TokenClass::Attribute => Role::Gauge,
        TokenClass::Function => Role::Title,
        TokenClass::Text => Role::Added,
        TokenClass::Number => Role::Changed,
        TokenClass::Operator => Role::Text,
        TokenClass::Punctuation => Role::Muted,
        TokenClass::Error => Role::Failed,
    }
}

/// Cuts an expression into pieces of one look each, white space included.
pub fn pieces(text: &str) -> Vec<(&str, Role)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for (span, class) in highlight(text) {
        if span.start > at {
            pieces.push((text.get(at..span.start).unwrap_or_default(), Role::Text));
        }
        pieces.push((span.of(text), role(class)));
        at = span.end;
    }
    if at < text.len() {
        pieces.push((text.get(at..).unwrap_or_default(), Role::Text));
    }
    pieces
}

/// Puts an expression of several lines into one, for lists.
pub fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts the pieces of an expression to what is `shown` of it, which may end in an ellipsis.
pub fn cut<'t>(text: &'t str, shown: &'t str) -> Vec<(&'t str, Role)> {
    let same = text
        .char_indices()
        .zip(shown.char_indices())
        .find(|((_, a), (_, b))| a != b)
        .map_or(text.len().min(shown.len()), |((at, _), _)| at);
    let mut cut = Vec::new();
    let mut at = 0;
    for (piece, role) in pieces(text) {
        let end = (at + piece.len()).min(same);
        if at < end {
            cut.push((text.get(at..end).unwrap_or_default(), role));
        }
        at += piece.len();
    }
    cut.push((shown.get(same..).unwrap_or_default(), Role::Muted));
    cut
}
