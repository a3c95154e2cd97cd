//! Trying an expression on people before it is written into a rule.

use serde::Serialize;

use super::{Engine, Error, Inner, excerpt::Excerpt};
use crate::{
    model::{PersonId, RuleName},
    planning::why::{MASK, Shown, Why},
};

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
        self.may(crate::model::Right::View)?;
        let (text, rule, persons) = (text.to_owned(), rule.clone(), persons.to_vec());
        self.inner
            .blocking(move |inner| tried(inner, &text, &rule, None, &persons))
            .await
    }

    /// As [`try_expression`](Self::try_expression), for the value of an attribute of the rule's accounts: what
    /// cannot be written there is a mistake, too.
    ///
    /// # Errors
    ///
    /// As of [`try_expression`](Self::try_expression).
    pub async fn try_mapping(
        &self,
        text: &str,
        rule: &RuleName,
        attribute: &str,
        persons: &[PersonId],
    ) -> Result<Vec<Tried>, Error> {
        self.may(crate::model::Right::View)?;
        let (text, rule, persons) = (text.to_owned(), rule.clone(), persons.to_vec());
        let attribute = attribute.to_owned();
        self.inner
            .blocking(move |inner| tried(inner, &text, &rule, Some(&attribute), &persons))
            .await
    }

    /// Tells, step by step, how an expression comes to its value for one person; without a rule, with every name
    /// that account rules have; with an attribute, as what gives that its value. `None` if nobody knows the person, or no record of the rule's source is theirs.
    ///
    /// # Errors
    ///
    /// As of [`try_expression`](Self::try_expression).
    pub async fn trace_expression(
        &self,
        text: &str,
        rule: Option<&RuleName>,
        attribute: Option<&str>,
        person: PersonId,
    ) -> Result<Option<Why>, Error> {
        self.may(crate::model::Right::View)?;
        let (text, rule, attribute) = (text.to_owned(), rule.cloned(), attribute.map(str::to_owned));
        self.inner
            .blocking(move |inner| {
                let whys = whys(inner, &text, rule.as_ref(), attribute.as_deref(), &[person])?;
                Ok(whys.into_iter().next().map(|(_, _, why)| why))
            })
            .await
    }
}

/// Tells how an expression comes to its value for each of the people.
pub(super) fn whys(
    inner: &Inner,
    text: &str,
    rule: Option<&RuleName>,
    attribute: Option<&str>,
    persons: &[PersonId],
) -> Result<Vec<(PersonId, String, Why)>, Error> {
    let excerpt = Excerpt::of(inner, persons, text)?;
    excerpt.look(inner.setup.clock.now(), |scene| {
        if let Some(rule) = rule.filter(|rule| !scene.has_rule(rule)) {
            return Err(Error::Refused(format!("there is no rule `{rule}`")));
        }
        scene.check(text, rule, attribute).map_err(Error::Expression)?;
        let mut whys = Vec::with_capacity(persons.len());
        for person in persons {
            let why = scene
                .evaluate(text, rule, attribute, *person)
                .map_err(Error::Expression)?;
            if let (Some(why), Some(name)) = (why, scene.name(*person)) {
                whys.push((*person, name, why));
            }
        }
        Ok(whys)
    })?
}

fn tried(
    inner: &Inner,
    text: &str,
    rule: &RuleName,
    attribute: Option<&str>,
    persons: &[PersonId],
) -> Result<Vec<Tried>, Error> {
    let whys = whys(inner, text, Some(rule), attribute, persons)?;
    let tried = whys.into_iter().map(|(person, name, why)| Tried {
        person,
        name,
        masked: why.masked,
        value: match why.value {
            Shown::Nothing => Ok(String::new()),
            Shown::Text(text) => Ok(text),
            Shown::Masked => Ok(MASK.to_owned()),
            Shown::Fault(message) => Err(message),
        },
    });
    Ok(tried.collect())
}
