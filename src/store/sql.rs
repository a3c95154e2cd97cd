//! What all stores share: one list of statements, and what is done with them.
//!
//! A database lends connections to read, each read being of one moment, and to write, one writer at a time; the rest
//! is the same for all of them.
//!
//! What is kept: of each system the last good read; the operations of the last twenty plans (of fewer, if they are
//! more than half a million together), and those that were tried for as long as the store lives; all decisions, the
//! journal and the audit.

pub(super) mod alive;
mod columns;
pub(super) mod connection;
mod decisions;
pub(super) mod failure;
mod journal;
pub(super) mod leases;
mod links;
mod lookup;
mod memory;
mod plans;
mod reads;
mod relink;
mod restraint;
mod sealed;
pub(super) mod statements;
#[cfg(test)]
pub(super) mod tests;
pub(super) mod trail;
pub(super) mod value;

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use serde_json::json;

use self::{alive::Locks, connection::Connection, failure::Failure, reads::Prepared};
use super::{
    Changes, Error, Intent, Journal, JournalEntry, LastRead, Lease, Outcome, Placed, Progress, ReadAttempt,
    Release, Relink, Store, StoredBrief, StoredOperation, StoredPlan,
};
use crate::{
    audit::{Archived, Draft, Entry, KeyFile, Record, erasure},
    model::{
        Acceptance, Decision, Fingerprint, HeldRead, Link, LinkOwner, Memory, MemoryChange, Operation,
        PersonId, Plan, PlanId, Quarantine, Read, RecordSet, Reservation, RuleName, Seed, SystemName,
    },
};

/// A database that a store is in.
pub(in crate::store) trait Database: Send + Sync {
    /// Lends a connection; everything that is read with it is of one moment.
    fn lend<T>(&self, work: impl FnOnce(&Connection<'_>) -> Result<T, Failure>) -> Result<T, Failure>;

    /// Lends the connection that writes, in a transaction that no other writer is in; all or nothing of what is done
    /// with it is on disk when this returns.
    fn commit<T>(&self, work: impl FnOnce(&Connection<'_>) -> Result<T, Failure>) -> Result<T, Failure>;

    /// Says where it is, for messages: its file, or its server.
    fn place(&self) -> String;

    /// Returns the locks of the leases this process holds.
    fn locks(&self) -> &Locks;

    /// Has something called whenever another process has changed something; nothing where that cannot be told.
    fn changes(&self, _notice: Arc<dyn Fn() + Send + Sync>) -> Result<(), Error> {
        Ok(())
    }

    /// Returns the key that signs the audit on this machine.
    fn key(&self) -> &KeyFile;

    /// Reads something.
    fn read<T>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        self.lend(work)
            .map_err(|failure| failure.into_error(what, &self.place()))
    }

    /// Does something and records its trail in one transaction; others notice by the count of changes.
    fn write<T>(
        &self,
        what: &'static str,
        trail: &[Entry],
        work: impl FnOnce(&Connection<'_>) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        self.write_quietly(what, |connection| {
            let done = work(connection)?;
            trail::append(connection, trail, self.key())?;
            connection.prepare_cached(statements::COUNT_CHANGE)?.send([])?;
            Ok(done)
        })
    }

    /// The same with a trail that is rendered already.
    fn write_drafts<T>(
        &self,
        what: &'static str,
        trail: &[Draft],
        work: impl FnOnce(&Connection<'_>) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        self.write_quietly(what, |connection| {
            let done = work(connection)?;
            trail::append_drafts(connection, trail, self.key())?;
            connection.prepare_cached(statements::COUNT_CHANGE)?.send([])?;
            Ok(done)
        })
    }

    /// Does something in one transaction that nobody needs to notice.
    fn write_quietly<T>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        self.commit(work)
            .map_err(|failure| failure.into_error(what, &self.place()))
    }
}

/// Returns the instant of what a trail tells of; without a trail the clock's.
fn instant_of(trail: &[Entry]) -> Timestamp {
    trail.first().map_or_else(Timestamp::now, |entry| entry.at)
}

