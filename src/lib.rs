//! usher: a terminal console for identity provisioning.

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
