//! The form of a message: `{bytes: ArrayBuffer, files: [Blob]}`, the bytes transferred, the files shared by the browser.

use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, MessageEvent, MessagePort};

/// What came in.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// A greeting, or what a loader has to say: JSON.
    Text(String),
    Message(Message),
}

/// A `CommandFrame` or an `Update`, with the files it names.
#[derive(Debug, Clone)]
pub struct Message {
    pub bytes: Vec<u8>,
    pub files: Vec<Blob>,
}

/// Sends a message. An error means the port is no more.
pub fn post(port: &MessagePort, bytes: &[u8], files: &[Blob]) -> Result<(), JsValue> {
    let buffer = Uint8Array::from(bytes).buffer();
    let message = Object::new();
    Reflect::set(&message, &"bytes".into(), &buffer)?;
    Reflect::set(&message, &"files".into(), &files.iter().collect::<Array>())?;
    port.post_message_with_transferable(&message, &Array::of1(&buffer))
}

/// Reads what the other end sent; `None` for what nobody of ours sends.
pub fn read(event: &MessageEvent) -> Option<Incoming> {
    let data = event.data();
    if let Some(text) = data.as_string() {
        return Some(Incoming::Text(text));
    }
    let buffer = Reflect::get(&data, &"bytes".into()).ok()?.dyn_into::<ArrayBuffer>().ok()?;
    let files = Reflect::get(&data, &"files".into()).ok()?.dyn_into::<Array>().ok()?;
    Some(Incoming::Message(Message {
        bytes: Uint8Array::new(&buffer).to_vec(),
        files: files.iter().filter_map(|file| file.dyn_into().ok()).collect(),
    }))
}
