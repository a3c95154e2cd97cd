//! usher: a terminal console for identity provisioning.

pub mod expression;
pub mod model;
pub mod sandbox;
