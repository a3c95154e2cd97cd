//! Many memberships of one group in one request.
//!
//! A server writes a group of 50,000 members anew for each change of it, however small. So the changes of a group
//! that come while one is under way gather for the next request: one after the other for each group, and on the wire
//! the changed values only.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet, hash_map},
    rc::Rc,
};

use futures_util::future::LocalBoxFuture;
use ldap3::{LdapResult, Mod, controls::RawControl};
use tokio::sync::oneshot;

use super::{
    super::{
        BROKE,
        active_directory::{PERMISSIVE, why},
        connection::Session,
        failure::{Failure, refused},
        filter, lookup,
        reading::primary,
    },
    Kind, has_settled, is_member,
};
use crate::{
    connectors::{ObjectRef, WriteError, Written},
    model::{Anchor, Value},
};

/// The result code of a group that would be without a member.
const MUST_HAVE_ONE: u32 = 65;

/// Values a request has at most: servers limit its size.
const TOGETHER: usize = 200;

/// The changes of groups that wait for their turn, by the group's id; a group is there while a task works on it.
#[derive(Default)]
pub(in super::super) struct Gatherings(RefCell<HashMap<Anchor, Vec<Waiting>>>);

struct Waiting {
    value: String,
    add: bool,
    answer: oneshot::Sender<Result<Written, WriteError>>,
}

/// One group, and how it is written to.
struct Group {
    session: Rc<Session>,
    object: ObjectRef,
    kind: Kind,
    /// Whether the server checks that it is still the same group.
    asserts: bool,
    /// Whether the server can be told that what is done already is no error.
    permissive: bool,
}

/// Adds or removes one member, together with others of the group that wait.
pub(super) async fn change(
    session: &Rc<Session>,
    object: &ObjectRef,
    kind: Kind,
    value: String,
    add: bool,
) -> Result<Written, WriteError> {
    let facts = session.facts().await.map_err(Failure::reading)?;
    let (asserts, permissive) = (facts.assertion, facts.permissive);
    let (answer, told) = oneshot::channel();
    let waiting = Waiting { value, add, answer };
    let is_first = match session.gatherings.0.borrow_mut().entry(object.anchor.clone()) {
        hash_map::Entry::Occupied(mut others) => {
            others.get_mut().push(waiting);
            false
        }
        hash_map::Entry::Vacant(free) => {
            free.insert(vec![waiting]);
            true
        }
    };
    if is_first {
        let group = Group {
            session: session.clone(),
            object: object.clone(),
            kind,
            asserts,
            permissive,
        };
        tokio::task::spawn_local(work(group));
    }
    told.await
        .unwrap_or_else(|_| Err(WriteError::Unknown(BROKE.to_owned())))
}

/// Works on a group until nobody waits any more.
async fn work(group: Group) {
    let _end = End(&group);
    loop {
        // everybody who is on the way gets a place
        tokio::task::yield_now().await;
        let together = {
            let mut groups = group.session.gatherings.0.borrow_mut();
            groups.get_mut(&group.object.anchor).map(take).unwrap_or_default()
        };
        if together.is_empty() {
            return;
        }
        group.send(together).await;
    }
}

/// Takes those who share a request: no value twice, as one may be added and removed again.
fn take(waiting: &mut Vec<Waiting>) -> Vec<Waiting> {
    let mut values = HashSet::new();
    let fits = |next: &mut Waiting| values.len() < TOGETHER && values.insert(next.value.to_lowercase());
    waiting.extract_if(.., fits).collect()
}

/// Lets the next one begin anew, also when the task broke: whoever waits then learns that nothing is known.
struct End<'a>(&'a Group);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let group = self.0;
        group
            .session
            .gatherings
            .0
            .borrow_mut()
            .remove(&group.object.anchor);
    }
}

