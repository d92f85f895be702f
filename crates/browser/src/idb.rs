//! IndexedDB as futures: opening with an upgrade, requests, transactions. What a store does with it is its own business.
//!
//! <https://w3c.github.io/IndexedDB/>

use std::{cell::Cell, rc::Rc};

use futures::channel::oneshot;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{
    DomException, Event, EventTarget, IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbRequest, IdbTransaction,
    IdbVersionChangeEvent,
};

use crate::listener::Listener;

/// Why the browser did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdbError {
    /// No more room.
    #[error("the storage is full")]
    Full,
    /// The database has a higher version than was asked for.
    #[error("the database is of a newer version")]
    Newer,
    /// The connection is closed.
    #[error("the connection was closed")]
    Closed,
    /// Anything else, in the browser's words.
    #[error("{0}")]
    Failed(String),
}

impl From<JsValue> for IdbError {
    fn from(error: JsValue) -> Self {
        let Some(exception) = error.dyn_ref::<DomException>() else { return Self::Failed(format!("{error:?}")) };
        match exception.name().as_str() {
            "QuotaExceededError" => Self::Full,
            "VersionError" => Self::Newer,
            "InvalidStateError" => Self::Closed,
            name => Self::Failed(format!("{name}: {}", exception.message())),
        }
    }
}

#[wasm_bindgen]
extern "C" {
    // The same in a page and in a worker, whose global objects are of different types.
    #[wasm_bindgen(thread_local_v2, js_name = indexedDB)]
    static INDEXED_DB: IdbFactory;

    // web-sys has no durability here.
    #[wasm_bindgen(extends = IdbDatabase)]
    type DurableDatabase;

    #[wasm_bindgen(method, catch, js_name = transaction)]
    fn transaction(
        this: &DurableDatabase,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;

    // web-sys takes this for a thing of the past.
    #[wasm_bindgen(extends = IdbTransaction)]
    type CommittedTransaction;

    #[wasm_bindgen(method, catch)]
    fn commit(this: &CommittedTransaction) -> Result<(), JsValue>;
}

/// What a transaction may do, and when it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Read,
    /// Answered when the system has it.
    Write,
    /// Answered when the disk has it.
    WriteStrict,
}

/// Opens a database; `None` as version: as it is. `upgrade` is called with the old version when it is older.
pub async fn open(
    name: &str,
    version: Option<u32>,
    upgrade: impl FnOnce(&IdbDatabase, u32) -> Result<(), JsValue> + 'static,
) -> Result<IdbDatabase, IdbError> {
    let request = INDEXED_DB.with(|factory| match version {
        Some(version) => factory.open_with_u32(name, version),
        None => factory.open(name),
    })?;
    let mut upgrade = Some(upgrade);
    let _upgrade = Listener::new(&request, "upgradeneeded", {
        let request: IdbOpenDbRequest = request.clone();
        move |event: IdbVersionChangeEvent| {
            let Some(upgrade) = upgrade.take() else { return };
            let done = request.result().and_then(|database| {
                // Versions are integers of ours, far below the limits of either type.
                upgrade(database.unchecked_ref(), event.old_version() as u32)
            });
            if done.is_err()
                && let Some(transaction) = request.transaction()
            {
                // An aborted upgrade makes the request fail, which is how it is reported.
                transaction.abort().ok();
            }
        }
    });
    finished(request.unchecked_into()).await.map(JsCast::unchecked_into)
}

/// Removes a database, once every connection to it is closed.
pub async fn delete(name: &str) -> Result<(), IdbError> {
    let request = INDEXED_DB.with(|factory| factory.delete_database(name))?;
    finished(request.unchecked_into()).await.map(drop)
}

/// Begins a transaction over some object stores.
pub fn transaction(database: &IdbDatabase, stores: &[&str], mode: Mode) -> Result<IdbTransaction, IdbError> {
    let stores: Array = stores.iter().map(|store| JsValue::from_str(store)).collect();
    let options = Object::new();
    let (mode, durability) = match mode {
        Mode::Read => ("readonly", "default"),
        Mode::Write => ("readwrite", "relaxed"),
        Mode::WriteStrict => ("readwrite", "strict"),
    };
    Reflect::set(&options, &"durability".into(), &durability.into())?;
    Ok(database.unchecked_ref::<DurableDatabase>().transaction(&stores, mode, &options)?)
}

/// Waits for a request. Those made before it in the same transaction are finished then, too.
pub async fn finished(request: IdbRequest) -> Result<JsValue, IdbError> {
    if settled(&request, "success", "error").await {
        return Ok(request.result()?);
    }
    match request.error() {
        Ok(Some(exception)) => Err(JsValue::from(exception).into()),
        _ => Err(IdbError::Failed("a request failed".to_owned())),
    }
}

/// Commits a transaction and waits until that is done. Nothing of it is written when this fails.
pub async fn committed(transaction: &IdbTransaction) -> Result<(), IdbError> {
    // Where it has failed already it cannot be committed, and the event tells why.
    transaction.unchecked_ref::<CommittedTransaction>().commit().ok();
    if settled(transaction, "complete", "abort").await {
        return Ok(());
    }
    match transaction.error() {
        Some(exception) => Err(JsValue::from(exception).into()),
        None => Err(IdbError::Failed("a transaction was aborted".to_owned())),
    }
}

/// Waits for one of two events; whether it was the good one.
async fn settled(target: &EventTarget, good: &'static str, bad: &'static str) -> bool {
    let (settle, settled) = oneshot::channel();
    let settle = Rc::new(Cell::new(Some(settle)));
    let listen = |event, result: bool| {
        let settle = Rc::clone(&settle);
        Listener::new(target, event, move |_: Event| {
            // Whoever waited may have gone.
            settle.take().and_then(|settle| settle.send(result).ok());
        })
    };
    let _listeners = (listen(good, true), listen(bad, false));
    settled.await.unwrap_or(false)
}
