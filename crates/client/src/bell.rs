//! A bell: wakes every loop that waits for something to have changed.
//!
//! Rings are not counted: who listens hears that it rang since they last heard, even if nobody waited then.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

/// Wakes its listeners.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bell(Rc<State>);

#[derive(Debug, Default)]
struct State {
    rings: Cell<u64>,
    wakers: RefCell<Vec<Waker>>,
}

/// One who listens to a [`Bell`].
#[derive(Debug)]
pub(crate) struct Listener {
    bell: Bell,
    heard: u64,
}

impl Bell {
    /// Says that something changed.
    pub(crate) fn ring(&self) {
        self.0.rings.set(self.0.rings.get() + 1);
        for waker in self.0.wakers.take() {
            waker.wake();
        }
    }

    /// Listens from now on.
    pub(crate) fn listen(&self) -> Listener {
        Listener { bell: self.clone(), heard: self.0.rings.get() }
    }
}

impl Listener {
    /// Waits until it rang since the last call.
    pub(crate) async fn heard(&mut self) {
        let state = self.bell.0.clone();
        poll_fn(|context| {
            if state.rings.get() != self.heard {
                self.heard = state.rings.get();
                return Poll::Ready(());
            }
            let mut wakers = state.wakers.borrow_mut();
            if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}
