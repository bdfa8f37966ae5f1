//! Waits until jobs have ended: when to look again, and what has changed since the last look.

use std::time::Duration;

use super::job::has_ended;
use crate::aws::InvocationJob;
use crate::output::one_line;

/// How much longer each wait is than the one before.
const GROWTH: f64 = 1.5;

/// How many times the first wait is the longest one, while nothing fails.
const LONGEST: u32 = 6;

/// How many times the first wait is the longest one after failures.
const LONGEST_AFTER_FAILURE: u32 = 30;

/// The failures in a row after which nothing more is tried.
const MOST_FAILURES: u32 = 10;

/// When to look again.
#[derive(Clone, Debug)]
pub struct PollInterval {
    first: Duration,
    wait: Duration,
    failures: u32,
}

impl PollInterval {
    /// Begins with this wait.
    pub fn new(first: Duration) -> Self {
        Self { first, wait: first, failures: 0 }
    }

    /// Returns how long to wait after a look that succeeded.
    pub fn after_success(&mut self) -> Duration {
        let wait = self.wait.min(self.first * LONGEST);
        self.failures = 0;
        self.wait = wait.mul_f64(GROWTH).min(self.first * LONGEST);
        wait
    }

    /// Returns how long to wait after a look that was throttled or did not arrive; `None` if that has happened too often.
    pub fn after_failure(&mut self) -> Option<Duration> {
        self.failures += 1;
        self.wait = (self.wait * 2).min(self.first * LONGEST_AFTER_FAILURE);
        (self.failures < MOST_FAILURES).then_some(self.wait)
    }
}

/// Returns a line for each job that is not as it was at the last look.
pub fn changes(before: &[InvocationJob], now: &[InvocationJob]) -> Vec<String> {
    let seen =
        |job: &InvocationJob| (job.status.clone(), job.processed_records, job.failed_records, job.message.clone());
    let is_known = |job: &InvocationJob| before.iter().any(|old| old.arn == job.arn && seen(old) == seen(job));
    now.iter().filter(|job| !is_known(job)).map(line).collect()
}

/// Returns the state of a job in one line, whatever AWS calls it.
pub fn line(job: &InvocationJob) -> String {
    let mut parts = vec![job.status.clone()];
    match (job.processed_records, job.total_records) {
        (Some(processed), Some(total)) => parts.push(format!("{processed} of {total} records processed")),
        (Some(processed), None) => parts.push(format!("{processed} records processed")),
        _ => {}
    }
    parts.extend(job.failed_records.filter(|failed| *failed > 0).map(|failed| format!("{failed} failed")));
    let message = job.message.as_deref().map(|message| format!(": {message}"));
    one_line(&format!("{}: {}{}", job.name, parts.join(", "), message.unwrap_or_default())).into_owned()
}

/// Whether no job changes any more.
pub fn have_all_ended(jobs: &[InvocationJob]) -> bool {
    jobs.iter().all(|job| has_ended(&job.status))
}

/// Whether every job is complete.
pub fn are_all_completed(jobs: &[InvocationJob]) -> bool {
    jobs.iter().all(|job| job.status == "Completed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(waits: impl IntoIterator<Item = Duration>) -> Vec<f64> {
        waits.into_iter().map(|wait| wait.as_secs_f64()).collect()
    }

    #[test]
    fn the_waits_grow_to_a_minute() {
        let mut interval = PollInterval::new(Duration::from_secs(10));
        assert_eq!(seconds((0..7).map(|_| interval.after_success())), [10.0, 15.0, 22.5, 33.75, 50.625, 60.0, 60.0]);
    }

    #[test]
    fn failures_slow_it_down_and_many_in_a_row_end_it() {
        let mut interval = PollInterval::new(Duration::from_secs(10));
        interval.after_success();
        assert_eq!(seconds((0..5).filter_map(|_| interval.after_failure())), [30.0, 60.0, 120.0, 240.0, 300.0]);
        assert_eq!(interval.after_success(), Duration::from_mins(1));
        assert_eq!((0..20).map_while(|_| interval.after_failure()).count(), 9);
    }

    #[test]
    fn only_what_has_changed_is_named() {
        let job = |name: &str, status: &str, processed| InvocationJob {
            arn: name.to_owned(),
            name: name.to_owned(),
            status: status.to_owned(),
            processed_records: processed,
            total_records: Some(200),
            ..InvocationJob::default()
        };
        let before = [job("a", "InProgress", Some(1)), job("b", "Submitted", None)];
        let mut now = [job("a", "InProgress", Some(100)), job("b", "Submitted", None)];
        assert_eq!(changes(&before, &now), ["a: InProgress, 100 of 200 records processed"]);
        now[1] =
            InvocationJob { failed_records: Some(3), message: Some("no\nrole".to_owned()), ..job("b", "Failed", None) };
        assert_eq!(changes(&now[..1], &now), ["b: Failed, 3 failed: no role"]);
        let forged = job("c\nerror: x", "Odd\r\nerror: y", Some(1));
        assert_eq!(changes(&[], &[forged]), ["c error: x: Odd error: y, 1 of 200 records processed"]);
        assert!(have_all_ended(&now[1..]) && !have_all_ended(&now) && !are_all_completed(&now[1..]));
    }
}
