//! What the names in brackets mean: `[title]`, `[person.x]`, `[accounts.staff.mail]`, `[current.x]`, `[manager.x]`,
//! `[groups]`, `[current.groups]`, `[accounts.staff.groups]`.

#[cfg(test)]
mod tests;

pub mod of_groups;

use std::borrow::Cow;

use crate::{
    expression::{Gives, Names, Slot},
    model::{Cell, Column, RecordView, RuleName, Schema, Value, ValueType},
};

/// A resolved name. Packed into a [`Slot`]: four bits of kind, twelve of rule or reference, sixteen of column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// An attribute of the record or person the rule is about.
    Own(u16),
    /// An attribute of the account as it was read.
    Current(u16),
    /// An attribute that the person's account under a rule has or will have.
    Account {
        /// The account rule, by its place.
        rule: u16,
        /// The attribute, by its column in the target's schema.
        column: u16,
    },
    /// An attribute of the person a reference names.
    Along {
        /// The reference, by its place.
        reference: u16,
        /// The attribute, by its column.
        column: u16,
    },
    /// Whom a reference names.
    Reference(u16),
    /// Where the record was found.
    Location,
    /// The record's immutable id.
    Anchor,
    /// The word for where the person stands.
    State,
    /// Whether the person should have no usable account.
    IsSoftDeleted,
    /// The groups that the account was in when it was read.
    CurrentGroups,
    /// The groups that the person's account under a rule was in when it was read.
    AccountGroups(u16),
    /// The groups that any account of the person was in when it was read.
    Groups,
}

/// What memberships are called, behind the name of an account or by itself.
pub const GROUPS: &str = "groups";

impl Name {
    /// Packs the name.
    pub fn slot(self) -> Slot {
        let (kind, high, low) = match self {
            Self::Own(column) => (0, 0, column),
            Self::Current(column) => (1, 0, column),
            Self::Account { rule, column } => (2, rule, column),
            Self::Along { reference, column } => (3, reference, column),
            Self::Reference(reference) => (4, reference, 0),
            Self::Location => (5, 0, 0),
            Self::Anchor => (6, 0, 0),
            Self::State => (7, 0, 0),
            Self::IsSoftDeleted => (8, 0, 0),
            Self::CurrentGroups => (9, 0, 0),
            Self::AccountGroups(rule) => (10, rule, 0),
            Self::Groups => (11, 0, 0),
        };
        Slot(kind << 28 | u32::from(high & 0xfff) << 16 | u32::from(low))
    }

    /// Unpacks a name.
    pub fn of(slot: Slot) -> Self {
        let high = (slot.0 >> 16 & 0xfff) as u16;
        let low = (slot.0 & 0xffff) as u16;
        match slot.0 >> 28 {
            0 => Self::Own(low),
            1 => Self::Current(low),
            2 => Self::Account {
                rule: high,
                column: low,
            },
            3 => Self::Along {
                reference: high,
                column: low,
            },
            4 => Self::Reference(high),
            5 => Self::Location,
            6 => Self::Anchor,
            7 => Self::State,
            8 => Self::IsSoftDeleted,
            9 => Self::CurrentGroups,
            10 => Self::AccountGroups(high),
            _ => Self::Groups,
        }
    }
}

/// Reports whether a name means something in every record, whatever attributes there are.
pub fn is_of_every_record(name: &str) -> bool {
    place(name).is_some()
}

/// The names of a record: its attributes, `[dn]` (where it is), `[anchor]`, `[IsSoftDeleted]` (an account that cannot
/// be used).
pub struct RecordNames<'a> {
    /// The record's attributes.
    pub schema: &'a Schema,
    /// What `DefaultDomain()` stands for.
    pub default_domain: Option<&'a str>,
}

impl Names for RecordNames<'_> {
    fn resolve(&self, path: &str) -> Option<Slot> {
        column(self.schema, path)
            .map(Name::Own)
            .or_else(|| place(path))
            .map(Name::slot)
    }

    fn known(&self) -> Vec<String> {
        let columns = self.schema.columns.iter();
        columns.map(|column| column.name.clone()).collect()
    }

    fn gives(&self, slot: Slot) -> Option<Gives> {
        match Name::of(slot) {
            Name::Own(column) => gives(self.schema, column),
            Name::IsSoftDeleted => Some(Gives::Truth),
            _ => None,
        }
    }

    fn default_domain(&self) -> Option<String> {
        self.default_domain.map(str::to_owned)
    }
}

/// The names an account rule may use.
pub struct PersonNames<'a> {
    /// The person's attributes.
    pub people: &'a Schema,
    /// What those always hold, as far as that is known.
    pub kinds: &'a [Option<Gives>],
    /// References between people.
    pub references: &'a [String],
    /// The account rules and the schemas of their targets, in order.
    pub accounts: &'a [(RuleName, &'a Schema)],
    /// The schema of the rule's own target.
    pub current: Option<&'a Schema>,
    /// What `DefaultDomain()` stands for.
    pub default_domain: Option<&'a str>,
}

