//! A record from the time that it is read until its request has ended, and the request itself.

use std::time::{Duration, Instant};

use super::rate::Ticket;
use super::region::RunRegion;
use super::stop::Throttling;
use crate::aws::{ConverseRequest, ConverseResponse, FailedAttempt};
use crate::commands::batch::record::Record;

/// A record that is being sent, or waits for it.
pub struct PendingRecord {
    pub record: Record,
    pub has_own_input: bool,
    /// The tokens of the quota that it reserves.
    pub tokens: u64,
    pub dollars: f64,
    pub failures: u32,
    pub throttling: Throttling,
    pub sent: u32,
    /// When it may be sent: the one that waits longest is sent next.
    pub due: Duration,
    /// The time in which it was in flight.
    pub latency: Duration,
}

/// A request that has ended.
pub struct Done {
    pub pending: PendingRecord,
    /// The index of its source Region.
    pub region: usize,
    pub ticket: Ticket,
    pub took: Duration,
    pub result: Result<ConverseResponse, FailedAttempt>,
}

/// Sends the request of a record once.
pub async fn send(target: &RunRegion, region: usize, pending: PendingRecord, ticket: Ticket) -> Done {
    let request = ConverseRequest {
        model_id: target.resolution.id.clone(),
        body: Some(pending.record.model_input.clone()),
        returns_body: true,
        ..ConverseRequest::default()
    };
    let started = Instant::now();
    let result = target.runtime.converse_once(&request).await;
    Done { pending, region, ticket, took: started.elapsed(), result }
}
