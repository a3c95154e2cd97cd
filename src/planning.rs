//! Planning: records → people → desired accounts → match → diff → guard rails → plan. Pure.

pub mod rules;
