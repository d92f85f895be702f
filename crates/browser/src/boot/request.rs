//! IndexedDB requests as futures; just enough for three object stores.

use std::{cell::Cell, rc::Rc};

use futures::channel::oneshot;
use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, Event, IdbRequest};

use super::BootError;
use crate::listener::Listener;

/// Waits for a request.
pub(super) async fn finished(request: Result<IdbRequest, JsValue>) -> Result<JsValue, BootError> {
    let request = request.map_err(failed)?;
    settled(&request, "success", "error").await.map_err(|()| match request.error() {
        Ok(Some(exception)) => failed(exception.into()),
        _ => BootError::Failed("a request failed".to_owned()),
    })?;
    request.result().map_err(failed)
}

/// Waits for one of two events.
pub(super) async fn settled(target: &web_sys::EventTarget, good: &'static str, bad: &'static str) -> Result<(), ()> {
    let (settle, settled) = oneshot::channel();
    let settle = Rc::new(Cell::new(Some(settle)));
    let listen = |event, result: Result<(), ()>| {
        let settle = Rc::clone(&settle);
        Listener::new(target, event, move |_: Event| {
            // Whoever waited may have gone.
            settle.take().and_then(|settle| settle.send(result).ok());
        })
    };
    let _listeners = (listen(good, Ok(())), listen(bad, Err(())));
    settled.await.unwrap_or(Err(()))
}

/// Waits for a promise.
pub(super) async fn promised(promise: Result<Promise, JsValue>) -> Result<JsValue, BootError> {
    JsFuture::from(promise.map_err(failed)?).await.map_err(failed)
}

/// What an exception means.
pub(super) fn failed(error: JsValue) -> BootError {
    match error.dyn_ref::<DomException>().map(DomException::name).as_deref() {
        Some("QuotaExceededError") => BootError::Full,
        _ => BootError::Failed(format!("{error:?}")),
    }
}

/// A property of a stored object.
pub(super) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(|value| !value.is_undefined())
}
