//! Planning as a whole, on small companies in memory: what comes in, what comes out, and that a plan which was
//! applied leaves nothing to do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod assignment;
mod company;
mod decisions;
mod domain;
mod groups;
mod kinds;
mod lifecycle;
mod marked;
mod matching;
mod mirrors;
mod names;
mod privileged;
mod random;
mod references;
mod replan;
mod roles;
mod scoping;
mod situations;
mod target;
mod undo;
mod values;
mod why;
