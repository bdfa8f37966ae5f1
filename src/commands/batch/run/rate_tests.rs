//! Simulates services that throttle.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "all numbers here are small"
)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Count {
    /// A bucket that is filled with the limit, and has room for one window.
    Bucket,
    /// Windows that begin at fixed times of the clock.
    Fixed,
    /// The time before each request.
    Sliding,
}

/// A service that accepts so many requests a second.
struct Service {
    count: Count,
    window: f64,
    level: f64,
    last: f64,
    taken: VecDeque<f64>,
}

impl Service {
    fn new(count: Count, window: f64) -> Self {
        Self { count, window, level: f64::MAX, last: 0.0, taken: VecDeque::new() }
    }

    fn forget(&mut self, is_old: impl Fn(f64) -> bool) {
        while self.taken.front().is_some_and(|at| is_old(*at)) {
            self.taken.pop_front();
        }
    }

    fn takes(&mut self, now: f64, limit: f64) -> bool {
        let most = limit * self.window;
        match self.count {
            Count::Bucket => {
                self.level = (self.level + (now - self.last) * limit).min(most);
                self.last = now;
                let takes = self.level >= 1.0;
                self.level -= if takes { 1.0 } else { 0.0 };
                return takes;
            }
            Count::Fixed => {
                let begin = (now / self.window).floor() * self.window;
                self.forget(|at| at < begin);
            }
            Count::Sliding => {
                let begin = now - self.window;
                self.forget(|at| at <= begin);
            }
        }
        let takes = (self.taken.len() as f64) < most;
        if takes {
            self.taken.push_back(now);
        }
        takes
    }
}

#[derive(Default)]
struct Traffic {
    accepted: Vec<u32>,
    throttled: Vec<u32>,
}

impl Traffic {
    fn count(seconds: &mut Vec<u32>, now: f64) {
        let second = now as usize;
        seconds.resize(seconds.len().max(second + 1), 0);
        seconds[second] += 1;
    }

    fn sum(seconds: &[u32], from: usize, to: usize) -> f64 {
        seconds.iter().take(to).skip(from).sum::<u32>().into()
    }

    /// Returns the accepted requests a second, and the part that was throttled.
    fn between(&self, from: usize, to: usize) -> (f64, f64) {
        let (accepted, throttled) = (Self::sum(&self.accepted, from, to), Self::sum(&self.throttled, from, to));
        (accepted / (to - from) as f64, throttled / (accepted + throttled).max(1.0))
    }
}

/// The requests in flight.
const JOBS: usize = 64;

struct Simulation {
    /// The seconds until a response, and until a throttled one.
    latency: f64,
    latency_throttled: f64,
    seconds: f64,
}

impl Simulation {
    fn new(latency: f64, seconds: f64) -> Self {
        Self { latency, latency_throttled: latency, seconds }
    }

    /// Runs against a service whose limit depends on the time.
    fn run(&self, mut service: Service, limit: impl Fn(f64) -> f64, seed: u64) -> Traffic {
        let mut rate = Rate::new(RateLimits::default(), seed);
        let mut traffic = Traffic::default();
        let mut running: BinaryHeap<Reverse<(Duration, u64, bool)>> = BinaryHeap::new();
        let mut tickets = std::collections::HashMap::new();
        let (mut now, mut number) = (Duration::ZERO, 0);
        let mut noise = seed ^ 0x9e37_79b9_7f4a_7c15;
        while now.as_secs_f64() < self.seconds {
            let mut wake = Duration::MAX;
            while running.len() < JOBS {
                let ticket = match rate.start(now, 1000) {
                    Ok(ticket) => ticket,
                    Err(at) => {
                        // As a timer that counts milliseconds.
                        wake = Duration::from_millis(u64::try_from(at.as_micros().div_ceil(1000)).unwrap());
                        break;
                    }
                };
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let spread = 0.9 + 0.2 * ((noise >> 40) as f64 / (1_u64 << 24) as f64);
                let takes = service.takes(now.as_secs_f64(), limit(now.as_secs_f64()));
                let latency = if takes { self.latency } else { self.latency_throttled };
                let done = now + Duration::from_secs_f64(latency * spread);
                number += 1;
                tickets.insert(number, ticket);
                running.push(Reverse((done, number, takes)));
            }
            let next = running.peek().map_or(Duration::MAX, |Reverse((done, ..))| *done);
            now = wake.min(next).max(now);
            while let Some(Reverse((_, id, takes))) = running.peek().copied().filter(|entry| entry.0.0 <= now) {
                running.pop();
                let feedback =
                    if takes { Feedback::Accepted { tokens: Some(600) } } else { Feedback::Throttled { wait: None } };
                rate.finish(tickets.remove(&id).unwrap(), now, feedback);
                Traffic::count(if takes { &mut traffic.accepted } else { &mut traffic.throttled }, now.as_secs_f64());
            }
        }
        traffic
    }
}

