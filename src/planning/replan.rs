//! A plan after a few changes, at the cost of the changes.
//!
//! Most people are *quiet*: all that should be is, and neither time alone nor anything but a change in their own
//! records can make it otherwise. What a plan found of them is carried to the next one, which puts together and plans
//! only the *loud*: whose records or memory changed, who was not quiet, who reports to them, and everybody whom any
//! of these name. It comes out as if everybody had been planned, to the octet. If a question comes up about somebody
//! quiet after all (a loud person matches a quiet one's account), that person is planned as well; where it cannot be
//! told for certain whom a change concerns, everybody is.
//!
//! | step | module | what it does |
//! |---|---|---|
//! | note | `notes` | tells who is quiet after a plan, and what there is to carry |
//! | carry | `carried` | holds that, and what was looked through, from plan to plan |
//! | follow | `follow` | takes the changes of the reads along |
//! | members | `groups` | tells whom changes of groups concern |
//! | choose | `loud` | finds out who has to be planned |
//! | narrow | `few` | cuts sources and memory down to them |
//! | keep | `keep`, `remember` | takes what became of them back among the others |
//! | refuse | `cause` | says why everybody is planned |

mod carried;
mod cause;
mod few;
mod follow;
mod groups;
mod keep;
mod loud;
mod notes;
mod remember;

use jiff::Timestamp;

use self::notes::Notes;
pub use self::{carried::Carried, cause::Cause};
use self::{few::Few, loud::Loud};
use super::{
    Inputs, Planned,
    aside::{Aside, Looked},
    compile::Compiled,
    course::Course,
    seal::Digests,
};
use crate::model::{
    Memory, Operation, Read, SystemName,
    record::{Merged, Places, SetFull},
};

/// How often more people are planned because a question came up about them.
const ROUNDS: usize = 5;

/// From how many people on it is looked at whether they are most of all.
const MANY: usize = 10_000;

/// What has become of a read since the last plan.
#[derive(Debug)]
pub struct Changed {
    /// The system.
    pub system: SystemName,
    /// Whether these are its groups, not its accounts.
    pub of_groups: bool,
    /// What changed in the records.
    pub merged: Merged,
    /// Where the records are now.
    pub places: Places,
}

/// What a plan is computed from after an earlier one.
#[derive(Debug)]
pub struct News<'a> {
    /// The instant the plan is for.
    pub now: Timestamp,
    /// One read of each system that a rule names, whole.
    pub reads: &'a [Read],
    /// One read of the groups of each system that has groups, whole.
    pub groups: &'a [Read],
    /// What changed in each of them.
    pub changes: Vec<Changed>,
    /// What runs have applied lately, for guard rails with a window.
    pub recent: Vec<(Timestamp, Operation)>,
}

/// What became of planning only a few.
#[derive(Debug)]
pub enum Again {
    /// The plan, and what the next one may build on once this one is stored.
    Planned {
        /// The plan.
        planned: Box<Planned>,
        /// What is carried on.
        carried: Box<Carried>,
        /// How many people were planned.
        people: usize,
    },
    /// Everybody must be planned.
    Everybody(Cause),
}

/// Plans everybody, and tells what the next plan may build on once this one is stored; nothing where it would have to
/// plan everybody anyway.
pub fn plan_all(
    compiled: &Compiled,
    now: Timestamp,
    reads: &[Read],
    groups: &[Read],
    memory: Memory,
) -> Result<(Planned, Option<Box<Carried>>), SetFull> {
    let inputs = Inputs {
        now,
        reads,
        groups,
        memory: &memory,
    };
    let digests = Digests::of(&inputs);
    let carries = cause::of_rules(compiled)
        .or_else(|| cause::of_reads(compiled, &inputs))
        .is_none();
    let course = Course::of_everybody(compiled, &inputs);
    let origin = || digests.origin(compiled, &inputs);
    let (planned, notes) = course.follow(&origin, |outcome| carries.then(|| Notes::of(outcome)))?;
    let carried = match notes {
        Some(notes) => {
            let carried = Carried::of(
                compiled,
                now,
                reads,
                groups,
                memory,
                digests,
                &notes,
                &planned.change,
            )?;
            Some(Box::new(carried))
        }
        None => None,
    };
    Ok((planned, carried))
}

/// Plans those people whom changes may concern; gives what planning everybody gives.
pub fn replan(compiled: &Compiled, news: News<'_>, mut carried: Box<Carried>) -> Result<Again, SetFull> {
    if let Some(cause) = carried.outdated(compiled, &news) {
        return Ok(Again::Everybody(cause));
    }
    let (reads, groups, now) = (news.reads, news.groups, news.now);
    let mut core = carried.busy();
    if let Err(cause) = carried.follow(compiled, news, &mut core) {
        return Ok(Again::Everybody(cause));
    }
    let mut loud = Loud::of(&carried, core);
    if let Err(cause) = loud.look(compiled, reads, &carried, now) {
        return Ok(Again::Everybody(cause));
    }
    for _ in 0..ROUNDS {
        loud.close(&carried);
        if loud.list.len() > MANY && loud.list.len() > carried.ids.len() / 2 {
            return Ok(Again::Everybody(Cause::Many));
        }
        let few = Few::of(compiled, now, reads, &mut carried, &loud)?;
        let (planned, notes, asked) = plan_few(compiled, reads, groups, now, &carried, &loud, &few)?;
        let has_freed = carried.has_freed(&loud, &notes);
        let known = loud.list.len();
        loud.extend(asked);
        if has_freed {
            loud.extend(carried.without_account());
        }
        if loud.list.len() > known {
            carried.take_back(few.memory);
            continue;
        }
        let people = notes.ids.len();
        carried.keep(compiled, reads, now, &loud, &few, &notes, &planned.change)?;
        return Ok(Again::Planned {
            planned: Box::new(planned),
            carried,
            people,
        });
    }
    Ok(Again::Everybody(Cause::Questions))
}

/// Plans the few; tells also who else would have to be planned for that.
fn plan_few(
    compiled: &Compiled,
    reads: &[Read],
    groups: &[Read],
    now: Timestamp,
    carried: &Carried,
    loud: &Loud,
    few: &Few,
) -> Result<(Planned, Notes, Vec<u32>), SetFull> {
    let inputs = Inputs {
        now,
        reads,
        groups,
        memory: &few.memory,
    };
    let sources = Inputs {
        reads: &few.sources,
        ..inputs
    };
    let looked = compiled.accounts.iter().map(|accounts| {
        let system = carried.system(&accounts.rule.system);
        Looked {
            places: &system.places,
            located: &system.located,
        }
    });
    let aside = Aside::new(
        &carried.owners,
        &loud.is,
        &carried.protected,
        looked.collect(),
        &carried.indexes,
        carried.situations_without(loud),
    );
    let course = Course {
        compiled,
        inputs: &inputs,
        sources: &sources,
        aside: Some(&aside),
    };
    let origin = || carried.digests.origin(compiled, &inputs);
    let (planned, notes) = course.follow(&origin, Notes::of)?;
    Ok((planned, notes, aside.asked()))
}
