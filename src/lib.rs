//! usher: a terminal console for identity provisioning.

pub mod model;
pub mod sandbox;
