//! Parse, settle, run, report: the whole story.

mod commands;
mod config;
mod error;
mod model;

fn main() {}
