//! Sends the records: at most so many at once, at the rate of each Region, until all have a result or the run is stopped.
//! Everything runs on one thread, and nothing grows with the number of records.

mod completion;

use std::future::{self, Future};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, Stream};

use super::cost::{Budget, Funds, WorstCase, over_budget, unpriced};
use super::pending::{Done, PendingRecord, send};
use super::rate::Rate;
use super::region::{RunRegion, random_seed};
use super::stop::{Outage, Throttling};
use crate::commands::ask::ResponseForm;
use crate::commands::batch::input::Records;
use crate::commands::batch::model_input::ModelInputs;
use crate::commands::batch::progress::RunProgress;
use crate::commands::batch::rate_args::RateLimits;
use crate::commands::batch::record::{InputRecord, RecordContent, may_have_own_price};
use crate::commands::batch::results::Results;
use crate::commands::batch::summary::Summary;
use crate::commands::batch::token_estimate;
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;
use crate::signals::{Signal, Signals};

pub struct SenderOptions<'a> {
    pub context: &'a Context,
    pub regions: &'a [RunRegion],
    /// The most requests in flight.
    pub jobs: usize,
    pub limits: RateLimits,
    /// Whether the first record goes alone, so that the others read what it wrote to the cache.
    pub first_goes_alone: bool,
    pub form: ResponseForm,
    /// The most tokens of a response without a limit, and of a request, if they are known.
    pub max_output: Option<u32>,
    pub budget: Option<(Budget, WorstCase)>,
}

type InFlight<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = Done> + 'a>>>;

/// What the sender waits for.
enum Event {
    Done(Box<Done>),
    Record(Option<Result<InputRecord, Error>>),
    Signal(Signal),
    /// The rate allows the next request, or the progress is due.
    Time,
}

/// Why nothing more is sent.
pub enum Stop {
    Signal(Signal),
    Error(Error),
}

pub struct Sender<'a> {
    options: SenderOptions<'a>,
    model_inputs: ModelInputs<'a>,
    started: Instant,
    rates: Vec<Rate>,
    in_flight: InFlight<'a>,
    /// The requests in flight of each Region.
    busy: Vec<usize>,
    /// The records that wait to be sent: never more than may be in flight.
    waiting: Vec<PendingRecord>,
    outage: Outage,
    /// The number of responses, and when the last one arrived.
    accepted: u64,
    last_accepted: Option<Duration>,
    has_answer: bool,
    is_at_end: bool,
    /// Whether a signal asked to stop.
    is_interrupted: bool,
    stop: Option<Stop>,
    /// Why results could not be written after the run was stopped for another reason.
    unwritten: Option<Error>,
    results: Results,
    summary: Summary,
    progress: RunProgress,
}

impl<'a> Sender<'a> {
    pub fn new(options: SenderOptions<'a>, model_inputs: ModelInputs<'a>, results: Results, summary: Summary) -> Self {
        let started = Instant::now();
        Self {
            rates: options
                .regions
                .iter()
                .map(|own| Rate::new(options.limits, random_seed(&own.resolution.id)))
                .collect(),
            busy: vec![0; options.regions.len()],
            options,
            model_inputs,
            started,
            in_flight: FuturesUnordered::new(),
            waiting: Vec::new(),
            outage: Outage::default(),
            accepted: 0,
            last_accepted: None,
            has_answer: false,
            is_at_end: false,
            is_interrupted: false,
            stop: None,
            unwritten: None,
            results,
            summary,
            progress: RunProgress::new(started),
        }
    }