const COUNTS: [Count; 3] = [Count::Bucket, Count::Fixed, Count::Sliding];

#[test]
fn a_service_that_does_not_throttle_gets_all_that_the_jobs_can_send() {
    for latency in [0.02, 0.1, 1.0] {
        let traffic = Simulation::new(latency, 10.0).run(Service::new(Count::Bucket, 1.0), |_| 1e9, 7);
        let (goodput, throttled) = traffic.between(1, 10);
        assert!(goodput >= 0.95 * 64.0 / latency / 1.01 && throttled == 0.0, "{latency} s: {goodput}/s");
    }
}

#[test]
fn what_the_service_accepts_is_used_and_little_is_throttled() {
    for count in COUNTS {
        for limit in [5.0, 20.0, 50.0, 300.0] {
            for (latency, latency_throttled) in
                [(0.05, 0.05), (0.1, 0.1), (0.1, 0.01), (0.5, 0.5), (1.0, 0.05), (2.0, 0.1), (2.0, 2.0)]
            {
                for seed in [1, 42, 4711] {
                    // Of a slow rate, little is known before many slow responses have arrived.
                    let from = if limit * latency_throttled == 10.0 { 90 } else { 10 };
                    let seconds = (from + 60) as f64;
                    let simulation = Simulation { latency_throttled, ..Simulation::new(latency, seconds) };
                    let traffic = simulation.run(Service::new(count, 1.0), |_| limit, seed);
                    let most = f64::min(limit, 64.0 / (latency * 1.01));
                    let (goodput, throttled) = traffic.between(from, from + 60);
                    let least = if limit == 5.0 { 0.82 } else { 0.9 };
                    let case =
                        format!("{count:?} {limit}/s, {latency} s, 429 after {latency_throttled} s, seed {seed}");
                    assert!(goodput >= least * most && throttled <= 0.12, "{case}: {goodput}/s {throttled}");
                }
            }
        }
    }
}

#[test]
fn the_first_requests_at_once_do_not_set_the_rate() {
    for latency in [0.005, 0.02, 0.1, 0.3] {
        // A bucket that has room for 20 alone.
        let traffic = Simulation::new(latency, 40.0).run(Service::new(Count::Bucket, 0.1), |_| 200.0, 42);
        let (goodput, throttled) = traffic.between(4, 40);
        assert!(goodput >= 180.0 && throttled <= 0.05, "{latency} s: {goodput}/s {throttled}");
    }
}

#[test]
fn the_rate_follows_a_limit_that_changes() {
    for count in COUNTS {
        for latency in [0.05, 0.1, 0.5] {
            let limit = |now: f64| match now {
                ..40.0 => 50.0,
                ..80.0 => 20.0,
                _ => 100.0,
            };
            let traffic = Simulation::new(latency, 150.0).run(Service::new(count, 1.0), limit, 3);
            for (from, to, limit) in [(10, 40, 50.0), (50, 80, 20.0), (110, 150, 100.0)] {
                let (goodput, throttled) = traffic.between(from, to);
                assert!(
                    goodput >= 0.9 * limit && throttled <= 0.1,
                    "{count:?} {latency} s, {from}: {goodput} {throttled}"
                );
            }
        }
    }
}

#[test]
fn a_quota_of_a_minute_is_used_and_nothing_collapses() {
    for count in COUNTS {
        for per_minute in [12.0, 60.0, 600.0, 3000.0] {
            for latency in [0.1, 1.0] {
                let traffic = Simulation::new(latency, 900.0).run(Service::new(count, 60.0), |_| per_minute / 60.0, 5);
                let (goodput, throttled) = traffic.between(60, 900);
                let case = format!("{count:?} {per_minute}/min {latency} s");
                assert!(goodput * 60.0 >= 0.5 * per_minute && throttled < 0.7, "{case}: {goodput}/s {throttled}");
            }
        }
    }
}

#[test]
fn a_pause_of_any_length_has_an_end() {
    let mut rate = Rate::new(RateLimits::default(), 1);
    let ticket = rate.start(Duration::ZERO, 1).unwrap();
    let wait = Some(Duration::from_secs(u64::MAX));
    rate.finish(ticket, Duration::from_secs(1), Feedback::Throttled { wait });
    assert!(rate.is_exhausted(Duration::from_secs(1)));
    assert!(rate.start(Duration::from_secs(2), 1).unwrap_err() > Duration::from_hours(24));
}
