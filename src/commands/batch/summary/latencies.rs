//! Latencies in fixed memory: counts in buckets whose width grows with the latency.

use std::time::Duration;

/// The buckets for each doubling of the latency: a percentile is off by at most 1/64 of itself.
const PER_DOUBLING: u64 = 32;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    counts: Vec<u64>,
    total: u64,
}

impl Latencies {
    pub fn add(&mut self, latency: Duration) {
        let bucket = bucket(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.total += 1;
    }

    /// Returns the latency that this many percent of all do not exceed, or `None` if there are none.
    pub fn percentile(&self, percent: u64) -> Option<Duration> {
        let rank = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let bucket = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        bucket.map(|bucket| Duration::from_micros(middle(bucket)))
    }
}

/// Returns the bucket of a latency in microseconds.
fn bucket(micros: u64) -> usize {
    // The first two doublings have a bucket for each microsecond.
    let shift = micros.checked_ilog2().unwrap_or_default().saturating_sub(PER_DOUBLING.ilog2());
    let bucket = u64::from(shift) * PER_DOUBLING + (micros >> shift);
    // There are fewer than 64 doublings.
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// Returns the microseconds in the middle of a bucket.
fn middle(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < 2 * PER_DOUBLING {
        return bucket;
    }
    let shift = bucket / PER_DOUBLING - 1;
    let first = (bucket - shift * PER_DOUBLING) << shift;
    first + (1 << shift) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_near_the_exact_one_whatever_the_latencies() {
        let mut state = 7_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        for most in [1, 50, 64, 65, 1000, 900_000, 400_000_000] {
            let (mut latencies, mut exact) = (Latencies::default(), Vec::new());
            for _ in 0..1000 {
                let micros = random() % most;
                latencies.add(Duration::from_micros(micros));
                exact.push(micros);
            }
            exact.sort_unstable();
            for percent in [0, 1, 50, 95, 100] {
                let found = latencies.percentile(u64::try_from(percent).unwrap()).unwrap().as_micros();
                let expected = u128::from(exact[(percent * 10).max(1) - 1]);
                assert!(found.abs_diff(expected) * 64 <= expected, "{percent} % below {most}: {found}, not {expected}");
            }
            assert!(latencies.counts.len() < 2000);
        }
        assert_eq!(Latencies::default().percentile(50), None);
        let mut longest = Latencies::default();
        longest.add(Duration::MAX);
        assert!(longest.percentile(50) > Some(Duration::from_secs(1 << 40)));
    }
}
