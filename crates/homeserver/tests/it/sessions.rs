//! Log-in and log-out, passwords, and what a token opens.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, TestServer};

on_both!(
    password_log_in_is_offered,
    a_password_opens_the_account_by_name_or_id,
    a_wrong_password_and_an_unknown_user_look_alike,
    an_unknown_way_of_logging_in_is_refused,
    logging_in_to_a_device_again_ends_its_old_token,
    whoami_names_the_user_and_the_device,
    a_logged_out_token_is_unknown,
    logging_out_everywhere_ends_every_token,
    a_session_survives_a_restart,
    changing_the_password_asks_for_the_old_one,
    changing_the_password_ends_other_sessions_unless_told,
    a_closed_account_opens_no_more_and_keeps_its_name,
);

fn password(user: &str, password: &str) -> Value {
    json!({ "type": "m.login.password", "identifier": { "type": "m.id.user", "user": user }, "password": password })
}

async fn password_log_in_is_offered(server: &TestServer) {
    let types = server.stranger().get(["login"]).await.ok();

    assert_eq!(
        types,
        json!({ "flows": [{ "type": "m.login.password" }, { "type": "m.login.token", "get_login_token": true }] })
    );
}

async fn a_password_opens_the_account_by_name_or_id(server: &TestServer) {
    server.register("alice").await;

    for user in ["alice", "@alice:trellis.test", "Alice"] {
        let session = server.stranger().post(["login"], password(user, PASSWORD)).await.ok();
        assert_eq!(session["user_id"], "@alice:trellis.test");
    }
    let old = json!({ "type": "m.login.password", "user": "alice", "password": PASSWORD });
    server.stranger().post(["login"], old).await.ok();
}

async fn a_wrong_password_and_an_unknown_user_look_alike(server: &TestServer) {
    server.register("alice").await;
    let client = server.stranger();

    let wrong = client.post(["login"], password("alice", "not the password")).await;
    let unknown = client.post(["login"], password("nobody", "not the password")).await;
    let elsewhere = client.post(["login"], password("@alice:elsewhere.test", PASSWORD)).await;

    wrong.assert_errcode(403, "M_FORBIDDEN");
    assert_eq!(wrong.body, unknown.body);
    assert_eq!(wrong.body, elsewhere.body);
}

async fn an_unknown_way_of_logging_in_is_refused(server: &TestServer) {
    let answer = server.stranger().post(["login"], json!({ "type": "m.login.magic" })).await;

    answer.assert_errcode(400, "M_UNKNOWN");
}

async fn logging_in_to_a_device_again_ends_its_old_token(server: &TestServer) {
    let alice = server.register("alice").await;
    let mut body = password("alice", PASSWORD);
    body["device_id"] = alice.device_id.clone().into();

    let again = server.stranger().post(["login"], body).await.ok();

    assert_eq!(again["device_id"], alice.device_id);
    alice.get(["account", "whoami"]).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
}

async fn whoami_names_the_user_and_the_device(server: &TestServer) {
    let alice = server.register("alice").await;

    let answer = alice.get(["account", "whoami"]).await.ok();

    assert_eq!(answer, json!({ "user_id": alice.user_id, "device_id": alice.device_id }));
}

async fn a_logged_out_token_is_unknown(server: &TestServer) {
    let phone = server.register("alice").await;
    let laptop = server.log_in("alice").await;

    phone.post(["logout"], json!({})).await.ok();

    phone.get(["account", "whoami"]).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
    laptop.get(["account", "whoami"]).await.ok();
}

async fn logging_out_everywhere_ends_every_token(server: &TestServer) {
    let phone = server.register("alice").await;
    let laptop = server.log_in("alice").await;
    let bob = server.register("bob").await;

    phone.post(["logout", "all"], json!({})).await.ok();

    for device in [phone, laptop] {
        device.get(["account", "whoami"]).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
    }
    bob.get(["account", "whoami"]).await.ok();
}

async fn a_session_survives_a_restart(server: &TestServer) {
    let alice = server.register("alice").await;

    server.restart().await;

    alice.get(["account", "whoami"]).await.ok();
}

async fn changing_the_password_asks_for_the_old_one(server: &TestServer) {
    let alice = server.register("alice").await;
    let new = "another horse another battery";

    let challenge = alice.post(["account", "password"], json!({ "new_password": new })).await;
    assert_eq!(challenge.status, 401);
    let mut auth = password("alice", "wrong password");
    auth["session"] = challenge.body["session"].clone();
    let wrong = alice.post(["account", "password"], json!({ "new_password": new, "auth": auth })).await;
    wrong.assert_errcode(401, "M_FORBIDDEN");
    auth["password"] = PASSWORD.into();
    alice.post(["account", "password"], json!({ "new_password": new, "auth": auth })).await.ok();

    server.stranger().post(["login"], password("alice", PASSWORD)).await.assert_errcode(403, "M_FORBIDDEN");
    server.stranger().post(["login"], password("alice", new)).await.ok();
}

async fn changing_the_password_ends_other_sessions_unless_told(server: &TestServer) {
    let phone = server.register("alice").await;
    let laptop = server.log_in("alice").await;
    let change = async |logout: bool| {
        let auth = password("alice", PASSWORD);
        let body = json!({ "new_password": PASSWORD, "logout_devices": logout, "auth": auth });
        phone.post(["account", "password"], body).await.ok();
    };

    change(false).await;
    laptop.get(["account", "whoami"]).await.ok();
    change(true).await;
    laptop.get(["account", "whoami"]).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
    phone.get(["account", "whoami"]).await.ok();
}

async fn a_closed_account_opens_no_more_and_keeps_its_name(server: &TestServer) {
    let alice = server.register("alice").await;
    let body = json!({ "auth": password("alice", PASSWORD) });

    alice.post(["account", "deactivate"], body).await.ok();

    alice.get(["account", "whoami"]).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
    let client = server.stranger();
    client.post(["login"], password("alice", PASSWORD)).await.assert_errcode(403, "M_USER_DEACTIVATED");
    let again = client.post(["register"], json!({ "username": "alice", "password": PASSWORD })).await;
    again.assert_errcode(400, "M_USER_IN_USE");
    client.get(["profile", &alice.user_id]).await.assert_errcode(404, "M_NOT_FOUND");
}
