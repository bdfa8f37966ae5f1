//! How fast requests are sent to one source Region: as fast as the service accepts them, within the user's limits. Pure:
//! the time is an argument, so that a test simulates an hour of traffic in milliseconds.
//!
//! Nothing limits the rate until the service throttles. Then the rate falls to a part of what was accepted, at most once for
//! each round trip, returns to where the service throttled, stays there for a while, and grows beyond it faster and faster
//! (the cubic function of TCP).

use std::collections::VecDeque;
use std::time::Duration;

use crate::commands::batch::rate_args::RateLimits;

/// The part of the accepted rate to which the rate falls.
const DECREASE: f64 = 0.92;

/// The seconds in which the rate returns from [`DECREASE`] to where the service throttled, at least.
const RETURN: f64 = 5.0;

/// The requests in which it does so, at least, so that a slow rate is not throttled at every other request; and the most
/// seconds for that.
const RETURN_REQUESTS: f64 = 25.0;
const LONGEST_RETURN: f64 = 60.0;

/// The seconds in which the rate doubles after it fell for the first time.
const DOUBLING: f64 = 1.0;

/// The lowest rate in requests a second, at which requests are sent to an account that accepts nothing.
const LOWEST: f64 = 1.0 / 15.0;

/// The seconds over which the accepted rate is measured, and the requests, at least.
const MEASURED: f64 = 1.0;
const MEASURED_REQUESTS: usize = 10;

/// The seconds without an accepted request after which the service had stopped to accept, as at the end of the quota of a
/// minute: what it accepts next, it accepts at about the rate of before.
const OUTAGE: f64 = 2.0;

/// The most seconds that are made up for after a timer or the network was late.
const CREDIT: f64 = 0.005;

/// The most requests that are remembered.
const MOST_SENT: usize = 20_000;

/// The seconds after which a request counts as accepted, whatever the time in which throttled ones come back.
const LONGEST_FEEDBACK_DELAY: f64 = 10.0;

/// The most seconds of a pause that a response asks for.
const LONGEST_PAUSE: f64 = 86_400.0;

const LONGEST_THROTTLING: Duration = Duration::from_mins(5);

/// A request that was started.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ticket {
    started: f64,
    tokens: u64,
}

/// How a request ended, as far as it matters for the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// There was a response, which used so many tokens of the quota, if it has their number.
    Accepted {
        tokens: Option<u64>,
    },
    /// The service has no capacity at the moment, and may ask to wait.
    Throttled {
        wait: Option<Duration>,
    },
    Failed,
}

/// The rate of one source Region. All times are counted from the start of the run.
#[derive(Debug, Default)]
pub struct Rate {
    limits: RateLimits,
    /// `None` until the service throttles.
    curve: Option<Curve>,
    /// When the last requests were started, oldest first, and which of them were throttled.
    sent: VecDeque<Sent>,
    /// The seconds in which a throttled request comes back.
    feedback_delay: f64,
    /// When the next request may start by the rate, by the requests and by the tokens of a minute, and after a pause.
    next: f64,
    next_by_requests: f64,
    next_by_tokens: f64,
    paused_until: f64,
    /// Whether a request had to wait for the rate since the last one was started.
    was_refused: bool,
    last_start: f64,
    /// Since when every response was a throttled one.
    throttled_since: Option<f64>,
    random: u64,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    started: f64,
    is_throttled: bool,
}

/// The rate after the service throttled.
#[derive(Clone, Copy, Debug)]
struct Curve {
    /// The rate from which it fell; `None` if it was not limited.
    before: Option<f64>,
    /// The least plateau to which a measurement may lower it.
    least_plateau: f64,
    /// The rate to which it fell.
    base: f64,
    /// The rate at which the service throttled.
    plateau: f64,
    /// The seconds since then in which the rate was used.
    elapsed: f64,
    /// When it fell.
    decreased: f64,
    /// Whether a request was accepted since then: before, the rate does not grow.
    grows: bool,
    /// Whether it fell for the first time. The first requests start all at once, and what is accepted of them shows little
    /// about the rate: it grows fast until the service throttles again.
    is_first: bool,
}

impl Curve {
    /// Returns the rate in requests a second.
    fn rate(&self) -> f64 {
        if self.is_first {
            return self.base * (self.elapsed / DOUBLING).exp2();
        }
        let scale = (RETURN_REQUESTS / self.plateau).clamp(RETURN, LONGEST_RETURN);
        let depth = ((1.0 - self.base / self.plateau) / (1.0 - DECREASE)).max(0.0).cbrt();
        let distance = self.elapsed / scale - depth;
        self.plateau * (1.0 + (1.0 - DECREASE) * distance.powi(3))
    }
}

