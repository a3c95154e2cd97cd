//! Reads every system a rule names, and decides whether what was read may be planned on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;

use super::{
    Inner,
    carrying::Lender,
    condition::WORTH_A_WORD,
    event::Event,
    increments::{self, Base, Delta},
    quarantine,
};
use crate::{
    connectors::{Connector, Line, ReadRequest},
    model::{Completeness, Kind, Read, SystemName},
    planning::{
        names::{GROUPS, is_of_every_record},
        rules::{AccountRule, Mapping, MatchRule, Rules, Source},
    },
};

/// How often a system that is being read is looked at.
const SECOND: Duration = Duration::from_secs(1);

/// All reads of one planning.
pub(super) struct Reads {
    pub accounts: Vec<Read>,
    pub groups: Vec<Read>,
    /// What was read of the accounts of systems that told only what changed.
    pub deltas: Vec<Delta>,
    /// The same of their groups.
    pub group_deltas: Vec<Delta>,
}

/// Reads everything the rules need, all systems at once; with `full` also what could be added to an earlier read.
/// What is carried of earlier reads is taken out of `lender`.
pub(super) async fn read_all(inner: &Arc<Inner>, full: bool, lender: &Lender) -> Reads {
    let rules = &inner.rules();
    let needed: Vec<_> = inner
        .setup
        .systems
        .iter()
        .map(|system| &system.connector)
        .filter(|c| is_needed(rules, c.system()))
        .collect();
    let reads = needed
        .iter()
        .map(|connector| read_one(inner, connector, rules, full, lender));
    let mut all = Reads {
        accounts: Vec::new(),
        groups: Vec::new(),
        deltas: Vec::new(),
        group_deltas: Vec::new(),
    };
    for (accounts, delta, groups) in join_all(reads).await {
        all.accounts.push(accounts);
        all.deltas.extend(delta);
        if let Some((groups, delta)) = groups {
            all.groups.push(groups);
            all.group_deltas.extend(delta);
        }
    }
    quarantine::refused(inner, &all);
    all
}

async fn read_one(
    inner: &Arc<Inner>,
    connector: &Arc<dyn Connector>,
    rules: &Rules,
    full: bool,
    lender: &Lender,
) -> (Read, Option<Delta>, Option<(Read, Option<Delta>)>) {
    let system = connector.system().clone();
    let wants_groups = wants_groups(rules, &system);
    if let Some(read) = quarantine::not_asked(inner, &system) {
        let groups = wants_groups.then(|| (read.clone(), None));
        return (read, None, groups);
    }
    let mut base = if full {
        None
    } else {
        Base::of(inner, connector).await
    };
    let request = ReadRequest {
        attributes: attributes(rules, &system),
        classes: classes(rules, &system),
        // a read that cannot be compared with the last one is never worse than none
        as_of: inner
            .setup
            .store
            .last_read(&system)
            .ok()
            .flatten()
            .and_then(|last| last.coverage.as_of().map(str::to_owned)),
        since: base.as_ref().map(Base::since),
    };
    let so_far = AtomicUsize::new(0);
    let tell = |silent| {
        inner.emit(&Event::Reading {
            system: system.clone(),
            records: so_far.load(Ordering::Relaxed),
            silent,
            ended: false,
        });
    };
    let progress = |records| {
        so_far.store(records, Ordering::Relaxed);
        tell(None);
    };
    let started = inner.setup.clock.now();
    let read = connector.read(&request, &progress);
    let mut accounts = while_watched(connector.as_ref(), read, tell).await;
    // reads are dated by the engine's clock, like everything else
    (accounts.started, accounts.ended) = (started, inner.setup.clock.now());
    increments::note_full(&mut accounts);
    drop(request);
    // the groups are read by the accounts as they were
    let own = if wants_groups { base.clone() } else { base.take() };
    let (mut accounts, delta) = match own {
        Some(base) => base.add(inner, lender, accounts, false),
        None => (accounts, None),
    };
    if is_marked(rules, &system) {
        accounts.records.mark();
    }
    let is_refused = matches!(accounts.completeness, Completeness::Refused(_));
    let groups = if wants_groups && is_refused {
        // once is enough: every refused attempt counts where accounts are locked
        Some((accounts.clone(), None))
    } else if wants_groups {
        // groups are only added to where accounts are
        let base = base.filter(|_| delta.is_some());
        let groups = read_groups(inner, connector, base.as_ref(), lender);
        while_watched(connector.as_ref(), groups, tell).await
    } else {
        None
    };
    inner.emit(&Event::Reading {
        system: system.clone(),
        records: accounts.records.len(),
        silent: None,
        ended: true,
    });
    (accounts, delta, groups)
}

