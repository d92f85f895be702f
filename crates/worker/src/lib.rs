//! The core as a worker: hosts the client for all tabs of an account, or the sign-in for a page without one. It pumps
//! messages and brings the browser's ports; what they mean is the client's.
//!
//! `loader.js` beside this crate is the worker's script: it queues the ports of tabs until the code is ready, calls
//! [`start`], and ends the worker when the code traps. The worker's name says whose core it is and of which build.
//!
//! # How the bundle is made
//! 1. `cargo build --package trellis-worker --target wasm32-unknown-unknown --profile wasm-release`
//! 2. `wasm-bindgen --target web --no-typescript --out-name trellis_worker --out-dir DIR trellis_worker.wasm`, then `wasm-opt`
//! 3. `loader.js` is copied into DIR, and DIR becomes `worker-{hash of its files}/` beside `index.html`.
//! 4. In `index.html`, `<meta name="trellis-worker" content="">` gets `worker-{hash}/loader.js`, and
//!    `<meta name="trellis-build" content="">` a text that increases with time: `{yyyymmddhhmmss}-{hash}`.
//!
//! All addresses are relative, so that the bundle works under any path.

#[cfg(target_arch = "wasm32")]
mod account;
#[cfg(target_arch = "wasm32")]
mod host;
#[cfg(target_arch = "wasm32")]
mod log;
#[cfg(target_arch = "wasm32")]
mod port;
#[cfg(target_arch = "wasm32")]
mod sign_in;
#[cfg(target_arch = "wasm32")]
mod takeover;

#[cfg(target_arch = "wasm32")]
pub use self::host::{Core, start};
