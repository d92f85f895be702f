//! The work under way, polled by `Client::run` and by nothing else: when it ends, all of it ends.

use std::cell::RefCell;

use futures::{
    StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
    future::LocalBoxFuture,
    stream::FuturesUnordered,
};

/// A set of tasks that can be added to from within a task.
#[derive(Debug)]
pub(crate) struct Tasks {
    sender: UnboundedSender<LocalBoxFuture<'static, ()>>,
    receiver: RefCell<Option<UnboundedReceiver<LocalBoxFuture<'static, ()>>>>,
}

impl Default for Tasks {
    fn default() -> Self {
        let (sender, receiver) = unbounded();
        Self { sender, receiver: RefCell::new(Some(receiver)) }
    }
}

impl Tasks {
    /// Adds a task. Tasks begin in the order they were added.
    pub(crate) fn add(&self, task: impl Future<Output = ()> + 'static) {
        // Refused only after `run` ended, and then nothing may start any more.
        drop(self.sender.unbounded_send(Box::pin(task)));
    }

    /// Runs what is added, for ever. Only the first call does anything.
    pub(crate) async fn run(&self) {
        let Some(mut receiver) = self.receiver.borrow_mut().take() else {
            return futures::future::pending().await;
        };
        let mut running = FuturesUnordered::new();
        loop {
            futures::select_biased! {
                task = receiver.next() => match task {
                    Some(task) => running.push(task),
                    None => return,
                },
                () = running.select_next_some() => {}
            }
        }
    }
}
