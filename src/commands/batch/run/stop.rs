//! What follows from a request that failed: send it again, fail its record, or stop the run. Pure.

use std::time::Duration;

use crate::error::ExitCode;
use bedrock_ask::diagnosis::{Diagnosis, Group, ModelAccess, Scope};
use bedrock_ask::model::failure::Failure;

/// How often a record is sent at most if it fails for another reason than throttling.
pub const MOST_ATTEMPTS: u32 = 5;

/// How many requests may fail to connect before the first response.
const MOST_UNCONNECTED: u32 = 20;

/// How long every request may fail.
const LONGEST_OUTAGE: Duration = Duration::from_mins(2);

/// How many records may fail in the same way before the first response, and after all of their attempts between two
/// responses.
const MOST_ALIKE: u32 = 10;

/// How often a record is throttled before the reason may be the record itself, as one with more tokens than the quota of a
/// minute.
const MOST_OF_RATE: u32 = 2;

/// How often a record is throttled at most while others are accepted.
const MOST_OF_RECORD: u32 = 40;

/// How long after a response a lack of capacity is one of a single request.
const RECENT: Duration = Duration::from_secs(10);

/// The part of AWS's message that names a quota of a day.
const PER_DAY: &str = "per day";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Send it again as soon as the rate allows.
    Throttled,
    /// Send it again a few times, each time later.
    Retry,
    Fail,
    /// Stop the run: every other request would fail too.
    Stop,
}

/// Whether a failure is plainly one of the rate, so that it needs no diagnosis.
pub fn is_throttled(failure: &Failure) -> bool {
    failure.status == Some(429) && !failure.message.contains(PER_DAY)
}

/// Returns what follows from a failure with this diagnosis.
pub fn reaction(group: Group) -> Reaction {
    match group {
        Group::ThrottledRequests | Group::ThrottledTokens | Group::ThrottledConnections | Group::Capacity => {
            Reaction::Throttled
        }
        // The account, the credentials or the policy, which no wait within a run changes.
        _ if group.exit_code() == ExitCode::AccessDenied => Reaction::Stop,
        _ if group.is_retryable() => Reaction::Retry,
        _ if group.scope() != Scope::Call || group.model_access() != ModelAccess::Undecided => Reaction::Stop,
        // A quota of the day, or another one.
        _ if group.exit_code() == ExitCode::Unavailable => Reaction::Stop,
        Group::UnknownOperation | Group::RegionMissing => Reaction::Stop,
        _ => Reaction::Fail,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A quota, or the number of connections.
    Quota,
    /// The service has no capacity, whatever the rate is.
    Capacity,
}

impl Cause {
    /// Returns that of a failure with this diagnosis.
    pub fn of(group: Group) -> Self {
        if group == Group::Capacity { Self::Capacity } else { Self::Quota }
    }
}

/// How often a record was throttled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttling {
    count: u32,
    /// How often the rate was not the reason.
    of_record: u32,
    /// The number of responses to all records when it was throttled last.
    accepted: u64,
}

impl Throttling {
    /// Counts that the record was throttled, and returns whether a lower rate would not help: others were accepted in the
    /// meantime. `accepted` is the number of responses so far, `since_accepted` the time since the last one.
    pub fn is_of_record(&mut self, cause: Cause, accepted: u64, since_accepted: Option<Duration>) -> bool {
        let others_are_accepted = match cause {
            Cause::Quota => self.count >= MOST_OF_RATE && accepted > self.accepted,
            Cause::Capacity => since_accepted.is_some_and(|since| since < RECENT),
        };
        self.count += 1;
        self.of_record += u32::from(others_are_accepted);
        self.accepted = accepted;
        others_are_accepted
    }

    /// Returns the failures by which the record is delayed: up to 8 seconds.
    pub fn failures(self) -> u32 {
        self.of_record.min(4)
    }

    /// Whether the record fails. Capacity returns some day.
    pub fn is_final(self, cause: Cause) -> bool {
        cause == Cause::Quota && self.of_record >= MOST_OF_RECORD
    }
}