impl Rate {
    /// Creates the rate of a run that starts now. The seed decides about the jitter.
    pub fn new(limits: RateLimits, seed: u64) -> Self {
        Self { limits, random: seed | 1, ..Self::default() }
    }

    /// Starts a request that reserves so many tokens of the quota, or returns when to ask again.
    pub fn start(&mut self, now: Duration, tokens: u64) -> Result<Ticket, Duration> {
        let time = now.as_secs_f64();
        let by_rate = if self.curve.is_some() { self.next } else { 0.0 };
        let others = self.next_by_requests.max(self.next_by_tokens).max(self.paused_until);
        if by_rate.max(others) > time {
            self.was_refused |= by_rate > time && by_rate >= others;
            return Err(Duration::from_secs_f64(by_rate.max(others)).max(now + Duration::from_micros(1)));
        }
        self.grow(time);
        if let Some(rate) = self.curve.map(|curve| curve.rate()) {
            let jitter = 1.0 + 0.1 * (self.random() - 0.5);
            self.next = self.next.max(time - CREDIT) + jitter / rate;
        }
        if let Some(limit) = self.limits.rpm {
            self.next_by_requests = self.next_by_requests.max(time - CREDIT) + 60.0 / f64::from(limit.get());
        }
        if let Some(seconds) = self.seconds_of(tokens) {
            self.next_by_tokens = self.next_by_tokens.max(time) + seconds;
        }
        self.sent.push_back(Sent { started: time, is_throttled: false });
        self.forget(time);
        Ok(Ticket { started: time, tokens })
    }

    /// Counts how a request ended.
    pub fn finish(&mut self, ticket: Ticket, now: Duration, feedback: Feedback) {
        let now = now.as_secs_f64();
        match feedback {
            Feedback::Accepted { tokens } => {
                self.throttled_since = None;
                if let Some(used) = tokens {
                    self.correct(ticket.tokens, used);
                }
            }
            Feedback::Throttled { wait } => {
                self.throttled_since.get_or_insert(now);
                self.correct(ticket.tokens, 0);
                if let Some(wait) = wait {
                    self.paused_until = self.paused_until.max(now + wait.as_secs_f64().min(LONGEST_PAUSE));
                }
                self.throttle(ticket, now);
            }
            Feedback::Failed => {}
        }
    }

    /// Whether everything has been throttled for longer than the limit, or a response asks to wait for longer.
    pub fn is_exhausted(&self, now: Duration) -> bool {
        let (now, longest) = (now.as_secs_f64(), LONGEST_THROTTLING.as_secs_f64());
        self.throttled_since.is_some_and(|since| now - since > longest) || self.paused_until - now > longest
    }

