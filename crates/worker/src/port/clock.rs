//! The browser's clocks.

use std::time::Duration;

use async_trait::async_trait;
use ruma::{MilliSecondsSinceUnixEpoch, UInt};
use trellis_browser::timer;
use trellis_client::port::Clock;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// `Date` and `performance`.
pub(crate) struct BrowserClock;

#[async_trait(?Send)]
impl Clock for BrowserClock {
    fn now(&self) -> MilliSecondsSinceUnixEpoch {
        // Whole milliseconds, far below what a double counts exactly.
        MilliSecondsSinceUnixEpoch(UInt::new_saturating(js_sys::Date::now() as u64))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs_f64(performance_now().max(0.0) / 1000.0)
    }

    async fn sleep(&self, duration: Duration) {
        timer::sleep(duration).await;
    }
}
