//! The crypto machine as a WebAssembly module of its own, loaded by the worker beside the core: the core is there and
//! shows what is stored before this is (docs/adr/0013). It knows no network and no Matrix but keys; the worker speaks with
//! it in the bytes of the client's crypto port.

#[cfg(target_arch = "wasm32")]
mod module;

#[cfg(target_arch = "wasm32")]
pub use self::module::{Machine, open};
