//! Trying an expression on people before it is written into a rule.

use serde::Serialize;

use super::{Engine, Error};
use crate::model::{PersonId, RuleName};

/// What an expression gives for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// Who.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// The value as text, empty for nothing; or why there is none.
    pub value: Result<String, String>,
    /// Whether the value depends on something marked; it is a mask then.
    pub masked: bool,
}

impl Engine {
    /// Tries an expression on people, as if it stood in a rule: an account rule, whose names are those of its
    /// mappings, or a people rule, whose names are the fields of its source. It is tried on what was read for the
    /// current plan; nothing is read, nothing is stored. Beside the people asked for, in their order; somebody whom
    /// nobody knows is left out.
    ///
    /// # Errors
    ///
    /// [`Error::Expression`] where the text is no expression, with every mistake and its place;
    /// [`Error::Refused`] where there is no such rule, or nothing was read yet.
    pub async fn try_expression(
        &self,
        text: &str,
        rule: &RuleName,
        persons: &[PersonId],
    ) -> Result<Vec<Tried>, Error> {
        let (text, rule, persons) = (text.to_owned(), rule.clone(), persons.to_vec());
        self.inner
            .blocking(move |inner| tried(inner, &text, &rule, &persons))
            .await
    }
}

fn tried(
    _inner: &super::Inner,
    text: &str,
    rule: &RuleName,
    _persons: &[PersonId],
) -> Result<Vec<Tried>, Error> {
    struct Nothing;
    impl crate::expression::Names for Nothing {
        fn resolve(&self, _: &str) -> Option<crate::expression::Slot> {
            None
        }

        fn known(&self) -> Vec<String> {
            Vec::new()
        }
    }
    crate::expression::Expression::compile(text, &Nothing).map_err(Error::Expression)?;
    Err(Error::Refused(format!("`{rule}` cannot be tried yet")))
}
