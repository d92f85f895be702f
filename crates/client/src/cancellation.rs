//! Ending work from outside: every loop is given a [`Cancellation`] and ends at its next step once it is cancelled.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::pin,
    rc::Rc,
    task::{Poll, Waker},
};

use futures::future::{Either, select};

/// A token shared by who may end something and what ends.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Rc<State>);

#[derive(Debug, Default)]
struct State {
    cancelled: Cell<bool>,
    wakers: RefCell<Vec<Waker>>,
}

impl Cancellation {
    /// A token nobody has cancelled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends everything that holds this token.
    pub fn cancel(&self) {
        self.0.cancelled.set(true);
        for waker in self.0.wakers.take() {
            waker.wake();
        }
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.get()
    }

    /// Waits for [`cancel`](Self::cancel).
    pub async fn cancelled(&self) {
        poll_fn(|context| {
            if self.is_cancelled() {
                return Poll::Ready(());
            }
            let mut wakers = self.0.wakers.borrow_mut();
            if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    /// The future's output, or `None` when the token was cancelled first; the future is dropped then.
    pub async fn race<F: Future>(&self, future: F) -> Option<F::Output> {
        match select(pin!(self.cancelled()), pin!(future)).await {
            Either::Left(_) => None,
            Either::Right((output, _)) => Some(output),
        }
    }
}
