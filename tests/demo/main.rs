//! The demo company from its eve on, through the engine and the command line: nothing but loopback is needed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod alerts;
mod audit;
mod carrying;
mod clock;
mod command_line;
#[path = "../support/console.rs"]
mod console;
mod days;
mod deciding;
mod erasing;
mod governing;
mod importing;
mod links;
mod mappings;
mod marked;
mod office;
mod opening;
mod plan_files;
mod policy;
mod rails;
mod restraint;
mod signing;
mod team;
mod together;
mod trying;
mod undoing;
