//! The stores: the same suite for both, natively and in a browser; and what is IndexedDB's alone.

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[cfg(target_arch = "wasm32")]
mod indexed_db;
#[cfg(target_arch = "wasm32")]
mod measure;
#[cfg(not(target_arch = "wasm32"))]
mod memory;
