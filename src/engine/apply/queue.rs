//! Which operation may be sent next.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use crate::{
    engine::{
        Error, Inner,
        event::Level,
        no_plan, rails,
        standing::{Standings, same_policy},
    },
    model::{Fingerprint, Kind, OperationState, PersonId, PlanId, RuleName, SystemName},
    store::StoredOperation,
};

/// Returns the approved operations of the current plan that are due and not stopped by a guard rail.
pub(super) fn approved(
    inner: &Inner,
    only: Option<&[Fingerprint]>,
) -> Result<(Vec<StoredOperation>, PlanId), Error> {
    let store = &inner.setup.store;
    let plan = store.current_plan()?.ok_or_else(no_plan)?;
    same_policy(inner, &plan)?;
    let standings = Standings::load(inner, &plan)?;
    let releases = store.releases(plan.id)?;
    let stopped = rails::stopped(&plan, &releases);
    let only: Option<HashSet<Fingerprint>> = only.map(|only| only.iter().copied().collect());
    let now = inner.setup.clock.now();
    let mut approved = Vec::new();
    let mut applied = HashSet::new();
    let mut awaited = Awaited::new();
    let mut held_back = 0;
    let mut names = BTreeSet::new();
    let mut not_enough: BTreeMap<String, usize> = BTreeMap::new();
    store.operations(plan.id, &mut |stored| {
        let operation = &stored.operation;
        if matches!(stored.state, OperationState::Applied | OperationState::Verified) {
            applied.insert(operation.fingerprint);
        } else if matches!(operation.kind, Kind::Create | Kind::Adopt) {
            awaited.insert(
                operation.fingerprint,
                (operation.kind, operation.person, operation.rule.clone()),
            );
        }
        let wanted = only
            .as_ref()
            .is_none_or(|only| only.contains(&operation.fingerprint));
        let observed = inner
            .system(&operation.system)
            .is_none_or(|system| system.observe);
        if !wanted || observed || operation.due.is_some_and(|due| due > now) {
            return;
        }
        let standing = standings.of(&stored);
        if standing.state != OperationState::Approved {
            if !standing.note.is_empty()
                && !matches!(standing.state, OperationState::Rejected | OperationState::Held)
            {
                *not_enough.entry(standing.note).or_default() += 1;
            }
            return;
        }
        if let Some(rail) = stopped.get(&operation.fingerprint) {
            held_back += 1;
            names.insert(rails::describe(rail));
            return;
        }
        approved.push(stored);
    })?;
    if approved.is_empty() && held_back > 0 {
        let names: Vec<_> = names.into_iter().collect();
        return Err(Error::Refused(format!(
            "{held_back} approved operations are stopped by a guard rail: {}; release it with a reason, in full or for some of them",
            names.join(", ")
        )));
    }
    if approved.is_empty() && !not_enough.is_empty() {
        let count: usize = not_enough.values().sum();
        let notes: Vec<_> = not_enough
            .iter()
            .map(|(note, count)| format!("{count}: {note}"))
            .collect();
        return Err(Error::Refused(format!(
            "nothing that is due is approved; {count} operations lack an approval that policy demands ({})",
            notes.join("; ")
        )));
    }
    let count = approved.len();
    let operations = without_orphaned_waits(approved, &applied, &awaited);
    let waiting = count - operations.len();
    if operations.is_empty() && waiting > 0 {
        return Err(Error::Refused(format!(
            "{waiting} approved operations wait for others that are not approved: approve those too"
        )));
    }
    if held_back + waiting > 0 {
        let text = format!(
            "left out: {held_back} approved operations stopped by a guard rail, {waiting} that wait for others not approved"
        );
        inner.notice(Level::Warning, text);
    }
    Ok((operations, plan.id))
}

/// What gives somebody an account: how, whose, under which rule.
type Awaited = HashMap<Fingerprint, (Kind, Option<PersonId>, RuleName)>;

