//! What follows when a request has ended: the result of its record, another attempt, or the end of the run.

use super::Sender;
use crate::aws::{ConverseResponse, FailedAttempt};
use crate::commands::batch::record::{Record, RecordOutcome};
use crate::commands::batch::run::cost::has_price_of_its_own;
use crate::commands::batch::run::outcome;
use crate::commands::batch::run::pending::{Done, PendingRecord};
use crate::commands::batch::run::rate::{Feedback, Ticket};
use crate::commands::batch::run::region::{self, RunRegion};
use crate::commands::batch::run::stop::{self, Cause, MOST_ATTEMPTS, Reaction};
use crate::error::Error;
use bedrock_ask::diagnosis::Diagnosis;

impl Sender<'_> {
    pub(super) fn finish(&mut self, done: Done) {
        let Done { mut pending, region, ticket, took, result } = done;
        let now = self.now();
        self.busy[region] -= 1;
        pending.sent += 1;
        pending.latency += took;
        let attempt = match result {
            Ok(response) => {
                self.has_answer = true;
                (self.accepted, self.last_accepted) = (self.accepted + 1, Some(now));
                self.outage.end();
                self.succeed(&pending, region, ticket, response);
                return;
            }
            Err(attempt) => attempt,
        };
        if let Some((budget, _)) = &mut self.options.budget {
            // What timed out may have been generated, and paid.
            let is_free = attempt.failure.status.is_some_and(|status| status >= 400);
            budget.settle(pending.dollars, if is_free { 0.0 } else { pending.dollars });
        }
        if stop::is_throttled(&attempt.failure) {
            self.throttle(pending, region, ticket, &attempt, Cause::Quota);
            return;
        }
        let diagnosis = self.options.regions[region].diagnose(&attempt.failure, self.options.context);
        let reaction = stop::reaction(diagnosis.group);
        if reaction == Reaction::Throttled {
            self.throttle(pending, region, ticket, &attempt, Cause::of(diagnosis.group));
            return;
        }
        self.rates[region].finish(ticket, now, Feedback::Failed);
        match reaction {
            Reaction::Stop => self.stop_with(Error::from(diagnosis)),
            Reaction::Retry => self.retry(pending, &attempt, diagnosis),
            Reaction::Fail | Reaction::Throttled => {
                self.fail(&pending, &attempt, &diagnosis);
                if self.outage.fails(diagnosis.group) {
                    self.stop_with(Error::from(diagnosis).cause("the first records all failed like this"));
                }
            }
        }
    }

    /// Sends a record again later, unless it was sent often enough or nothing succeeds any more.
    fn retry(&mut self, mut pending: PendingRecord, attempt: &FailedAttempt, diagnosis: Diagnosis) {
        let now = self.now();
        if self.outage.retries(&diagnosis, attempt.failure.status.is_some(), now) {
            self.stop_with(Error::from(diagnosis));
            return;
        }
        pending.failures += 1;
        if pending.failures >= MOST_ATTEMPTS {
            self.fail(&pending, attempt, &diagnosis);
            if self.outage.exhausts() {
                self.stop_with(Error::from(diagnosis).cause("the last records all failed like this"));
            }
            return;
        }
        pending.due = now + stop::delay(pending.failures, region::random(&pending.record.id), attempt.wait);
        self.waiting.push(pending);
    }

    /// Writes the result of a record that failed.
    fn fail(&mut self, pending: &PendingRecord, attempt: &FailedAttempt, diagnosis: &Diagnosis) {
        self.has_answer = true;
        let outcome = outcome::of_failure(attempt, diagnosis, pending);
        self.add(&pending.record, &outcome);
    }

    fn succeed(&mut self, pending: &PendingRecord, region: usize, ticket: Ticket, response: ConverseResponse) {
        let now = self.now();
        let RunRegion { pricing, .. } = &self.options.regions[region];
        let tokens = response.usage.as_ref().map(|usage| self.options.regions[region].used(usage));
        self.rates[region].finish(ticket, now, Feedback::Accepted { tokens });
        let usage = response.usage.filter(|_| !has_price_of_its_own(&pending.record, response.service_tier.as_deref()));
        let dollars = usage.and_then(|usage| pricing.as_ref()?.dollars(&usage));
        if let Some((budget, _)) = &mut self.options.budget {
            budget.settle(pending.dollars, dollars.unwrap_or(pending.dollars));
        }
        let form = (!pending.has_own_input).then_some(&self.options.form);
        let outcome = outcome::of_response(response, form, dollars, pending);
        self.add(&pending.record, &outcome);
    }

    /// Sends a record that was throttled again: as soon as the rate allows, or later if the rate is not the reason.
    fn throttle(
        &mut self,
        mut pending: PendingRecord,
        region: usize,
        ticket: Ticket,
        attempt: &FailedAttempt,
        cause: Cause,
    ) {
        let now = self.now();
        self.summary.throttled += 1;
        let since_accepted = self.last_accepted.map(|last| now.saturating_sub(last));
        if pending.throttling.is_of_record(cause, self.accepted, since_accepted) {
            self.rates[region].finish(ticket, now, Feedback::Failed);
            if pending.throttling.is_final(cause) {
                let diagnosis = self.options.regions[region].diagnose(&attempt.failure, self.options.context);
                self.fail(&pending, attempt, &diagnosis);
                return;
            }
            pending.due =
                now + stop::delay(pending.throttling.failures(), region::random(&pending.record.id), attempt.wait);
            self.waiting.push(pending);
            return;
        }
        self.rates[region].finish(ticket, now, Feedback::Throttled { wait: attempt.wait });
        if self.rates.iter().all(|rate| rate.is_exhausted(now)) {
            let diagnosis = self.options.regions[region].diagnose(&attempt.failure, self.options.context);
            self.stop_with(Error::from(diagnosis).cause("nothing but throttled responses arrived any more"));
            return;
        }
        pending.due = now;
        self.waiting.push(pending);
    }

    fn add(&mut self, record: &Record, outcome: &RecordOutcome) {
        let before = self.results.done();
        let added = self.results.add(record, outcome);
        // A result can be written although an earlier one is not in its place any more.
        if added.is_ok() || self.results.done() > before {
            self.summary.add(outcome);
        }
        match added {
            Err(error) if self.stop.is_some() => drop(self.unwritten.get_or_insert(error)),
            Err(error) => self.stop_with(error),
            Ok(()) => {}
        }
    }
}
