//! Devices publish keys, others query and claim them.

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use ruma::{
    CanonicalJsonObject,
    signatures::{Ed25519KeyPair, sign_json},
};
use serde_json::{Value, json};

use crate::harness::{TestClient, TestServer};

on_both!(
    published_device_keys_are_found,
    keys_the_device_did_not_sign_are_refused,
    each_one_time_key_is_given_once_and_then_the_fallback,
    another_key_of_the_same_name_is_refused,
    keys_of_a_device_that_is_gone_are_gone,
    the_first_cross_signing_keys_need_no_password_and_others_do,
    a_device_signed_by_its_user_shows_it,
);

/// An Ed25519 key, with its public part.
struct Key {
    pair: Ed25519KeyPair,
    public: String,
}

impl Key {
    /// `name` is what follows `ed25519:` in the key's ID; the public part unless said.
    fn new(name: Option<&str>) -> Self {
        let der = Ed25519KeyPair::generate();
        let pair = Ed25519KeyPair::from_der(&der, "x".to_owned()).unwrap();
        let public = BASE64_STANDARD_NO_PAD.encode(pair.public_key());
        let name = name.unwrap_or(&public).to_owned();
        Self { pair: Ed25519KeyPair::from_der(&der, name).unwrap(), public }
    }

    fn sign(&self, user_id: &str, object: Value) -> Value {
        let mut object: CanonicalJsonObject = serde_json::from_value(object).unwrap();
        sign_json(user_id, &self.pair, &mut object).unwrap();
        serde_json::to_value(object).unwrap()
    }
}

fn device_keys(client: &TestClient, key: &Key) -> Value {
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

async fn publish(client: &TestClient) -> Value {
    let keys = device_keys(client, &Key::new(Some(&client.device_id)));
    client.post(["keys", "upload"], json!({ "device_keys": keys })).await.ok();
    keys
}

async fn query(client: &TestClient, user_id: &str) -> Value {
    client.post(["keys", "query"], json!({ "device_keys": { user_id: [] } })).await.ok()
}

async fn claim(client: &TestClient, from: &TestClient) -> Value {
    let wanted = json!({ &from.user_id: { &from.device_id: "signed_curve25519" } });
    let claimed = client.post(["keys", "claim"], json!({ "one_time_keys": wanted })).await.ok();
    claimed["one_time_keys"][&from.user_id][&from.device_id].clone()
}

async fn published_device_keys_are_found(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let keys = publish(&alice).await;
    alice.put(["devices", &alice.device_id], json!({ "display_name": "Phone" })).await.ok();

    let found = query(&bob, &alice.user_id).await["device_keys"][&alice.user_id][&alice.device_id].clone();

    assert_eq!(found["keys"], keys["keys"]);
    assert_eq!(found["signatures"], keys["signatures"]);
    assert_eq!(found["unsigned"], json!({ "device_display_name": "Phone" }));
    let named = json!({ "device_keys": { &alice.user_id: ["OTHER"] } });
    let none = bob.post(["keys", "query"], named).await.ok();
    assert_eq!(none["device_keys"][&alice.user_id], json!({}));
}

async fn keys_the_device_did_not_sign_are_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let mut forged = device_keys(&alice, &Key::new(Some(&alice.device_id)));
    forged["keys"][format!("curve25519:{}", alice.device_id)] = "EFGH".into();

    let answer = alice.post(["keys", "upload"], json!({ "device_keys": forged })).await;
    answer.assert_errcode(400, "M_INVALID_PARAM");
    let others = device_keys(&bob, &Key::new(Some(&bob.device_id)));
    let answer = alice.post(["keys", "upload"], json!({ "device_keys": others })).await;
    answer.assert_errcode(400, "M_INVALID_PARAM");
}