/// Leaves out what needs an operation of the plan that is neither applied with it nor was by an earlier run;
/// `awaited` are those of them that give an account.
fn without_orphaned_waits(
    mut operations: Vec<StoredOperation>,
    applied: &HashSet<Fingerprint>,
    awaited: &Awaited,
) -> Vec<StoredOperation> {
    loop {
        let here: HashSet<_> = operations
            .iter()
            .map(|stored| stored.operation.fingerprint)
            .collect();
        let before = operations.len();
        operations.retain(|stored| {
            let operation = &stored.operation;
            let mut waits_for = operation.waits_for.iter();
            waits_for.all(|other| {
                let is_needed = || match awaited.get(other) {
                    Some((kind, person, rule)) => operation.needs(*kind, *person, rule),
                    None => operation.needs(Kind::Task, None, &operation.rule),
                };
                here.contains(other) || applied.contains(other) || !is_needed()
            })
        });
        if operations.len() == before {
            return operations;
        }
    }
}

/// An operation that waits for another one.
#[derive(Debug, Clone, Copy)]
struct Follower {
    at: usize,
    /// Whether it is sent only if the other one was applied.
    needs: bool,
}

/// The operations of a run that are not sent yet.
pub(super) struct Queue {
    operations: Vec<Option<StoredOperation>>,
    systems: Vec<SystemName>,
    objects: Vec<Option<(SystemName, String)>>,
    /// How many operations each one still waits for.
    waits: Vec<usize>,
    /// Which operations wait for each one.
    followers: HashMap<usize, Vec<Follower>>,
    ready: HashMap<SystemName, VecDeque<usize>>,
    working: HashMap<SystemName, usize>,
    busy_objects: HashSet<(SystemName, String)>,
    /// How many operations of each system may be under way.
    widths: HashMap<SystemName, usize>,
    /// How many of each system have ended since its width was looked at.
    ended: HashMap<SystemName, usize>,
}

impl Queue {
    /// Takes the operations of a run; `widths` tells how many of each system may be under way, `gathers` which systems
    /// take several memberships of one group at once.
    pub(super) fn new(
        operations: Vec<StoredOperation>,
        widths: HashMap<SystemName, usize>,
        gathers: impl Fn(&SystemName) -> bool,
    ) -> Self {
        let place: HashMap<Fingerprint, usize> = operations
            .iter()
            .enumerate()
            .map(|(at, stored)| (stored.operation.fingerprint, at))
            .collect();
        let mut followers: HashMap<usize, Vec<Follower>> = HashMap::new();
        let mut waits = vec![0; operations.len()];
        let mut ready: HashMap<SystemName, VecDeque<usize>> = HashMap::new();
        for (at, stored) in operations.iter().enumerate() {
            for other in stored
                .operation
                .waits_for
                .iter()
                .filter_map(|other| place.get(other))
            {
                waits[at] += 1;
                let first = &operations[*other].operation;
                let needs = stored.operation.needs(first.kind, first.person, &first.rule);
                let follower = Follower { at, needs };
                followers.entry(*other).or_default().push(follower);
            }
            if waits[at] == 0 {
                ready
                    .entry(stored.operation.system.clone())
                    .or_default()
                    .push_back(at);
            }
        }
        Self {
            systems: operations
                .iter()
                .map(|stored| stored.operation.system.clone())
                .collect(),
            objects: operations
                .iter()
                .map(|stored| {
                    let alone = !is_membership(stored) || !gathers(&stored.operation.system);
                    object(stored).filter(|_| alone)
                })
                .collect(),
            operations: operations.into_iter().map(Some).collect(),
            waits,
            followers,
            ready,
            working: HashMap::new(),
            busy_objects: HashSet::new(),
            widths,
            ended: HashMap::new(),
        }
    }

    /// Lets more of the systems be under way that had nothing to do, up to `most`; looks at each after as many
    /// operations as it may have. Intents go to disk in groups, and a fast system is through with a small group
    /// before the next is there.
    pub(super) fn widen(&mut self, most: usize, is_idle: impl Fn(&SystemName) -> bool) {
        for (system, width) in &mut self.widths {
            let ended = self.ended.entry(system.clone()).or_default();
            if *ended >= *width && *width < most {
                *ended = 0;
                if is_idle(system) {
                    *width = (*width * 2).min(most);
                }
            }
        }
    }