impl Group {
    /// Sends changes in one request; if the server does not take it, in two halves, down to each alone.
    fn send(&self, mut together: Vec<Waiting>) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            if together.len() == 1 {
                for one in together {
                    // nobody may be waiting any more
                    let _ = one.answer.send(self.alone(&one.value, one.add).await);
                }
                return;
            }
            match self.modify(&together, false).await {
                Ok(result) if result.rc == 0 => {
                    let all = self.are_there(&together).await;
                    for one in together {
                        let verified = match all {
                            Ok(true) => true,
                            Ok(false) => self.is_there(&one.value, one.add).await,
                            // a line that is gone is gone for each of them: none waits for it alone
                            Err(_) => false,
                        };
                        let _ = one
                            .answer
                            .send(Ok(self.written(&one.value, one.add, verified, false)));
                    }
                }
                Ok(_) => {
                    let rest = together.split_off(together.len() / 2);
                    self.send(together).await;
                    self.send(rest).await;
                }
                Err(error) => {
                    for one in together {
                        let _ = one.answer.send(Err(error.clone()));
                    }
                }
            }
        })
    }

    fn name(&self) -> &'static str {
        self.kind.attribute()
    }

    /// Who stands in a group of this kind that would be empty.
    fn placeholder(&self) -> Option<&String> {
        let placeholder = self.session.section.placeholder_member.as_ref();
        placeholder.filter(|_| self.kind != Kind::Unix)
    }

    /// Sends one request; with `stands_in` the placeholder comes into the group.
    async fn modify(&self, together: &[Waiting], stands_in: bool) -> Result<LdapResult, WriteError> {
        let session = &self.session;
        let _permit = session.permit().await?;
        let mut controls: Vec<RawControl> = if self.asserts {
            let filter = lookup::anchor_filter(&session.section, &self.object);
            vec![lookup::assertion(&self.object.location, &filter)]
        } else {
            lookup::find(session, &self.object, &[]).await?;
            Vec::new()
        };
        // one alone is to be told that there was nothing to do, and whoever stays in is not to be taken for gone
        if self.permissive && together.len() > 1 && together.iter().all(|one| one.add) {
            controls.push(RawControl {
                ctype: PERMISSIVE.to_owned(),
                crit: false,
                val: None,
            });
        }
        let values = |add: bool| -> HashSet<Vec<u8>> {
            let some = together.iter().filter(|one| one.add == add);
            some.map(|one| one.value.clone().into_bytes()).collect()
        };
        let (mut added, mut removed) = (values(true), values(false));
        if let Some(placeholder) = self.placeholder() {
            let octets = placeholder.clone().into_bytes();
            if stands_in {
                added.insert(octets);
            } else if !added.is_empty() {
                let stands = is_member(session, &self.object, self.name(), placeholder).await;
                if stands.map_err(Failure::reading)? {
                    removed.insert(octets);
                }
            }
        }
        let name = self.name().as_bytes();
        session
            .request(controls, async |ldap| {
                // added first: a group that must have a member never is without
                let mut changes = Vec::new();
                if !added.is_empty() {
                    changes.push(Mod::Add(name.to_vec(), added.clone()));
                }
                if !removed.is_empty() {
                    changes.push(Mod::Delete(name.to_vec(), removed.clone()));
                }
                ldap.modify(&self.object.location, changes).await
            })
            .await
            .map_err(|failure| failure.writing(&self.what(together)))
    }

    fn what(&self, together: &[Waiting]) -> String {
        match together {
            [one] => self.what_of(&one.value, one.add),
            several => format!("changing {} members of {}", several.len(), self.object.location),
        }
    }

    fn what_of(&self, value: &str, add: bool) -> String {
        let (verb, to) = if add {
            ("adding", "to")
        } else {
            ("removing", "from")
        };
        format!("{verb} {value} {to} {}", self.object.location)
    }

    /// Adds or removes one member, and says what the server has against it.
    async fn alone(&self, value: &str, add: bool) -> Result<Written, WriteError> {
        let what = self.what_of(value, add);
        let (answer, _) = oneshot::channel();
        let one = [Waiting {
            value: value.to_owned(),
            add,
            answer,
        }];
        let mut result = self.modify(&one, false).await?;
        if result.rc == MUST_HAVE_ONE && !add && self.placeholder().is_some() {
            result = self.modify(&one, true).await?;
        }
        match result.rc {
            0 => {
                let verified = self.is_there(value, add).await;
                Ok(self.written(value, add, verified, false))
            }
            MUST_HAVE_ONE if !add => Err(WriteError::Refused(format!(
                "{what}: it is the last member, and this kind of group must have one: add another member first, \
                 delete the group, or set placeholder_member"
            ))),
            32 | 122 => {
                lookup::find(&self.session, &self.object, &[]).await?;
                Err(refused(&what, &result))
            }
            // servers say in four ways that there is nothing to do, and mean other things by them, too
            16 | 20 | 53 | 68 => self.as_it_is(value, add, &what, &result).await,
            _ => Err(why::explained(&self.session, &self.object, &what, &result).await),
        }
    }

    /// Looks what a server means that says there is nothing to do.
    async fn as_it_is(
        &self,
        value: &str,
        add: bool,
        what: &str,
        result: &LdapResult,
    ) -> Result<Written, WriteError> {
        let is_primary = self.is_primary(value).await;
        if is_primary && !add {
            return Err(WriteError::Refused(format!(
                "{what}: it is the primary group of that account, which nobody leaves: make another group the primary one \
                 first"
            )));
        }
        let has_settled = has_settled(&self.session, &self.object, self.kind, value, add).await;
        if is_primary || has_settled.map_err(Failure::reading)? {
            return Ok(self.written(value, add, true, true));
        }
        Err(refused(what, result))
    }

    /// Reports whether the group is somebody's primary group, which has them for a member without listing them.
    async fn is_primary(&self, member: &str) -> bool {
        if !self.session.section.is_active_directory() {
            return false;
        }
        let any = "(objectClass=*)";
        let number = [primary::NUMBER.to_owned()];
        let group = self.session.entry(&self.object.location, any, &number).await;
        let wanted = [primary::GROUP.to_owned()];
        let account = self.session.entry(member, any, &wanted).await;
        match (group, account) {
            (Ok(Some(group)), Ok(Some(account))) => {
                let number = group.text(primary::NUMBER);
                number.is_some() && number == account.text(primary::GROUP)
            }
            _ => false,
        }
    }

    async fn is_there(&self, value: &str, add: bool) -> bool {
        is_member(&self.session, &self.object, self.name(), value)
            .await
            .is_ok_and(|found| found == add)
    }

    /// Asks at once whether all of them are as they should be.
    async fn are_there(&self, together: &[Waiting]) -> Result<bool, Failure> {
        let terms: Vec<String> = together
            .iter()
            .map(|one| {
                let is = filter::equal(self.name(), one.value.as_bytes());
                if one.add { is } else { format!("(!{is})") }
            })
            .collect();
        let filter = filter::combine('&', &terms);
        let nothing = ["1.1".to_owned()];
        let found = self.session.entry(&self.object.location, &filter, &nothing);
        found.await.map(|found| found.is_some())
    }

    fn written(&self, value: &str, add: bool, verified: bool, already: bool) -> Written {
        let has = if add {
            Value::from(value.to_owned())
        } else {
            Value::Absent
        };
        Written {
            anchor: self.object.anchor.clone(),
            location: self.object.location.clone(),
            verified,
            already,
            attributes: vec![(self.name().to_owned(), has)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_no_value_twice_and_not_too_many() {
        let waiting = |value: &str, add| Waiting {
            value: value.to_owned(),
            add,
            answer: oneshot::channel().0,
        };
        let mut all = vec![
            waiting("uid=a", true),
            waiting("uid=b", false),
            waiting("UID=A", false),
        ];
        let first = take(&mut all);
        assert_eq!(first.len(), 2);
        // what comes later comes later
        assert_eq!((all.len(), all[0].add), (1, false));
        assert_eq!(take(&mut all).len(), 1);
        assert!(take(&mut all).is_empty());
        let mut many: Vec<_> = (0..450).map(|n| waiting(&n.to_string(), true)).collect();
        let sizes: Vec<_> =
            std::iter::from_fn(|| Some(take(&mut many).len()).filter(|size| *size > 0)).collect();
        assert_eq!(sizes, [200, 200, 50]);
    }
}
