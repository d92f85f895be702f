//! A device is left behind, collects messages, and is taken over.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    Answer, TestClient, TestServer,
    keys::{Key, device_keys},
};

on_both!(
    a_device_is_left_behind_and_found,
    messages_to_it_are_read_in_parts,
    it_survives_logging_out_everywhere,
    it_is_deleted,
    what_is_no_dehydrated_device_is_refused,
);

const PATH: &str = "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device";

/// A device of the client's user, to leave behind.
fn device(client: &TestClient, device_id: &str) -> Value {
    let mut owner = client.clone();
    device_id.clone_into(&mut owner.device_id);
    let key = Key::new(Some(device_id));
    let mut keys = device_keys(&owner, &key);
    keys["dehydrated"] = true.into();
    keys["signatures"] = json!({});
    json!({
        "device_id": device_id,
        "initial_device_display_name": "Left behind",
        "device_data": { "algorithm": "org.matrix.msc3814.v2", "device_pickle": "secret", "nonce": "n" },
        "device_keys": key.sign(&client.user_id, keys),
        "fallback_keys": { "signed_curve25519:F": { "key": "f", "fallback": true, "signatures": {} } },
    })
}

async fn put(client: &TestClient, body: &Value) -> Answer {
    client.raw(Method::PUT, PATH, Some(body.to_string())).await
}

async fn a_device_is_left_behind_and_found(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    alice.raw(Method::GET, PATH, None).await.assert_errcode(404, "M_NOT_FOUND");

    assert_eq!(put(&alice, &device(&alice, "OLD")).await.ok(), json!({ "device_id": "OLD" }));
    let new = device(&alice, "NEW");
    put(&alice, &new).await.ok();

    let found = alice.raw(Method::GET, PATH, None).await.ok();
    assert_eq!(found, json!({ "device_id": "NEW", "device_data": new["device_data"] }));
    let wanted = json!({ "device_keys": { &alice.user_id: [] } });
    let keys = bob.post(["keys", "query"], wanted).await.ok()["device_keys"][&alice.user_id].clone();
    assert_eq!(keys["NEW"]["dehydrated"], true);
    assert_eq!(keys["OLD"], Value::Null);
    let wanted = json!({ "one_time_keys": { &alice.user_id: { "NEW": "signed_curve25519" } } });
    let claimed = bob.post(["keys", "claim"], wanted).await.ok();
    assert!(claimed["one_time_keys"][&alice.user_id]["NEW"]["signed_curve25519:F"].is_object(), "{claimed}");
}

async fn messages_to_it_are_read_in_parts(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    put(&alice, &device(&alice, "LEFT")).await.ok();
    for n in 0..103 {
        let messages = json!({ "messages": { &alice.user_id: { "LEFT": { "n": n } } } });
        bob.put(["sendToDevice", "m.test", &n.to_string()], messages).await.ok();
    }
    let read = async |from: Option<&Value>| {
        let body = from.map_or_else(|| json!({}), |from| json!({ "next_batch": from }));
        alice.raw(Method::POST, &format!("{PATH}/LEFT/events"), Some(body.to_string())).await.ok()
    };

    let first = read(None).await;
    assert_eq!(first["events"].as_array().unwrap().len(), 100);
    assert_eq!(first["events"][0], json!({ "sender": bob.user_id, "type": "m.test", "content": { "n": 0 } }));
    let second = read(Some(&first["next_batch"])).await;
    assert_eq!(second["events"].as_array().unwrap().len(), 3);
    let last = read(Some(&second["next_batch"])).await;
    assert_eq!(last["events"], json!([]));
    assert_eq!(read(None).await["events"], first["events"]);
    let others = alice.raw(Method::POST, &format!("{PATH}/OTHER/events"), Some("{}".to_owned())).await;
    others.assert_errcode(404, "M_NOT_FOUND");
}

async fn it_survives_logging_out_everywhere(server: &TestServer) {
    let alice = server.register("alice").await;
    put(&alice, &device(&alice, "LEFT")).await.ok();

    alice.post(["logout", "all"], json!({})).await.ok();
    let alice = server.log_in("alice").await;

    assert_eq!(alice.raw(Method::GET, PATH, None).await.ok()["device_id"], "LEFT");
}

async fn it_is_deleted(server: &TestServer) {
    let alice = server.register("alice").await;
    alice.raw(Method::DELETE, PATH, None).await.assert_errcode(404, "M_NOT_FOUND");
    put(&alice, &device(&alice, "LEFT")).await.ok();

    assert_eq!(alice.raw(Method::DELETE, PATH, None).await.ok(), json!({ "device_id": "LEFT" }));

    alice.raw(Method::GET, PATH, None).await.assert_errcode(404, "M_NOT_FOUND");
    alice.get(["devices", "LEFT"]).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn what_is_no_dehydrated_device_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;
    let good = device(&alice, "LEFT");
    let mut unmarked = good.clone();
    unmarked["device_keys"].as_object_mut().unwrap().remove("dehydrated");
    let mut forged = good.clone();
    forged["device_keys"]["keys"]["curve25519:LEFT"] = "forged".into();
    let taken = device(&alice, &alice.device_id);
    let mut data = good;
    data["device_data"] = json!({ "algorithm": "org.matrix.msc3814.v2" });

    for refused in [unmarked, forged, taken] {
        put(&alice, &refused).await.assert_errcode(400, "M_INVALID_PARAM");
    }
    put(&alice, &data).await.assert_errcode(400, "M_BAD_JSON");
    alice.get(["account", "whoami"]).await.ok();
    alice.raw(Method::GET, PATH, None).await.assert_errcode(404, "M_NOT_FOUND");
}
