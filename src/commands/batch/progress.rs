//! The progress of a run on stderr: a bar on a terminal, else one line each 10 seconds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::summary::{Summary, in_words};
use crate::output::Output;

/// The least time between two drawings of the bar, and between two lines.
const REDRAW: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(10);

/// The rate is that of the last seconds: between samples a second apart, of which so many are kept.
const SAMPLE: Duration = Duration::from_secs(1);
const MOST_SAMPLES: usize = 30;

const WIDTH: usize = 20;

#[derive(Clone, Debug)]
pub struct RunProgress {
    started: Instant,
    shown: Option<Instant>,
    /// Times, and the number of records that this run had done then.
    samples: VecDeque<(Instant, u64)>,
}

impl RunProgress {
    /// The time between two calls of [`Self::show`] while nothing else happens.
    pub const INTERVAL: Duration = Duration::from_millis(500);

    /// Starts to measure.
    pub fn new(now: Instant) -> Self {
        Self { started: now, shown: None, samples: [(now, 0)].into() }
    }

    /// Shows the progress if it is due. To be called after each result and each [`Self::INTERVAL`].
    pub fn show(&mut self, summary: &Summary, now: Instant, output: &mut Output) {
        if !output.shows_progress() {
            return;
        }
        self.sample(summary, now);
        let has_bar = output.shows_bar();
        if !self.is_due(has_bar, now) {
            return;
        }
        if has_bar {
            output.draw_bar(&self.bar(summary, now));
        } else {
            output.aside(&format!("progress: {}", self.in_words(summary, now)));
        }
    }

    /// Returns how long the run has taken.
    pub fn elapsed(&self, now: Instant) -> Duration {
        now.duration_since(self.started)
    }

    fn is_due(&mut self, has_bar: bool, now: Instant) -> bool {
        let is_due = match self.shown {
            None if has_bar => true,
            None => self.elapsed(now) >= LINE,
            Some(shown) => now.duration_since(shown) >= if has_bar { REDRAW } else { LINE },
        };
        if is_due {
            self.shown = Some(now);
        }
        is_due
    }

    fn sample(&mut self, summary: &Summary, now: Instant) {
        if self.samples.back().is_none_or(|(last, _)| now.duration_since(*last) >= SAMPLE) {
            self.samples.push_back((now, summary.done));
            if self.samples.len() > MOST_SAMPLES {
                self.samples.pop_front();
            }
        }
    }

    /// Returns the records per second of the last samples.
    #[expect(clippy::cast_precision_loss, reason = "the rate is an estimate")]
    fn rate(&self, summary: &Summary, now: Instant) -> f64 {
        let (since, before) = self.samples.front().copied().unwrap_or((self.started, 0));
        let seconds = now.duration_since(since).as_secs_f64();
        if seconds < 0.1 { 0.0 } else { summary.done.saturating_sub(before) as f64 / seconds }
    }

    fn bar(&self, summary: &Summary, now: Instant) -> String {
        let words = self.in_words(summary, now);
        let Some(records) = summary.records else { return words };
        let steps = (summary.done_in_all() * WIDTH as u64).checked_div(records);
        let filled = steps.and_then(|steps| usize::try_from(steps).ok()).unwrap_or(WIDTH).min(WIDTH);
        format!("[{:WIDTH$}] {words}", "#".repeat(filled))
    }

    fn in_words(&self, summary: &Summary, now: Instant) -> String {
        let rate = self.rate(summary, now);
        let mut parts = vec![match summary.records {
            Some(records) => format!("{} of {records} records", summary.done_in_all()),
            None => format!("{} records", summary.done_in_all()),
        }];
        parts.push(format!("{rate:.1}/s"));
        for (count, what) in [(summary.failed, "failed"), (summary.throttled, "throttled")] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "the time is an estimate")]
        let left = summary.left().filter(|left| *left > 0).map(|left| left as f64 / rate);
        if let Some(left) = left.and_then(|seconds| Duration::try_from_secs_f64(seconds.ceil()).ok()) {
            parts.push(format!("{} left", in_words(left)));
        }
        if summary.done > 0 {
            parts.push(summary.cost());
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::batch::record::{RecordError, RecordOutcome};

    #[test]
    fn a_bar_is_redrawn_ten_times_a_second_and_a_line_comes_each_ten_seconds() {
        let start = Instant::now();
        let count = |has_bar: bool| {
            let mut progress = RunProgress::new(start);
            let milliseconds = (0..60_000).step_by(7).map(Duration::from_millis);
            milliseconds.filter(|after| progress.is_due(has_bar, start + *after)).count()
        };
        assert!((550..=600).contains(&count(true)), "{}", count(true));
        assert_eq!(count(false), 5);
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let (mut progress, mut summary) = (RunProgress::new(start), Summary::default());
        summary.records = Some(600);
        let failed = RecordOutcome { error: Some(RecordError::default()), ..RecordOutcome::default() };
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        assert_eq!(progress.bar(&summary, start), "[                    ] 0 of 600 records, 0.0/s");
        for second in 1..=200 {
            // The first 100 seconds are slow.
            let count = if second <= 100 { u64::from(second % 10 == 0) } else { 3 };
            (0..count).for_each(|_| summary.add(&failed));
            progress.sample(&summary, at(second));
        }
        summary.throttled = 2;
        assert_eq!(
            progress.bar(&summary, at(200)),
            "[##########          ] 310 of 600 records, 3.0/s, 310 failed, 2 throttled, 1 min 37 s left, less than $0.0001"
        );
        assert_eq!(progress.samples.len(), MOST_SAMPLES);
        summary.records = None;
        assert!(progress.bar(&summary, at(200)).starts_with("310 records, 3.0/s"));
    }
}