    /// Takes the next operation that may be sent.
    pub(super) fn next(&mut self) -> Option<(usize, StoredOperation)> {
        for (system, ready) in &mut self.ready {
            let working = self.working.entry(system.clone()).or_default();
            if *working >= self.widths.get(system).map_or(1, |width| *width.max(&1)) {
                continue;
            }
            let free = ready.iter().position(|at| {
                self.objects[*at]
                    .as_ref()
                    .is_none_or(|object| !self.busy_objects.contains(object))
            });
            if let Some(at) = free.and_then(|free| ready.remove(free)) {
                *working += 1;
                self.busy_objects.extend(self.objects[at].clone());
                let operation = self.operations[at].take()?;
                return Some((at, operation));
            }
        }
        None
    }

    /// Notes that an operation has ended; if it was applied, what waited for it may follow.
    pub(super) fn ended(&mut self, at: usize, applied: bool) {
        if let Some(working) = self.working.get_mut(&self.systems[at]) {
            *working = working.saturating_sub(1);
        }
        *self.ended.entry(self.systems[at].clone()).or_default() += 1;
        if let Some(object) = &self.objects[at] {
            self.busy_objects.remove(object);
        }
        self.follow(at, applied);
    }

    /// Lets those follow that waited for an operation; if it was not applied, only those that do not need it.
    fn follow(&mut self, at: usize, applied: bool) {
        let mut over = vec![(at, applied)];
        while let Some((at, applied)) = over.pop() {
            for Follower { at: follower, needs } in self.followers.remove(&at).unwrap_or_default() {
                if self.operations[follower].is_none() {
                    continue;
                }
                if !applied && needs {
                    // it is never sent: what waits for it in turn learns that now
                    over.push((follower, false));
                    continue;
                }
                self.waits[follower] -= 1;
                if self.waits[follower] == 0 {
                    let system = self.systems[follower].clone();
                    self.ready.entry(system).or_default().push_back(follower);
                }
            }
        }
    }

    /// Leaves out everything else of the system of an operation; returns how much that is.
    pub(super) fn drop_system(&mut self, at: usize) -> usize {
        let system = self.systems[at].clone();
        self.ready.remove(&system);
        let dropped: Vec<usize> = (0..self.operations.len())
            .filter(|other| self.systems[*other] == system && self.operations[*other].take().is_some())
            .collect();
        for other in &dropped {
            self.follow(*other, false);
        }
        dropped.len()
    }
}

/// The object that must not have two writes in flight.
fn object(stored: &StoredOperation) -> Option<(SystemName, String)> {
    let operation = &stored.operation;
    let anchor = operation.target.anchor.as_ref()?;
    let class = if is_membership(stored) { "group " } else { "" };
    Some((operation.system.clone(), format!("{class}{anchor}")))
}

