//! Changes one expression of a configuration and nothing else: comments, order, blanks and the spelling of everything
//! around it stay as they are, because only the octets of that one string are replaced.

mod file;
mod find;
mod place;
mod quote;

use std::path::PathBuf;

pub use self::{
    file::replace,
    place::{Block, Part, Place},
};
use super::{Config, Errors};

/// Why an expression cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration does not have what is to be changed.
    #[error("the configuration has no {0}: it is not where it was when usher read it")]
    Gone(String),
    /// Nothing was written.
    #[error("an expression is needed for {0}")]
    Empty(String),
    /// The changed configuration cannot be used.
    #[error("{0}")]
    Invalid(Errors),
    /// Somebody else changed the file.
    #[error(
        "{0} was changed by somebody else since usher read it: leave usher and start it again to work on what is there now"
    )]
    Changed(PathBuf),
    /// The file cannot be read or written.
    #[error("{path} cannot be {what}: {error}; nothing was changed")]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system says.
        error: std::io::Error,
    },
}

impl Config {
    /// Returns this configuration with another text for one expression. An expression that is not there yet is put
    /// below the name of its rule, where it may be missing ([`Part::may_be_missing`]).
    pub fn with(&self, place: &Place, expression: &str) -> Result<Self, Error> {
        if expression.trim().is_empty() {
            return Err(Error::Empty(place.to_string()));
        }
        let text = set(&self.text, place, expression).ok_or_else(|| Error::Gone(place.to_string()))?;
        let changed = Self::parse(&self.path, &text).map_err(Error::Invalid)?;
        // what stands there now is what was meant, whatever quotes it took
        match place.source(&changed.rules) {
            Some(source) if quote::same(&source.text, expression) => Ok(changed),
            _ => Err(Error::Gone(place.to_string())),
        }
    }
}

/// Sets one expression in the text of a configuration; `None` if its place is not there.
fn set(text: &str, place: &Place, expression: &str) -> Option<String> {
    match find::find(text, place)? {
        find::Found::There(span) => {
            let literal = quote::literal(expression, &text[span.clone()], text.contains("\r\n"));
            Some(splice(text, span, &literal))
        }
        find::Found::After { at, inline } => {
            let literal = quote::literal(expression, "''", text.contains("\r\n"));
            let key = place.part.key();
            let added = if inline {
                format!(", {key} = {literal}")
            } else {
                let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
                format!("{end}{key} = {literal}")
            };
            Some(splice(text, at..at, &added))
        }
    }
}

fn splice(text: &str, span: std::ops::Range<usize>, by: &str) -> String {
    [&text[..span.start], by, &text[span.end..]].concat()
}

#[cfg(test)]
mod tests;
