//! What a row of the table may ask about a person.

use std::collections::BTreeMap;

use super::{account::Account, hr::Standing};

/// One person on one day.
pub struct Case<'a> {
    /// Where HR says the person stands; over for whom no feed names.
    pub standing: Standing,
    /// Whether no feed names the person any more.
    pub gone: bool,
    /// The account that is the person's.
    pub account: Option<&'a Account>,
    /// What HR wants to be otherwise in the entry: attribute → value.
    pub differing: BTreeMap<&'static str, String>,
    /// Whether the person is in the group that is asked about.
    pub member: bool,
}

impl Case<'_> {
    pub fn at_work(&self) -> bool {
        self.standing == Standing::AtWork
    }

    pub fn over(&self) -> bool {
        self.standing == Standing::Over
    }

    pub fn upcoming(&self) -> bool {
        self.standing == Standing::Upcoming
    }

    pub fn has_account(&self) -> bool {
        self.account.is_some()
    }

    pub fn enabled(&self) -> bool {
        self.account.is_some_and(|account| account.enabled)
    }

    pub fn differs(&self, attribute: &str) -> bool {
        self.differing.contains_key(attribute)
    }

    pub fn differs_in_names(&self) -> bool {
        ["cn", "sn", "givenName", "displayName"]
            .iter()
            .any(|name| self.differs(name))
    }

    pub fn is_member(&self) -> bool {
        self.member
    }
}
