//! Tokens that end, that log another device in, and that prove something to others.

use std::time::Duration;

use serde_json::{Value, json};
use trellis_homeserver::{
    Config,
    config::{Support, Turn},
};

use crate::harness::{PASSWORD, TestClient, TestServer};

on_both!(
    configured: a_token_is_refreshed,
    an_answer_that_was_lost_is_asked_for_again,
    a_token_that_ended_asks_for_another,
    a_device_logs_another_in,
    an_openid_token_names_its_owner,
    relays_get_credentials_that_end,
    help_is_found,
    third_parties_are_nowhere,
    capabilities_say_what_can_be_done,
);

fn configured(config: &mut Config) {
    config.turn = Some(Turn {
        uris: vec!["turn:turn.trellis.test".to_owned()],
        secret: "north".to_owned().into(),
        lifetime: Duration::from_secs(600),
    });
    config.support = Support { page: Some("https://trellis.test/help".to_owned()), email: None, matrix_id: None };
}

async fn log_in(server: &TestServer) -> (TestClient, Value) {
    let body = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "alice" },
        "password": PASSWORD,
        "refresh_token": true,
    });
    let session = server.stranger().post(["login"], body).await.ok();
    (server.stranger().with_session(&session), session)
}

async fn refresh(server: &TestServer, token: &Value) -> crate::harness::Answer {
    server.stranger().post(["refresh"], json!({ "refresh_token": token })).await
}

fn with_token(client: &TestClient, answer: &Value) -> TestClient {
    let mut client = client.clone();
    client.token = answer["access_token"].as_str().map(ToOwned::to_owned);
    client
}

async fn whoami(client: &TestClient) -> u16 {
    client.get(["account", "whoami"]).await.status.as_u16()
}

async fn a_token_is_refreshed(server: &TestServer) {
    server.register("alice").await;
    let (first, session) = log_in(server).await;
    assert_eq!(session["expires_in_ms"], 3_600_000);

    let refreshed = refresh(server, &session["refresh_token"]).await.ok();
    assert_eq!(refreshed["expires_in_ms"], 3_600_000);
    let second = with_token(&first, &refreshed);
    assert_eq!(whoami(&second).await, 200);
    // The first use of the new token ends the old ones, a moment later.
    let ended = async { while whoami(&first).await != 401 {} };
    tokio::time::timeout(crate::harness::PATIENCE, ended).await.expect("the old token ends");
    refresh(server, &session["refresh_token"]).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
    server.restart().await;
    let again = refresh(server, &refreshed["refresh_token"]).await.ok();
    assert_eq!(whoami(&with_token(&first, &again)).await, 200);

    second.post(["logout"], json!({})).await;
    refresh(server, &json!("nonsense")).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
}

async fn an_answer_that_was_lost_is_asked_for_again(server: &TestServer) {
    server.register("alice").await;
    let (client, session) = log_in(server).await;

    let lost = refresh(server, &session["refresh_token"]).await.ok();
    assert_eq!(whoami(&client).await, 200);
    let second = refresh(server, &session["refresh_token"]).await.ok();

    assert_eq!(whoami(&with_token(&client, &lost)).await, 401);
    assert_eq!(whoami(&with_token(&client, &second)).await, 200);
    refresh(server, &lost["refresh_token"]).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
}

async fn a_token_that_ended_asks_for_another(server: &TestServer) {
    server.register("alice").await;
    let mut config = server.config.clone();
    config.access_token_lifetime = Duration::ZERO;
    let shutdown = tokio_util::sync::CancellationToken::new();
    let services = trellis_homeserver::Services::open(config, shutdown).await.unwrap();
    let user_id = ruma::user_id!("@alice:trellis.test").to_owned();
    let device = trellis_homeserver::service::devices::NewDevice { device_id: "SHORT".into(), display_name: None };
    let login = services.accounts.log_in(user_id, device, true).await.unwrap();
    let mut client = server.stranger();
    client.token = Some(login.access_token);

    let answer = client.get(["account", "whoami"]).await;

    answer.assert_errcode(401, "M_UNKNOWN_TOKEN");
    assert_eq!(answer.body["soft_logout"], true);
    let refreshed = refresh(server, &json!(login.refresh.unwrap().0)).await.ok();
    assert_eq!(whoami(&with_token(&client, &refreshed)).await, 200);
}