fn is_membership(stored: &StoredOperation) -> bool {
    matches!(stored.operation.kind, Kind::AddMember | Kind::RemoveMember)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{After, Change, Operation, Precondition, Reference, Situation, Target, Value};

    fn stored(number: u8, kind: Kind, system: &str, waits_for: &[u8]) -> StoredOperation {
        let id = |number: u8| Fingerprint([number; 32]);
        StoredOperation {
            operation: Operation {
                fingerprint: id(number),
                person: None,
                subject: String::new(),
                rule: "staff".into(),
                system: system.into(),
                class: Vec::new(),
                kind,
                situation: Situation::Leaving,
                event: None,
                target: Target {
                    anchor: Some(number.to_string().into()),
                    location: String::new(),
                    container: None,
                    name: None,
                },
                changes: Vec::new(),
                usable: None,
                precondition: Precondition::Unchanged { enabled: None },
                waits_for: waits_for.iter().copied().map(id).collect(),
                due: None,
                risk: Vec::new(),
                why: String::new(),
                undoes: None,
            },
            scheduled: false,
            state: OperationState::Approved,
            held_until: None,
        }
    }

    fn queue(operations: Vec<StoredOperation>) -> Queue {
        let systems = operations.iter().map(|stored| stored.operation.system.clone());
        let widths = systems.map(|system| (system, 9)).collect();
        Queue::new(operations, widths, |system| system.as_str() == "gathering")
    }

    /// Takes everything that may be sent now.
    fn sent(queue: &mut Queue) -> Vec<usize> {
        let mut sent: Vec<usize> = std::iter::from_fn(|| queue.next()).map(|(at, _)| at).collect();
        sent.sort_unstable();
        sent
    }

    /// A removal, the disable after it, the deletion after that, and a disable elsewhere that comes after the deletion.
    fn leaver() -> Vec<StoredOperation> {
        vec![
            stored(1, Kind::RemoveMember, "directory", &[]),
            stored(2, Kind::Disable, "directory", &[1]),
            stored(3, Kind::Delete, "directory", &[1, 2]),
            stored(4, Kind::Disable, "chat", &[3]),
        ]
    }

    #[test]
    fn somebody_is_cut_off_though_a_group_could_not_be_changed() {
        let mut queue = queue(leaver());
        assert_eq!(sent(&mut queue), [0]);
        queue.ended(0, false);
        // the deletion will never be sent: who comes after it need not wait for it
        assert_eq!(sent(&mut queue), [1, 3]);
        queue.ended(1, true);
        queue.ended(3, true);
        assert!(sent(&mut queue).is_empty());
    }

    #[test]
    fn a_group_is_written_to_once_at_a_time_unless_its_system_gathers() {
        let members = |system| {
            let mut operations = vec![
                stored(1, Kind::AddMember, system, &[]),
                stored(2, Kind::RemoveMember, system, &[]),
            ];
            operations[1].operation.target = operations[0].operation.target.clone();
            operations
        };
        assert_eq!(sent(&mut queue(members("directory"))), [0]);
        assert_eq!(sent(&mut queue(members("gathering"))), [0, 1]);
    }

    #[test]
    fn what_was_applied_is_followed_in_order() {
        let mut queue = queue(leaver());
        for at in 0..4 {
            assert_eq!(sent(&mut queue), [at]);
            queue.ended(at, true);
        }
        assert!(sent(&mut queue).is_empty());
    }

    #[test]
    fn a_system_that_is_gone_holds_nobody_back_elsewhere() {
        let mut queue = queue(leaver());
        assert_eq!(sent(&mut queue), [0]);
        assert_eq!(queue.drop_system(0), 2);
        assert_eq!(sent(&mut queue), [3]);
    }

    /// The creates of a manager, of a report, and of the report's membership.
    fn family() -> Vec<StoredOperation> {
        let person = |number: u128| PersonId(uuid::Uuid::from_u128(number));
        let mut manager = stored(1, Kind::Create, "directory", &[]);
        manager.operation.person = Some(person(1));
        let mut report = stored(2, Kind::Create, "directory", &[1]);
        report.operation.person = Some(person(2));
        report.operation.changes = vec![Change {
            attribute: "manager".to_owned(),
            before: Value::Absent,
            after: After::Known(Value::Reference(Reference::Account {
                person: person(1),
                rule: "staff".into(),
            })),
            marked: false,
        }];
        vec![manager, report, stored(3, Kind::AddMember, "directory", &[2])]
    }

    #[test]
    fn a_report_is_made_though_the_manager_could_not_be() {
        for applied in [true, false] {
            let mut queue = queue(family());
            assert_eq!(sent(&mut queue), [0], "the manager first");
            queue.ended(0, applied);
            assert_eq!(sent(&mut queue), [1]);
            queue.ended(1, true);
            assert_eq!(sent(&mut queue), [2]);
        }
    }

    #[test]
    fn a_report_needs_no_approval_of_the_manager() {
        let mut operations = family();
        let manager = operations.remove(0).operation;
        let account = (Kind::Create, manager.person, manager.rule);
        let awaited = Awaited::from([(manager.fingerprint, account)]);
        let left = without_orphaned_waits(operations.clone(), &HashSet::new(), &awaited);
        assert_eq!(left.len(), 2);
        // what is no reference is needed
        operations[0].operation.changes.clear();
        let left = without_orphaned_waits(operations, &HashSet::new(), &awaited);
        assert!(left.is_empty());
    }

    #[test]
    fn cutting_off_needs_no_approval_of_what_comes_before() {
        let mut operations = leaver();
        operations.remove(0);
        let left = without_orphaned_waits(operations, &HashSet::new(), &Awaited::new());
        let kinds: Vec<_> = left.iter().map(|stored| stored.operation.kind).collect();
        // nor of the deletion, which needs the removal
        assert_eq!(kinds, [Kind::Disable, Kind::Disable]);
    }
}
