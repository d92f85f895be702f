//! A client that does what it is told and keeps nothing but its session.
//!
//! It speaks JSON rather than ruma's types: what is asserted is what is on the wire, and a wrong
//! request can be made as easily as a right one.

use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::{Answer, PATIENCE, Sync};

/// The password of every account the tests make.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A client, logged in or not.
#[derive(Clone, Debug)]
pub(crate) struct TestClient {
    http: reqwest::Client,
    url: String,
    pub(crate) token: Option<String>,
    pub(crate) user_id: String,
    pub(crate) device_id: String,
}

impl TestClient {
    pub(super) fn new(url: String) -> Self {
        // No connection is kept: one that a restart closed must not be met by the next request.
        let http = reqwest::Client::builder().timeout(2 * PATIENCE).pool_max_idle_per_host(0).build().unwrap();
        Self { http, url, token: None, user_id: String::new(), device_id: String::new() }
    }

    /// The same session at another address.
    pub(super) fn at(self, url: String) -> Self {
        Self { url, ..self }
    }

    /// Sends a request to the path made of these segments, encoded, under `/_matrix/client/v3`.
    pub(crate) async fn request<const N: usize>(
        &self,
        method: Method,
        segments: [&str; N],
        body: Option<Value>,
    ) -> Answer {
        let mut url = Url::parse(&self.url).unwrap();
        url.path_segments_mut().unwrap().extend(["_matrix", "client", "v3"]).extend(segments);
        self.send(method, url, body.map(|body| body.to_string())).await
    }

    /// Sends anything anywhere: `path` may have a query, `body` need not be JSON.
    pub(crate) async fn raw(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        let url = Url::parse(&format!("{}{path}", self.url)).unwrap();
        self.send(method, url, body).await
    }

