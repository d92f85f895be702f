//! Something a person started: whether it is under way, and why it was refused.

use leptos::{prelude::*, task::spawn_local};
use trellis_model::protocol::Refusal;

/// One button's work. A second press while it is under way does nothing.
#[derive(Clone, Copy)]
pub struct Task {
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<Refusal>>,
}

impl Default for Task {
    fn default() -> Self {
        Self::new()
    }
}

impl Task {
    /// Nothing started yet.
    pub fn new() -> Self {
        Self { busy: RwSignal::new(false), refusal: RwSignal::new(None) }
    }

    /// Whether it is under way.
    pub fn busy(self) -> Signal<bool> {
        self.busy.into()
    }

    /// Why the last try was refused.
    pub fn refusal(self) -> Signal<Option<Refusal>> {
        self.refusal.into()
    }

    /// Forgets why.
    pub fn clear(self) {
        self.refusal.set(None);
    }

    /// Shows a refusal that needed no homeserver.
    pub fn refuse(self, refusal: Refusal) {
        self.refusal.set(Some(refusal));
    }

    /// Does the work, then `then` with what came of it, unless the component that started it is gone.
    pub fn run<T: 'static>(
        self,
        work: impl Future<Output = Result<T, Refusal>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let result = work.await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match result {
                Ok(value) => then(value),
                Err(refusal) => self.refusal.set(Some(refusal)),
            }
        });
    }
}

/// Work that people may start several times at once.
#[derive(Clone, Copy)]
pub struct Tasks(RwSignal<u32>);

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}

impl Tasks {
    /// Nothing started yet.
    pub fn new() -> Self {
        Self(RwSignal::new(0))
    }

    /// Whether any is under way.
    pub fn busy(self) -> Signal<bool> {
        Signal::derive(move || self.0.get() > 0)
    }

    /// Does the work, then `then` with what came of it, whether or not the component that started it is gone.
    pub fn run<T: 'static>(self, work: impl Future<Output = T> + 'static, then: impl FnOnce(T) + 'static) {
        self.0.update(|count| *count += 1);
        afterwards(work, move |result| {
            self.0.try_update(|count| *count -= 1);
            then(result);
        });
    }
}

/// Does work that nobody waits for, then `then` with what came of it.
pub fn afterwards<T: 'static>(work: impl Future<Output = T> + 'static, then: impl FnOnce(T) + 'static) {
    spawn_local(async move { then(work.await) });
}
