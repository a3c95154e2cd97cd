//! The one person a text means; links are not changed by halves of names.

use crate::engine::{Engine, Error, whois::Found};

/// How many people are named where several fit.
const NAMED: usize = 8;

impl Engine {
    /// Finds the one person a text means: an id, the number of a record in a source, a name, or words of one.
    ///
    /// # Errors
    /// Refused if nobody or several people fit; the message names those.
    pub async fn find_person(&self, text: &str) -> Result<Found, Error> {
        let mut found = self.find_people(text).await?;
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (None, _) => Err(Error::Refused(format!(
                "nobody is called `{text}`, nor has that id or number: plan first if the person is new"
            ))),
            (Some(last), false) => {
                found.push(last);
                Err(several(text, &found))
            }
        }
    }
}

fn several(text: &str, found: &[Found]) -> Error {
    let mut list: Vec<_> = found
        .iter()
        .take(NAMED)
        .map(|found| format!("{} ({}, {})", found.name, found.numbers.join(", "), found.person))
        .collect();
    if found.len() > NAMED {
        list.push("…".to_owned());
    }
    Error::Refused(format!(
        "several people are meant by `{text}`: give a number or an id: {}",
        list.join("; ")
    ))
}
