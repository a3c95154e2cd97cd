//! The compact binary forms of what a store keeps in blobs.
//!
//! Every blob begins with a byte that names its form, so that a later usher can read what an earlier one wrote.
//! Decoding never trusts a blob: whatever does not fit is [`None`], which the store reports as damage.

mod checksum;
pub(super) mod demands;
pub(super) mod links;
pub(super) mod operation;
mod reader;
pub(super) mod records;
mod value;
mod writer;