    /// Where this client sends its requests.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(super) async fn send(&self, method: Method, url: Url, body: Option<String>) -> Answer {
        self.try_send(method, url, body).await.unwrap()
    }

    /// For servers that are killed meanwhile: an error is that of the network.
    pub(super) async fn try_send(
        &self,
        method: Method,
        url: Url,
        body: Option<String>,
    ) -> Result<Answer, reqwest::Error> {
        let name = format!("{method} {}", url.path());
        let mut request = self.http.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await?).unwrap_or_default();
        Ok(Answer { request: name, status, headers, body })
    }

    /// `GET` of the path made of these segments.
    pub(crate) async fn get<const N: usize>(&self, segments: [&str; N]) -> Answer {
        self.request(Method::GET, segments, None).await
    }

    /// `POST` to the path made of these segments.
    pub(crate) async fn post<const N: usize>(&self, segments: [&str; N], body: Value) -> Answer {
        self.request(Method::POST, segments, Some(body)).await
    }

    /// `PUT` to the path made of these segments.
    pub(crate) async fn put<const N: usize>(&self, segments: [&str; N], body: Value) -> Answer {
        self.request(Method::PUT, segments, Some(body)).await
    }

    /// A request to a server that may die meanwhile: an error is that of the network.
    pub(crate) async fn try_request<const N: usize>(
        &self,
        method: Method,
        segments: [&str; N],
        body: Value,
    ) -> Result<Answer, reqwest::Error> {
        let mut url = Url::parse(&self.url).unwrap();
        url.path_segments_mut().unwrap().extend(["_matrix", "client", "v3"]).extend(segments);
        self.try_send(method, url, Some(body.to_string())).await
    }

    /// The same to any path.
    pub(crate) async fn try_raw(&self, method: Method, path: &str, body: Value) -> Result<Answer, reqwest::Error> {
        let url = Url::parse(&format!("{}{path}", self.url)).unwrap();
        self.try_send(method, url, Some(body.to_string())).await
    }

    /// `DELETE` of the path made of these segments.
    pub(crate) async fn delete<const N: usize>(&self, segments: [&str; N]) -> Answer {
        self.request(Method::DELETE, segments, None).await
    }

    /// `GET` of the path with a query.
    pub(crate) async fn query<const N: usize>(&self, segments: [&str; N], query: &[(&str, &str)]) -> Answer {
        let mut url = Url::parse(&self.url).unwrap();
        url.path_segments_mut().unwrap().extend(["_matrix", "client", "v3"]).extend(segments);
        url.query_pairs_mut().extend_pairs(query);
        self.send(Method::GET, url, None).await
    }

    // Sessions.

    /// Registers an account, with the dummy stage.
    pub(crate) async fn register(self, localpart: &str) -> Self {
        let mut body = json!({ "username": localpart, "password": PASSWORD });
        let challenge = self.post(["register"], body.clone()).await;
        assert_eq!(challenge.status, 401, "{}", challenge.body);
        body["auth"] = json!({ "type": "m.login.dummy", "session": challenge.body["session"] });
        let session = self.post(["register"], body).await.ok();
        self.with_session(&session)
    }

    /// Logs in by password.
    pub(crate) async fn log_in(self, localpart: &str) -> Self {
        let body = json!({
            "type": "m.login.password",
            "identifier": { "type": "m.id.user", "user": localpart },
            "password": PASSWORD,
        });
        let session = self.post(["login"], body).await.ok();
        self.with_session(&session)
    }

    /// Uses the session of a log-in.
    pub(crate) fn with_session(self, session: &Value) -> Self {
        let field = |key: &str| session[key].as_str().unwrap().to_owned();
        Self { token: Some(field("access_token")), user_id: field("user_id"), device_id: field("device_id"), ..self }
    }

    // Rooms.

    /// Creates a room, answers its ID.
    pub(crate) async fn create_room(&self, body: Value) -> String {
        self.post(["createRoom"], body).await.string("room_id")
    }

    /// Creates a public room, answers its ID.
    pub(crate) async fn public_room(&self) -> String {
        self.create_room(json!({ "preset": "public_chat" })).await
    }

    /// Joins by room ID or alias.
    pub(crate) async fn join(&self, room: &str) {
        self.post(["join", room], json!({})).await.ok();
    }

    /// Invites a user.
    pub(crate) async fn invite(&self, room: &str, user_id: &str) {
        self.post(["rooms", room, "invite"], json!({ "user_id": user_id })).await.ok();
    }

    /// Leaves, or rejects an invitation.
    pub(crate) async fn leave(&self, room: &str) {
        self.post(["rooms", room, "leave"], json!({})).await.ok();
    }

    /// Sends an event under this transaction ID.
    pub(crate) async fn send_as(&self, room: &str, kind: &str, txn: &str, content: Value) -> Answer {
        self.put(["rooms", room, "send", kind, txn], content).await
    }

    /// Sends an event, answers its ID.
    pub(crate) async fn send_event(&self, room: &str, kind: &str, content: Value) -> String {
        self.send_as(room, kind, &txn(), content).await.string("event_id")
    }

    /// Sends a text message, answers its event ID.
    pub(crate) async fn say(&self, room: &str, text: &str) -> String {
        self.send_event(room, "m.room.message", json!({ "msgtype": "m.text", "body": text })).await
    }

    /// Sets state under the empty key, answers the event ID.
    pub(crate) async fn set_state(&self, room: &str, kind: &str, content: Value) -> String {
        self.put(["rooms", room, "state", kind, ""], content).await.string("event_id")
    }

    /// Redacts an event, answers the ID of the redaction.
    pub(crate) async fn redact(&self, room: &str, event_id: &str) -> String {
        self.put(["rooms", room, "redact", event_id, &txn()], json!({})).await.string("event_id")
    }

    // Sync.

    /// A sync, to be refined before it is awaited.
    pub(crate) fn sync(&self) -> Sync<'_> {
        Sync::new(self)
    }

    /// A sync from the beginning without waiting, for its token.
    pub(crate) async fn token_now(&self) -> String {
        self.sync().await.next_batch()
    }

    /// Syncs on from `since` until one answer fulfils the condition; `since` becomes its token.
    pub(crate) async fn sync_until(
        &self,
        since: &mut String,
        condition: impl Fn(&super::sync::SyncAnswer) -> bool,
    ) -> super::sync::SyncAnswer {
        let search = async {
            loop {
                let answer = self.sync().since(since).timeout(Duration::from_secs(10)).await;
                *since = answer.next_batch();
                if condition(&answer) {
                    return answer;
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.expect("what the test waits for comes with /sync")
    }
}

/// A transaction ID that was not used.
fn txn() -> String {
    super::scratch::unique("txn")
}
