//! Event listeners that end when they are dropped.

use wasm_bindgen::{JsCast, JsValue, closure::Closure, convert::FromWasmAbi};
use web_sys::EventTarget;

/// Listens while it lives.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    closure: JsValue,
    _closure: Box<dyn std::any::Any>,
}

impl Listener {
    /// Calls `handler` for every `event` of `target`.
    pub fn new<E: FromWasmAbi + 'static>(
        target: &EventTarget,
        event: &'static str,
        handler: impl FnMut(E) + 'static,
    ) -> Self {
        let closure = Closure::<dyn FnMut(E)>::new(handler);
        let function = closure.as_ref().clone();
        // Only a target of another kind would refuse; the type says it is none.
        if let Err(error) = target.add_event_listener_with_callback(event, function.unchecked_ref()) {
            wasm_bindgen::throw_val(error);
        }
        Self { target: target.clone(), event, closure: function, _closure: Box::new(closure) }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Removing cannot fail for a listener that was added.
        drop(self.target.remove_event_listener_with_callback(self.event, self.closure.unchecked_ref()));
    }
}
