//! Which expression of a configuration is meant.

use std::fmt;

use serde::Serialize;

use crate::{
    model::RuleName,
    planning::rules::{AccountRule, MappedValue, Mapping, MatchRule, Rules, Source},
};

/// A rule that holds expressions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// A block of `[[people]]`.
    People(RuleName),
    /// A block of `[[accounts]]`.
    Accounts(RuleName),
}

impl Block {
    /// Returns the name of the rule.
    pub const fn name(&self) -> &RuleName {
        match self {
            Self::People(name) | Self::Accounts(name) => name,
        }
    }

    /// Returns the key the rule stands under.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::People(_) => "people",
            Self::Accounts(_) => "accounts",
        }
    }
}

/// Which expression of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Who counts.
    Scope,
    /// What an account is matched by, or a person is joined by; counted from 0.
    Match(usize),
    /// Where accounts live.
    Container,
    /// Where the accounts of leavers go.
    LeaverContainer,
    /// A key of `lifecycle`: `active`, `start`, `end`, `leave`.
    Lifecycle(&'static str),
    /// The number a person had before.
    Previous,
    /// The person's time zone.
    TimeZone,
    /// A reference between people.
    Reference(String),
    /// An attribute.
    Attribute(String),
    /// What an attribute is given where there is no value.
    Default(String),
}

impl Part {
    /// Returns the key the expression stands under.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Scope => "scope",
            Self::Match(_) => "match",
            Self::Container | Self::LeaverContainer => "container",
            Self::Lifecycle(key) => key,
            Self::Previous => "previous",
            Self::TimeZone => "time_zone",
            Self::Reference(_) => "references",
            Self::Attribute(_) | Self::Default(_) => "attributes",
        }
    }

    /// Reports whether a rule may do without it, so that it can be added.
    pub const fn may_be_missing(&self) -> bool {
        matches!(self, Self::Scope)
    }

    /// Reports whether it must give true or false.
    pub fn is_condition(&self) -> bool {
        matches!(self, Self::Scope | Self::Lifecycle("active" | "leave"))
    }
}

/// One expression of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// In which rule.
    pub block: Block,
    /// Which expression of it.
    pub part: Part,
}

impl Place {
    /// Returns the expression, if the rules have it.
    pub fn source<'r>(&self, rules: &'r Rules) -> Option<&'r Source> {
        match &self.block {
            Block::People(name) => {
                let rule = rules.people.iter().find(|rule| rule.name == *name)?;
                let named = |pairs: &'r [(String, Source)], wanted: &str| {
                    pairs
                        .iter()
                        .find(|(name, _)| name == wanted)
                        .map(|(_, source)| source)
                };
                match &self.part {
                    Part::Scope => rule.scope.as_ref(),
                    Part::Match(at) => rule.join.get(*at).map(|(_, source)| source),
                    Part::Lifecycle("active") => rule.lifecycle.active.as_ref(),
                    Part::Lifecycle("start") => rule.lifecycle.start.as_ref(),
                    Part::Lifecycle("end") => rule.lifecycle.end.as_ref(),
                    Part::Lifecycle(_) => rule.lifecycle.leave.as_ref(),
                    Part::Previous => rule.previous.as_ref(),
                    Part::TimeZone => rule.time_zone.as_ref(),
                    Part::Reference(name) => named(&rule.references, name),
                    Part::Attribute(name) => named(&rule.attributes, name),
                    Part::Container | Part::LeaverContainer | Part::Default(_) => None,
                }
            }
            Block::Accounts(name) => {
                let rule = rules.accounts.iter().find(|rule| rule.name == *name)?;
                match &self.part {
                    Part::Scope => rule.scope.as_ref(),
                    Part::Match(at) => rule.matches.iter().flat_map(MatchRule::sources).nth(*at),
                    Part::Container => rule.container.as_ref(),
                    Part::LeaverContainer => rule.leaver.container.as_ref(),
                    Part::Attribute(name) => match &mapping(rule, name)?.value {
                        MappedValue::Expression(source) | MappedValue::Reference(source) => Some(source),
                        MappedValue::Secret { .. } => None,
                    },
                    Part::Default(name) => Some(&mapping(rule, name)?.default.as_ref()?.source),
                    _ => None,
                }
            }
        }
    }
}

fn mapping<'r>(rule: &'r AccountRule, attribute: &str) -> Option<&'r Mapping> {
    rule.attributes
        .iter()
        .find(|mapping| mapping.attribute == attribute)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Part::Scope => f.write_str("scope")?,
            Part::Match(at) => write!(f, "match {}", at + 1)?,
            Part::Container => f.write_str("container")?,
            Part::LeaverContainer => f.write_str("container of leavers")?,
            Part::Lifecycle(key) => f.write_str(key)?,
            Part::Previous => f.write_str("previous number")?,
            Part::TimeZone => f.write_str("time zone")?,
            Part::Reference(name) | Part::Attribute(name) => f.write_str(name)?,
            Part::Default(name) => write!(f, "default of {name}")?,
        }
        write!(f, " of {} `{}`", self.block.key(), self.block.name())
    }
}
