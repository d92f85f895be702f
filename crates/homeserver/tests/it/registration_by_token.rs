//! Where registration needs a token, one that is valid is enough, as often as it says.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use trellis_homeserver::{Config, Registration, Services};

use crate::harness::{PASSWORD, TestServer};

on_both!(by_token: a_token_registers_as_often_as_it_says, a_wrong_token_may_be_corrected);

fn by_token(config: &mut Config) {
    config.registration = Registration::Token;
}

const STAGE: &str = "m.login.registration_token";

/// As the command `registration-token` does it.
async fn new_token(server: &TestServer) -> String {
    let services = Services::open(server.config.clone(), CancellationToken::new()).await.unwrap();
    services.registration_tokens.create(Some(1), None).await.unwrap()
}

fn body(name: &str, auth: Value) -> Value {
    json!({ "username": name, "password": PASSWORD, "auth": auth })
}

async fn a_token_registers_as_often_as_it_says(server: &TestServer) {
    let token = new_token(server).await;
    let client = server.stranger();
    let path = format!("/_matrix/client/v1/register/m.login.registration_token/validity?token={token}");
    let valid = async || client.raw(reqwest::Method::GET, &path, None).await.ok()["valid"].clone();

    assert_eq!(valid().await, true);
    client.post(["register"], body("alice", json!({ "type": STAGE, "token": token }))).await.ok();
    assert_eq!(valid().await, false);
    let second = client.post(["register"], body("bob", json!({ "type": STAGE, "token": token }))).await;

    second.assert_errcode(401, "M_UNAUTHORIZED");
}

async fn a_wrong_token_may_be_corrected(server: &TestServer) {
    let token = new_token(server).await;
    let client = server.stranger();
    let challenge = client.post(["register"], json!({})).await;
    assert_eq!(challenge.body["flows"], json!([{ "stages": [STAGE] }]));
    let session = challenge.body["session"].clone();
    let with = |token: &str| body("alice", json!({ "type": STAGE, "token": token, "session": session }));

    let wrong = client.post(["register"], with("wrong")).await;
    wrong.assert_errcode(401, "M_UNAUTHORIZED");
    assert_eq!(wrong.body["session"], session);
    client.post(["register"], with(&token)).await.ok();
}
