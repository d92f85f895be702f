//! `/sync`, asked and read.

use std::{
    future::{Future, IntoFuture},
    ops::Deref,
    pin::Pin,
    time::Duration,
};

use reqwest::{Method, Url};
use serde_json::Value;

use super::TestClient;

/// A sync that is being put together; awaiting it sends it.
#[must_use]
pub(crate) struct Sync<'c> {
    client: &'c TestClient,
    query: Vec<(&'static str, String)>,
}

/// The answer of a sync. Dereferences to its JSON.
#[derive(Clone, Debug)]
pub(crate) struct SyncAnswer(pub(crate) Value);

impl<'c> Sync<'c> {
    pub(super) fn new(client: &'c TestClient) -> Self {
        Self { client, query: Vec::new() }
    }

    fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    /// Goes on from a token.
    pub(crate) fn since(self, token: &str) -> Self {
        self.with("since", token)
    }

    /// Waits this long for something new.
    pub(crate) fn timeout(self, timeout: Duration) -> Self {
        self.with("timeout", timeout.as_millis().to_string())
    }

    /// A filter as JSON.
    pub(crate) fn filter(self, filter: &Value) -> Self {
        self.with("filter", filter.to_string())
    }

    /// The full state of every room.
    pub(crate) fn full_state(self) -> Self {
        self.with("full_state", "true")
    }

    /// State at the end of the timeline instead of at its start.
    pub(crate) fn use_state_after(self) -> Self {
        self.with("use_state_after", "true")
    }

    /// Is online, idle or offline meanwhile.
    pub(crate) fn presence(self, state: &str) -> Self {
        self.with("set_presence", state)
    }

    /// The answer as it comes, which may be a refusal.
    pub(crate) async fn answer(self) -> super::Answer {
        self.try_answer().await.unwrap()
    }

    /// The answer, or the error of the network.
    pub(crate) async fn try_answer(self) -> Result<super::Answer, reqwest::Error> {
        let mut url: Url = self.client.url().parse().unwrap();
        url.set_path("/_matrix/client/v3/sync");
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        self.client.try_send(Method::GET, url, None).await
    }
}

impl<'c> IntoFuture for Sync<'c> {
    type Output = SyncAnswer;
    type IntoFuture = Pin<Box<dyn Future<Output = SyncAnswer> + Send + 'c>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { SyncAnswer(self.answer().await.ok()) })
    }
}

impl Deref for SyncAnswer {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl SyncAnswer {
    /// The token to go on from.
    #[track_caller]
    pub(crate) fn next_batch(&self) -> String {
        self["next_batch"].as_str().expect("every sync has a next_batch").to_owned()
    }

    /// The section of a joined room; null where there is none.
    pub(crate) fn joined(&self, room: &str) -> &Value {
        &self["rooms"]["join"][room]
    }

    /// The section of a room that was left.
    pub(crate) fn left(&self, room: &str) -> &Value {
        &self["rooms"]["leave"][room]
    }

    /// The stripped state of an invitation, where there is one.
    pub(crate) fn invited(&self, room: &str) -> &Value {
        &self["rooms"]["invite"][room]["invite_state"]["events"]
    }

    /// The timeline of a room that is joined, or was left.
    pub(crate) fn timeline(&self, room: &str) -> &[Value] {
        let section = if self.joined(room).is_null() { self.left(room) } else { self.joined(room) };
        events(&section["timeline"])
    }

    /// The state section of a joined room.
    pub(crate) fn state(&self, room: &str) -> &[Value] {
        events(&self.joined(room)["state"])
    }

    /// The event IDs of a room's timeline.
    pub(crate) fn timeline_ids(&self, room: &str) -> Vec<&str> {
        self.timeline(room).iter().filter_map(|event| event["event_id"].as_str()).collect()
    }

    /// The bodies of the messages in a room's timeline.
    pub(crate) fn bodies(&self, room: &str) -> Vec<&str> {
        self.timeline(room).iter().filter_map(|event| event["content"]["body"].as_str()).collect()
    }

    /// The content of an ephemeral event of a joined room.
    pub(crate) fn ephemeral(&self, room: &str, kind: &str) -> Option<&Value> {
        content_of(events(&self.joined(room)["ephemeral"]), kind)
    }

    /// How present a user is said to be.
    pub(crate) fn presence_of(&self, user_id: &str) -> Option<&Value> {
        events(&self["presence"]).iter().find(|event| event["sender"] == user_id).map(|event| &event["content"])
    }

    /// The content of a global account data event.
    pub(crate) fn account_data(&self, kind: &str) -> Option<&Value> {
        content_of(events(&self["account_data"]), kind)
    }

    /// The content of an account data event of a joined room.
    pub(crate) fn room_account_data(&self, room: &str, kind: &str) -> Option<&Value> {
        content_of(events(&self.joined(room)["account_data"]), kind)
    }

    /// Notifications and highlights of a joined room.
    pub(crate) fn unread(&self, room: &str) -> (Option<u64>, Option<u64>) {
        let counts = &self.joined(room)["unread_notifications"];
        (counts["notification_count"].as_u64(), counts["highlight_count"].as_u64())
    }
}

/// The events of a section; none where it is missing.
pub(crate) fn events(section: &Value) -> &[Value] {
    section["events"].as_array().map_or(&[], Vec::as_slice)
}

/// The content of the first event of this type.
pub(crate) fn content_of<'e>(events: &'e [Value], kind: &str) -> Option<&'e Value> {
    events.iter().find(|event| event["type"] == kind).map(|event| &event["content"])
}
