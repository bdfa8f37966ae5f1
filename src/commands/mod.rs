//! One file for each command: its flags, then its run.

pub mod ask;
pub mod caller;
pub mod catalog;
pub mod check;
pub mod completions;
pub mod config;
pub mod context;
pub mod diagnose;
pub mod discovery;
pub mod explanation;
pub mod iam_policy;
pub mod inference_profile;
pub mod knowledge;
pub mod models;
pub mod resolve;
pub mod stdin;
pub mod table;
