//! Parse, settle, run, report: the whole story.

mod error;
mod model;

fn main() {}
