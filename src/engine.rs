//! The engine: read, plan, apply, verify. Commands and queries in, events and views out.
//!
//! The engine never knows who listens: the console and the command line are two mouths of it. [`command`], [`event`]
//! and [`view`] are its whole language, all plain data.

pub mod command;
pub mod event;
pub mod view;
