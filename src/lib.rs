//! usher: a terminal console for identity provisioning.

pub mod sandbox;
