//! Turns: a part of the work that only some threads may do at a time.

use std::sync::{Condvar, Mutex, PoisonError};

/// How many more threads may begin.
pub(super) struct Turns {
    left: Mutex<usize>,
    is_given_back: Condvar,
}

impl Turns {
    /// As many turns at a time, but at least one.
    pub(super) fn new(number: usize) -> Turns {
        Turns { left: Mutex::new(number.max(1)), is_given_back: Condvar::new() }
    }

    /// Waits for a turn, and does the work.
    pub(super) fn take<T>(&self, work: impl FnOnce() -> T) -> T {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let left = self.is_given_back.wait_while(left, |left| *left == 0);
        *left.unwrap_or_else(PoisonError::into_inner) -= 1;
        let _turn = Turn(self);
        work()
    }
}

/// A turn that is taken. It is given back when dropped, so also after a panic.
struct Turn<'turns>(&'turns Turns);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.left.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.is_given_back.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    #[test]
    fn turns_are_limited_and_all_are_taken() {
        let (turns, now, most) = (Turns::new(2), AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(20));
            now.fetch_sub(1, Ordering::SeqCst);
        };
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| turns.take(work));
            }
        });
        assert_eq!((now.into_inner(), most.into_inner()), (0, 2));
    }
}