impl Names for PersonNames<'_> {
    fn resolve(&self, path: &str) -> Option<Slot> {
        if let Some(found) = self.person(path) {
            return Some(found.slot());
        }
        let (first, rest) = path.split_once('.')?;
        let name = if first.eq_ignore_ascii_case("person") {
            self.person(rest)?
        } else if first.eq_ignore_ascii_case("current") {
            let schema = self.current?;
            if rest.eq_ignore_ascii_case(GROUPS) {
                Name::CurrentGroups
            } else {
                Name::Current(column(schema, rest)?)
            }
        } else if first.eq_ignore_ascii_case("accounts") {
            let (at, (rule, schema)) = self
                .accounts
                .iter()
                .enumerate()
                .filter(|(_, (rule, _))| {
                    rest.strip_prefix(rule.as_str())
                        .is_some_and(|r| r.starts_with('.'))
                })
                .max_by_key(|(_, (rule, _))| rule.as_str().len())?;
            let rest = &rest[rule.as_str().len() + 1..];
            let rule = at as u16;
            if rest.eq_ignore_ascii_case(GROUPS) {
                Name::AccountGroups(rule)
            } else {
                let column = column(schema, rest)?;
                Name::Account { rule, column }
            }
        } else {
            let reference = self
                .references
                .iter()
                .position(|name| name.eq_ignore_ascii_case(first))?;
            Name::Along {
                reference: reference as u16,
                column: column(self.people, rest)?,
            }
        };
        Some(name.slot())
    }

    fn known(&self) -> Vec<String> {
        let mut known: Vec<_> = self
            .people
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        known.extend(self.references.iter().cloned());
        known.push(GROUPS.to_owned());
        for (rule, schema) in self.accounts {
            known.extend(
                schema
                    .columns
                    .iter()
                    .map(|column| format!("accounts.{rule}.{}", column.name)),
            );
        }
        known
    }

    fn gives(&self, slot: Slot) -> Option<Gives> {
        match Name::of(slot) {
            Name::Own(column) | Name::Along { column, .. } => {
                self.kinds.get(usize::from(column)).copied().flatten()
            }
            Name::Current(column) => gives(self.current?, column),
            Name::Account { rule, column } => gives(self.accounts.get(usize::from(rule))?.1, column),
            Name::State => Some(Gives::Text),
            Name::IsSoftDeleted => Some(Gives::Truth),
            Name::CurrentGroups | Name::AccountGroups(_) | Name::Groups => Some(Gives::List),
            Name::Reference(_) | Name::Location | Name::Anchor => None,
        }
    }

    fn default_domain(&self) -> Option<String> {
        self.default_domain.map(str::to_owned)
    }
}

impl PersonNames<'_> {
    fn person(&self, path: &str) -> Option<Name> {
        if let Some(found) = column(self.people, path) {
            return Some(Name::Own(found));
        }
        if let Some(reference) = self
            .references
            .iter()
            .position(|name| name.eq_ignore_ascii_case(path))
        {
            return Some(Name::Reference(reference as u16));
        }
        match path {
            "state" => Some(Name::State),
            "IsSoftDeleted" => Some(Name::IsSoftDeleted),
            _ if path.eq_ignore_ascii_case(GROUPS) => Some(Name::Groups),
            _ => None,
        }
    }
}

/// What an attribute always holds by the schema of its system. A text may read as anything, and of an attribute that
/// may have several values it is not known how many there are.
fn gives(schema: &Schema, column: u16) -> Option<Gives> {
    let column = schema.columns.get(usize::from(column))?;
    match column.value_type {
        _ if column.multi_valued => None,
        ValueType::Integer => Some(Gives::Number),
        ValueType::Boolean => Some(Gives::Truth),
        ValueType::Date | ValueType::Instant => Some(Gives::Time),
        ValueType::Text | ValueType::Binary | ValueType::Reference => None,
    }
}

fn column(schema: &Schema, name: &str) -> Option<u16> {
    schema.position(name).and_then(|at| u16::try_from(at).ok())
}

fn place(path: &str) -> Option<Name> {
    match path {
        "dn" => Some(Name::Location),
        "anchor" => Some(Name::Anchor),
        "IsSoftDeleted" => Some(Name::IsSoftDeleted),
        _ => None,
    }
}

/// Turns a cell into a value of its column's type; text that does not fit the type stays text.
pub fn value_of<'a>(cell: Cell<'a>, column: &Column) -> Value<'a> {
    match cell {
        Cell::Absent => Value::Absent,
        Cell::Null => Value::Null,
        Cell::One(text) => typed(text, column.value_type),
        Cell::Many(many) => Value::List(many.iter().map(|text| typed(text, column.value_type)).collect()),
    }
}

fn typed(text: &str, value_type: ValueType) -> Value<'_> {
    let parsed = match value_type {
        ValueType::Integer => text.parse().ok().map(Value::Integer),
        ValueType::Boolean => match text {
            "true" | "TRUE" => Some(Value::Boolean(true)),
            "false" | "FALSE" => Some(Value::Boolean(false)),
            _ => None,
        },
        ValueType::Date => text.parse().ok().map(Value::Date),
        ValueType::Instant => text.parse().ok().map(Value::Instant),
        ValueType::Text | ValueType::Binary | ValueType::Reference => None,
    };
    parsed.unwrap_or(Value::Text(Cow::Borrowed(text)))
}

/// A record as the row of an expression whose names were resolved by [`RecordNames`].
pub struct RecordRow<'a>(pub RecordView<'a>);

impl<'a> crate::expression::Row<'a> for RecordRow<'a> {
    fn get(&self, slot: Slot) -> Value<'a> {
        match Name::of(slot) {
            Name::Own(column) => {
                let column = column as usize;
                value_of(self.0.cell(column), &self.0.schema().columns[column])
            }
            Name::Location => Value::text(self.0.location()),
            Name::Anchor => Value::text(self.0.anchor()),
            Name::IsSoftDeleted => Value::Boolean(self.0.enabled() == Some(false)),
            _ => Value::Absent,
        }
    }
}