/// Returns the time before a record is sent again after so many failures, if the response asked for this wait.
pub fn delay(failures: u32, random: f64, wait: Option<Duration>) -> Duration {
    backoff(failures, random).max(wait.unwrap_or_default().min(LONGEST_OUTAGE))
}

/// Returns the time before a record is sent again after so many failures: random, up to 1 second, then 2, then 4.
fn backoff(failures: u32, random: f64) -> Duration {
    Duration::from_secs(1 << failures.saturating_sub(1).min(5)).mul_f64(0.25 + 0.75 * random)
}

#[derive(Debug, Default)]
pub struct Outage {
    has_response: bool,
    unconnected: u32,
    since: Option<Duration>,
    alike: Option<(Group, u32)>,
    exhausted: u32,
}

impl Outage {
    /// Notes a response.
    pub fn end(&mut self) {
        *self = Self { has_response: true, ..Self::default() };
    }

    /// Notes a request that is sent again, and returns whether the run should stop.
    pub fn retries(&mut self, diagnosis: &Diagnosis, has_status: bool, now: Duration) -> bool {
        let since = *self.since.get_or_insert(now);
        if !has_status && diagnosis.group != Group::Timeout {
            self.unconnected += 1;
        }
        let never_connected = !self.has_response && self.unconnected >= MOST_UNCONNECTED;
        never_connected || now.saturating_sub(since) >= LONGEST_OUTAGE
    }

    /// Notes a record that failed after all of its attempts, and returns whether the run should stop.
    pub fn exhausts(&mut self) -> bool {
        self.exhausted += 1;
        self.exhausted >= MOST_ALIKE
    }

