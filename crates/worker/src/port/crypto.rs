//! The device's keys: a module of its own beside this one, which the worker's script loads when it is wanted first.

use std::{cell::RefCell, rc::Rc};

use async_trait::async_trait;
use js_sys::{Function, Promise, Uint8Array};
use trellis_browser::{boot::BootDatabase, idb, names::Identity};
use trellis_client::port::{Crypto, CryptoChannel, CryptoDevice, CryptoError, Cryptography, RemoteCrypto};
use trellis_model::protocol::{AccountKey, decode, encode};
use trellis_store::derive;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

/// What the key of the databases is derived for.
const PURPOSE: &str = "trellis crypto store";

#[wasm_bindgen]
extern "C" {
    /// The module, as `crates/crypto-module` exports it.
    type CryptoModule;

    #[wasm_bindgen(method, catch)]
    async fn open(this: &CryptoModule, name: &str, key: &[u8], device: &[u8]) -> Result<JsValue, JsValue>;

    /// Its `Machine`.
    #[derive(Clone)]
    type Machine;

    #[wasm_bindgen(method, getter, js_name = identityKey)]
    fn identity_key(this: &Machine) -> String;

    #[wasm_bindgen(method, catch)]
    async fn call(this: &Machine, call: &[u8]) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method)]
    fn close(this: &Machine);
}

/// The keys of an account's device, in databases of their own beside the account's, encrypted with a key that is derived
/// from the account's data key.
pub(crate) struct BrowserCryptography {
    account: AccountKey,
    /// Loads the module.
    load: Function,
    machine: RefCell<Option<Machine>>,
}

impl BrowserCryptography {
    pub(crate) fn new(account: AccountKey, load: Function) -> Self {
        Self { account, load, machine: RefCell::default() }
    }

    fn name(&self) -> String {
        format!("{}/keys", Identity::Account(self.account.clone()).database())
    }

    async fn module(&self) -> Result<CryptoModule, JsValue> {
        let promise: Promise = self.load.call0(&JsValue::UNDEFINED)?.dyn_into()?;
        JsFuture::from(promise).await.map(JsCast::unchecked_into)
    }

    /// Removes the keys.
    pub(crate) async fn remove(&self) -> Result<(), idb::IdbError> {
        if let Some(machine) = self.machine.take() {
            machine.close();
        }
        let name = self.name();
        // As matrix-sdk-indexeddb names them.
        idb::delete(&format!("{name}::matrix-sdk-crypto")).await?;
        idb::delete(&format!("{name}::matrix-sdk-crypto-meta")).await
    }
}

#[async_trait(?Send)]
impl Cryptography for BrowserCryptography {
    fn is_available(&self) -> bool {
        true
    }

    async fn open(&self, device: &CryptoDevice) -> Result<Rc<dyn Crypto>, CryptoError> {
        if device.identity_key.is_none() {
            // What may be there is another device's, or what was begun and never became known to anybody.
            self.remove().await.map_err(|error| CryptoError::Store(error.to_string()))?;
        }
        let database = BootDatabase::open().await.map_err(|error| CryptoError::Store(error.to_string()))?;
        let data_key = database.data_key(&self.account).await.map_err(|error| CryptoError::Store(error.to_string()))?;
        let module = self.module().await.map_err(|error| CryptoError::Failed(format!("not loaded: {error:?}")))?;
        let key = derive(&data_key.0, PURPOSE);
        let machine: Machine =
            module.open(&self.name(), &key, &encode(device)).await.map_err(refused)?.unchecked_into();
        let crypto = RemoteCrypto::new(machine.identity_key(), Rc::new(Channel(machine.clone())));
        self.machine.replace(Some(machine));
        Ok(Rc::new(crypto))
    }
}

/// Why the module did not open the machine.
fn refused(error: JsValue) -> CryptoError {
    match error.dyn_ref::<Uint8Array>().map(|bytes| decode(&bytes.to_vec())) {
        Some(Ok(error)) => error,
        _ => CryptoError::Failed(format!("{error:?}")),
    }
}

struct Channel(Machine);

#[async_trait(?Send)]
impl CryptoChannel for Channel {
    async fn call(&self, call: Vec<u8>) -> Result<Vec<u8>, String> {
        let answer = self.0.call(&call).await.map_err(|error| format!("{error:?}"))?;
        Ok(Uint8Array::new(&answer).to_vec())
    }
}
