//! One file for each command: its flags, then its run.

pub mod ask;
pub mod caller;
pub mod completions;
pub mod config;
pub mod diagnose;
pub mod explanation;
pub mod iam_policy;
pub mod inference_profile;
pub mod models;
pub mod resolve;
pub mod stdin;
pub mod surroundings;
pub mod table;
