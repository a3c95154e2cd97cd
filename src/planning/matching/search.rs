//! Looks for the account of one person by the match rules.

use std::{borrow::Cow, sync::OnceLock};

use ahash::AHashMap;

use super::{
    Doubt, Hit, Match, NO_LINK,
    doubt::words,
    index::{ColumnIndex, Form},
};
use crate::{
    expression::Moment,
    model::{RecordSet, Value},
    planning::{
        Inputs,
        aside::Aside,
        compile::{Compiled, CompiledAccounts, CompiledMatch},
        draft::{PersonRow, RulePlan},
        people::People,
    },
};

/// The match rules of an account rule, ready to be asked.
pub(super) struct Search<'s> {
    compiled: &'s Compiled,
    people: &'s People<'s>,
    before: &'s [RulePlan<'s>],
    accounts: &'s CompiledAccounts,
    inputs: &'s Inputs<'s>,
    records: &'s RecordSet,
    form: Form,
    indexes: Vec<ColumnIndex<'s>>,
    /// Records that are somebody's.
    taken: &'s [bool],
    /// The linked record of each person.
    linked: &'s [u32],
    /// Whose a linked record is; made when it is first asked.
    owners: OnceLock<AHashMap<u32, u32>>,
    /// The account rule, by its place.
    rule: usize,
    aside: Option<&'s Aside<'s>>,
}

