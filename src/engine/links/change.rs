//! Sets and removes the link of an account, with everything that could go wrong looked at first.

use serde::Serialize;

use crate::{
    engine::{Engine, Error, Inner, exclusion, lock},
    model::{Anchor, Fingerprint, Link, LinkOwner, OperationState, PersonId, RuleName, SystemName},
    store::{self, Relink},
};

/// A link that was changed by hand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LinkChanged {
    /// As it was.
    pub before: Option<Link>,
    /// As it is.
    pub after: Option<Link>,
    /// Where the record is that is linked now.
    pub location: Option<String>,
    /// Operations of the current plan that were made with the old link, and are not applied any more.
    pub outdated: Vec<Fingerprint>,
}

impl Engine {
    /// Links somebody's account under a rule to a record, given by its anchor or by where it is.
    ///
    /// # Errors
    /// Refused without a reason, while a run goes on, if the last read does not have the record, and if the record is
    /// somebody else's.
    pub async fn set_link(
        &self,
        person: PersonId,
        rule: RuleName,
        record: String,
        reason: String,
    ) -> Result<LinkChanged, Error> {
        self.change_link(move |inner| {
            let change = Change::new(inner, person, rule, &reason)?;
            let (anchor, location) = change.find(record.trim())?;
            change.refuse_taken(&anchor)?;
            if change.before.as_ref().is_some_and(|link| link.anchor == anchor) {
                return Err(change.refused(format!("is linked to {anchor} already")));
            }
            let link = change.link(anchor);
            change.make(Some(link), Some(location))
        })
        .await
    }

    /// Removes the link of somebody's account under a rule: the next plan matches anew.
    ///
    /// # Errors
    /// Refused without a reason, while a run goes on, and if there is no link.
    pub async fn remove_link(
        &self,
        person: PersonId,
        rule: RuleName,
        reason: String,
    ) -> Result<LinkChanged, Error> {
        self.change_link(move |inner| {
            let change = Change::new(inner, person, rule, &reason)?;
            if change.before.is_none() {
                return Err(change.refused("has no link to remove"));
            }
            change.make(None, None)
        })
        .await
    }

    /// Changes a link while no plan is made in this process, and no run goes on anywhere.
    async fn change_link(
        &self,
        work: impl FnOnce(&Inner) -> Result<LinkChanged, Error> + Send + 'static,
    ) -> Result<LinkChanged, Error> {
        self.may(crate::model::Right::Link)?;
        let _no_plan_meanwhile = self.inner.planning.lock().await;
        if lock(&self.inner.control).is_some() {
            return Err(run_meanwhile());
        }
        self.inner
            .blocking(move |inner| {
                let systems: Vec<_> = inner
                    .setup
                    .systems
                    .iter()
                    .map(|system| system.connector.system().clone())
                    .collect();
                let leases = match exclusion::lease_all(inner, &systems, "linking, ") {
                    Err(Error::Store(store::Error::Busy(_))) => return Err(run_meanwhile()),
                    leases => leases?,
                };
                let done = refuse_unsettled(inner).and_then(|()| work(inner));
                exclusion::give_back_all(inner, &leases)?;
                done
            })
            .await
    }
}

fn run_meanwhile() -> Error {
    Error::Refused("a run is going on: links are changed when it is over".to_owned())
}

/// What was cut off may have made the very account that is to be linked.
fn refuse_unsettled(inner: &Inner) -> Result<(), Error> {
    if inner.setup.store.unsettled()?.is_empty() {
        return Ok(());
    }
    let text =
        "a run was cut off and its last writes are not settled: run `usher plan`, which settles them first";
    Err(Error::Refused(text.to_owned()))
}

/// A change that is being looked at.
struct Change<'a> {
    inner: &'a Inner,
    person: PersonId,
    name: String,
    rule: RuleName,
    system: SystemName,
    reason: String,
    before: Option<Link>,
}

