//! What the worker calls.

use std::{cell::RefCell, pin::pin, rc::Rc};

use futures::{
    channel::oneshot,
    future::{Either, FutureExt, Shared, select},
};
use js_sys::{Promise, Uint8Array};
use matrix_sdk_crypto::store::IntoCryptoStore;
use matrix_sdk_indexeddb::IndexeddbCryptoStore;
use trellis_client::port::{Crypto, CryptoDevice, CryptoError, serve_crypto};
use trellis_crypto::OlmCrypto;
use trellis_model::protocol::{decode, encode};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;

/// An open machine.
#[wasm_bindgen]
pub struct Machine {
    machine: RefCell<Option<Rc<OlmCrypto>>>,
    identity_key: String,
    /// Dropped when the machine is closed.
    open: RefCell<Option<oneshot::Sender<()>>>,
    closed: Shared<oneshot::Receiver<()>>,
}

#[wasm_bindgen]
impl Machine {
    /// The device's Curve25519 key.
    #[wasm_bindgen(getter, js_name = identityKey)]
    pub fn identity_key(&self) -> String {
        self.identity_key.clone()
    }

    /// Does what a call asks. The promise is of the answer's bytes; rejected once the machine is closed.
    pub fn call(&self, call: Vec<u8>) -> Promise {
        let machine = self.machine.borrow().clone();
        let closed = self.closed.clone();
        future_to_promise(async move {
            let Some(machine) = machine else { return Err(JsValue::from_str("closed")) };
            match select(pin!(serve_crypto(&*machine, &call)), closed).await {
                Either::Left((answer, _)) => Ok(Uint8Array::from(answer.as_slice()).into()),
                Either::Right(_) => Err(JsValue::from_str("closed")),
            }
        })
    }

    /// Lets go of the databases, so that they can be removed.
    pub fn close(&self) {
        self.machine.take();
        self.open.take();
    }
}

/// Opens the machine of a device (a `CryptoDevice`, encoded) on the databases that begin with `name`, which are encrypted
/// with `key`. Rejected with a `CryptoError`, encoded.
#[wasm_bindgen]
pub async fn open(name: String, key: Vec<u8>, device: Vec<u8>) -> Result<Machine, JsValue> {
    // The trap that follows ends the worker: its script listens for it.
    console_error_panic_hook::set_once();
    open_machine(&name, &key, &device).await.map_err(|error| Uint8Array::from(encode(&error).as_slice()).into())
}

async fn open_machine(name: &str, key: &[u8], device: &[u8]) -> Result<Machine, CryptoError> {
    let invalid = || CryptoError::Failed("the device cannot be read".to_owned());
    let device: CryptoDevice = decode(device).map_err(|_| invalid())?;
    let key = key.try_into().map_err(|_| invalid())?;
    let store =
        IndexeddbCryptoStore::open_with_key(name, key).await.map_err(|error| CryptoError::Store(error.to_string()))?;
    let machine = OlmCrypto::open(store.into_crypto_store(), &device).await?;
    let identity_key = machine.identity_key().ok_or_else(invalid)?;
    let (open, closed) = oneshot::channel();
    Ok(Machine {
        machine: RefCell::new(Some(Rc::new(machine))),
        identity_key,
        open: RefCell::new(Some(open)),
        closed: closed.shared(),
    })
}
