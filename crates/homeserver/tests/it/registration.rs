//! Accounts are registered in stages, under names that are free.

use serde_json::json;

use crate::harness::{PASSWORD, TestServer};

on_both!(
    a_registration_is_completed_by_its_stage,
    a_session_lets_one_registration_through,
    a_registration_is_answered_again,
    what_was_asked_for_first_need_not_be_repeated,
    a_stage_without_a_session_is_enough,
    a_taken_name_is_refused_before_the_stages,
    names_that_are_none_are_refused,
    capitals_of_a_name_are_taken_for_small_letters,
    a_name_is_available_until_it_is_taken,
    someone_without_a_name_gets_one,
    a_registration_need_not_log_in,
    a_short_password_is_refused,
    guests_are_not_admitted,
    two_at_once_do_not_get_the_same_name,
);

const DUMMY: &str = "m.login.dummy";

async fn a_registration_is_completed_by_its_stage(server: &TestServer) {
    let client = server.stranger();
    let body = json!({ "username": "alice", "password": PASSWORD, "device_id": "PHONE" });

    let challenge = client.post(["register"], body.clone()).await;
    assert_eq!(challenge.status, 401);
    assert_eq!(challenge.body["flows"], json!([{ "stages": [DUMMY] }]));
    let mut body = body;
    body["auth"] = json!({ "type": DUMMY, "session": challenge.body["session"] });
    let session = client.post(["register"], body).await.ok();

    assert_eq!(session["user_id"], "@alice:trellis.test");
    assert_eq!(session["device_id"], "PHONE");
    assert!(session["access_token"].is_string());
}

async fn a_session_lets_one_registration_through(server: &TestServer) {
    let client = server.stranger();
    let challenge = client.post(["register"], json!({})).await;
    let auth = json!({ "type": DUMMY, "session": challenge.body["session"] });
    let body = |name: &str| json!({ "username": name, "password": PASSWORD, "auth": auth });

    client.post(["register"], body("alice")).await.ok();
    let second = client.post(["register"], body("bob")).await;

    assert!(!second.status.is_success(), "{}", second.body);
}

async fn a_registration_is_answered_again(server: &TestServer) {
    let client = server.stranger();
    let challenge = client.post(["register"], json!({ "password": PASSWORD })).await;
    let auth = json!({ "type": DUMMY, "session": challenge.body["session"] });
    let body = |password: &str| json!({ "password": password, "auth": auth });

    let first = client.post(["register"], body(PASSWORD)).await.ok();
    let again = client.post(["register"], body(PASSWORD)).await.ok();

    assert_eq!(first["user_id"], again["user_id"]);
    client.post(["register"], body("another password")).await.assert_errcode(403, "M_FORBIDDEN");
    client.post(["register"], json!({ "auth": auth })).await.assert_errcode(403, "M_FORBIDDEN");
    server.stranger().with_session(&again).get(["account", "whoami"]).await.ok();
}

async fn what_was_asked_for_first_need_not_be_repeated(server: &TestServer) {
    let client = server.stranger();
    let body = json!({
        "username": "alice", "password": PASSWORD, "device_id": "PHONE", "initial_device_display_name": "Phone",
    });
    let challenge = client.post(["register"], body).await;
    assert_eq!(challenge.status, 401);
    server.restart().await;

    let auth = json!({ "type": DUMMY, "session": challenge.body["session"] });
    let session = client.post(["register"], json!({ "auth": auth })).await.ok();

    assert_eq!((&session["user_id"], &session["device_id"]), (&json!("@alice:trellis.test"), &json!("PHONE")));
    let alice = client.with_session(&session);
    assert_eq!(alice.get(["devices", "PHONE"]).await.ok()["display_name"], "Phone");
    server.log_in("alice").await;
}

async fn a_stage_without_a_session_is_enough(server: &TestServer) {
    let body = json!({ "username": "alice", "password": PASSWORD, "auth": { "type": DUMMY } });

    server.stranger().post(["register"], body).await.ok();
}

async fn a_taken_name_is_refused_before_the_stages(server: &TestServer) {
    server.register("alice").await;

    let answer = server.stranger().post(["register"], json!({ "username": "alice", "password": PASSWORD })).await;

    answer.assert_errcode(400, "M_USER_IN_USE");
}

async fn names_that_are_none_are_refused(server: &TestServer) {
    let client = server.stranger();

    for name in ["", "al ice", "@alice:trellis.test", "ålice", "al\u{0}ice", &"a".repeat(250)] {
        let answer = client.post(["register"], json!({ "username": name, "password": PASSWORD })).await;
        answer.assert_errcode(400, "M_INVALID_USERNAME");
    }
}

async fn capitals_of_a_name_are_taken_for_small_letters(server: &TestServer) {
    let client = server.stranger();
    let body = json!({ "username": "Alice", "password": PASSWORD, "auth": { "type": DUMMY } });

    assert_eq!(client.post(["register"], body.clone()).await.string("user_id"), "@alice:trellis.test");

    client.post(["register"], body).await.assert_errcode(400, "M_USER_IN_USE");
    client.log_in("ALICE").await.get(["account", "whoami"]).await.ok();
}

async fn a_name_is_available_until_it_is_taken(server: &TestServer) {
    let client = server.stranger();
    let look = async || client.query(["register", "available"], &[("username", "alice")]).await;

    assert_eq!(look().await.ok(), json!({ "available": true }));
    server.register("alice").await;
    look().await.assert_errcode(400, "M_USER_IN_USE");
}

async fn someone_without_a_name_gets_one(server: &TestServer) {
    let body = json!({ "password": PASSWORD, "auth": { "type": DUMMY } });

    let user_id = server.stranger().post(["register"], body).await.string("user_id");

    assert!(user_id.starts_with('@') && user_id.ends_with(":trellis.test") && user_id.len() > 15, "{user_id}");
}

async fn a_registration_need_not_log_in(server: &TestServer) {
    let body = json!({
        "username": "alice", "password": PASSWORD, "inhibit_login": true, "auth": { "type": DUMMY }
    });

    let session = server.stranger().post(["register"], body).await.ok();

    assert_eq!(session["user_id"], "@alice:trellis.test");
    assert!(session.get("access_token").is_none() && session.get("device_id").is_none());
    server.log_in("alice").await;
}

async fn a_short_password_is_refused(server: &TestServer) {
    let body = json!({ "username": "alice", "password": "short", "auth": { "type": DUMMY } });

    server.stranger().post(["register"], body).await.assert_errcode(400, "M_WEAK_PASSWORD");
}

async fn guests_are_not_admitted(server: &TestServer) {
    let path = "/_matrix/client/v3/register?kind=guest";

    let answer = server.stranger().raw(reqwest::Method::POST, path, Some("{}".to_owned())).await;

    answer.assert_errcode(403, "M_FORBIDDEN");
}

async fn two_at_once_do_not_get_the_same_name(server: &TestServer) {
    let client = server.stranger();
    let body = || json!({ "username": "alice", "password": PASSWORD, "auth": { "type": DUMMY } });

    let (first, second) = tokio::join!(client.post(["register"], body()), client.post(["register"], body()));

    let won = [&first, &second].into_iter().filter(|answer| answer.status.is_success()).count();
    assert_eq!(won, 1, "{} {}", first.body, second.body);
}
