//! Waiting.

use std::time::Duration;

use futures::channel::oneshot;
use wasm_bindgen::{closure::Closure, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    // The same in a page and in a worker, whose global objects are of different types.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Closure<dyn FnMut()>, milliseconds: i32) -> i32;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: i32);
}

struct Timeout {
    id: i32,
    _handler: Closure<dyn FnMut()>,
}

impl Drop for Timeout {
    fn drop(&mut self) {
        clear_timeout(self.id);
    }
}

/// Waits; dropping the future ends the wait. At most 24 days, which is what a browser's timer can count.
pub async fn sleep(duration: Duration) {
    let (fire, fired) = oneshot::channel::<()>();
    let mut fire = Some(fire);
    let handler = Closure::<dyn FnMut()>::new(move || {
        fire.take().and_then(|fire| fire.send(()).ok());
    });
    let milliseconds = i32::try_from(duration.as_millis()).unwrap_or(i32::MAX);
    let _timeout = Timeout { id: set_timeout(&handler, milliseconds), _handler: handler };
    // The timeout owns the sender, so it cannot be gone before.
    fired.await.ok();
}
