//! The suites that need real servers, one module each, in one crate so that they link once.
//!
//! Plain `cargo test` skips what is marked `#[ignore]`; `tests/run` installs the servers and runs it.

#[path = "../support/mod.rs"]
mod support;

mod rig;