impl<'s> Search<'s> {
    #[expect(
        clippy::too_many_arguments,
        reason = "all that matching looks at, put together once"
    )]
    pub(super) fn new(
        compiled: &'s Compiled,
        inputs: &'s Inputs<'s>,
        people: &'s People<'s>,
        before: &'s [RulePlan<'s>],
        rule: usize,
        form: Form,
        taken: &'s [bool],
        linked: &'s [u32],
        aside: Option<&'s Aside<'s>>,
    ) -> Self {
        let accounts = &compiled.accounts[rule];
        let records = &inputs.read(&accounts.rule.system).records;
        // in normal form only what is free is of interest, and that is little
        let without = (form == Form::Normal).then_some(taken);
        let indexes = accounts.matches.iter().enumerate().map(|(at, way)| {
            let kept = aside.filter(|_| form == Form::Exact);
            way.index(records, form, without)
                .keeping(kept.map(|aside| aside.index(rule, at)))
        });
        Self {
            compiled,
            people,
            before,
            accounts,
            inputs,
            records,
            form,
            indexes: indexes.collect(),
            taken,
            linked,
            owners: OnceLock::new(),
            rule,
            aside,
        }
    }

    /// Finds somebody's account.
    pub(super) fn find(&self, person: usize) -> Match {
        let mut elsewhere = None;
        for (at, rule) in self.rules() {
            let found = self.with_texts(rule, person, |texts| {
                let mut hits = self.indexes[at]
                    .hits(texts)
                    .filter(|hit| !self.taken[*hit as usize]);
                let hits = hits.by_ref().filter(|hit| self.is_meant(rule, person, *hit));
                let mut hits = hits;
                let Some(first) = hits.next() else {
                    if elsewhere.is_none() {
                        elsewhere = self.elsewhere(at, rule, person, texts);
                    }
                    return None;
                };
                // a record may be there once for each of its values
                let hit = Hit {
                    rule: at as u16,
                    normalised: self.form == Form::Normal,
                };
                if hits.all(|other| other == first) {
                    return Some(Match::Found(first, hit));
                }
                drop(hits);
                Some(Match::Ambiguous(Box::new(self.doubt(at, rule, person, texts))))
            });
            if let Some(found) = found.flatten() {
                return found;
            }
        }
        elsewhere.map_or(Match::None, |doubt| Match::Taken(Box::new(doubt)))
    }

    /// Finds the records that the first rule gives that gives any.
    pub(super) fn candidates(&self, person: usize) -> Doubt {
        for (at, rule) in self.rules() {
            let doubt = self.with_texts(rule, person, |texts| self.doubt(at, rule, person, texts));
            if let Some(doubt) = doubt.filter(|doubt| !doubt.records.is_empty()) {
                return doubt;
            }
        }
        Doubt::default()
    }

    fn rules(&self) -> impl Iterator<Item = (usize, &'s CompiledMatch)> {
        let rules = self.accounts.matches.iter().enumerate();
        rules.filter(|(_, rule)| self.form == Form::Exact || rule.normalised)
    }

    fn doubt(&self, at: usize, rule: &CompiledMatch, person: usize, texts: &[Cow<'_, str>]) -> Doubt {
        let hits = self.indexes[at]
            .hits(texts)
            .filter(|hit| !self.taken[*hit as usize]);
        let mut records: Vec<u32> = hits.filter(|hit| self.is_meant(rule, person, *hit)).collect();
        records.sort_unstable();
        records.dedup();
        Doubt {
            records,
            people: Vec::new(),
            why: words(self.accounts, rule, texts),
        }
    }

    /// A record that matches and is linked to somebody else.
    fn elsewhere(
        &self,
        at: usize,
        rule: &CompiledMatch,
        person: usize,
        texts: &[Cow<'_, str>],
    ) -> Option<Doubt> {
        if self.form == Form::Normal {
            return None;
        }
        let hits = self.indexes[at].hits(texts);
        let mut hits: Vec<u32> = hits.filter(|hit| self.is_meant(rule, person, *hit)).collect();
        // the first of several is the same however the index came about
        hits.sort_unstable();
        let (record, owner) = hits.into_iter().find_map(|hit| Some((hit, self.owner(hit)?)))?;
        Some(Doubt {
            records: vec![record],
            people: vec![owner],
            why: words(self.accounts, rule, texts),
        })
    }

    fn owner(&self, record: u32) -> Option<u32> {
        let owners = self.owners.get_or_init(|| {
            let linked = self.linked.iter().enumerate();
            let linked = linked.filter(|(_, record)| **record < NO_LINK);
            linked.map(|(person, record)| (*record, person as u32)).collect()
        });
        let owner = owners.get(&record).copied();
        if let (None, Some(aside)) = (owner, self.aside) {
            aside.ask_for_owner(self.rule, record);
        }
        owner
    }

    /// Whether what must be true besides is true of the record.
    fn is_meant(&self, rule: &CompiledMatch, person: usize, record: u32) -> bool {
        let Some(when) = &rule.when else { return true };
        let row = PersonRow {
            current: Some(self.records.get(record as usize)),
            ..self.row(person)
        };
        when.holds(&row, &self.moment(person)).unwrap_or(false)
    }

    /// Evaluates the expressions of a rule; nothing if one of them gives nothing.
    fn with_texts<T>(
        &self,
        rule: &CompiledMatch,
        person: usize,
        work: impl FnOnce(&[Cow<'_, str>]) -> T,
    ) -> Option<T> {
        let (row, moment) = (self.row(person), self.moment(person));
        let is_something = |text: &Cow<'_, str>| !text.trim().is_empty();
        if let [(_, expression)] = &*rule.all {
            let value = expression.evaluate(&row, &moment).ok()?;
            let text = value.as_text().filter(is_something)?;
            return Some(work(std::slice::from_ref(&text)));
        }
        let values = rule
            .all
            .iter()
            .map(|(_, expression)| expression.evaluate(&row, &moment).ok());
        let values: Vec<Value<'_>> = values.collect::<Option<_>>()?;
        let texts = values.iter().map(|value| value.as_text().filter(is_something));
        let texts: Vec<_> = texts.collect::<Option<_>>()?;
        Some(work(&texts))
    }

    fn row(&self, person: usize) -> PersonRow<'s> {
        PersonRow {
            compiled: self.compiled,
            people: self.people,
            person,
            before: self.before,
            current: None,
            own: &[],
            in_scope: true,
        }
    }

    fn moment(&self, person: usize) -> Moment<'s> {
        Moment {
            now: self.inputs.now,
            time_zone: self.people.zone_of(person),
        }
    }
}

impl CompiledMatch {
    /// The records of a target by the values that this way goes by.
    pub(in crate::planning) fn exactly<'a>(&self, records: &'a RecordSet) -> ColumnIndex<'a> {
        self.index(records, Form::Exact, None)
    }

    fn index<'a>(&self, records: &'a RecordSet, form: Form, without: Option<&'a [bool]>) -> ColumnIndex<'a> {
        let columns = self.all.iter().map(|(column, _)| *column).collect();
        ColumnIndex::of(records, columns, form, without)
    }
}