/// Reads the groups of a system, only what changed of them where that can be added to those that were read with the
/// accounts in `base`.
async fn read_groups(
    inner: &Arc<Inner>,
    connector: &Arc<dyn Connector>,
    base: Option<&Base>,
    lender: &Lender,
) -> Option<(Read, Option<Delta>)> {
    let started = inner.setup.clock.now();
    let date = |mut groups: Read| {
        (groups.started, groups.ended) = (started, inner.setup.clock.now());
        groups
    };
    if let Some(accounts) = base
        && let Some(known) = accounts.of_groups(inner, connector, lender).await
    {
        let since = known.since();
        let changes = connector.read_group_changes(&since, accounts.records(), &|_| {});
        let changes = changes.await;
        drop(since);
        if let Some(changes) = changes {
            let changes = date(changes);
            return Some(known.add(inner, lender, changes, true));
        }
    }
    let mut groups = date(connector.read_groups(&|_| {}).await?);
    increments::note_full(&mut groups);
    Some((groups, None))
}

/// Whether the records of a system may have values that rules mark: it has the attribute, or people are made of it.
fn is_marked(rules: &Rules, system: &SystemName) -> bool {
    let marks = |rule: &AccountRule| rule.attributes.iter().any(|mapping| mapping.marked);
    let mut accounts = rules.accounts.iter().filter(|rule| rule.system == *system);
    let mut people = rules.people.iter();
    accounts.any(marks) || people.any(|rule| rule.from == *system) && has_marks(rules)
}

/// Whether rules mark anything: what it is made of may be a fact of people.
pub(super) fn has_marks(rules: &Rules) -> bool {
    let marks = |rule: &AccountRule| rule.attributes.iter().any(|mapping| mapping.marked);
    rules.accounts.iter().any(marks) || rules.people.iter().any(|rule| !rule.marked.is_empty())
}

/// Waits for a read, and tells meanwhile for how many seconds its system has not answered; nothing when it does again.
async fn while_watched<T>(
    connector: &dyn Connector,
    read: impl Future<Output = T>,
    tell: impl Fn(Option<u64>),
) -> T {
    let mut read = std::pin::pin!(read);
    let mut was_silent = false;
    loop {
        if let Ok(read) = tokio::time::timeout(SECOND, &mut read).await {
            return read;
        }
        let silent = match connector.line() {
            Line::Silent(time) | Line::Lost { since: time, .. } => Some(time),
            Line::Quiet => None,
        };
        let silent = silent.filter(|time| *time >= WORTH_A_WORD);
        if silent.is_some() || was_silent {
            tell(silent.map(|time| time.as_secs()));
        }
        was_silent = silent.is_some();
    }
}

/// Whether the rules name groups of a system, or members of whichever it has.
fn wants_groups(rules: &Rules, system: &SystemName) -> bool {
    let own = |rule: &AccountRule| rule.system == *system;
    let grants = || {
        let mut grants = rules.entitlements.iter().flat_map(|rule| &rule.grants);
        grants.any(|(other, _)| other == system)
    };
    let mirrored = rules.mirrors.iter();
    let mut mirrored = mirrored.flat_map(|rule| [&rule.from, &rule.system]);
    if mirrored.any(|other| other == system) {
        return true;
    }
    let asks = asks_for_groups(rules);
    let mut assigned = rules.accounts.iter().flat_map(|rule| &rule.assigned);
    let mut accounts = rules.accounts.iter();
    assigned.any(|group| group.system == *system)
        || accounts.any(|rule| own(rule) && (rule.leaver.remove_groups || grants() || asks))
}

fn is_needed(rules: &Rules, system: &SystemName) -> bool {
    rules.people.iter().any(|rule| rule.from == *system)
        || rules.accounts.iter().any(|rule| rule.system == *system)
}

/// The classes of the accounts that rules make in a system, a list a rule.
fn classes(rules: &Rules, system: &SystemName) -> Vec<Vec<String>> {
    let rules = rules.accounts.iter().filter(|rule| rule.system == *system);
    rules
        .filter(|rule| rule.actions.contains(&Kind::Create))
        .map(|rule| rule.class.clone())
        .collect()
}

