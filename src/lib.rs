//! usher: a terminal console for identity provisioning.
//!
//! It reads people from HR systems, compares them with the accounts they should have in directories and
//! applications, shows every pending joiner, mover and leaver, lets an admin see why each change is proposed,
//! approve or reject each one, applies exactly what was approved, and proves afterwards what was done.
//!
//! # The way of the data
//!
//! ```text
//!  sources ──records──▶ people ──▶ scope, map ──▶ match, diff ◀──records── targets
//!                                                    │
//!                                               guard rails
//!                                                    ▼
//!          audit ◀── verify ◀── apply ◀── decide ◀── plan (sealed)
//! ```
//!
//! Each step is one module, takes plain data and returns plain data. Nothing flows backwards.
//!
//! # The house
//!
//! | floor | what it is | may use |
//! |---|---|---|
//! | [`model`] | values, records, people, operations, decisions, plans | – |
//! | [`expression`] | text → expression → value | model |
//! | [`planning`] | records → plan, a pure function | model, expression |
//! | [`connectors`] | the systems: CSV, LDAP, SCIM | model |
//! | [`config`] | TOML → configuration, every error with its place | model, expression, planning, connectors |
//! | [`audit`] | the hash chain | model |
//! | [`store`] | what is remembered between two commands | model, audit |
//! | [`engine`] | read, plan, apply, verify; commands in, events out | all of the above |
//! | [`tui`] | the screen as pure data | model, expression, engine's plain types |
//! | [`console`] | the terminal around the screen | tui, engine |
//! | [`cli`] | one file a subcommand | everything |
//! | [`sandbox`] | the demo company's servers | protocol crates only |
//!
//! `tests/architecture` enforces the table.
//!
//! # What was decided about the model, and why
//!
//! - **Values** keep absent, null and empty apart ([`model::value`]): systems mean different things by them, and a
//!   renamed column must not clear an attribute of everybody.
//! - **Records** of one read live in one arena with one schema ([`model::record`]): a million people are three
//!   allocations, and a stored read is loaded as it lies.
//! - **Completeness is a type** ([`model::read`]): absence is concluded from [`model::Read::proves_absence`] and from
//!   nothing else, and not even then while a record of the read could not be taken over.
//! - **A person's id is usher's own** ([`model::person`]): a new number, a second HR system or a rehire changes a
//!   link, never the person. It is derived from where the person was first seen, so that planning stays pure.
//! - **An operation's id is its fingerprint** ([`model::operation`], [`planning::seal`]): the same write has the same
//!   id in every plan, so decisions survive new plans exactly as long as the write would be the same. What only
//!   explains or orders a write (why, risk, waits-for, situation, event, location) is left out of it.
//! - **Events come from settled facts** ([`model::memory`]): somebody stays a joiner until everything due is done,
//!   however many plans are made in between. Somebody first seen who has an account already is no joiner.
//! - **Due times belong to the operation**: an approval given before the first day holds on the first day.
//! - **References are people, not DNs**: a reference is a person and a rule, resolved when it is written, so a
//!   renamed manager changes nothing and a new one can be waited for.
//! - **Unique values are kept** for somebody from the first plan to the write ([`model::Reservation`]): rejecting
//!   one joiner never renames another.
//! - **Random values are drawn from a seed of the store** ([`model::Seed`]), the person, the rule and the attribute: the
//!   same plan comes out twice. They are kept like unique ones, fill what is empty and never replace what is there.
//! - **Membership in expressions is what was read** (`[groups]`): a group that the plan itself gives is no reason for
//!   anything in the same plan.
//! - **Grants are remembered** ([`model::Grant`]): only memberships that usher gave or found as a rule wants them are
//!   taken away by rule; leavers lose all.
//! - **The store is one synchronous trait** ([`store::Store`]): its methods block and are called where blocking is
//!   allowed, so that the embedded database needs no second layer; every change carries its audit records in the
//!   same transaction.
//! - **The journal is written in groups** ([`engine`]): intents and outcomes that wait for the disk share a commit;
//!   each still is on disk before what follows from it happens.

pub mod audit;
pub mod cli;
pub mod config;
pub mod connectors;
pub mod console;
pub mod engine;
pub mod expression;
pub mod model;
pub mod planning;
pub mod sandbox;
pub mod store;
pub mod tui;