    /// Returns the seconds of the quota of tokens that these tokens take.
    fn seconds_of(&self, tokens: u64) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "these are estimates")]
        self.limits.tpm.map(|limit| tokens as f64 * 60.0 / limit.get() as f64)
    }

    /// Replaces the tokens that were reserved by those that were used.
    fn correct(&mut self, reserved: u64, used: u64) {
        if let (Some(reserved), Some(used)) = (self.seconds_of(reserved), self.seconds_of(used)) {
            self.next_by_tokens += used - reserved;
        }
    }

    /// Lets the rate grow, if it was used and a request was accepted since it fell.
    fn grow(&mut self, now: f64) {
        let elapsed = now - std::mem::replace(&mut self.last_start, now);
        let was_refused = std::mem::take(&mut self.was_refused);
        let Some(curve) = &mut self.curve else { return };
        if curve.grows {
            curve.elapsed += if was_refused { elapsed } else { 0.0 };
            return;
        }
        let at = self.sent.partition_point(|sent| sent.started < curve.decreased);
        let accepted = |sent: &&Sent| !sent.is_throttled;
        let feedback_is_in = |sent: &&Sent| sent.started <= now - 2.0 * self.feedback_delay - 0.01;
        let Some(first) = self.sent.range(at..).find(accepted).filter(feedback_is_in) else { return };
        let last = self.sent.range(..at).rev().find(accepted);
        curve.grows = true;
        if last.is_none_or(|last| first.started - last.started > OUTAGE.max(10.0 / curve.plateau)) {
            curve.base = curve.base.max(curve.plateau / 2.0);
        } else {
            curve.plateau = curve.plateau.min(curve.base / DECREASE);
        }
    }

    /// Lowers the rate after a request was throttled, at most once for each round trip: what comes back of the same one
    /// only makes the measurement better.
    fn throttle(&mut self, ticket: Ticket, now: f64) {
        let latency = (now - ticket.started).clamp(0.0, LONGEST_FEEDBACK_DELAY);
        self.feedback_delay = latency.max(self.feedback_delay + 0.1 * (latency - self.feedback_delay));
        if let Ok(at) = self.sent.binary_search_by(|sent| sent.started.total_cmp(&ticket.started)) {
            // Several can start at one time, and all of them are in one row.
            let row = self.sent.range(at..).position(|sent| !sent.is_throttled).map_or(at, |more| at + more);
            self.sent[row].is_throttled = true;
        }
        let fallen = Curve {
            before: None,
            least_plateau: 0.0,
            base: f64::MAX,
            plateau: 0.0,
            elapsed: 0.0,
            decreased: now,
            grows: false,
            is_first: true,
        };
        let curve = match self.curve {
            None => fallen,
            Some(curve) if !curve.grows => curve,
            Some(curve) if ticket.started < curve.decreased => return,
            Some(curve) => {
                let (before, least_plateau) = (Some(curve.rate()), curve.plateau / 2.0);
                Curve { before, least_plateau, is_first: false, ..fallen }
            }
        };
        let before = curve.before.unwrap_or(f64::MAX);
        let accepted = self.accepted_rate(now, curve.before).min(before).max(LOWEST);
        let base = (DECREASE * accepted).max(LOWEST).min(curve.base);
        let plateau = accepted.max(curve.least_plateau).max(base);
        self.next = if curve.base < f64::MAX { self.next } else { now + self.random() / base };
        let decreased = if base < curve.base { now } else { curve.decreased };
        let (first, least_plateau) = match curve.before {
            Some(before) => (before, curve.least_plateau),
            None => (accepted, accepted / 2.0),
        };
        self.curve = Some(Curve { before: Some(first), least_plateau, base, plateau, decreased, ..curve });
    }

    /// Returns the requests a second that were accepted lately: those that are not throttled when the throttled ones of
    /// their time have come back. `rate` is that at which they were sent, if it was limited.
    fn accepted_rate(&self, now: f64, rate: Option<f64>) -> f64 {
        let horizon = now - self.feedback_delay + 0.001;
        let end = self.sent.partition_point(|sent| sent.started <= horizon);
        let mut start = self.sent.partition_point(|sent| sent.started < horizon - MEASURED);
        let mut count = self.sent.range(start..end).filter(|sent| !sent.is_throttled).count();
        #[expect(clippy::cast_precision_loss, reason = "these are numbers of requests")]
        let (accepted, sent) = (count as f64, (end - start) as f64);
        // What was not sent cannot have been accepted.
        let last = self.sent.range(..end).rev().find(|sent| !sent.is_throttled);
        let is_dead = last.is_none_or(|last| horizon - last.started > OUTAGE + self.feedback_delay);
        if let Some(rate) = rate.filter(|rate| !is_dead && sent < 0.5 * rate * MEASURED) {
            return rate;
        }
        let by_part = rate.map_or(0.0, |rate| rate * accepted / sent.max(1.0));
        while count < MEASURED_REQUESTS && start > 0 {
            start -= 1;
            count += usize::from(!self.sent[start].is_throttled);
        }
        let Some(first) = self.sent.range(start..end).find(|sent| !sent.is_throttled) else {
            // As if one had been accepted at the start.
            let since = self.sent.front().map_or(0.0, |first| horizon - first.started);
            return by_part.max(1.0 / since.max(MEASURED));
        };
        #[expect(clippy::cast_precision_loss, reason = "it is a number of requests")]
        let by_time = count as f64 / (horizon - first.started).max(MEASURED);
        by_time.max(by_part)
    }

    /// Forgets what the measurement does not need any more.
    fn forget(&mut self, now: f64) {
        let judged = self.sent.partition_point(|sent| sent.started < now - 2.0 * self.feedback_delay);
        let oldest = self.sent.partition_point(|sent| sent.started < now - 2.0 * self.feedback_delay - MEASURED);
        let accepted = self.sent.range(..judged).rev().filter(|sent| !sent.is_throttled);
        let needed = accepted.take(MEASURED_REQUESTS + 1).map(|sent| sent.started).last();
        let unneeded = self.sent.partition_point(|sent| needed.is_some_and(|needed| sent.started < needed));
        self.sent.drain(..oldest.min(unneeded).max(self.sent.len().saturating_sub(MOST_SENT)));
    }

    /// Returns a random number from 0 to 1 (xorshift).
    fn random(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        f64::from(u32::try_from(self.random >> 32).unwrap_or_default()) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
#[path = "rate_tests.rs"]
mod tests;
