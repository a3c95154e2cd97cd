//! Which operation may be sent next.

use std::{collections::VecDeque, sync::Arc};

use hashbrown::{HashMap, HashSet};

use crate::{
    model::{Fingerprint, Kind, Operation, SystemName},
    store::StoredOperation,
};

/// An operation that waits for another one.
#[derive(Debug, Clone, Copy)]
struct Follower {
    at: usize,
    /// Whether it is sent only if the other one was applied.
    needs: bool,
}

/// The operations of a run that are not sent yet.
pub(super) struct Queue {
    operations: Vec<Option<Arc<StoredOperation>>>,
    /// How many of them there are.
    left: usize,
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
    /// Those that are ready and may not be sent yet.
    parked: Vec<usize>,
}

impl Queue {
    /// Takes the operations of a run; `widths` tells how many of each system may be under way, `gathers` which systems
    /// take several memberships of one group at once.
    pub(super) fn new(
        operations: Vec<Arc<StoredOperation>>,
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
            left: operations.len(),
            operations: operations.into_iter().map(Some).collect(),
            waits,
            followers,
            ready,
            working: HashMap::new(),
            busy_objects: HashSet::new(),
            widths,
            ended: HashMap::new(),
            parked: Vec::new(),
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

    /// Takes the next operation that may be sent; what `may` refuses is put aside.
    pub(super) fn next(
        &mut self,
        mut may: impl FnMut(&Operation) -> bool,
    ) -> Option<(usize, Arc<StoredOperation>)> {
        for (system, ready) in &mut self.ready {
            let working = self.working.entry(system.clone()).or_default();
            if *working >= self.widths.get(system).map_or(1, |width| *width.max(&1)) {
                continue;
            }
            let mut place = 0;
            while let Some(at) = ready.get(place).copied() {
                let object = self.objects[at].as_ref();
                if object.is_some_and(|object| self.busy_objects.contains(object)) {
                    place += 1;
                    continue;
                }
                ready.remove(place);
                let Some(stored) = self.operations[at].take() else {
                    continue;
                };
                if !may(&stored.operation) {
                    self.operations[at] = Some(stored);
                    self.parked.push(at);
                    continue;
                }
                *working += 1;
                self.left -= 1;
                self.busy_objects.extend(self.objects[at].clone());
                return Some((at, stored));
            }
        }
        None
    }

    /// Reports whether all are sent.
    pub(super) fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Returns how many are put aside, and how many others are not sent yet.
    pub(super) fn waiting(&self) -> (usize, usize) {
        let is_there = |at: &&usize| self.operations[**at].is_some();
        let parked = self.parked.iter().filter(is_there).count();
        (parked, self.left - parked)
    }

    /// Takes up again what was put aside.
    pub(super) fn unpark(&mut self) {
        for at in std::mem::take(&mut self.parked) {
            let system = self.systems[at].clone();
            self.ready.entry(system).or_default().push_back(at);
        }
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
        self.drop_where(|operation| operation.system == system)
    }

    /// Leaves out what something is true of; returns how much that is.
    pub(super) fn drop_where(&mut self, is_out: impl Fn(&Operation) -> bool) -> usize {
        let dropped: Vec<usize> = self
            .operations
            .iter_mut()
            .enumerate()
            .filter_map(|(at, stored)| {
                stored.take_if(|stored| is_out(&stored.operation))?;
                Some(at)
            })
            .collect();
        self.left -= dropped.len();
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
pub(super) mod tests {
    use super::*;
    use crate::model::{
        After, Change, OperationState, PersonId, Precondition, Reference, Situation, Target, Value,
    };

    pub(in crate::engine::apply) fn stored(
        number: u8,
        kind: Kind,
        system: &str,
        waits_for: &[u8],
    ) -> StoredOperation {
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
        let operations = operations.into_iter().map(Arc::new).collect();
        Queue::new(operations, widths, |system| system.as_str() == "gathering")
    }

    /// Takes everything that may be sent now.
    fn sent(queue: &mut Queue) -> Vec<usize> {
        let mut sent: Vec<usize> = std::iter::from_fn(|| queue.next(|_| true))
            .map(|(at, _)| at)
            .collect();
        sent.sort_unstable();
        sent
    }

    /// A removal, the disable after it, the deletion after that, and a disable elsewhere that comes after the deletion.
    pub(in crate::engine::apply) fn leaver() -> Vec<StoredOperation> {
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
            assert!(!queue.is_empty());
            assert_eq!(sent(&mut queue), [at]);
            queue.ended(at, true);
        }
        assert!(sent(&mut queue).is_empty() && queue.is_empty());
    }

    #[test]
    fn a_system_that_is_gone_holds_nobody_back_elsewhere() {
        let mut queue = queue(leaver());
        assert_eq!(sent(&mut queue), [0]);
        assert_eq!(queue.drop_system(0), 2);
        assert!(!queue.is_empty());
        assert_eq!(sent(&mut queue), [3]);
        assert!(queue.is_empty());
    }

    /// The creates of a manager, of a report, and of the report's membership.
    pub(in crate::engine::apply) fn family() -> Vec<StoredOperation> {
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
}
