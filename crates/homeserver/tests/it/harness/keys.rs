//! Keys that sign, as devices and users have them.

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use ruma::{
    CanonicalJsonObject,
    signatures::{Ed25519KeyPair, sign_json},
};
use serde_json::{Value, json};

use super::TestClient;

/// An Ed25519 key, with its public part.
pub(crate) struct Key {
    pair: Ed25519KeyPair,
    pub(crate) public: String,
}

impl Key {
    /// `name` is what follows `ed25519:` in the key's ID; the public part unless said.
    pub(crate) fn new(name: Option<&str>) -> Self {
        let der = Ed25519KeyPair::generate();
        let pair = Ed25519KeyPair::from_der(&der, "x".to_owned()).unwrap();
        let public = BASE64_STANDARD_NO_PAD.encode(pair.public_key());
        let name = name.unwrap_or(&public).to_owned();
        Self { pair: Ed25519KeyPair::from_der(&der, name).unwrap(), public }
    }

    pub(crate) fn sign(&self, user_id: &str, object: Value) -> Value {
        let mut object: CanonicalJsonObject = serde_json::from_value(object).unwrap();
        sign_json(user_id, &self.pair, &mut object).unwrap();
        serde_json::to_value(object).unwrap()
    }
}

/// The keys of a client's device, signed by it.
pub(crate) fn device_keys(client: &TestClient, key: &Key) -> Value {
    let device_id = &client.device_id;
    let keys = json!({
        "user_id": client.user_id,
        "device_id": device_id,
        "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
        "keys": {
            format!("ed25519:{device_id}"): key.public,
            format!("curve25519:{device_id}"): "ABCD",
        },
        "signatures": {},
    });
    key.sign(&client.user_id, keys)
}
