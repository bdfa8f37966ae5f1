//! Runs many calls concurrently, within a limit that shrinks while AWS throttles.

use std::future::{Future, pending};
use std::pin::pin;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};

/// How to go on after one result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Start the next call.
    Continue,
    /// Lower the limit for a while: the call was throttled.
    SlowDown,
    /// Start no further call and drop those that are still running.
    Stop,
}

/// The number of calls that may run: halved after a throttled call, and increased by one after a while without
/// throttling.
#[derive(Debug)]
struct ConcurrencyLimit {
    most: usize,
    now: usize,
    unthrottled: usize,
}

impl ConcurrencyLimit {
    fn new(most: usize) -> Self {
        Self { most, now: most.max(1), unthrottled: 0 }
    }

    fn adapt(&mut self, is_throttled: bool) {
        if is_throttled {
            (self.now, self.unthrottled) = ((self.now / 2).max(1), 0);
        } else if self.now < self.most {
            self.unthrottled += 1;
            if self.unthrottled >= 2 * self.now {
                (self.now, self.unthrottled) = (self.now + 1, 0);
            }
        }
    }
}

/// Runs the futures, at most `most` at once, and returns their results in the order of the futures. `on_result` is
/// called with each result as soon as it is there. After [`Next::Stop`] the results of the calls that had not ended are
/// missing.
pub async fn run<F: Future>(
    futures: impl IntoIterator<Item = F>,
    most: usize,
    on_result: impl FnMut(&F::Output) -> Next,
) -> Vec<F::Output> {
    run_until(pending::<()>(), futures, most, on_result).await.into_iter().flatten().collect()
}

/// Like [`run`], until `stop` is ready: a call that has not ended by then has no result.
pub async fn run_until<F: Future>(
    stop: impl Future,
    futures: impl IntoIterator<Item = F>,
    most: usize,
    mut on_result: impl FnMut(&F::Output) -> Next,
) -> Vec<Option<F::Output>> {
    let mut stop = pin!(stop);
    let mut limit = ConcurrencyLimit::new(most);
    let mut waiting = futures.into_iter().enumerate();
    let mut running = FuturesUnordered::new();
    let mut results = Vec::new();
    loop {
        while running.len() < limit.now
            && let Some((index, future)) = waiting.next()
        {
            results.push(None);
            running.push(async move { (index, future.await) });
        }
        let Either::Right((Some((index, result)), _)) = select(stop.as_mut(), running.next()).await else { break };
        let next = on_result(&result);
        results[index] = Some(result);
        if next == Next::Stop {
            return results;
        }
        limit.adapt(next == Next::SlowDown);
    }
    results.extend(waiting.map(|_| None));
    results
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn block_on<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn results_keep_the_order_and_no_more_than_the_limit_run_at_once() {
        let (running, most) = (Cell::new(0), Cell::new(0));
        let futures = (0..20_usize).map(|index| {
            let (running, most) = (&running, &most);
            async move {
                running.set(running.get() + 1);
                most.set(most.get().max(running.get()));
                for _ in index..20 {
                    tokio::task::yield_now().await;
                }
                running.set(running.get() - 1);
                index
            }
        });
        let results = block_on(run(futures, 4, |_| Next::Continue));
        assert_eq!(results, (0..20).collect::<Vec<_>>());
        assert_eq!(most.get(), 4);
    }

    #[test]
    fn stop_starts_nothing_more() {
        let started = Cell::new(0);
        let futures = (0..20).map(|index| {
            started.set(started.get() + 1);
            async move { index }
        });
        let results = block_on(run(futures, 2, |index| if *index == 3 { Next::Stop } else { Next::Continue }));
        assert_eq!(results.last(), Some(&3));
        assert!(started.get() < 6, "{} were started", started.get());
    }

    #[test]
    fn the_limit_halves_when_throttled_and_grows_back_slowly() {
        let mut limit = ConcurrencyLimit::new(8);
        let mut after = |is_throttled: bool, times: usize| {
            (0..times).for_each(|_| limit.adapt(is_throttled));
            limit.now
        };
        assert_eq!(after(false, 100), 8);
        assert_eq!(after(true, 1), 4);
        assert_eq!(after(false, 7), 4);
        assert_eq!(after(false, 1), 5);
        assert_eq!(after(true, 9), 1);
        assert_eq!(after(false, 200), 8);
    }

    #[test]
    fn no_futures_give_no_results() {
        assert!(block_on(run(std::iter::empty::<std::future::Ready<()>>(), 8, |()| Next::Continue)).is_empty());
    }
}
