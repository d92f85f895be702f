//! Web Locks: the one thing the browser takes away from what died, at once and without a word from it.
//!
//! <https://w3c.github.io/web-locks/>

use std::{cell::RefCell, rc::Rc};

use futures::channel::oneshot;
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};

#[wasm_bindgen]
extern "C" {
    // web-sys has these only behind its unstable flag.
    #[wasm_bindgen(js_namespace = ["navigator", "locks"], js_name = request, catch)]
    fn request(name: &str, options: &Object, callback: &Function) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["navigator", "locks"], js_name = query, catch)]
    fn query() -> Result<Promise, JsValue>;
}

/// Held until it is dropped, or until whoever holds it dies.
#[derive(Debug)]
pub struct Lock {
    // Dropping the sender ends the promise the browser waits for.
    _release: oneshot::Sender<()>,
}

/// The browser has no Web Locks, or refuses them here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("locks are refused: {0}")]
pub struct LockError(String);

/// How a lock is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Exclusive,
    Shared,
}

/// Waits for a lock and holds it.
pub async fn hold(name: &str) -> Result<Lock, LockError> {
    acquire(name, Mode::Exclusive).await
}

/// Waits until whoever holds the lock is gone. Any number may wait.
pub async fn released(name: &str) -> Result<(), LockError> {
    acquire(name, Mode::Shared).await.map(drop)
}

/// The names of all locks that are held now, by whomever.
pub async fn held() -> Result<Vec<String>, LockError> {
    let refused = |error: JsValue| LockError(format!("{error:?}"));
    let snapshot = JsFuture::from(query().map_err(refused)?).await.map_err(refused)?;
    let held = Reflect::get(&snapshot, &"held".into()).map_err(refused)?;
    let name = |lock: JsValue| Reflect::get(&lock, &"name".into()).ok()?.as_string();
    Ok(Array::from(&held).iter().filter_map(name).collect())
}

async fn acquire(name: &str, mode: Mode) -> Result<Lock, LockError> {
    let (answer, answered) = oneshot::channel::<Result<Lock, LockError>>();
    let answer = Rc::new(RefCell::new(Some(answer)));

    let on_grant = Closure::<dyn FnMut(JsValue) -> Promise>::new({
        let answer = Rc::clone(&answer);
        move |_lock: JsValue| {
            let (release, held) = oneshot::channel::<()>();
            // When nobody waits any more, the sender is dropped here and the lock goes back at once.
            if let Some(answer) = answer.borrow_mut().take() {
                drop(answer.send(Ok(Lock { _release: release })));
            }
            future_to_promise(async move {
                // Ends when the guard is dropped; nothing is ever sent.
                held.await.ok();
                Ok(JsValue::UNDEFINED)
            })
        }
    })
    .into_js_value();

    let refused = |error: &JsValue| LockError(format!("{error:?}"));
    let options = Object::new();
    let mode = if mode == Mode::Shared { "shared" } else { "exclusive" };
    Reflect::set(&options, &"mode".into(), &mode.into()).map_err(|error| refused(&error))?;
    let done = request(name, &options, on_grant.unchecked_ref()).map_err(|error| refused(&error))?;
    spawn_local(async move {
        if let Err(error) = JsFuture::from(done).await
            && let Some(answer) = answer.borrow_mut().take()
        {
            drop(answer.send(Err(refused(&error))));
        }
    });
    answered.await.unwrap_or_else(|_| Err(LockError("the browser forgot the request".to_owned())))
}