async fn each_one_time_key_is_given_once_and_then_the_fallback(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let key = |text: &str| json!({ "key": text, "signatures": {} });
    let body = json!({
        "one_time_keys": { "signed_curve25519:A1": key("one"), "signed_curve25519:A2": key("two") },
        "fallback_keys": { "signed_curve25519:F": key("last") },
    });

    let counts = alice.post(["keys", "upload"], body).await.ok();
    assert_eq!(counts["one_time_key_counts"], json!({ "signed_curve25519": 2 }));

    let mut claimed = Vec::new();
    for _ in 0..4 {
        claimed.push(claim(&bob, &alice).await);
    }
    assert_eq!(claimed[0], json!({ "signed_curve25519:A1": key("one") }));
    assert_eq!(claimed[1], json!({ "signed_curve25519:A2": key("two") }));
    assert_eq!(claimed[2], json!({ "signed_curve25519:F": key("last") }));
    assert_eq!(claimed[2], claimed[3]);
    assert_eq!(claim(&alice, &bob).await, Value::Null);
}

async fn another_key_of_the_same_name_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let body = |key: &str| json!({ "one_time_keys": { "signed_curve25519:A": { "key": key, "signatures": {} } } });

    alice.post(["keys", "upload"], body("one")).await.ok();
    alice.post(["keys", "upload"], body("one")).await.ok();
    alice.post(["keys", "upload"], body("two")).await.assert_errcode(400, "M_INVALID_PARAM");
}

async fn keys_of_a_device_that_is_gone_are_gone(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    publish(&alice).await;

    alice.post(["logout"], json!({})).await.ok();

    assert_eq!(query(&bob, &alice.user_id).await["device_keys"][&alice.user_id], json!({}));
}

/// A master key, and a self-signing key it signed.
fn cross_signing(client: &TestClient) -> (Key, Key, Value) {
    let (master, own) = (Key::new(None), Key::new(None));
    let user_id = &client.user_id;
    let key = |usage: &str, key: &Key| json!({ "user_id": user_id, "usage": [usage], "keys": { format!("ed25519:{}", key.public): key.public } });
    let body = json!({
        "master_key": key("master", &master),
        "self_signing_key": master.sign(user_id, key("self_signing", &own)),
    });
    (master, own, body)
}

async fn the_first_cross_signing_keys_need_no_password_and_others_do(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let (_, _, first) = cross_signing(&alice);
    let (_, _, second) = cross_signing(&alice);
    let path = ["keys", "device_signing", "upload"];

    alice.post(path, first.clone()).await.ok();
    alice.post(path, first.clone()).await.ok();
    assert_eq!(alice.post(path, second.clone()).await.status, 401);

    let found = query(&bob, &alice.user_id).await;
    assert_eq!(found["master_keys"][&alice.user_id]["keys"], first["master_key"]["keys"]);
    let mut unsigned = second;
    unsigned["self_signing_key"]["signatures"] = json!({});
    let answer = bob.post(path, unsigned).await;
    answer.assert_errcode(400, "M_INVALID_PARAM");
}

async fn a_device_signed_by_its_user_shows_it(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let device = publish(&alice).await;
    let (_, own, keys) = cross_signing(&alice);
    alice.post(["keys", "device_signing", "upload"], keys).await.ok();
    let upload = async |signed: Value| {
        let body = json!({ &alice.user_id: { &alice.device_id: signed } });
        alice.post(["keys", "signatures", "upload"], body).await.ok()
    };

    let stranger = Key::new(Some(&own.public)).sign(&alice.user_id, device.clone());
    let refused = upload(stranger).await;
    assert_eq!(refused["failures"][&alice.user_id][&alice.device_id]["errcode"], "M_INVALID_SIGNATURE");
    assert_eq!(upload(own.sign(&alice.user_id, device)).await, json!({}));

    let found = query(&bob, &alice.user_id).await["device_keys"][&alice.user_id][&alice.device_id].clone();
    assert!(found["signatures"][&alice.user_id][format!("ed25519:{}", own.public)].is_string(), "{found}");
}
