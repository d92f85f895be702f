//! Turns in order of asking: whoever holds the [`Turn`] is the one writer.
//!
//! An ordinary async mutex lets the one who just released it take it again before those who wait; a sync response in
//! slices would then keep a person's message waiting until its last slice.

use std::{cell::RefCell, collections::VecDeque};

use futures::channel::oneshot;

/// First asked, first served.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: bool,
    waiting: VecDeque<oneshot::Sender<()>>,
}

/// The right to act until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    queue: &'a Queue,
}

impl Queue {
    /// Waits for one's turn.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        let receiver = {
            let mut state = self.state.borrow_mut();
            if !state.taken {
                state.taken = true;
                return Turn { queue: self };
            }
            let (sender, receiver) = oneshot::channel();
            state.waiting.push_back(sender);
            receiver
        };
        let waiting = Waiting { queue: self, receiver: Some(receiver) };
        waiting.turn().await
    }

    fn pass_on(&self) {
        let mut state = self.state.borrow_mut();
        while let Some(next) = state.waiting.pop_front() {
            if next.send(()).is_ok() {
                return;
            }
        }
        state.taken = false;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.queue.pass_on();
    }
}

/// One who waits. Dropped after its turn was granted but before it was taken, it passes the turn on.
struct Waiting<'a> {
    queue: &'a Queue,
    receiver: Option<oneshot::Receiver<()>>,
}

impl<'a> Waiting<'a> {
    async fn turn(mut self) -> Turn<'a> {
        if let Some(receiver) = &mut self.receiver {
            receiver.await.expect("a sender is dropped only with the queue, which is borrowed");
        }
        self.receiver = None;
        Turn { queue: self.queue }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(receiver) = &mut self.receiver
            && matches!(receiver.try_recv(), Ok(Some(())))
        {
            self.queue.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures::{FutureExt, executor::block_on, future::join3};

    use super::Queue;

    #[test]
    fn turns_come_in_the_order_of_asking() {
        let queue = Queue::default();
        let order = RefCell::new(Vec::new());

        let ask = async |name| {
            for _ in 0..2 {
                let _turn = queue.turn().await;
                order.borrow_mut().push(name);
            }
        };
        let held = queue.turn().now_or_never().expect("nobody else holds it");
        block_on(join3(ask("a"), ask("b"), async { drop(held) }));

        assert_eq!(order.into_inner(), ["a", "b", "a", "b"]);
    }

    #[test]
    fn who_stops_waiting_does_not_keep_the_turn() {
        let queue = Queue::default();
        let held = queue.turn().now_or_never().expect("nobody else holds it");
        let mut waiting = Box::pin(queue.turn());
        assert!((&mut waiting).now_or_never().is_none());

        drop(held);
        drop(waiting);

        assert!(queue.turn().now_or_never().is_some());
    }
}
