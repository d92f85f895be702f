//! A user sees, names and removes their devices.

use serde_json::json;

use crate::harness::{PASSWORD, SyncAnswer, TestServer};

on_both!(
    a_user_sees_their_own_devices_only,
    a_device_is_renamed,
    removing_a_device_asks_for_the_password_and_ends_its_token,
    another_users_password_removes_nothing,
    several_devices_are_removed_at_once,
    a_confirmation_is_for_one_request_only,
    a_wrong_password_completes_nothing,
    other_devices_learn_of_a_new_one,
);

async fn a_user_sees_their_own_devices_only(server: &TestServer) {
    let phone = server.register("alice").await;
    let laptop = server.log_in("alice").await;
    server.register("bob").await;

    let devices = phone.get(["devices"]).await.ok();

    let ids: Vec<_> = devices["devices"].as_array().unwrap().iter().map(|device| &device["device_id"]).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&&json!(phone.device_id)) && ids.contains(&&json!(laptop.device_id)));
    phone.get(["devices", "NONE"]).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn a_device_is_renamed(server: &TestServer) {
    let alice = server.register("alice").await;

    alice.put(["devices", &alice.device_id], json!({ "display_name": "Phone \u{0} ☎" })).await.ok();

    let device = alice.get(["devices", &alice.device_id]).await.ok();
    assert_eq!(device["display_name"], "Phone \u{0} ☎");
    alice.put(["devices", "NONE"], json!({ "display_name": "x" })).await.assert_errcode(404, "M_NOT_FOUND");
    let long = json!({ "display_name": "x".repeat(300) });
    alice.put(["devices", &alice.device_id], long).await.assert_errcode(413, "M_TOO_LARGE");
}

async fn removing_a_device_asks_for_the_password_and_ends_its_token(server: &TestServer) {
    let phone = server.register("alice").await;
    let laptop = server.log_in("alice").await;

    let challenge = phone.delete(["devices", &laptop.device_id]).await;
    assert_eq!(challenge.status, 401);
    let auth = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "alice" },
        "password": PASSWORD,
        "session": challenge.body["session"],
    });
    let body = Some(json!({ "auth": auth }));
    phone.request(reqwest::Method::DELETE, ["devices", &laptop.device_id], body).await.ok();

    laptop.get(["account", "whoami"]).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
    assert_eq!(phone.get(["devices"]).await.ok()["devices"].as_array().unwrap().len(), 1);
}

async fn another_users_password_removes_nothing(server: &TestServer) {
    let alice = server.register("alice").await;
    server.register("bob").await;
    let auth = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "bob" },
        "password": PASSWORD,
    });

    let body = json!({ "devices": [alice.device_id], "auth": auth });
    alice.post(["delete_devices"], body).await.assert_errcode(403, "M_FORBIDDEN");

    alice.get(["account", "whoami"]).await.ok();
}

async fn several_devices_are_removed_at_once(server: &TestServer) {
    let phone = server.register("alice").await;
    let laptop = server.log_in("alice").await;
    let tablet = server.log_in("alice").await;
    let auth = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "alice" },
        "password": PASSWORD,
    });

    let body = json!({ "devices": [laptop.device_id, tablet.device_id, "NONE"], "auth": auth });
    phone.post(["delete_devices"], body).await.ok();

    assert_eq!(phone.get(["devices"]).await.ok()["devices"].as_array().unwrap().len(), 1);
}

async fn a_confirmation_is_for_one_request_only(server: &TestServer) {
    let phone = server.register("alice").await;
    let laptop = server.log_in("alice").await;
    let tablet = server.log_in("alice").await;
    let challenge = phone.post(["delete_devices"], json!({ "devices": [laptop.device_id] })).await;
    assert_eq!(challenge.status, 401);
    let auth = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "alice" },
        "password": PASSWORD,
        "session": challenge.body["session"],
    });

    let other = json!({ "devices": [tablet.device_id], "auth": auth });
    phone.post(["delete_devices"], other).await.assert_errcode(403, "M_FORBIDDEN");
    server.restart().await;
    let same = json!({ "auth": auth, "devices": [laptop.device_id] });
    phone.post(["delete_devices"], same.clone()).await.ok();

    tablet.get(["account", "whoami"]).await.ok();
    laptop.get(["account", "whoami"]).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
    assert_eq!(phone.post(["delete_devices"], same).await.status, 400);
}

async fn a_wrong_password_completes_nothing(server: &TestServer) {
    let alice = server.register("alice").await;
    let auth = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "alice" },
        "password": "not the password",
    });

    let refused = alice.post(["delete_devices"], json!({ "devices": [alice.device_id], "auth": auth })).await;

    refused.assert_errcode(401, "M_FORBIDDEN");
    assert_eq!(refused.body["completed"], json!([]));
}

async fn other_devices_learn_of_a_new_one(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let (mut of_alice, mut of_bob) = (alice.token_now().await, bob.token_now().await);

    server.log_in("alice").await;

    let changed = |sync: &SyncAnswer| sync["device_lists"]["changed"] == json!([alice.user_id]);
    alice.sync_until(&mut of_alice, changed).await;
    bob.sync_until(&mut of_bob, changed).await;
}
