//! Every verdict.