    /// Sends every record that has no result yet, and returns why the run was stopped before all had one. A first signal
    /// lets what is in flight end, a second one does not.
    pub async fn run(mut self, mut records: Records, signals: &mut Signals, output: &mut Output) -> Run {
        loop {
            let wake = if self.stop.is_none() { self.start_requests() } else { None };
            if self.in_flight.is_empty() && (self.stop.is_some() || self.is_at_end && self.waiting.is_empty()) {
                break;
            }
            match self.next_event(wake, &mut records, signals).await {
                Event::Done(done) => self.finish(*done),
                Event::Record(record) => self.take(record).await,
                Event::Time => {}
                // Also while a run that was stopped for another reason waits for what is in flight.
                Event::Signal(_) if self.is_interrupted => break,
                Event::Signal(signal) => {
                    self.is_interrupted = true;
                    output.note(&format!("{} in flight: a second signal ends the run at once", self.in_flight.len()));
                    self.stop.get_or_insert(Stop::Signal(signal));
                }
            }
            self.progress.show(&self.summary, Instant::now(), output);
        }
        let elapsed = self.progress.elapsed(Instant::now());
        output.erase_bar();
        let Self { stop, unwritten, results, summary, .. } = self;
        Run { stop, unwritten, elapsed, results, summary }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn stop_with(&mut self, error: Error) {
        self.stop.get_or_insert(Stop::Error(error));
    }

    /// Whether another record may be taken from the input.
    fn wants_record(&self) -> bool {
        let held = self.in_flight.len() + self.waiting.len();
        let most = if self.options.first_goes_alone && !self.has_answer { 1 } else { self.options.jobs };
        self.stop.is_none() && !self.is_at_end && held < most && self.results.has_room()
    }

    /// Waits for whatever comes first.
    async fn next_event(&mut self, wake: Option<Duration>, records: &mut Records, signals: &mut Signals) -> Event {
        let tick = self.started + (self.now() + RunProgress::INTERVAL);
        let wake = wake.map_or(tick, |wake| (self.started + wake).min(tick));
        let mut timer = pin!(tokio::time::sleep_until(wake.into()));
        let wants_record = self.wants_record();
        let mut next = pin!(async { if wants_record { records.next().await } else { future::pending().await } });
        let mut signal = pin!(signals.next());
        let in_flight = &mut self.in_flight;
        future::poll_fn(|context| {
            if let Poll::Ready(signal) = signal.as_mut().poll(context) {
                return Poll::Ready(Event::Signal(signal));
            }
            if let Poll::Ready(Some(done)) = Pin::new(&mut *in_flight).poll_next(context) {
                return Poll::Ready(Event::Done(Box::new(done)));
            }
            if let Poll::Ready(record) = next.as_mut().poll(context) {
                return Poll::Ready(Event::Record(record));
            }
            timer.as_mut().poll(context).map(|()| Event::Time)
        })
        .await
    }

    /// Takes a record of the input, unless it has a result.
    async fn take(&mut self, record: Option<Result<InputRecord, Error>>) {
        let Some(record) = record else {
            self.is_at_end = true;
            return;
        };
        match self.pending(record).await {
            Ok(pending) => self.waiting.extend(pending),
            Err(error) => self.stop_with(error),
        }
    }

    /// Returns the record as it is sent; nothing if it has a result.
    async fn pending(&mut self, record: Result<InputRecord, Error>) -> Result<Option<PendingRecord>, Error> {
        let record = record?;
        if self.results.is_done(record.index, record.digest)? {
            return Ok(None);
        }
        let has_own_input = matches!(record.content, RecordContent::ModelInput { .. });
        let record = self.model_inputs.record(record).await?;
        let output = record.max_tokens.and_then(|limit| u64::try_from(limit).ok());
        let output = output.or(self.options.max_output.map(u64::from)).unwrap_or_default();
        let bytes = record.model_input.len();
        let dollars = match &self.options.budget {
            None => 0.0,
            Some((_, worst)) => {
                if has_own_input && may_have_own_price(&record.model_input) {
                    return Err(unpriced(format!("the price of the record `{}` is not known", record.id)));
                }
                worst.dollars(bytes, record.max_tokens)
            }
        };
        let tokens = token_estimate::estimate(bytes as u64) + output;
        let (due, latency, throttling) = (self.now(), Duration::ZERO, Throttling::default());
        Ok(Some(PendingRecord {
            record,
            has_own_input,
            tokens,
            dollars,
            failures: 0,
            throttling,
            sent: 0,
            due,
            latency,
        }))
    }

    /// Starts as many requests as the rate allows, and returns when the next one may start if it is only a matter of time.
    fn start_requests(&mut self) -> Option<Duration> {
        let now = self.now();
        let mut wake: Option<Duration> = None;
        while self.in_flight.len() < self.options.jobs {
            let ready = self.waiting.iter().enumerate().filter(|(_, pending)| pending.due <= now);
            let Some(at) = ready.min_by_key(|(_, pending)| (pending.due, pending.record.index)).map(|(at, _)| at)
            else {
                break;
            };
            if let Some((budget, _)) = &self.options.budget {
                match budget.funds(self.waiting[at].dollars, self.in_flight.len()) {
                    Funds::Enough => {}
                    Funds::NotYet => break,
                    Funds::UsedUp => {
                        self.stop_with(over_budget(budget.spent()));
                        return None;
                    }
                }
            }
            if let Err(later) = self.start(at, now) {
                wake = Some(later);
                break;
            }
        }
        let due = self.waiting.iter().map(|pending| pending.due).filter(|due| *due > now).min();
        wake.into_iter().chain(due).min()
    }

    /// Sends a record from the Region with room that has the fewest requests in flight, or returns when one has room.
    fn start(&mut self, at: usize, now: Duration) -> Result<(), Duration> {
        let tokens = self.waiting[at].tokens;
        let mut regions: Vec<_> = (0..self.rates.len()).collect();
        regions.sort_by_key(|region| self.busy[*region]);
        let mut later = Duration::MAX;
        for region in regions {
            match self.rates[region].start(now, tokens) {
                Ok(ticket) => {
                    let pending = self.waiting.swap_remove(at);
                    self.busy[region] += 1;
                    if let Some((budget, _)) = &mut self.options.budget {
                        budget.reserve(pending.dollars);
                    }
                    self.in_flight.push(Box::pin(send(&self.options.regions[region], region, pending, ticket)));
                    return Ok(());
                }
                Err(at) => later = later.min(at),
            }
        }
        Err(later)
    }
}

pub struct Run {
    /// Why records have no result.
    pub stop: Option<Stop>,
    /// Why results could not be written after it was stopped for another reason.
    pub unwritten: Option<Error>,
    pub elapsed: Duration,
    pub results: Results,
    pub summary: Summary,
}
