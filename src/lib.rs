//! usher: a terminal console for identity provisioning.

pub mod config;
pub mod connectors;
pub mod model;
pub mod planning;
pub mod sandbox;
