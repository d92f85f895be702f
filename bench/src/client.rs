//! A client that speaks just enough of the Client-Server API to put load on a homeserver.

use anyhow::{Context, bail};
use reqwest::Method;
use serde_json::{Value, json};

/// An account, logged in.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
    pub(crate) user_id: String,
}

impl Client {
    /// Registers an account with the dummy stage.
    pub(crate) async fn register(http: &reqwest::Client, base: &str, name: &str) -> anyhow::Result<Self> {
        let mut client =
            Self { http: http.clone(), base: base.to_owned(), token: String::new(), user_id: String::new() };
        let body = json!({ "username": name, "password": "measure me twice", "auth": { "type": "m.login.dummy" } });
        let answer = client.call(Method::POST, "v3/register", Some(&body)).await?;
        answer["access_token"].as_str().context("registration answers with a token")?.clone_into(&mut client.token);
        answer["user_id"].as_str().context("registration answers with a user ID")?.clone_into(&mut client.user_id);
        Ok(client)
    }

    /// A request below `/_matrix/client/` that has to succeed.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let bytes = self.bytes(method, &format!("/_matrix/client/{path}"), body).await?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// The same, without looking at the answer: what a homeserver takes is measured, not what reading takes.
    pub(crate) async fn bytes(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Vec<u8>> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        if !status.is_success() {
            bail!("{path}: {status} {}", String::from_utf8_lossy(&bytes));
        }
        Ok(bytes.to_vec())
    }

    pub(crate) async fn create_room(&self, body: &Value) -> anyhow::Result<String> {
        let answer = self.call(Method::POST, "v3/createRoom", Some(body)).await?;
        Ok(answer["room_id"].as_str().context("a room has an ID")?.to_owned())
    }

    pub(crate) async fn join(&self, room_id: &str) -> anyhow::Result<()> {
        self.call(Method::POST, &format!("v3/join/{}", segment(room_id)), Some(&json!({}))).await.map(drop)
    }

    pub(crate) async fn send(&self, room_id: &str, transaction: &str, text: &str) -> anyhow::Result<()> {
        let path = format!("v3/rooms/{}/send/m.room.message/{transaction}", segment(room_id));
        self.call(Method::PUT, &path, Some(&json!({ "msgtype": "m.text", "body": text }))).await.map(drop)
    }

    /// Synchronises from a token, or from the beginning.
    pub(crate) async fn sync(&self, since: Option<&str>, timeout: u32, filter: &str) -> anyhow::Result<Vec<u8>> {
        let since = since.map(|since| format!("&since={}", segment(since))).unwrap_or_default();
        let path = format!("/_matrix/client/v3/sync?timeout={timeout}&filter={}{since}", segment(filter));
        self.bytes(Method::GET, &path, None).await
    }
}

/// A path segment or a query's value, with all that is not plain written as percent and digits.
pub(crate) fn segment(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}
