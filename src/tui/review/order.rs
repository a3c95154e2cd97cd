//! What the list is grouped by and sorted by.

use std::borrow::Cow;

use crate::{
    engine::view::ReviewRow,
    model::{LifecycleEvent, Risk, Situation},
};

/// What the sections of the list are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// No sections: one line a person and system.
    #[default]
    Person,
    /// How the (person, account rule) stands.
    Situation,
    /// The system.
    System,
    /// The person's department.
    Department,
    /// What makes it worth a second look.
    Risk,
    /// What happened to the person.
    Event,
}

impl Group {
    /// Returns the next grouping.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Person => Self::Situation,
            Self::Situation => Self::System,
            Self::System => Self::Department,
            Self::Department => Self::Risk,
            Self::Risk => Self::Event,
            Self::Event => Self::Person,
        }
    }

    /// Returns its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Situation => "situation",
            Self::System => "system",
            Self::Department => "department",
            Self::Risk => "risk",
            Self::Event => "event",
        }
    }

    /// Returns the section a row belongs to, with its place among the sections.
    pub(super) fn key(self, row: &ReviewRow) -> (usize, Cow<'_, str>) {
        match self {
            Self::Person => (0, Cow::Borrowed("")),
            Self::Situation => {
                let place = Situation::ALL.iter().position(|other| *other == row.situation);
                (place.unwrap_or(usize::MAX), Cow::Borrowed(row.situation.word()))
            }
            Self::System => (0, Cow::Borrowed(row.system.as_str())),
            Self::Department if row.department.is_empty() => (1, Cow::Borrowed("no department")),
            Self::Department => (0, Cow::Borrowed(&row.department)),
            Self::Risk => match row.risk.iter().min_by_key(|risk| weight(**risk)) {
                Some(risk) => (weight(*risk), Cow::Borrowed(risk.word())),
                None => (usize::MAX, Cow::Borrowed("ordinary")),
            },
            Self::Event => {
                let place = LifecycleEvent::ALL
                    .iter()
                    .position(|other| Some(*other) == row.event);
                (
                    place.unwrap_or(usize::MAX),
                    Cow::Borrowed(row.event.map_or("no event", LifecycleEvent::word)),
                )
            }
        }
    }
}

const fn weight(risk: Risk) -> usize {
    match risk {
        Risk::Privileged => 0,
        Risk::Irreversible => 1,
        Risk::Destructive => 2,
    }
}

/// What the lines are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// As the run will go.
    #[default]
    Order,
    /// By name.
    Name,
    /// By system.
    System,
    /// By when it is due.
    Due,
    /// By where it stands.
    State,
}

impl Sort {
    /// Returns the next sorting.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Order => Self::Name,
            Self::Name => Self::System,
            Self::System => Self::Due,
            Self::Due => Self::State,
            Self::State => Self::Order,
        }
    }

    /// Returns its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Order => "order of the run",
            Self::Name => "name",
            Self::System => "system",
            Self::Due => "due",
            Self::State => "state",
        }
    }
}
