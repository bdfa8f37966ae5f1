//! The command-line tests: the real binary, loopback servers, inline snapshots. One file per command.
//! They hold on Windows too, but for what it has no equal of: pseudo-terminals, signals, modes of files, symbolic links,
//! devices, and the shell.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod ask;
mod aws_profiles;
mod batch;
mod catalog;
#[cfg(unix)]
mod catalog_age;
mod catalog_file;
#[cfg(unix)]
mod chat;
mod check;
mod completions;
mod config;
mod context;
mod diagnose;
mod fake_bedrock;
mod fake_s3;
mod global_flags;
mod harness;
mod help;
mod history;
mod hostile;
mod iam_policy;
mod inference_profile;
mod man;
mod models;
mod proxy;
mod readme;
mod regions;
mod repair;
mod resolve;
mod schemas;
mod setup;
mod whoami;
