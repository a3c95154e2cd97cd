//! usher: a terminal console for identity provisioning.

pub mod connectors;
pub mod console;
pub mod engine;
pub mod model;
pub mod planning;
pub mod sandbox;
pub mod tui;