/// Makes the records of a read ready to be stored, if it is good.
fn prepare<'a>(read: &'a Read, changes: Option<&Changes<'_>>) -> Result<Option<Prepared<'a>>, Failure> {
    if !read.proves_absence() {
        return Ok(None);
    }
    let prepared = match changes {
        Some(changes) => Prepared::changed(&read.records, changes),
        None => Prepared::new(&read.records),
    };
    prepared.map(Some)
}

impl<D: Database> Journal for D {
    fn intend(&self, run: i64, leases: &[Lease], intents: &[Intent], at: Timestamp) -> Result<(), Error> {
        self.write("write down what is about to be done", &[], |connection| {
            journal::intend(connection, run, leases, intents, at)
        })
    }

    fn conclude(&self, run: i64, outcomes: &[Outcome], at: Timestamp, trail: &[Draft]) -> Result<(), Error> {
        self.write_drafts("write down what was done", trail, |connection| {
            journal::conclude(connection, run, outcomes, at)
        })
    }

    fn progress(
        &self,
        run: i64,
        leases: &[Lease],
        progress: Progress<'_>,
        at: Timestamp,
        trail: &[Draft],
    ) -> Result<(), Error> {
        self.write_drafts("write down how far a run is", trail, |connection| {
            journal::conclude(connection, run, progress.outcomes, at)?;
            journal::intend(connection, run, leases, progress.intents, at)
        })
    }
}

impl<D: Database> Store for D {
    fn memory(&self) -> Result<Memory, Error> {
        self.read("load what it remembers", memory::load)
    }

    fn settled(&self) -> Result<Option<RecordSet>, Error> {
        self.read("load the people last settled", |connection| {
            reads::records(connection, "", reads::PEOPLE)
        })
    }

    fn owner_of(&self, owner: &LinkOwner, anchor: &str) -> Result<Option<Link>, Error> {
        self.read("look up whose a record is", |connection| {
            links::owner_of(connection, owner, anchor)
        })
    }

    fn seed(&self) -> Result<Seed, Error> {
        self.read("look up what random values are drawn from", memory::seed)
    }

    fn reservations_of(&self, person: PersonId) -> Result<Vec<Reservation>, Error> {
        self.read("look up what is kept for somebody", |connection| {
            lookup::reservations_of(connection, person)
        })
    }

    fn accounts_of(&self, person: PersonId) -> Result<Vec<Link>, Error> {
        self.read("look up the accounts of somebody", |connection| {
            links::accounts_of(connection, person)
        })
    }

    fn sources_of(&self, person: PersonId) -> Result<Vec<Link>, Error> {
        self.read("look up the records of somebody", |connection| {
            links::sources_of(connection, person)
        })
    }

    fn links(&self, each: &mut dyn FnMut(Link)) -> Result<(), Error> {
        self.read("list the links", |connection| links::each(connection, each))
    }

    fn relink(&self, change: &Relink, trail: &[Entry]) -> Result<(), Error> {
        self.write("change a link", trail, |connection| {
            relink::relink(connection, change)
        })
    }

    fn last_read(&self, system: &SystemName) -> Result<Option<LastRead>, Error> {
        self.read("look up the last read", |connection| {
            reads::last(connection, system.as_str())
        })
    }

    fn last_groups(&self, system: &SystemName) -> Result<Option<LastRead>, Error> {
        self.read("look up the last read", |connection| {
            reads::last_groups(connection, system.as_str())
        })
    }

    fn last_records(&self, system: &SystemName, groups: bool) -> Result<Option<RecordSet>, Error> {
        let part = if groups { reads::GROUPS } else { reads::ACCOUNTS };
        self.read("load the records of the last read", |connection| {
            reads::records(connection, system.as_str(), part)
        })
    }

    fn read_attempts(&self) -> Result<Vec<ReadAttempt>, Error> {
        self.read("list the reads", reads::attempts)
    }

