//! The connector against services that behave as some in the field do.

mod fake;
mod reads;
mod real;
mod writes;