impl<'a> Change<'a> {
    fn new(inner: &'a Inner, person: PersonId, rule: RuleName, reason: &str) -> Result<Self, Error> {
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            return Err(Error::Refused("changing a link needs a reason".to_owned()));
        }
        let rules = inner.rules();
        if rules.people.iter().any(|known| known.name == rule) {
            let text = format!(
                "`{rule}` is a source of people: its records are tied to people by `join` and `previous`, not by hand"
            );
            return Err(Error::Refused(text));
        }
        super::refuse_unknown(inner, &rule)?;
        let system = rules
            .accounts
            .iter()
            .find(|known| known.name == rule)
            .map(|known| known.system.clone());
        let system = system.ok_or_else(|| Error::Refused(format!("there is no account rule `{rule}`")))?;
        let name = super::names(inner)?.remove(&person);
        let name = name.ok_or_else(|| Error::Refused(format!("nobody has the id {person}")))?;
        let accounts = inner.setup.store.accounts_of(person)?;
        let owner = LinkOwner::Account(rule.clone());
        Ok(Self {
            inner,
            person,
            name,
            rule,
            system,
            reason,
            before: accounts.into_iter().find(|link| link.owner == owner),
        })
    }

    fn refused(&self, what: impl std::fmt::Display) -> Error {
        Error::Refused(format!("{} {what} under `{}`", self.name, self.rule))
    }

    /// Finds a record of the last read, by its anchor, else by where it is.
    fn find(&self, wanted: &str) -> Result<(Anchor, String), Error> {
        let records = self
            .inner
            .setup
            .store
            .last_records(&self.system, false)?
            .ok_or_else(|| {
                Error::Refused(format!(
                    "{} was never read in full: run `usher plan` first",
                    self.system
                ))
            })?;
        let found =
            |record: crate::model::RecordView<'_>| (record.owned_anchor(), record.location().to_owned());
        if let Some(record) = records.iter().find(|record| record.anchor() == wanted) {
            return Ok(found(record));
        }
        let mut there = records
            .iter()
            .filter(|record| record.location().eq_ignore_ascii_case(wanted));
        match (there.next(), there.next()) {
            (Some(record), None) => Ok(found(record)),
            (Some(_), Some(_)) => Err(Error::Refused(format!(
                "several records of {} are at {wanted}: give the anchor",
                self.system
            ))),
            (None, _) => Err(Error::Refused(format!(
                "the last read of {} has no account {wanted}: run `usher plan` if it is new, or look for the right one",
                self.system
            ))),
        }
    }

    /// Refuses a record that somebody else has, under any rule of the same system.
    fn refuse_taken(&self, anchor: &Anchor) -> Result<(), Error> {
        let inner = self.inner;
        let mut taken = None;
        let rules = inner.rules();
        for rule in rules.accounts.iter().filter(|known| known.system == self.system) {
            let owner = LinkOwner::Account(rule.name.clone());
            let link = inner.setup.store.owner_of(&owner, anchor.as_str())?;
            taken = taken.or(link.filter(|link| link.person != self.person || rule.name != self.rule));
        }
        let Some(link) = taken else { return Ok(()) };
        let names = super::names(inner)?;
        let name = names.get(&link.person).filter(|name| !name.is_empty());
        let whom = name.map_or_else(
            || link.person.to_string(),
            |name| format!("{name} ({})", link.person),
        );
        let rule = super::rule_of(&link.owner);
        Err(Error::Refused(format!(
            "{anchor} is linked to {whom} under `{rule}`, {}: remove that link first if it is wrong",
            link.why
        )))
    }

    fn link(&self, anchor: Anchor) -> Link {
        Link {
            person: self.person,
            owner: LinkOwner::Account(self.rule.clone()),
            anchor,
            why: format!("set by {}: {}", self.inner.setup.actor.user, self.reason),
            since: self.inner.setup.clock.now(),
        }
    }

    fn make(self, after: Option<Link>, location: Option<String>) -> Result<LinkChanged, Error> {
        let outdated = self.outdated()?;
        let shown = |link: &Option<Link>| {
            link.as_ref()
                .map_or("nothing".to_owned(), |link| link.anchor.to_string())
        };
        let action = if after.is_some() { "link" } else { "unlink" };
        let summary = format!("{}: {} → {}", self.rule, shown(&self.before), shown(&after));
        let mut entry = self.inner.entry(action, self.name.clone(), summary);
        entry.details = serde_json::json!({
            "person": self.person, "rule": self.rule, "system": self.system, "reason": self.reason,
            "before": self.before, "after": after, "outdated": outdated,
        });
        let relink = Relink {
            before: self.before.clone(),
            after: after.clone(),
            outdated: outdated.clone(),
        };
        self.inner.setup.store.relink(&relink, &[entry])?;
        Ok(LinkChanged {
            before: self.before,
            after,
            location,
            outdated,
        })
    }

    /// Finds what the current plan would do for the person: other accounts may take values from this one.
    fn outdated(&self) -> Result<Vec<Fingerprint>, Error> {
        let Some(plan) = self.inner.setup.store.current_plan()? else {
            return Ok(Vec::new());
        };
        let mut outdated = Vec::new();
        self.inner.setup.store.operations(plan.id, &mut |stored| {
            let operation = &stored.operation;
            let may_be_applied = matches!(
                stored.state,
                OperationState::Proposed
                    | OperationState::Approved
                    | OperationState::Held
                    | OperationState::Blocked
                    | OperationState::Failed
            );
            if operation.person == Some(self.person) && may_be_applied {
                outdated.push(operation.fingerprint);
            }
        })?;
        Ok(outdated)
    }
}
