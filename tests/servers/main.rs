//! The suites that need real servers, one module each, in one crate so that they link once.
//!
//! Plain `cargo test` skips what is marked `#[ignore]`; `tests/run` installs the servers and runs it.

// clippy sees tests only in functions marked so; here the helpers are tests as well, and fail by panicking
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod ad;
mod crash;
mod decisions;
mod disk;
mod ds389;
mod failures;
mod increments;
mod ldap;
mod mapped;
mod mirrors;
mod names;
mod office;
mod organisation;
mod restraint;
mod rig;
mod situations;
mod source;
mod steps;
mod suspended;
mod trouble;
mod wires;
