//! The core as a worker: hosts the client for all tabs of an account, or the sign-in for a page without one. It pumps
//! messages and brings the browser's ports; what they mean is the client's.
//!
//! `loader.js` beside this crate is the worker's script: it queues the ports of tabs until the code is ready, calls
//! [`start`], and ends the worker when the code traps. The worker's name says whose core it is and of which build.
//!
//! # How the bundle is made
//! 1. `cargo build --package trellis-worker --target wasm32-unknown-unknown --profile wasm-release`
//! 2. `wasm-bindgen --target web --no-typescript --out-name trellis-worker --out-dir DIR trellis_worker.wasm`, then
//!    `wasm-opt`. An ES module, because a classic worker's `importScripts` would need a Trusted Types policy of its own.
//! 3. `loader.js` is copied into DIR, and DIR becomes `worker-{hash of its files}/` beside `index.html`.
//! 4. In `index.html`, `{{worker}}` becomes that folder's name and `{{build}}` a text that increases with time.
//! 5. In `sw.js`, `{{build}}` becomes the same, and `{{precache}}` a JSON object of every file's path and SHA-256, in
//!    hexadecimal, but of `sw.js` itself, `config*` and the compressed copies. The browser notices a new build by it.
//!
//! All addresses are relative, so that the bundle works under any path. The build is known at run time only: the same
//! files under another `{{build}}` are a newer build in every respect.

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
