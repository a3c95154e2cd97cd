//! The names of a group: `[name]` (also `[cn]` and `[displayName]`: what it is called), `[member]`, `[dn]`, `[anchor]`.

use super::{Name, is_of_every_record, place};
use crate::{
    expression::{Gives, Names, Row, Slot},
    model::{RecordView, Value},
};

/// What a group is called, whatever its system calls that.
const NAMES: [&str; 3] = ["name", "cn", "displayName"];

/// The place of the name and of the members in the slots.
const NAME: u16 = 0;
const MEMBER: u16 = 1;

/// The names of a group.
pub struct GroupNames<'a> {
    /// What `DefaultDomain()` stands for.
    pub default_domain: Option<&'a str>,
}

impl Names for GroupNames<'_> {
    fn resolve(&self, path: &str) -> Option<Slot> {
        if NAMES.iter().any(|name| name.eq_ignore_ascii_case(path)) {
            return Some(Name::Own(NAME).slot());
        }
        if path.eq_ignore_ascii_case("member") {
            return Some(Name::Own(MEMBER).slot());
        }
        place(path)
            .filter(|_| is_of_every_record(path) && path != "IsSoftDeleted")
            .map(Name::slot)
    }

    fn known(&self) -> Vec<String> {
        NAMES
            .iter()
            .chain(&["member", "dn", "anchor"])
            .map(|name| (*name).to_owned())
            .collect()
    }

    fn gives(&self, slot: Slot) -> Option<Gives> {
        match Name::of(slot) {
            Name::Own(MEMBER) => Some(Gives::List),
            _ => None,
        }
    }

    fn default_domain(&self) -> Option<String> {
        self.default_domain.map(str::to_owned)
    }
}

/// A group as the row of an expression.
pub struct GroupRow<'a>(pub RecordView<'a>);

impl<'a> Row<'a> for GroupRow<'a> {
    fn get(&self, slot: Slot) -> Value<'a> {
        let group = self.0;
        match Name::of(slot) {
            Name::Own(NAME) => group.get("name").first().map_or(Value::Absent, Value::text),
            Name::Own(_) => Value::List(group.get("member").each().map(Value::text).collect()),
            Name::Location => Value::text(group.location()),
            Name::Anchor => Value::text(group.anchor()),
            _ => Value::Absent,
        }
    }
}
