//! Many calls of the data plane: the quota of each Region, scripted responses, a gate before all calls, and counts.
//!
//! ```
//! let fake = FakeBedrock::start().throttled(50).answering(|request| converse().text([request.prompt()]));
//! let running = bedrock_ask(["batch", "run", …]).credentials().against(&fake).spawn();
//! fake.wait_until(|load| load.calls == 100);
//! assert!(fake.load().most_in_flight <= 64);
//! ```
//!
//! - `.throttled(50)`: each Region takes 50 calls a second, and 10 at once; a call too many gets a 429 and counts in
//!   `Load::throttled`; `.throttled(0)` takes no more than its burst. `.with_burst(50)` sets what it takes at once, `.retry_after("2")` the header of the 429.
//! - `.answering(…)`: any number of calls, each with its own response; an `expect` is met first.
//! - `.held_by(&gate)`: every call waits for the gate, before it is looked at. `gate.open()` lets one through,
//!   `gate.open_all()` all.
//! - `.forgetting()`: `requests()` stays empty, for runs with many records.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::expectation::Expected;
use super::faults::{Gate, Refusal};
use super::http::{Request, Response};
use super::operation::Operation;
use super::{FakeBedrock, State};

/// What the data plane has taken so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// The calls that arrived, those in flight included.
    pub calls: usize,
    /// The calls that got a 429 for the quota.
    pub throttled: usize,
    /// The calls without a response yet.
    pub in_flight: usize,
    pub most_in_flight: usize,
    /// The calls within the quota, by Region.
    pub by_region: BTreeMap<String, usize>,
}

/// Responds to a call of the data plane.
pub type Answers = Box<dyn FnMut(&Request) -> Expected + Send>;

/// The data plane under load.
#[derive(Default)]
pub struct Plane {
    quota: Option<Quota>,
    gate: Option<Gate>,
    load: Load,
}

/// Clones are the same plane.
#[derive(Clone, Default)]
pub struct SharedPlane(Arc<(Mutex<Plane>, Condvar)>);

/// The quota of each Region: a bucket that fills at a constant rate.
#[derive(Clone)]
struct Quota {
    per_second: f64,
    burst: f64,
    retry_after: Option<String>,
    buckets: BTreeMap<String, (f64, Instant)>,
}

impl FakeBedrock {
    /// Limits the calls of each Region to this many a second, a fifth of them at once.
    #[must_use]
    pub fn throttled(self, per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        let burst = (per_second / 5.0).max(1.0);
        self.plane.lock().quota = Some(Quota { per_second, burst, retry_after: None, buckets: BTreeMap::new() });
        self
    }

    /// Sets how many calls the quota takes at once.
    ///
    /// # Panics
    /// Without [`Self::throttled`].
    #[must_use]
    pub fn with_burst(self, burst: u32) -> Self {
        self.plane.lock().quota.as_mut().expect("a quota").burst = f64::from(burst);
        self
    }

    /// Sets the header `Retry-After` of the quota's 429.
    ///
    /// # Panics
    /// Without [`Self::throttled`].
    #[must_use]
    pub fn retry_after(self, value: &str) -> Self {
        self.plane.lock().quota.as_mut().expect("a quota").retry_after = Some(value.to_owned());
        self
    }

    /// Responds to every `Converse` and `ConverseStream` that no expectation is about.
    #[must_use]
    pub fn answering(self, answers: impl FnMut(&Request) -> Expected + Send + 'static) -> Self {
        self.state().answers = Some(Box::new(answers));
        self
    }

    /// Holds every call of the data plane back until the gate lets it through.
    #[must_use]
    pub fn held_by(self, gate: &Gate) -> Self {
        self.plane.lock().gate = Some(gate.clone());
        self
    }

    /// Keeps no request.
    #[must_use]
    pub fn forgetting(self) -> Self {
        self.state().is_forgetful = true;
        self
    }

    /// Returns what the data plane has taken so far.
    pub fn load(&self) -> Load {
        self.plane.lock().load.clone()
    }

    /// Waits until the load meets this condition.
    ///
    /// # Panics
    /// After a minute.
    pub fn wait_until(&self, condition: impl Fn(&Load) -> bool) -> Load {
        let changed = &self.plane.0.1;
        let limit = Duration::from_mins(1);
        let (plane, wait) =
            changed.wait_timeout_while(self.plane.lock(), limit, |plane| !condition(&plane.load)).unwrap();
        assert!(!wait.timed_out(), "a minute has passed: {:?}", plane.load);
        plane.load.clone()
    }
}

impl SharedPlane {
    /// Counts a call of the data plane until the result is dropped, and waits for the gate.
    pub fn begin(&self) -> Call<'_> {
        let gate = {
            let mut plane = self.lock();
            plane.load.calls += 1;
            plane.load.in_flight += 1;
            plane.load.most_in_flight = plane.load.most_in_flight.max(plane.load.in_flight);
            plane.gate.clone()
        };
        self.0.1.notify_all();
        // A test that never opens its gate fails by itself.
        let _ = gate.is_none_or(|gate| gate.pass());
        Call { plane: self }
    }

    fn lock(&self) -> MutexGuard<'_, Plane> {
        self.0.0.lock().unwrap()
    }
}

/// A call in flight.
pub struct Call<'a> {
    plane: &'a SharedPlane,
}

impl Call<'_> {
    /// Takes the call from the quota of this Region, or returns the 429.
    pub fn take_quota(&self, region: &str) -> Result<(), Box<Response>> {
        let mut plane = self.plane.lock();
        let refused = plane.quota.as_mut().and_then(|quota| quota.take(region, Instant::now()).err());
        if refused.is_some() {
            plane.load.throttled += 1;
        } else {
            *plane.load.by_region.entry(region.to_owned()).or_default() += 1;
        }
        drop(plane);
        self.plane.0.1.notify_all();
        refused.map_or(Ok(()), |response| Err(Box::new(response)))
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if let Ok(mut plane) = self.plane.0.0.lock() {
            plane.load.in_flight -= 1;
        }
        self.plane.0.1.notify_all();
    }
}

impl Quota {
    fn take(&mut self, region: &str, now: Instant) -> Result<(), Response> {
        let (left, at) = self.buckets.entry(region.to_owned()).or_insert((self.burst, now));
        *left = (*left + now.saturating_duration_since(*at).as_secs_f64() * self.per_second).min(self.burst);
        *at = now;
        if *left >= 1.0 {
            *left -= 1.0;
            return Ok(());
        }
        let message = "Too many requests, please wait before trying again.";
        let mut response = Refusal::new(429, "ThrottlingException", message).response();
        if let Some(value) = &self.retry_after {
            response.set("Retry-After", value);
        }
        Err(response)
    }
}

impl State {
    /// Returns the scripted response to a call of the data plane.
    pub fn scripted(&mut self, operation: Operation, request: &Request) -> Option<Expected> {
        if !operation.is_data_plane() {
            return None;
        }
        let expected = self.answers.as_mut()?(request);
        Some(Expected { operation, ..expected })
    }
}

impl Request {
    /// Returns the text of the last message.
    pub fn prompt(&self) -> String {
        let body = self.json();
        let blocks = body["messages"].as_array().and_then(|messages| messages.last()?["content"].as_array());
        blocks.into_iter().flatten().filter_map(|block| block["text"].as_str()).collect()
    }
}
