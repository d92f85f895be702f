//! People come in without an account, may do little, and may stay.

use serde_json::{Value, json};
use trellis_homeserver::Config;

use crate::harness::{Answer, PASSWORD, TestClient, TestServer};

on_both!(
    admitting: a_guest_is_let_in_and_known_as_one,
    a_guest_joins_only_where_guests_may,
    a_guest_may_do_little,
    a_guest_gets_an_account_of_the_same_name,
);

fn admitting(config: &mut Config) {
    config.allow_guests = true;
}

async fn register_guest(server: &TestServer, body: Value) -> Answer {
    let path = "/_matrix/client/v3/register?kind=guest";
    server.stranger().raw(reqwest::Method::POST, path, Some(body.to_string())).await
}

async fn guest(server: &TestServer) -> TestClient {
    let session = register_guest(server, json!({})).await.ok();
    server.stranger().with_session(&session)
}

async fn a_guest_is_let_in_and_known_as_one(server: &TestServer) {
    let asked = json!({ "username": "wanted", "device_id": "WANTED", "initial_device_display_name": "Browser" });
    let session = register_guest(server, asked).await.ok();
    let guest = server.stranger().with_session(&session);

    assert_ne!(guest.user_id, "@wanted:trellis.test");
    assert_ne!(guest.device_id, "WANTED");
    assert_eq!(guest.get(["account", "whoami"]).await.ok()["is_guest"], true);
    assert_eq!(guest.get(["devices"]).await.ok()["devices"][0]["display_name"], "Browser");
}

async fn a_guest_joins_only_where_guests_may(server: &TestServer) {
    let alice = server.register("alice").await;
    let guest = guest(server).await;
    let closed = alice.public_room().await;
    let open = alice.public_room().await;
    alice.set_state(&open, "m.room.guest_access", json!({ "guest_access": "can_join" })).await;
    alice.set_state(&closed, "m.room.guest_access", json!({ "guest_access": "forbidden" })).await;

    let refused = guest.post(["rooms", &closed, "join"], json!({})).await;
    refused.assert_errcode(403, "M_GUEST_ACCESS_FORBIDDEN");
    let join = json!({ "membership": "join" });
    let written = guest.put(["rooms", &closed, "state", "m.room.member", &guest.user_id], join).await;
    written.assert_errcode(403, "M_GUEST_ACCESS_FORBIDDEN");
    guest.post(["join", &closed], json!({})).await.assert_errcode(403, "M_GUEST_ACCESS_FORBIDDEN");
    guest.post(["join", &open], json!({})).await.ok();
    guest.say(&open, "hello").await;
    guest.sync().await;
    alice.post(["rooms", &closed, "join"], json!({})).await.ok();

    alice.set_state(&open, "m.room.guest_access", json!({ "guest_access": "forbidden" })).await;
    assert_eq!(guest.sync().await["rooms"]["join"][&open], Value::Null);
}

async fn a_guest_may_do_little(server: &TestServer) {
    let guest = guest(server).await;

    guest.post(["createRoom"], json!({})).await.assert_errcode(403, "M_GUEST_ACCESS_FORBIDDEN");
    guest.post(["search"], json!({ "search_categories": {} })).await.assert_errcode(403, "M_GUEST_ACCESS_FORBIDDEN");
    let avatar = json!({ "avatar_url": "mxc://trellis.test/x" });
    let refused = guest.put(["profile", &guest.user_id, "avatar_url"], avatar).await;
    refused.assert_errcode(403, "M_GUEST_ACCESS_FORBIDDEN");
    guest.put(["profile", &guest.user_id, "displayname"], json!({ "displayname": "Visitor" })).await.ok();
}

async fn a_guest_gets_an_account_of_the_same_name(server: &TestServer) {
    let guest = guest(server).await;
    let localpart = guest.user_id[1..].split(':').next().unwrap().to_owned();
    let body = |name: &str, auth: Value| json!({ "username": name, "password": PASSWORD, "guest_access_token": guest.token, "auth": auth });
    let dummy = json!({ "type": "m.login.dummy" });

    let other = server.stranger().post(["register"], body("another", dummy.clone())).await;
    other.assert_errcode(400, "M_INVALID_PARAM");
    let session = server.stranger().post(["register"], body(&localpart, dummy)).await.ok();

    let upgraded = server.stranger().with_session(&session);
    assert_eq!(upgraded.user_id, guest.user_id);
    assert_eq!(upgraded.get(["account", "whoami"]).await.ok()["is_guest"], Value::Null);
    upgraded.post(["createRoom"], json!({})).await.ok();
    server.log_in(&localpart).await;
}
