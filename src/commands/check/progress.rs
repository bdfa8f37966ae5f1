//! How far a check has come, drawn on a terminal's stderr while it runs and gone after it.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;

/// A bar, or nothing where nobody watches.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar for so many steps.
    pub fn new(steps: usize, output: &Output) -> Self {
        let target = if output.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("checking {bar:40} {pos}/{len}");
        let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// One step further.
    pub fn step(&mut self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
