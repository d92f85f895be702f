//! Devices publish keys, others query and claim them.

use serde_json::{Value, json};

use crate::harness::{
    PASSWORD, TestClient, TestServer,
    keys::{Key, device_keys},
};

on_both!(
    published_device_keys_are_found,
    keys_the_device_did_not_sign_are_refused,
    what_names_no_key_keeps_no_signature,
    each_one_time_key_is_given_once_and_then_the_fallback,
    another_key_of_the_same_name_is_refused,
    keys_of_a_device_that_is_gone_are_gone,
    the_first_cross_signing_keys_need_no_password_and_others_do,
    a_device_signed_by_its_user_shows_it,
    keys_are_changed_with_the_password_only,
    signatures_that_were_not_verified_are_not_kept,
    a_signature_is_seen_by_its_maker_and_the_owner_only,
    only_the_right_key_signs,
    the_user_signing_key_is_the_users_own,
    a_used_fallback_key_is_told_until_it_is_replaced,
    servers_that_cannot_be_asked_are_named,
);

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

async fn what_names_no_key_keeps_no_signature(server: &TestServer) {
    let alice = server.register("alice").await;
    let mut keys = device_keys(&alice, &Key::new(Some(&alice.device_id)));
    keys["keys"] = json!({ format!("ed25519:{}", alice.device_id): "no key" });

    alice.post(["keys", "upload"], json!({ "device_keys": keys })).await.ok();

    let found = query(&alice, &alice.user_id).await["device_keys"][&alice.user_id][&alice.device_id].clone();
    assert_eq!((&found["keys"], &found["signatures"]), (&keys["keys"], &json!({})));
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
    alice.post(path, unsigned.clone()).await.assert_errcode(400, "M_INVALID_SIGNATURE");
    bob.post(path, unsigned).await.assert_errcode(400, "M_INVALID_PARAM");
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

/// A user-signing key beside the other two.
fn with_user_signing(client: &TestClient, master: &Key, mut body: Value) -> (Key, Value) {
    let key = Key::new(None);
    let user_signing = json!({
        "user_id": client.user_id,
        "usage": ["user_signing"],
        "keys": { format!("ed25519:{}", key.public): key.public },
    });
    body["user_signing_key"] = master.sign(&client.user_id, user_signing);
    (key, body)
}

async fn keys_are_changed_with_the_password_only(server: &TestServer) {
    let alice = server.register("alice").await;
    let path = ["keys", "device_signing", "upload"];
    alice.post(path, json!({})).await.assert_errcode(400, "M_MISSING_PARAM");
    let (_, _, first) = cross_signing(&alice);
    let (_, _, mut second) = cross_signing(&alice);
    alice.post(path, first.clone()).await.ok();
    let mut mixed = first.clone();
    mixed["self_signing_key"] = second["self_signing_key"].clone();
    alice.post(path, mixed).await.assert_errcode(400, "M_INVALID_SIGNATURE");

    let session = alice.post(path, second.clone()).await.body["session"].clone();
    let auth = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "alice" },
        "password": PASSWORD,
        "session": session,
    });
    let (_, _, mut third) = cross_signing(&alice);
    third["auth"] = auth.clone();
    alice.post(path, third).await.assert_errcode(403, "M_FORBIDDEN");
    second["auth"] = auth;
    alice.post(path, second.clone()).await.ok();

    let found = query(&alice, &alice.user_id).await;
    assert_eq!(found["master_keys"][&alice.user_id]["keys"], second["master_key"]["keys"]);
    alice.post(path, second).await.ok();
}

async fn signatures_that_were_not_verified_are_not_kept(server: &TestServer) {
    let alice = server.register("alice").await;
    let mut device = device_keys(&alice, &Key::new(Some(&alice.device_id)));
    device["signatures"]["@bob:trellis.test"] = json!({ "ed25519:X": "AAAA" });
    device["signatures"][&alice.user_id]["ed25519:OTHER"] = "AAAA".into();
    alice.post(["keys", "upload"], json!({ "device_keys": device })).await.ok();
    let (_, _, mut keys) = cross_signing(&alice);
    keys["master_key"]["signatures"] = json!({ &alice.user_id: { format!("ed25519:{}", alice.device_id): "AAAA" } });
    alice.post(["keys", "device_signing", "upload"], keys).await.ok();

    let found = query(&alice, &alice.user_id).await;

    let device = &found["device_keys"][&alice.user_id][&alice.device_id]["signatures"];
    assert_eq!(device.as_object().unwrap().len(), 1, "{device}");
    assert_eq!(device[&alice.user_id].as_object().unwrap().len(), 1, "{device}");
    assert_eq!(found["master_keys"][&alice.user_id]["signatures"], json!({}));
}

