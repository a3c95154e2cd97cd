//! The rules planning follows: who people are, which accounts they get, what is protected, what stops a plan.
//!
//! Expressions are still text here. The configuration fills these types and keeps where each text stood; planning
//! compiles them against the attributes of the reads ([`crate::planning`]), so that an unknown attribute is found
//! before the first person is looked at.

mod mapping;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use self::mapping::{DefaultValue, MappedValue, Mapping, NullPolicy, ValuesPolicy};
use super::{policy::Policy, restraint::Restraint};
use crate::model::{Kind, Risk, RuleName, SystemName};

/// An expression of the configuration and where it stood, so that an error can point at it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Source {
    /// The expression.
    pub text: String,
    /// The bytes of the configuration file that hold it; not part of the digest of the rules.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// All rules of a configuration.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rules {
    /// Who people are: one block a source, in order of precedence.
    pub people: Vec<PeopleRule>,
    /// Which accounts they get.
    pub accounts: Vec<AccountRule>,
    /// Rules that give groups, roles, licences.
    pub entitlements: Vec<Entitlement>,
    /// Groups that follow groups of another system.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<Mirror>,
    /// Accounts that are never touched.
    pub protected: Vec<Protection>,
    /// Accounts and groups that give power over others.
    #[serde(default)]
    pub privileged: Vec<Privilege>,
    /// Limits that stop a plan before its first write.
    pub rails: Vec<Rail>,
    /// What may be applied with whose approval.
    #[serde(default)]
    pub policy: Policy,
    /// What stops a run or a plan where something is wrong with a whole system. It changes no plan, so it is no part
    /// of the digest.
    #[serde(skip)]
    pub restraint: Restraint,
    /// IANA name of the zone of people who have none of their own.
    pub time_zone: String,
    /// What `DefaultDomain()` stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_domain: Option<String>,
}

/// Who people are, according to one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeopleRule {
    /// The rule's name.
    pub name: RuleName,
    /// The system the records come from.
    pub from: SystemName,
    /// Tried in order to find the person a record of another source already is: (person attribute, expression).
    pub join: Vec<(String, Source)>,
    /// The number the person had before: a rehire under a new number.
    pub previous: Option<Source>,
    /// Whether this source may bring people nobody else knows.
    pub creates: bool,
    /// Which records count at all.
    pub scope: Option<Source>,
    /// Where a person stands.
    pub lifecycle: Lifecycle,
    /// References between people: (name, expression giving the other's anchor in this source).
    pub references: Vec<(String, Source)>,
    /// The person's attributes: (name, expression).
    pub attributes: Vec<(String, Source)>,
    /// Attributes that are stored encrypted and masked on screen.
    pub marked: Vec<String>,
    /// The person's time zone, IANA name.
    pub time_zone: Option<Source>,
    /// The attributes whose change makes a mover, and those that make a name change.
    pub mover: Vec<String>,
    /// See [`Self::mover`].
    pub name_change: Vec<String>,
}

/// Where a person stands, as expressions on the source's record.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Lifecycle {
    /// Employed; without it everybody in the source is.
    pub active: Option<Source>,
    /// First day.
    pub start: Option<Source>,
    /// Last day, inclusive.
    pub end: Option<Source>,
    /// On leave.
    pub leave: Option<Source>,
}

/// Which accounts people get in one system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountRule {
    /// The rule's name.
    pub name: RuleName,
    /// The system the accounts are in.
    pub system: SystemName,
    /// The object classes of a new account; the structural one first.
    pub class: Vec<String>,
    /// The container accounts live in.
    pub container: Option<Source>,
    /// The attribute that names the object in its container (LDAP RDN).
    pub naming: Option<String>,
    /// What this rule may do.
    pub actions: Vec<Kind>,
    /// Who is entitled.
    pub scope: Option<Source>,
    /// The groups whose members alone are entitled; none is no such limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assigned: Vec<Assignment>,
    /// How the account of somebody who has no link yet is found; tried in order.
    pub matches: Vec<MatchRule>,
    /// What happens to an account that is found.
    pub adopt: Adopt,
    /// What happens to the account of somebody who leaves the scope.
    pub out_of_scope: OutOfScope,
    /// What happens to the account of somebody whom no source names any more.
    #[serde(default, skip_serializing_if = "Gone::is_default")]
    pub gone: Gone,
    /// When a joiner's account is made and made usable.
    pub joiner: Joiner,
    /// Whether leave disables.
    pub leave_disables: bool,
    /// What happens after the end.
    pub leaver: Leaver,
    /// What the account should hold.
    pub attributes: Vec<Mapping>,
}