async fn a_device_logs_another_in(server: &TestServer) {
    let alice = server.register("alice").await;
    let path = "/_matrix/client/v1/login/get_token";
    let ask = async |body: Value| alice.raw(reqwest::Method::POST, path, Some(body.to_string())).await;
    assert_eq!(ask(json!({})).await.status, 401);
    let auth = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "alice" },
        "password": PASSWORD,
    });

    let given = ask(json!({ "auth": auth })).await.ok();
    assert_eq!(given["expires_in_ms"], 120_000);
    let body = json!({ "type": "m.login.token", "token": given["login_token"] });
    let session = server.stranger().post(["login"], body.clone()).await.ok();

    assert_eq!(session["user_id"], alice.user_id);
    assert_ne!(session["device_id"], alice.device_id);
    server.stranger().post(["login"], body).await.assert_errcode(403, "M_FORBIDDEN");
}

async fn an_openid_token_names_its_owner(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let userinfo = async |token: &str| {
        let path = format!("/_matrix/federation/v1/openid/userinfo?access_token={token}");
        server.stranger().raw(reqwest::Method::GET, &path, None).await
    };

    let given = alice.post(["user", &alice.user_id, "openid", "request_token"], json!({})).await.ok();
    assert_eq!((&given["token_type"], &given["matrix_server_name"]), (&json!("Bearer"), &json!("trellis.test")));
    assert_eq!(given["expires_in"], 3600);
    let token = given["access_token"].as_str().unwrap();

    assert_eq!(userinfo(token).await.ok(), json!({ "sub": alice.user_id }));
    let path = "/_matrix/federation/v1/openid/userinfo";
    let nobody = server.stranger().raw(reqwest::Method::GET, path, None).await;
    nobody.assert_errcode(401, "M_MISSING_TOKEN");
    userinfo("nonsense").await.assert_errcode(401, "M_UNKNOWN_TOKEN");
    userinfo(alice.token.as_deref().unwrap()).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
    let others = bob.post(["user", &alice.user_id, "openid", "request_token"], json!({})).await;
    others.assert_errcode(403, "M_FORBIDDEN");
}

async fn relays_get_credentials_that_end(server: &TestServer) {
    let alice = server.register("alice").await;

    let answer = alice.get(["voip", "turnServer"]).await.ok();

    assert_eq!(answer["uris"], json!(["turn:turn.trellis.test"]));
    assert_eq!(answer["ttl"], 600);
    let (ends, user_id) = answer["username"].as_str().unwrap().split_once(':').unwrap();
    assert!(ends.parse::<u64>().unwrap() > 1_700_000_000);
    assert_eq!(user_id, alice.user_id);
    assert_eq!(answer["password"].as_str().unwrap().len(), 28);
    server.stranger().get(["voip", "turnServer"]).await.assert_errcode(401, "M_MISSING_TOKEN");
}

async fn help_is_found(server: &TestServer) {
    let answer = server.stranger().raw(reqwest::Method::GET, "/.well-known/matrix/support", None).await.ok();

    assert_eq!(answer, json!({ "support_page": "https://trellis.test/help" }));
}

async fn third_parties_are_nowhere(server: &TestServer) {
    let alice = server.register("alice").await;

    assert_eq!(alice.get(["thirdparty", "protocols"]).await.ok(), json!({}));
    alice.get(["thirdparty", "protocol", "irc"]).await.assert_errcode(404, "M_NOT_FOUND");
    assert_eq!(alice.get(["thirdparty", "location", "irc"]).await.ok(), json!([]));
    assert_eq!(alice.get(["thirdparty", "user", "irc"]).await.ok(), json!([]));
    let by_alias = alice.query(["thirdparty", "location"], &[("alias", "#a:trellis.test")]).await;
    assert_eq!(by_alias.ok(), json!([]));
    let by_user = alice.query(["thirdparty", "user"], &[("userid", "@a:trellis.test")]).await;
    assert_eq!(by_user.ok(), json!([]));
    for path in [&["thirdparty", "location"], &["thirdparty", "user"], &["thirdparty", "protocols"]] {
        server.stranger().get(*path).await.assert_errcode(401, "M_MISSING_TOKEN");
    }
    for kind in ["location", "user"] {
        server.stranger().get(["thirdparty", kind, "irc"]).await.assert_errcode(401, "M_MISSING_TOKEN");
    }
}

async fn capabilities_say_what_can_be_done(server: &TestServer) {
    let alice = server.register("alice").await;

    let capabilities = alice.get(["capabilities"]).await.ok()["capabilities"].clone();

    assert_eq!(capabilities["m.get_login_token"], json!({ "enabled": true }));
    assert_eq!(capabilities["m.3pid_changes"], json!({ "enabled": false }));
    assert_eq!(capabilities["m.profile_fields"]["enabled"], true);
    assert!(capabilities["m.room_versions"]["available"]["12"].is_string());
    server.stranger().get(["capabilities"]).await.assert_errcode(401, "M_MISSING_TOKEN");
}
