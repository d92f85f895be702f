//! Tools that know the shared secret make accounts, as they do on Synapse.

use hmac::{Hmac, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;
use trellis_homeserver::{Config, Registration};

use crate::harness::{Answer, PASSWORD, TestServer};

on_both!(
    with_secret: the_secret_makes_an_account,
    a_wrong_signature_makes_none,
    a_nonce_works_once,
    registration_is_closed_for_everyone_else,
);

const PATH: &str = "/_synapse/admin/v1/register";

fn with_secret(config: &mut Config) {
    config.registration = Registration::Closed;
    config.registration_shared_secret = Some("a shared secret".to_owned().into());
}

async fn nonce(server: &TestServer) -> String {
    server.stranger().raw(Method::GET, PATH, None).await.string("nonce")
}

fn signed(nonce: &str, name: &str, secret: &str) -> Value {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{nonce}\0{name}\0{PASSWORD}\0notadmin").as_bytes());
    let mac: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "nonce": nonce, "username": name, "password": PASSWORD, "admin": false, "mac": mac })
}

async fn register(server: &TestServer, body: &Value) -> Answer {
    server.stranger().raw(Method::POST, PATH, Some(body.to_string())).await
}

async fn the_secret_makes_an_account(server: &TestServer) {
    let nonce = nonce(server).await;

    let session = register(server, &signed(&nonce, "alice", "a shared secret")).await.ok();

    assert_eq!(session["user_id"], "@alice:trellis.test");
    assert_eq!(session["home_server"], "trellis.test");
    server.log_in("alice").await;
}

async fn a_wrong_signature_makes_none(server: &TestServer) {
    let nonce = nonce(server).await;

    register(server, &signed(&nonce, "alice", "another secret")).await.assert_errcode(403, "M_FORBIDDEN");
}

async fn a_nonce_works_once(server: &TestServer) {
    let nonce = nonce(server).await;

    register(server, &signed(&nonce, "alice", "a shared secret")).await.ok();
    register(server, &signed(&nonce, "bob", "a shared secret")).await.assert_errcode(400, "M_UNKNOWN");
}

async fn registration_is_closed_for_everyone_else(server: &TestServer) {
    let body = json!({ "username": "alice", "password": PASSWORD, "auth": { "type": "m.login.dummy" } });

    server.stranger().post(["register"], body).await.assert_errcode(403, "M_FORBIDDEN");
}