    /// Notes a record that failed, and returns whether the run should stop.
    pub fn fails(&mut self, group: Group) -> bool {
        if self.has_response {
            return false;
        }
        let count = match self.alike {
            Some((known, count)) if known == group => count + 1,
            Some(_) => return false,
            None => 1,
        };
        self.alike = Some((group, count));
        count >= MOST_ALIKE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedrock_ask::diagnosis::{FailureContext, diagnose};
    use bedrock_ask::model::failure::Stage;

    fn group_of(status: u16, code: &str, message: &str) -> Group {
        let failure = Failure {
            status: Some(status),
            code: Some(code.to_owned()),
            operation: Some("Converse"),
            ..Failure::new(Stage::Response, message)
        };
        diagnose(&failure, &FailureContext::default()).group
    }

    #[test]
    fn each_failure_has_its_reaction() {
        for (status, code, message, expected) in [
            (429, "ThrottlingException", "Too many requests, please wait before trying again.", Reaction::Throttled),
            (429, "ThrottlingException", "Too many tokens, please wait before trying again.", Reaction::Throttled),
            (
                503,
                "ServiceUnavailableException",
                "Too many connections, please wait before trying again.",
                Reaction::Throttled,
            ),
            (503, "ServiceUnavailableException", "Bedrock is unable to process your request.", Reaction::Throttled),
            (429, "ThrottlingException", "Too many tokens per day, please wait before trying again.", Reaction::Stop),
            (500, "InternalServerException", "Internal server error", Reaction::Retry),
            (408, "ModelTimeoutException", "The model timed out", Reaction::Retry),
            (403, "ExpiredTokenException", "The security token included in the request is expired", Reaction::Stop),
            (
                403,
                "AccessDeniedException",
                "You don't have access to the model with the specified model ID.",
                Reaction::Stop,
            ),
            (400, "ValidationException", "The provided model identifier is invalid.", Reaction::Stop),
            (400, "ValidationException", "Operation not allowed", Reaction::Stop),
            (400, "ValidationException", "Input is too long for requested model.", Reaction::Fail),
            (400, "ValidationException", "an unknown fault", Reaction::Fail),
        ] {
            assert_eq!(reaction(group_of(status, code, message)), expected, "{message}");
        }
    }

    #[test]
    fn only_a_429_that_is_not_about_a_day_needs_no_diagnosis() {
        let failure =
            |status, message: &str| Failure { status: Some(status), ..Failure::new(Stage::Response, message) };
        assert!(is_throttled(&failure(429, "Too many requests")));
        assert!(!is_throttled(&failure(429, "Too many tokens per day, please wait before trying again.")));
        assert!(!is_throttled(&failure(503, "Too many connections")));
    }

    #[test]
    fn a_run_whose_first_records_fail_alike_stops() {
        let mut outage = Outage::default();
        assert!((1..10).all(|_| !outage.fails(Group::TextBlank)));
        assert!(outage.fails(Group::TextBlank));
        let mut outage = Outage::default();
        outage.fails(Group::TextBlank);
        outage.fails(Group::ContextTooLong);
        assert!((0..8).all(|_| !outage.fails(Group::TextBlank)));
        outage.end();
        assert!((0..100).all(|_| !outage.fails(Group::TextBlank)));
    }

    #[test]
    fn a_run_that_never_connects_or_fails_for_long_stops() {
        let failure = Failure::new(Stage::Connection, "connection refused");
        let diagnosis = diagnose(&failure, &FailureContext::default());
        let second = Duration::from_secs(1);
        let mut outage = Outage::default();
        assert!((1..20).all(|_| !outage.retries(&diagnosis, false, second)));
        assert!(outage.retries(&diagnosis, false, second));
        outage.end();
        assert!((0..100).all(|_| !outage.retries(&diagnosis, false, second)));
        assert!(!outage.retries(&diagnosis, true, second * 120));
        assert!(outage.retries(&diagnosis, true, second * 121));
        outage.end();
        assert!(!outage.retries(&diagnosis, true, second * 500));
    }

    #[test]
    fn a_run_stops_if_only_records_without_a_response_end() {
        let mut outage = Outage::default();
        outage.end();
        assert!((1..10).all(|_| !outage.exhausts()));
        outage.end();
        assert!((1..10).all(|_| !outage.exhausts()));
        assert!(outage.exhausts());
    }

    #[test]
    fn a_record_that_is_throttled_while_others_are_accepted_is_the_reason_itself() {
        let recent = Some(Duration::from_secs(1));
        let mut throttling = Throttling::default();
        let is_of_record =
            |throttling: &mut Throttling, accepted| throttling.is_of_record(Cause::Quota, accepted, recent);
        assert!((1..=2).all(|accepted| !is_of_record(&mut throttling, accepted)));
        assert!(!is_of_record(&mut throttling, 2), "nothing was accepted in the meantime");
        assert!((3..42).all(|accepted| is_of_record(&mut throttling, accepted)));
        assert!(!throttling.is_final(Cause::Quota));
        assert!(is_of_record(&mut throttling, 42) && throttling.is_final(Cause::Quota));
    }

    #[test]
    fn a_lack_of_capacity_is_one_of_the_rate_if_nothing_is_accepted() {
        let mut throttling = Throttling::default();
        assert!(!throttling.is_of_record(Cause::Capacity, 0, None));
        assert!(throttling.is_of_record(Cause::Capacity, 1, Some(Duration::from_secs(1))));
        assert!(!throttling.is_of_record(Cause::Capacity, 1, Some(Duration::from_secs(10))));
        assert_eq!(throttling.failures(), 1);
    }

    #[test]
    fn a_requested_wait_is_bounded() {
        let wait = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(delay(1, 1.0, None), Duration::from_secs(1));
        assert_eq!(delay(1, 1.0, wait(30)), Duration::from_secs(30));
        assert_eq!(delay(1, 1.0, wait(u64::MAX)), LONGEST_OUTAGE);
    }

    #[test]
    fn the_backoff_grows_and_is_bounded() {
        assert_eq!(backoff(1, 1.0), Duration::from_secs(1));
        assert_eq!(backoff(2, 0.0), Duration::from_millis(500));
        assert_eq!(backoff(100, 1.0), Duration::from_secs(32));
    }
}
