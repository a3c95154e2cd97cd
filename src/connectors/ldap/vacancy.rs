//! Whether the unique values of creates are still free, asked for many creates in one search.
//!
//! Two creates that want the same value come one after the other: the second is asked for when the first is there.

use std::{cell::RefCell, collections::HashSet, rc::Rc};

use ldap3::Scope;
use tokio::sync::Notify;

use super::{
    connection::{Search, Session},
    create::{self, Attribute},
    facts::Facts,
    failure::Failure,
    filter,
    gathering::{self, Gathering},
    values,
};
use crate::{connectors::WriteError, model::Value};

/// The creates that wait to be asked for.
#[derive(Default)]
pub(super) struct Vacancies {
    questions: Gathering<Question>,
    /// The values of creates that are under way.
    claimed: RefCell<HashSet<Vec<u8>>>,
    released: Notify,
}

/// Values that no other create is sent with until this is dropped.
pub(super) struct Claim<'a> {
    vacancies: &'a Vacancies,
    values: Vec<Vec<u8>>,
}

impl Vacancies {
    /// Waits until no other create is under way with one of the values.
    pub(super) async fn claim(&self, facts: &Facts, keys: &[Attribute]) -> Claim<'_> {
        let mut values: Vec<Vec<u8>> = Vec::new();
        for (name, wanted) in keys {
            let column = facts.known(name);
            for value in wanted {
                let mut claimed = name.to_ascii_lowercase().into_bytes();
                claimed.push(b'=');
                claimed.extend(values::key(&column, value));
                if !values.contains(&claimed) {
                    values.push(claimed);
                }
            }
        }
        loop {
            {
                let mut claimed = self.claimed.borrow_mut();
                if values.iter().all(|value| !claimed.contains(value)) {
                    claimed.extend(values.iter().cloned());
                    return Claim {
                        vacancies: self,
                        values,
                    };
                }
            }
            self.released.notified().await;
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut claimed = self.vacancies.claimed.borrow_mut();
        for value in &self.values {
            claimed.remove(value);
        }
        self.vacancies.released.notify_waiters();
    }
}

/// Whether somebody has one of some values.
pub(super) struct Question {
    /// One term of the filter a value.
    terms: Vec<String>,
}

/// Looks for an object that has one of the values nobody may have, together with the other creates under way; says
/// who has which.
pub(super) async fn holder(
    session: &Rc<Session>,
    facts: &Facts,
    keys: &[Attribute],
) -> Result<Option<String>, WriteError> {
    let question = Question { terms: terms(keys) };
    if keys.is_empty() {
        return Ok(None);
    }
    let asked = gathering::ask(session, question).await;
    if asked.map_err(Failure::reading)?.is_some() {
        return Ok(None);
    }
    // who it is, or what the server does not like, is found out alone; rare, so in a box
    Box::pin(create::holder(session, facts, keys)).await
}

/// Returns the values nobody may have, as the wire has them.
pub(super) fn keys(facts: &Facts, absent: &[(String, Value<'static>)]) -> Vec<Attribute> {
    absent
        .iter()
        .map(|(name, value)| (name.clone(), values::to_octets(&facts.known(name), value)))
        .filter(|(_, values)| !values.is_empty())
        .collect()
}

/// Returns the terms of a filter that finds whoever has one of the values.
pub(super) fn terms(keys: &[Attribute]) -> Vec<String> {
    keys.iter()
        .flat_map(|(name, values)| values.iter().map(|value| filter::equal(name, value)))
        .collect()
}

impl gathering::Question for Question {
    /// That nobody has any of the values.
    type Answer = ();

    fn gathering(session: &Session) -> &Gathering<Self> {
        &session.vacancies.questions
    }

    async fn ask(session: &Session, together: &[Self]) -> Result<Vec<Option<()>>, Failure> {
        let free = are_free(session, together).await?;
        Ok(vec![free.then_some(()); together.len()])
    }
}

/// Asks for some; `false` unless the server answers in full that nobody has any of the values.
async fn are_free(session: &Session, together: &[Question]) -> Result<bool, Failure> {
    let terms: Vec<_> = together
        .iter()
        .flat_map(|question| question.terms.iter().map(String::as_str))
        .collect();
    let search = Search {
        base: &session.section.base,
        scope: Scope::Subtree,
        filter: &filter::combine('|', &terms),
        attributes: &["1.1".to_owned()],
    };
    match session.search_raw(&search, 1).await {
        // also what cannot be understood is somebody
        Ok((found, result)) => Ok(found.is_empty() && result.rc == 0),
        Err(failure) => Ok(gathering::cannot_be_asked(failure)?.unwrap_or(false)),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn wanted(name: &str, value: &str) -> Vec<Attribute> {
        vec![(name.to_owned(), vec![value.as_bytes().to_vec()])]
    }

    #[tokio::test]
    async fn who_wants_the_same_value_waits_for_the_first() {
        let vacancies = Vacancies::default();
        let facts = Facts::default();
        let keys = wanted("mail", "Ana@x.example");
        let first = vacancies.claim(&facts, &keys).await;
        // the same to the directory
        let same = wanted("MAIL", "ana@X.example");
        let mut second = Box::pin(vacancies.claim(&facts, &same));
        assert!(second.as_mut().now_or_never().is_none());
        for other in [
            wanted("mail", "ben@x.example"),
            wanted("uid", "Ana@x.example"),
            Vec::new(),
        ] {
            assert!(
                vacancies.claim(&facts, &other).now_or_never().is_some(),
                "{other:?}"
            );
        }
        drop(first);
        let second = second.await;
        assert!(vacancies.claim(&facts, &keys).now_or_never().is_none());
        drop(second);
        assert!(vacancies.claimed.borrow().is_empty());
    }

    #[tokio::test]
    async fn a_value_named_twice_is_claimed_once() {
        let vacancies = Vacancies::default();
        let keys = [wanted("mail", "a"), wanted("Mail", "A")].concat();
        let claim = vacancies.claim(&Facts::default(), &keys).await;
        assert_eq!(vacancies.claimed.borrow().len(), 1);
        drop(claim);
        assert!(vacancies.claimed.borrow().is_empty());
    }

    #[test]
    fn every_value_has_its_term() {
        let absent = [
            ("uid".to_owned(), Value::from("a*".to_owned())),
            (
                "mail".to_owned(),
                Value::List(vec![Value::text("b"), Value::text("c")]),
            ),
            ("cn".to_owned(), Value::Absent),
        ];
        let keys = keys(&Facts::default(), &absent);
        assert_eq!(terms(&keys), [r"(uid=a\2a)", "(mail=b)", "(mail=c)"]);
    }
}
