//! Microsoft Entra's synchronization schema → a configuration of usher.
//!
//! The schema is what Microsoft Graph calls `synchronizationSchema`: rules from one directory to another, the mappings
//! of objects and attributes in them, and the definitions of the directories. It is what the portal downloads under
//! *review your schema here*.
//!
//! # What becomes what
//!
//! | in the schema | in usher |
//! |---|---|
//! | the directory a rule reads | a system, and one `[[people]]` block that hands its attributes on under their own names |
//! | an object mapping of people | one `[[accounts]]` rule; its expressions stay as they are |
//! | a rule that reads what another rule writes | an account rule whose names become `[accounts.RULE.x]` |
//! | a rule that writes back to a source | such a rule with `update` alone |
//! | `matchingPriority` | `match`, lowest number first |
//! | scope: groups of clauses | `scope`: clauses joined by `and`, groups by `or` |
//! | `flowTypes` | `actions`: Add creates; Update updates, moves, enables and disables; Delete deletes |
//! | `flowType` `ObjectAddOnly` | `apply = "create"` |
//! | `flowType` `MultiValueAddOnly` | `values = "merge"` |
//! | `defaultValue` | `default_on_create`: never given to an account that is there |
//! | `defaultValue` without a source | `values = "keep"`: written where there is nothing |
//! | `flowNullValues` on both sides | `null = "clear"` |
//! | `caseExact` of a target's text | `compare = "exact"` |
//! | `parentDistinguishedName` | `container` |
//! | `active`, `accountEnabled`, `accountDisabled` | `lifecycle.active`: usher enables and disables by itself |
//! | a mapping of references between people | `references` of the people, `{ reference = … }` of the account |
//! | containers and groups of a filter | `scope` of the people |
//!
//! Nothing is dropped in silence: what cannot be said is in [`Translation::left_out`] with its place and the reason,
//! and as a comment at the top of the configuration. Where a part of a scope cannot be said, the scope gets narrower,
//! never wider, and nobody is disabled for having left it.

mod accounts;
mod attributes;
mod check;
mod document;
mod enabled;
mod filter;
mod json;
mod origin;
mod people;
mod place;
mod read;
mod schema;
mod systems;
mod toml_text;
mod translate;
mod write_back;

use std::path::Path;

use serde::Serialize;

use super::{Config, Severity};

/// A configuration made from a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// The configuration, with comments telling where each part comes from.
    pub toml: String,
    /// What the configuration does not do although the schema does.
    pub left_out: Vec<Remark>,
    /// What the configuration says in another way, to be looked at once.
    pub notes: Vec<Remark>,
}

/// Something to say about a place in the schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remark {
    /// The place, as a JSON path: `synchronizationRules[0].objectMappings[1].scope`.
    pub path: String,
    /// The line of the place in the file, from 1.
    pub line: usize,
    /// What is to be known about it.
    pub reason: String,
}

/// Why a text is no synchronization schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// It is no JSON.
    #[error("line {line}, column {column}: this is no JSON: {reason}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// A part of it is not what a schema has there.
    #[error("line {line}, {path}: {wanted} is expected here, found {found}")]
    Shape {
        /// The line, from 1.
        line: usize,
        /// The place as a JSON path; `$` is the whole.
        path: String,
        /// What a schema has there.
        wanted: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// It is JSON and no schema.
    #[error(
        "this is no synchronization schema: it has no `synchronizationRules`; download the schema of a provisioning job from Microsoft Graph (`…/synchronization/jobs/ID/schema`)"
    )]
    NoRules,
    /// No rule gives anybody an account.
    #[error(
        "the schema has no enabled mapping of people: usher needs one object mapping whose objects are no groups"
    )]
    NoPeople,
}

/// Translates the text of a schema.
///
/// # Errors
/// Fails where the text is no such schema, or has nothing about people.
pub fn translate(text: &str) -> Result<Translation, SchemaError> {
    let schema = read::read(text)?;
    let mut translation = translate::translate(&schema, text)?;
    // names a person has made up may meet in a way nobody has thought of: then it is said, not hidden
    if let Err(errors) = Config::parse(Path::new("usher.toml"), &translation.toml) {
        let said = errors
            .located()
            .into_iter()
            .filter(|problem| problem.severity == Severity::Error);
        translation.left_out.extend(said.map(|problem| Remark {
            path: "$".to_owned(),
            line: 1,
            reason: format!(
                "line {} of the configuration is to be mended: {}",
                problem.line, problem.message
            ),
        }));
    }
    Ok(translation)
}
