//! Records and keys as IndexedDB has them.

use js_sys::{Array, Uint8Array};
use trellis_client::port::{KeyRange, Record};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::IdbKeyRange;

#[wasm_bindgen]
extern "C" {
    /// Getters and setters are an order of magnitude cheaper than `Reflect`, and there are thousands of these.
    #[wasm_bindgen(extends = js_sys::Object)]
    type Stored;

    #[wasm_bindgen(method, getter)]
    fn k(this: &Stored) -> JsValue;
    #[wasm_bindgen(method, setter)]
    fn set_k(this: &Stored, key: &Uint8Array);
    #[wasm_bindgen(method, getter)]
    fn v(this: &Stored) -> JsValue;
    #[wasm_bindgen(method, setter)]
    fn set_v(this: &Stored, value: &Uint8Array);
    #[wasm_bindgen(method, getter)]
    fn i(this: &Stored) -> JsValue;
    #[wasm_bindgen(method, setter)]
    fn set_i(this: &Stored, index: &Array);
}

/// A key as IndexedDB takes it: binary keys are ordered by their bytes.
pub(super) fn binary(key: &[u8]) -> JsValue {
    Uint8Array::from(key).into()
}

/// The object that is stored.
pub(super) fn to_js(record: &Record) -> JsValue {
    let stored: Stored = js_sys::Object::new().unchecked_into();
    stored.set_k(&Uint8Array::from(record.key.as_slice()));
    stored.set_v(&Uint8Array::from(record.value.as_slice()));
    if !record.index.is_empty() {
        stored.set_i(&record.index.iter().map(|entry| binary(entry)).collect());
    }
    stored.into()
}

/// Reads [`to_js`]; `None` for what it did not write.
pub(super) fn from_js(value: &JsValue) -> Option<Record> {
    let stored: &Stored = value.unchecked_ref();
    let bytes = |value: JsValue| value.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec());
    let index = match stored.i().dyn_into::<Array>() {
        Ok(entries) => entries.iter().map(bytes).collect::<Option<Vec<_>>>()?,
        Err(_) => Vec::new(),
    };
    Some(Record { key: bytes(stored.k())?, value: bytes(stored.v())?, index })
}

/// The range as IndexedDB takes it; `None` when nothing can lie in it, which IndexedDB takes for a mistake.
pub(super) fn key_range(range: &KeyRange) -> Result<Option<JsValue>, JsValue> {
    let start = binary(&range.start);
    match &range.end {
        None => IdbKeyRange::lower_bound(&start).map(|range| Some(range.into())),
        Some(end) if *end <= range.start => Ok(None),
        Some(end) => IdbKeyRange::bound_with_lower_open_and_upper_open(&start, &binary(end), false, true)
            .map(|range| Some(range.into())),
    }
}