/// The attributes the rules use of a system's records.
fn attributes(rules: &Rules, system: &SystemName) -> Vec<String> {
    let mut wanted: Vec<String> = Vec::new();
    let mut want = |name: &str| {
        if !name.is_empty() && !wanted.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            wanted.push(name.to_owned());
        }
    };
    for rule in rules.people.iter().filter(|rule| rule.from == *system) {
        let lifecycle = [
            &rule.lifecycle.active,
            &rule.lifecycle.start,
            &rule.lifecycle.end,
            &rule.lifecycle.leave,
        ];
        let sources = rule
            .attributes
            .iter()
            .chain(&rule.references)
            .chain(&rule.join)
            .map(|(_, source)| source)
            .chain(lifecycle.into_iter().flatten())
            .chain(&rule.previous)
            .chain(&rule.scope)
            .chain(&rule.time_zone);
        let attributes = sources.flat_map(|source| bracketed(&source.text));
        attributes
            .filter(|name| !is_of_every_record(name))
            .for_each(&mut want);
    }
    for rule in rules.accounts.iter().filter(|rule| rule.system == *system) {
        let matched = rule.matches.iter().flat_map(|rule| &rule.all);
        matched.for_each(|(attribute, _)| want(attribute));
        rule.attributes
            .iter()
            .for_each(|mapping| want(&mapping.attribute));
    }
    let protected = rules.protected.iter();
    let protected = protected.map(|protection| (&protection.system, &protection.when));
    let privileged = rules.privileged.iter();
    let privileged = privileged.filter_map(|privilege| Some((&privilege.system, privilege.when.as_ref()?)));
    for (_, when) in protected.chain(privileged).filter(|(of, _)| *of == system) {
        bracketed(&when.text)
            .filter(|name| !is_of_every_record(name))
            .for_each(&mut want);
    }
    // what other rules take from accounts here: [accounts.RULE.attribute], [current.attribute]; which groups they
    // are in is read with the groups
    let is_attribute = |name: &&str| !name.eq_ignore_ascii_case(GROUPS);
    for rule in &rules.accounts {
        for path in sources(rule).flat_map(|source| bracketed(&source.text)) {
            if rule.system == *system
                && let Some(name) = path.strip_prefix("current.").filter(is_attribute)
            {
                want(name);
            }
            for other in rules.accounts.iter().filter(|other| other.system == *system) {
                let name = path
                    .strip_prefix("accounts.")
                    .and_then(|rest| rest.strip_prefix(other.name.as_str()))
                    .and_then(|rest| rest.strip_prefix('.'))
                    .filter(is_attribute);
                name.into_iter().for_each(&mut want);
            }
        }
    }
    wanted
}

/// Whether any rule asks which groups somebody is in.
pub(super) fn asks_for_groups(rules: &Rules) -> bool {
    let entitled = rules.entitlements.iter().map(|rule| &rule.when);
    let mut sources = rules.accounts.iter().flat_map(sources).chain(entitled);
    sources.any(|source| mentions_groups(&source.text))
}

/// Whether an expression asks which groups somebody is in; text that only looks so costs a read of groups too many.
pub(super) fn mentions_groups(text: &str) -> bool {
    let is_group = |path: &str| {
        let last = path.rsplit_once('.').map_or(path, |(_, last)| last);
        last.trim().eq_ignore_ascii_case(GROUPS)
    };
    bracketed(text).any(is_group) || text.to_ascii_lowercase().contains("ismemberof")
}

/// The expressions of an account rule.
pub(super) fn sources(rule: &AccountRule) -> impl Iterator<Item = &Source> {
    let mapped = rule.attributes.iter().flat_map(Mapping::sources);
    mapped
        .chain(rule.matches.iter().flat_map(MatchRule::sources))
        .chain(&rule.scope)
        .chain(&rule.container)
        .chain(&rule.leaver.container)
}

/// The names in brackets of an expression; a bracket inside a string only costs an attribute too many.
pub(super) fn bracketed(text: &str) -> impl Iterator<Item = &str> {
    text.split('[')
        .skip(1)
        .filter_map(|rest| rest.split_once(']').map(|(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_for_groups_is_found() {
        for (text, expected) in [
            ("[groups]", true),
            ("[ Current.Groups ]", true),
            ("[accounts.staff.groups]", true),
            (r#"isMemberOf("x")"#, true),
            ("[accounts.staff.mail]", false),
            ("[groupsize]", false),
            ("[memberOf]", false),
        ] {
            assert_eq!(mentions_groups(text), expected, "{text}");
        }
    }

    #[test]
    fn names_in_brackets_are_found() {
        let names: Vec<_> = bracketed(r#"Join("", [a], "x[", [b c]) = [d"#).collect();
        assert_eq!(names, ["a", "b c"]);
    }
}
