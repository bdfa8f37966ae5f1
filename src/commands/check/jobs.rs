//! Many calls at once, but not too many: bounded, slower where AWS asks for it, results in the order of the input.

use std::future::Future;

use futures_util::stream::{FuturesUnordered, StreamExt};

/// How many calls may be under way: halved when one is throttled, one more after a calm while.
#[derive(Debug)]
struct Bound {
    most: usize,
    now: usize,
    calm: usize,
}

impl Bound {
    fn new(most: usize) -> Self {
        Self { most, now: most.max(1), calm: 0 }
    }

    fn settle(&mut self, is_throttled: bool) {
        if is_throttled {
            (self.now, self.calm) = ((self.now / 2).max(1), 0);
        } else if self.now < self.most {
            self.calm += 1;
            if self.calm >= 2 * self.now {
                (self.now, self.calm) = (self.now + 1, 0);
            }
        }
    }
}

/// Runs `work` for every index below `count`, at most `most` at once; `finished` sees each result as it comes and
/// says whether it was throttled.
pub async fn each<F: Future>(
    count: usize,
    most: usize,
    work: impl Fn(usize) -> F,
    mut finished: impl FnMut(&F::Output) -> bool,
) -> Vec<F::Output> {
    let mut bound = Bound::new(most);
    let mut waiting = 0..count;
    let mut under_way = FuturesUnordered::new();
    let mut results: Vec<Option<F::Output>> = std::iter::repeat_with(|| None).take(count).collect();
    loop {
        while under_way.len() < bound.now
            && let Some(index) = waiting.next()
        {
            let future = work(index);
            under_way.push(async move { (index, future.await) });
        }
        let Some((index, result)) = under_way.next().await else { break };
        bound.settle(finished(&result));
        results[index] = Some(result);
    }
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;

    fn run<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn results_come_in_the_order_of_the_input_and_no_more_than_the_bound_are_under_way() {
        let (under_way, most) = (Cell::new(0), Cell::new(0));
        let work = |index: usize| {
            let (under_way, most) = (&under_way, &most);
            async move {
                under_way.set(under_way.get() + 1);
                most.set(most.get().max(under_way.get()));
                tokio::time::sleep(Duration::from_millis(20 - index as u64)).await;
                under_way.set(under_way.get() - 1);
                index
            }
        };
        let results = run(each(20, 4, work, |_| false));
        assert_eq!(results, (0..20).collect::<Vec<_>>());
        assert_eq!(most.get(), 4);
    }

    #[test]
    fn the_bound_halves_when_throttled_and_grows_back_slowly() {
        let mut bound = Bound::new(8);
        let mut after = |is_throttled: bool, times: usize| {
            (0..times).for_each(|_| bound.settle(is_throttled));
            bound.now
        };
        assert_eq!(after(false, 100), 8);
        assert_eq!(after(true, 1), 4);
        assert_eq!(after(false, 7), 4);
        assert_eq!(after(false, 1), 5);
        assert_eq!(after(true, 9), 1);
        assert_eq!(after(false, 200), 8);
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        assert_eq!(run(each(0, 8, |index| async move { index }, |_| false)), Vec::<usize>::new());
    }
}
