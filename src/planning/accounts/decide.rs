//! What a person has to decide before anything is done for somebody, and between what.

use super::Stage;
use crate::{
    model::{Candidate, Finding, FindingKind, RecordView},
    planning::matching::Doubt,
};

/// Attributes that tell what an account is called, the most telling first.
const NAMES: [&str; 5] = ["displayName", "cn", "name.formatted", "userName", "uid"];

impl<'a: 'b, 'b> Stage<'a, 'b> {
    /// Several accounts match somebody, or one that others match too.
    pub(super) fn ambiguous(&self, person: usize, doubt: &Doubt) -> Finding {
        let why = &doubt.why;
        let message = if doubt.people.is_empty() {
            let places: Vec<_> = self.views(doubt).map(RecordView::location).collect();
            format!(
                "{} accounts match by {why}: {}; link the right one with `usher link set`",
                places.len(),
                places.join(" · ")
            )
        } else {
            let places: Vec<_> = self.views(doubt).map(RecordView::location).collect();
            format!(
                "{} matches several people by {why}, beside this one {}: link it to the right one with `usher link set`",
                places.join(" · "),
                self.names(&doubt.people)
            )
        };
        self.undecided(FindingKind::Ambiguous, person, doubt, message)
    }

    /// The only account that matches somebody is somebody else's.
    pub(super) fn taken(&self, person: usize, doubt: &Doubt) -> Finding {
        let places: Vec<_> = self.views(doubt).map(RecordView::location).collect();
        let message = format!(
            "{} matches by {}, and is linked to {}: correct the value at its source, or take the wrong link away \
             with `usher link remove`",
            places.join(" · "),
            doubt.why,
            self.names(&doubt.people)
        );
        self.undecided(FindingKind::Taken, person, doubt, message)
    }

    /// The linked account is gone.
    pub(super) fn missing(&self, person: usize, doubt: &Doubt) -> Finding {
        let rule = &self.accounts().rule;
        let mut message = format!(
            "the linked account is gone from {}, and usher did not delete it",
            rule.system
        );
        let places: Vec<_> = self.views(doubt).map(RecordView::location).collect();
        if places.is_empty() {
            message.push_str(
                ": link another one with `usher link set`, or have it looked for and made again with `usher link rematch`",
            );
        } else {
            let other = format!(
                "; what matches now by {} is another account: {}; accept it with `usher link set`",
                doubt.why,
                places.join(" · ")
            );
            message.push_str(&other);
        }
        self.undecided(FindingKind::Missing, person, doubt, message)
    }

    fn undecided(&self, kind: FindingKind, person: usize, doubt: &Doubt, message: String) -> Finding {
        let anchors = self.views(doubt).map(RecordView::owned_anchor).collect();
        let records = self.views(doubt).map(|record| Candidate {
            anchor: Some(record.owned_anchor()),
            location: record.location().to_owned(),
            name: called(record),
            person: None,
            is_gone: false,
        });
        let people = doubt.people.iter().map(|other| Candidate {
            anchor: None,
            location: self.place(*other as usize),
            name: self.people.name(*other as usize),
            person: Some(self.people.ids[*other as usize]),
            is_gone: false,
        });
        Finding {
            candidates: records.chain(people).collect(),
            ..self.finding(kind, person, anchors, message)
        }
    }

    fn views<'d>(&self, doubt: &'d Doubt) -> impl Iterator<Item = RecordView<'a>> + use<'a, 'b, 'd> {
        let records = self.records();
        doubt.records.iter().map(|at| records.get(*at as usize))
    }

    fn names(&self, people: &[u32]) -> String {
        let names: Vec<_> = people
            .iter()
            .map(|other| self.people.name(*other as usize))
            .collect();
        names.join(", ")
    }
}

/// What an account is called, as far as it says so; else the first part of where it is.
fn called(record: RecordView<'_>) -> String {
    let named = NAMES.iter().find_map(|name| record.get(name).first());
    let place = || crate::model::dn::rdn(record.location()).unwrap_or(record.location());
    named.unwrap_or_else(place).to_owned()
}