    fn save_changed_reads(
        &self,
        reads: &[(&Read, Option<&Read>)],
        changes: &[Changes<'_>],
        trail: &[Entry],
    ) -> Result<(), Error> {
        let what = "store the reads";
        let prepared = reads
            .iter()
            .map(|(accounts, groups)| {
                let of = |groups: bool| {
                    let mut changes = changes.iter();
                    changes.find(|one| one.read.system == accounts.system && one.of_groups == groups)
                };
                let groups = groups.map(|groups| prepare(groups, of(true))).transpose()?;
                Ok((prepare(accounts, of(false))?, groups.flatten()))
            })
            .collect::<Result<Vec<_>, Failure>>()
            .map_err(|failure| failure.into_error(what, &self.place()))?;
        self.write(what, trail, |connection| {
            for ((accounts, groups), (ready_accounts, ready_groups)) in reads.iter().zip(&prepared) {
                let groups = groups.map(|groups| (groups, ready_groups));
                reads::save(connection, (accounts, ready_accounts), groups)?;
            }
            Ok(())
        })
    }

    fn save_plan(&self, plan: &Plan, change: &MemoryChange, trail: &[Entry]) -> Result<PlanId, Error> {
        let what = "store the plan";
        let prepared = memory::prepare(change).map_err(|failure| failure.into_error(what, &self.place()))?;
        self.write(what, trail, |connection| {
            memory::settle(connection, &change.settled, prepared.as_ref(), plan)?;
            memory::change(connection, change)?;
            plans::save(connection, plan)
        })
    }

    fn current_plan(&self) -> Result<Option<StoredPlan>, Error> {
        self.read("load the plan", plans::current)
    }

    fn identity(&self) -> Result<String, Error> {
        self.read("look up its identity", |connection| {
            let number: i64 = connection
                .prepare_cached(statements::IDENTITY)?
                .query_row([], |row| row.get(0))?;
            Ok(format!("{number:016x}"))
        })
    }

    fn plan(&self, plan: PlanId) -> Result<Option<StoredPlan>, Error> {
        self.read("load a plan", |connection| plans::load(connection, plan))
    }

    fn plan_used(&self, plan: PlanId) -> Result<Option<Timestamp>, Error> {
        self.read("look up whether a plan was applied", |connection| {
            plans::used(connection, plan)
        })
    }

    fn use_up_plan(&self, plan: PlanId, at: Timestamp, trail: &[Entry]) -> Result<(), Error> {
        self.write("use a plan up", trail, |connection| {
            plans::use_up(connection, plan, at)
        })
    }

    fn operations(&self, plan: PlanId, each: &mut dyn FnMut(StoredOperation)) -> Result<(), Error> {
        self.read("load the operations", |connection| {
            plans::operations(connection, plan, each)
        })
    }

    fn briefs(
        &self,
        plan: PlanId,
        count: &mut dyn FnMut(usize),
        each: &mut dyn FnMut(StoredBrief<'_>),
    ) -> Result<(), Error> {
        self.read("list the operations of the plan", |connection| {
            plans::briefs(connection, plan, count, each)
        })
    }

    fn operation(&self, plan: PlanId, id: Fingerprint) -> Result<Option<StoredOperation>, Error> {
        self.read("load an operation", |connection| {
            plans::operation(connection, plan, id)
        })
    }

    fn operation_of_run(&self, run: i64, id: Fingerprint) -> Result<Option<Operation>, Error> {
        self.read("load an operation of a run", |connection| {
            let plan = journal::plan_of(connection, run)?;
            Ok(plans::operation(connection, plan, id)?.map(|stored| stored.operation))
        })
    }

    fn find_operations(&self, plan: PlanId, prefix: &str) -> Result<Vec<Fingerprint>, Error> {
        self.read("look for operations", |connection| {
            plans::find(connection, plan, prefix)
        })
    }

    fn decide(&self, decisions: &[Decision], trail: &[Entry]) -> Result<(), Error> {
        self.write("store the decisions", trail, |connection| {
            decisions::decide(connection, decisions)
        })
    }

    fn decisions(&self, id: Fingerprint) -> Result<Vec<Decision>, Error> {
        self.read("list the decisions", |connection| decisions::all(connection, id))
    }

    fn live_decisions(&self, plan: PlanId, each: &mut dyn FnMut(Decision)) -> Result<(), Error> {
        self.read("list the decisions that count", |connection| {
            decisions::live(connection, plan, each)
        })
    }

    fn live_decisions_about(&self, ids: &[Fingerprint], each: &mut dyn FnMut(Decision)) -> Result<(), Error> {
        self.read("list the decisions that count", |connection| {
            decisions::live_about(connection, ids, each)
        })
    }

    fn applied_since(&self, since: Timestamp) -> Result<Vec<(Timestamp, Operation)>, Error> {
        self.read("look up what was applied lately", |connection| {
            journal::applied_since(connection, since)
        })
    }

    fn releases(&self, plan: PlanId) -> Result<Vec<Release>, Error> {
        self.read("list the released guard rails", |connection| {
            plans::releases(connection, plan)
        })
    }

    fn release(&self, plan: PlanId, release: &Release, trail: &[Entry]) -> Result<(), Error> {
        self.write("release the guard rail", trail, |connection| {
            plans::release(connection, plan, release)
        })
    }

    fn lease(&self, system: &SystemName, holder: &str, now: Timestamp) -> Result<Lease, Error> {
        let lease = self.write_quietly("take the right to write", |connection| {
            leases::take(connection, self.locks(), system, holder, now)
        })?;
        self.locks().remove_older(&lease);
        Ok(lease)
    }

    fn renew(&self, lease: &Lease, now: Timestamp) -> Result<(), Error> {
        self.write_quietly("keep the right to write", |connection| {
            leases::renew(connection, lease, now)
        })
    }

    fn give_back(&self, lease: &Lease) -> Result<(), Error> {
        self.write_quietly("give the right to write back", |connection| {
            leases::give_back(connection, lease)
        })?;
        self.locks().let_go(lease);
        Ok(())
    }

    fn start_run(&self, plan: PlanId, operations: usize, trail: &[Entry]) -> Result<i64, Error> {
        self.write("start a run", trail, |connection| {
            journal::start(connection, plan, operations, instant_of(trail))
        })
    }

    fn end_run(&self, run: i64, trail: &[Entry]) -> Result<(), Error> {
        self.write("end the run", trail, |connection| {
            journal::end(connection, run, instant_of(trail))
        })
    }

    fn unsettled(&self) -> Result<Vec<(i64, Intent)>, Error> {
        self.read("list what is not settled", journal::unsettled)
    }

    fn journal(&self, id: Fingerprint) -> Result<Vec<JournalEntry>, Error> {
        self.read("load the journal", |connection| {
            journal::of_operation(connection, id)
        })
    }

    fn placed(&self, plan: PlanId) -> Result<Vec<Placed>, Error> {
        self.read("load what was written", |connection| {
            journal::placed(connection, plan)
        })
    }

    fn placed_by(&self, run: i64) -> Result<Vec<Placed>, Error> {
        self.read("load what a run has written", |connection| {
            journal::placed_by(connection, run)
        })
    }

    fn find_applied(&self, prefix: &str) -> Result<Vec<(i64, Fingerprint)>, Error> {
        self.read("look for what was applied", |connection| {
            journal::find_applied(connection, prefix)
        })
    }

    fn run_journal(&self, run: i64) -> Result<Vec<JournalEntry>, Error> {
        self.read("load the journal", |connection| journal::of_run(connection, run))
    }

    fn last_run(&self) -> Result<Option<(i64, Timestamp, Option<Timestamp>)>, Error> {
        self.read("look up the last run", journal::last)
    }

    fn history(&self, since: Timestamp) -> Result<Vec<(Date, usize, usize)>, Error> {
        self.read("count what was done", |connection| {
            journal::history(connection, since)
        })
    }

    fn quarantines(&self) -> Result<Vec<Quarantine>, Error> {
        self.read("list the quarantines", restraint::quarantines)
    }

    fn quarantine(&self, quarantine: &Quarantine, trail: &[Entry]) -> Result<(), Error> {
        self.write("put a system in quarantine", trail, |connection| {
            restraint::quarantine(connection, quarantine)
        })
    }

    fn end_quarantine(
        &self,
        system: &SystemName,
        rule: Option<&RuleName>,
        trail: &[Entry],
    ) -> Result<(), Error> {
        self.write("end a quarantine", trail, |connection| {
            restraint::end_quarantine(connection, system, rule)
        })
    }

    fn held_reads(&self) -> Result<Vec<HeldRead>, Error> {
        self.read("list the reads that wait", restraint::held_reads)
    }

    fn hold_reads(&self, reads: &[HeldRead], trail: &[Entry]) -> Result<(), Error> {
        self.write("note which reads wait", trail, |connection| {
            reads
                .iter()
                .try_for_each(|read| restraint::hold_read(connection, read))
        })
    }

    fn accept_read(
        &self,
        system: &SystemName,
        id: &str,
        acceptance: &Acceptance,
        trail: &[Entry],
    ) -> Result<(), Error> {
        self.write("accept a read", trail, |connection| {
            restraint::accept_read(connection, system, id, acceptance)
        })
    }

    fn failures(&self, plan: PlanId) -> Result<Vec<(Fingerprint, Timestamp)>, Error> {
        self.read("list what has failed", |connection| {
            restraint::failures(connection, plan)
        })
    }

    fn take_up(&self, operations: &[Fingerprint]) -> Result<(), Error> {
        self.write("take failed operations up again", &[], |connection| {
            restraint::take_up(connection, operations)
        })
    }

    fn note_canary(&self, run: i64, canary: Option<&str>, trail: &[Entry]) -> Result<(), Error> {
        self.write("note what was tried first", trail, |connection| {
            restraint::note_canary(connection, run, canary)
        })
    }

    fn canary(&self, plan: PlanId) -> Result<Option<String>, Error> {
        self.read("look up what was tried first", |connection| {
            restraint::canary(connection, plan)
        })
    }

    fn append(&self, trail: &[Entry]) -> Result<(), Error> {
        self.write("record the audit", trail, |_| Ok(()))
    }

    fn audit(&self, offset: usize, limit: usize, filter: &str) -> Result<(usize, Vec<Record>), Error> {
        self.read("load the audit", |connection| {
            trail::page(connection, offset, limit, filter)
        })
    }

    fn forget_audit(&self, archived: &Archived, trail: &[Entry]) -> Result<(), Error> {
        self.write_quietly("forget what was archived", |connection| {
            // the record of it comes first: the chain goes on from the last record
            trail::append(connection, trail, self.key())?;
            trail::forget(connection, archived)?;
            connection.prepare_cached(statements::COUNT_CHANGE)?.send([])?;
            Ok(())
        })
    }

    fn erase_audit(&self, person: PersonId, reason: &str, mut entry: Entry) -> Result<usize, Error> {
        self.write_quietly("erase what the audit tells of somebody", |connection| {
            let erased = trail::erase(connection, person)?;
            let records = erased.len();
            if records > 0 {
                entry.details = json!(erasure::Told {
                    person: person.to_string(),
                    records,
                    reason: reason.to_owned(),
                    erased,
                });
                trail::append(connection, std::slice::from_ref(&entry), self.key())?;
                connection.prepare_cached(statements::COUNT_CHANGE)?.send([])?;
            }
            Ok(records)
        })
    }

    fn audit_from(&self, first: u64, each: &mut dyn FnMut(Record) -> bool) -> Result<(), Error> {
        self.read("load the audit", |connection| {
            trail::from(connection, first, each)
        })
    }

    fn version(&self) -> Result<i64, Error> {
        self.read("look for changes", |connection| {
            connection
                .prepare_cached(statements::CHANGES)?
                .query_row([], |row| row.get(0))
        })
    }

    fn follow(&self, notice: Arc<dyn Fn() + Send + Sync>) -> Result<(), Error> {
        self.changes(notice)
    }
}
