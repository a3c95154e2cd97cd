//! The three things an expression asks its surroundings for: what a name means, what a record holds, what time it is.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Draw, Gives};
use crate::model::Value;

/// A resolved attribute name: which cell of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u32);

/// Resolves the names written in brackets. The implementor decides about case and about prefixes.
pub trait Names {
    /// Resolves a path as it was written, without its brackets and without white space at its ends.
    fn resolve(&self, path: &str) -> Option<Slot>;
    /// Lists every name that would resolve; asked only when one did not, for "did you mean".
    fn known(&self) -> Vec<String>;

    /// Says what the attribute behind a slot always holds, if that is known, so that mistakes are found before any
    /// record is read.
    fn gives(&self, _slot: Slot) -> Option<Gives> {
        None
    }

    /// Returns what `DefaultDomain()` stands for, if the organisation has one.
    fn default_domain(&self) -> Option<String> {
        None
    }
}

/// One record, read by slot.
pub trait Row<'a> {
    /// Returns what the slot holds; [`Value::Absent`] where the record lacks it.
    fn get(&self, slot: Slot) -> Value<'a>;

    /// Returns what random values are drawn from, where they may be used at all; see [`Draw`].
    fn draw(&self) -> Option<Draw> {
        None
    }
}

impl<'a, R: Row<'a> + ?Sized> Row<'a> for &R {
    #[inline]
    fn get(&self, slot: Slot) -> Value<'a> {
        (**self).get(slot)
    }

    fn draw(&self) -> Option<Draw> {
        (**self).draw()
    }
}

/// When an expression is evaluated, and where the person is. The clock is an argument everywhere.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'z> {
    /// What `Now()` gives.
    pub now: Timestamp,
    /// The person's time zone: what makes a civil date a stretch of time.
    pub time_zone: &'z TimeZone,
}

impl Moment<'_> {
    /// Returns the civil date of now in the person's zone: what `Today()` gives.
    pub fn today(&self) -> Date {
        self.time_zone.to_datetime(self.now).date()
    }
}
