//! The progress of a run on stderr: a bar on a terminal, else one line each 10 seconds.

use std::time::{Duration, Instant};

use super::summary::Summary;
use crate::output::Output;

/// The progress of a run.
#[derive(Clone, Debug)]
pub struct Progress {
    started: Instant,
}

impl Progress {
    /// The time between two calls of [`Self::show`] while nothing else happens.
    pub const INTERVAL: Duration = Duration::from_millis(500);

    /// Starts to measure.
    pub fn new(now: Instant) -> Self {
        Self { started: now }
    }

    /// Shows the progress if it is due. To be called after each result and each [`Self::INTERVAL`].
    pub fn show(&mut self, _summary: &Summary, _now: Instant, _output: &mut Output) {}

    /// Returns how long the run has taken.
    pub fn elapsed(&self, now: Instant) -> Duration {
        now.duration_since(self.started)
    }
}
