//! usher: a terminal console for identity provisioning.

pub mod audit;
pub mod config;
pub mod connectors;
pub mod engine;
pub mod expression;
pub mod model;
pub mod planning;
pub mod sandbox;
pub mod store;