/// One way to find somebody's account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchRule {
    /// All of these must match: (target attribute, expression).
    pub all: Vec<(String, Source)>,
    /// What must be true of the person and the account (`[current.x]`) besides.
    pub when: Option<Source>,
    /// Whether it is tried in normal form too: whatever case, Unicode form and leading zeros of numbers.
    pub normalised: bool,
}

impl MatchRule {
    /// Returns its expressions, in the order in which they are written.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.all.iter().map(|(_, source)| source).chain(&self.when)
    }
}

/// What happens to an account that is found and not linked to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adopt {
    /// Adopting it is an operation of its own, and waits for a decision.
    #[default]
    Review,
    /// It is linked at once if it matches exactly; what matches in normal form only waits for a decision.
    Automatic,
}

/// A group whose members are entitled to an account elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// In which system the group is.
    pub system: SystemName,
    /// The group, by its place, its name or its id.
    pub group: Source,
    /// Whether members of groups that are members of it count too.
    pub nested: bool,
}

/// What happens to the account of somebody whom no source names any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gone {
    /// What happens after the end.
    #[default]
    Leaver,
    /// Nothing.
    Keep,
    /// It is disabled, and not deleted.
    Disable,
    /// It is deleted, without a period of grace.
    Delete,
}

impl Gone {
    /// Reports whether nothing was said about it.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks it so")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What happens to the account of somebody who leaves the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutOfScope {
    /// Nothing.
    Keep,
    /// It is disabled.
    Disable,
    /// It is deleted.
    Delete,
}

/// When a joiner's account is made and made usable, in days before the first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Joiner {
    /// Days before the start at which the account is made.
    pub create_days_before: u16,
    /// Days before the start at which it is made usable.
    pub enable_days_before: u16,
}

/// What happens to an account after the person's end.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Leaver {
    /// Whether it is disabled at the end of the last day.
    pub disable: bool,
    /// The container it is moved to.
    pub container: Option<Source>,
    /// Whether the memberships usher knows of are removed.
    pub remove_groups: bool,
    /// Days after the end at which it is deleted.
    pub delete_after_days: Option<u16>,
    /// Whether the account of somebody who comes back is taken up again (or a new one made).
    pub rehire_restores: bool,
}

/// A rule that gives a group to people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entitlement {
    /// The rule's name.
    pub name: RuleName,
    /// Who gets it.
    pub when: Source,
    /// The groups: (account rule's system, group by DN, name or id).
    pub grants: Vec<(SystemName, String)>,
    /// Whether members that no rule wants are removed, or only those usher has put there.
    pub authoritative: bool,
}

/// Groups of one system whose members are those of groups of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mirror {
    /// The rule's name.
    pub name: RuleName,
    /// The system of the groups that are followed.
    pub from: SystemName,
    /// The system of the groups that follow.
    pub system: SystemName,
    /// Which groups are followed: a condition on the group; without it all are.
    pub scope: Option<Source>,
    /// Which group follows, by its place, its name or its id; without it the one of the same name.
    pub group: Option<Source>,
    /// Whether members of groups that are members count too.
    pub nested: bool,
    /// Whether members whom no group there has are removed, or only those usher has put there.
    pub authoritative: bool,
}

/// Accounts that are never touched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Protection {
    /// In which system.
    pub system: SystemName,
    /// Which accounts: a condition on the account's record; `[dn]` is where it is.
    pub when: Source,
}

/// Accounts and groups of one system that give power over others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Privilege {
    /// In which system.
    pub system: SystemName,
    /// Which accounts: a condition on the account's record.
    pub when: Option<Source>,
    /// Which groups, by where they are or by name.
    pub groups: Vec<String>,
}

/// A limit that stops a plan before its first write. What is left out limits nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rail {
    /// The name of a rail that stands beside the general ones.
    pub name: Option<String>,
    /// What it counts.
    pub kinds: Vec<Kind>,
    /// In which system; `None` is each system by itself.
    pub system: Option<SystemName>,
    /// Only objects of this class.
    pub class: Option<String>,
    /// Only memberships of this group, by where it is, its name or its id.
    pub group: Option<String>,
    /// Only operations with one of these risks.
    pub risks: Vec<Risk>,
    /// Only of people for whom this holds.
    pub when: Option<Source>,
    /// Counts each value of this expression by itself: each department.
    pub for_each: Option<Source>,
    /// How many operations pass at most.
    pub absolute: Option<usize>,
    /// How many percent of the population pass at most.
    pub percent: Option<f64>,
    /// Below this population only `absolute` counts.
    pub minimum_population: usize,
    /// Whether it counts each group by itself.
    pub per_group: bool,
    /// What runs have applied in so many hours before the plan counts too.
    pub window_hours: Option<u32>,
}

impl Rail {
    /// Makes a rail that counts some kinds and limits nothing yet.
    pub fn of(kinds: Vec<Kind>) -> Self {
        Self {
            kinds,
            ..Self::default()
        }
    }
}
