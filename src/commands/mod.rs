//! One file for each command: its flags, then its run.

pub mod config;
pub mod resolve;
