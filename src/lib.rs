//! usher: a terminal console for identity provisioning.

pub mod expression;
pub mod model;
pub mod planning;
pub mod sandbox;
pub mod store;
