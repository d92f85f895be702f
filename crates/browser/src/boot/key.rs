//! An account's keys. The browser keeps an AES-GCM key that no script can read out; it wraps the random data key from which
//! the core derives all others, and seals the boot record, so that a page opens it with one call.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AesGcmParams, AesKeyGenParams, CryptoKey, SubtleCrypto};

use super::BootError;

const NONCE: usize = 12;

#[wasm_bindgen]
extern "C" {
    // The same in a page and in a worker, whose global objects are of different types.
    #[wasm_bindgen(thread_local_v2, js_namespace = crypto, js_name = subtle)]
    static SUBTLE: SubtleCrypto;
}

/// The random key of an account, unwrapped once when its core starts.
#[derive(Clone)]
pub struct DataKey(pub [u8; 32]);

/// What an account's row of `keys` holds.
pub(super) struct AccountKeys {
    pub(super) key: CryptoKey,
    /// The data key, sealed by `key`.
    pub(super) wrapped: Uint8Array,
}

impl AccountKeys {
    /// New keys, and the data key in the clear.
    pub(super) async fn generate(account: &str) -> Result<(Self, DataKey), BootError> {
        let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
        let algorithm = AesKeyGenParams::new("AES-GCM", 256);
        let key: CryptoKey =
            promised(SUBTLE.with(|subtle| subtle.generate_key_with_object(&algorithm, false, &usages)))
                .await?
                .unchecked_into();
        let mut data_key = DataKey([0; 32]);
        getrandom::fill(&mut data_key.0).map_err(|error| BootError::Failed(error.to_string()))?;
        let wrapped = seal(&key, &place("data-key", account), &data_key.0).await?;
        Ok((Self { key, wrapped }, data_key))
    }

    /// The data key in the clear.
    pub(super) async fn unwrap(&self, account: &str) -> Result<DataKey, BootError> {
        let bytes = open(&self.key, &place("data-key", account), &self.wrapped).await?;
        Ok(DataKey(bytes.try_into().map_err(|_| BootError::Unreadable)?))
    }

    /// The object that is stored.
    pub(super) fn to_js(&self) -> Result<JsValue, BootError> {
        let object = Object::new();
        Reflect::set(&object, &"key".into(), &self.key).map_err(refused)?;
        Reflect::set(&object, &"wrapped".into(), &self.wrapped).map_err(refused)?;
        Ok(object.into())
    }

    /// Reads [`to_js`](Self::to_js).
    pub(super) fn from_js(value: &JsValue) -> Option<Self> {
        Some(Self {
            key: property(value, "key")?.dyn_into().ok()?,
            wrapped: property(value, "wrapped")?.dyn_into().ok()?,
        })
    }
}

/// What a sealed value is bound to: moved elsewhere, it does not open.
pub(super) fn place(what: &str, account: &str) -> Vec<u8> {
    format!("trellis/{account}/{what}").into_bytes()
}

/// Nonce and ciphertext of `plain`.
pub(super) async fn seal(key: &CryptoKey, place: &[u8], plain: &[u8]) -> Result<Uint8Array, BootError> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|error| BootError::Failed(error.to_string()))?;
    let parameters = parameters(&nonce, place);
    let plain = Uint8Array::from(plain);
    let sealed =
        promised(SUBTLE.with(|subtle| subtle.encrypt_with_object_and_buffer_source(&parameters, key, &plain))).await?;
    let sealed = Uint8Array::new(&sealed).to_vec();
    Ok(Uint8Array::from([&nonce[..], &sealed].concat().as_slice()))
}

/// Opens what [`seal`] made.
pub(super) async fn open(key: &CryptoKey, place: &[u8], sealed: &Uint8Array) -> Result<Vec<u8>, BootError> {
    let sealed = sealed.to_vec();
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE).ok_or(BootError::Unreadable)?;
    let parameters = parameters(nonce, place);
    let ciphertext = Uint8Array::from(ciphertext);
    let plain =
        promised(SUBTLE.with(|subtle| subtle.decrypt_with_object_and_buffer_source(&parameters, key, &ciphertext)))
            .await
            .map_err(|_| BootError::Unreadable)?;
    Ok(Uint8Array::new(&plain).to_vec())
}

/// A property of a stored object.
pub(super) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(|value| !value.is_undefined())
}

async fn promised(promise: Result<Promise, JsValue>) -> Result<JsValue, BootError> {
    JsFuture::from(promise.map_err(refused)?).await.map_err(refused)
}

fn refused(error: JsValue) -> BootError {
    BootError::Failed(format!("{error:?}"))
}

fn parameters(nonce: &[u8], place: &[u8]) -> AesGcmParams {
    let parameters = AesGcmParams::new_with_u8_array("AES-GCM", &Uint8Array::from(nonce));
    parameters.set_additional_data(&Uint8Array::from(place));
    parameters
}