async fn a_signature_is_seen_by_its_maker_and_the_owner_only(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let carol = server.register("carol").await;
    let room = alice.public_room().await;
    bob.join(&room).await;
    let (_, _, keys) = cross_signing(&alice);
    let target = keys["master_key"].clone();
    let name = target["keys"].as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
    alice.post(["keys", "device_signing", "upload"], keys).await.ok();
    let (master, _, keys) = cross_signing(&bob);
    let (user_signing, keys) = with_user_signing(&bob, &master, keys);
    bob.post(["keys", "device_signing", "upload"], keys).await.ok();
    let mut since = bob.token_now().await;

    let signed = user_signing.sign(&bob.user_id, target.clone());
    let body = json!({ &alice.user_id: { &name: signed } });
    assert_eq!(bob.post(["keys", "signatures", "upload"], body).await.ok(), json!({}));

    let seen = async |viewer: &TestClient| {
        query(viewer, &alice.user_id).await["master_keys"][&alice.user_id]["signatures"][&bob.user_id].is_object()
    };
    assert!(seen(&bob).await);
    assert!(!seen(&carol).await);
    bob.sync_until(&mut since, |answer| {
        let changed = answer["device_lists"]["changed"].as_array();
        changed.is_some_and(|changed| changed.contains(&json!(alice.user_id)))
    })
    .await;
}

async fn only_the_right_key_signs(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let device = publish(&alice).await;
    let (master, _, keys) = cross_signing(&alice);
    let target = keys["master_key"].clone();
    alice.post(["keys", "device_signing", "upload"], keys).await.ok();
    let own = Key::new(Some(&bob.device_id));
    bob.post(["keys", "upload"], json!({ "device_keys": device_keys(&bob, &own) })).await.ok();
    let failure = async |client: &TestClient, target: &str, signed: Value| {
        let body = json!({ &alice.user_id: { target: signed } });
        let answer = client.post(["keys", "signatures", "upload"], body).await.ok();
        answer["failures"][&alice.user_id][target]["errcode"].clone()
    };

    // The master key signs no devices, another's device no master key, and what is not there is not signed.
    let signed = master.sign(&alice.user_id, device.clone());
    assert_eq!(failure(&alice, &alice.device_id, signed).await, "M_INVALID_SIGNATURE");
    let signed = own.sign(&bob.user_id, target);
    assert_eq!(failure(&bob, &master.public, signed).await, "M_INVALID_SIGNATURE");
    assert_eq!(failure(&alice, "NONE", device.clone()).await, "M_NOT_FOUND");
    assert_eq!(failure(&alice, &alice.device_id, json!([])).await, "M_INVALID_SIGNATURE");
}

async fn the_user_signing_key_is_the_users_own(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let (master, _, keys) = cross_signing(&alice);
    let (_, keys) = with_user_signing(&alice, &master, keys);
    alice.post(["keys", "device_signing", "upload"], keys).await.ok();

    assert!(query(&alice, &alice.user_id).await["user_signing_keys"][&alice.user_id].is_object());
    let others = query(&bob, &alice.user_id).await;
    assert!(others["self_signing_keys"][&alice.user_id].is_object());
    assert!(others["user_signing_keys"][&alice.user_id].is_null(), "{others}");
}

async fn a_used_fallback_key_is_told_until_it_is_replaced(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let body = |name: &str| json!({ "fallback_keys": { name: { "key": name, "fallback": true, "signatures": {} } } });
    let unused = async || alice.sync().await["device_unused_fallback_key_types"].clone();
    alice.post(["keys", "upload"], body("signed_curve25519:F")).await.ok();
    assert_eq!(unused().await, json!(["signed_curve25519"]));

    claim(&bob, &alice).await;
    assert_eq!(unused().await, json!([]));
    alice.post(["keys", "upload"], body("signed_curve25519:F")).await.ok();
    assert_eq!(unused().await, json!([]));
    alice.post(["keys", "upload"], body("signed_curve25519:G")).await.ok();
    assert_eq!(unused().await, json!(["signed_curve25519"]));
}

async fn servers_that_cannot_be_asked_are_named(server: &TestServer) {
    let alice = server.register("alice").await;

    let found = query(&alice, "@bob:elsewhere.test").await;
    assert_eq!((&found["failures"]["elsewhere.test"], &found["device_keys"]), (&json!({}), &Value::Null));
    let wanted = json!({ "one_time_keys": { "@bob:elsewhere.test": { "D": "signed_curve25519" } } });
    let claimed = alice.post(["keys", "claim"], wanted).await.ok();
    assert_eq!(claimed, json!({ "failures": { "elsewhere.test": {} }, "one_time_keys": {} }));
}
