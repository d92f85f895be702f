//! Responses with what a test says, and nothing else.

use ruma::RoomId;
use serde_json::{Value, json, value::RawValue};
use trellis_model::{
    protocol::PaginationDirection,
    sync::{
        ContextResponse, JoinedRoom, LeftRoom, MembersResponse, MessagesResponse, Pagination, RoomInput, StrippedRoom,
    },
    timeline::Position,
};

use crate::EventBuilder;

/// One room of a `/sync` response.
#[derive(Debug, Clone)]
pub struct SyncBuilder {
    room: Value,
    membership: &'static str,
    next_timestamp: u64,
}

impl SyncBuilder {
    /// A room the person is in.
    pub fn joined() -> Self {
        Self { room: json!({}), membership: "join", next_timestamp: 1_000 }
    }

    /// A room the person is no longer in.
    pub fn left() -> Self {
        Self { membership: "leave", ..Self::joined() }
    }

    /// A room the person is invited to.
    pub fn invited() -> Self {
        Self { membership: "invite", ..Self::joined() }
    }

    /// The events before the timeline are left out; `prev_batch` leads to them.
    #[must_use]
    pub fn limited(mut self, prev_batch: &str) -> Self {
        self.room["timeline"]["limited"] = json!(true);
        self.prev_batch(prev_batch)
    }

    /// What leads to the events before.
    #[must_use]
    pub fn prev_batch(mut self, prev_batch: &str) -> Self {
        self.room["timeline"]["prev_batch"] = json!(prev_batch);
        self
    }

    /// The time of the first event that says none; each further one is a second later.
    #[must_use]
    pub fn from_time(mut self, timestamp: u64) -> Self {
        self.next_timestamp = timestamp;
        self
    }

    /// An event of the timeline, or of an invite's state.
    #[must_use]
    pub fn event(mut self, event: EventBuilder) -> Self {
        let event = event.json_at(self.next_timestamp);
        self.next_timestamp += 1_000;
        let list = match self.membership {
            "invite" => &mut self.room["invite_state"]["events"],
            _ => &mut self.room["timeline"]["events"],
        };
        push(list, event);
        self
    }

    /// Events of the timeline.
    #[must_use]
    pub fn events(self, events: impl IntoIterator<Item = EventBuilder>) -> Self {
        events.into_iter().fold(self, Self::event)
    }

    /// An event of the state before the timeline.
    #[must_use]
    pub fn state(mut self, event: EventBuilder) -> Self {
        push(&mut self.room["state"]["events"], event.json());
        self
    }

    /// Account data of the room.
    #[must_use]
    pub fn account_data(mut self, event_type: &str, content: Value) -> Self {
        push(&mut self.room["account_data"]["events"], json!({ "type": event_type, "content": content }));
        self
    }

    /// A public read receipt.
    #[must_use]
    pub fn receipt(mut self, user_id: &str, event_id: &str, timestamp: u64) -> Self {
        let content = json!({ event_id: { "m.read": { user_id: { "ts": timestamp } } } });
        push(&mut self.room["ephemeral"]["events"], json!({ "type": "m.receipt", "content": content }));
        self
    }

    /// Who types.
    #[must_use]
    pub fn typing(mut self, user_ids: &[&str]) -> Self {
        push(&mut self.room["ephemeral"]["events"], json!({ "type": "m.typing", "content": { "user_ids": user_ids } }));
        self
    }

    /// `notification_count` and `highlight_count`.
    #[must_use]
    pub fn unread(mut self, notifications: u64, highlights: u64) -> Self {
        self.room["unread_notifications"] =
            json!({ "notification_count": notifications, "highlight_count": highlights });
        self
    }

    /// `m.heroes` and the counts of joined and invited members.
    #[must_use]
    pub fn summary(mut self, heroes: &[&str], joined: u64, invited: u64) -> Self {
        self.room["summary"] =
            json!({ "m.heroes": heroes, "m.joined_member_count": joined, "m.invited_member_count": invited });
        self
    }

    /// Anything else, by its name.
    #[must_use]
    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.room[name] = value;
        self
    }

    /// The input for the model.
    pub fn build(&self) -> RoomInput {
        let raw = RawValue::from_string(self.room.to_string()).unwrap();
        match self.membership {
            "join" => RoomInput::Joined(JoinedRoom::parse(&raw).unwrap()),
            "leave" => RoomInput::Left(LeftRoom::parse(&raw).unwrap()),
            _ => RoomInput::Invited(StrippedRoom::parse(&raw).unwrap()),
        }
    }

    /// A whole response with this room in it.
    pub fn response(&self, room_id: &RoomId, next_batch: &str) -> Value {
        json!({ "next_batch": next_batch, "rooms": { self.membership: { room_id.as_str(): self.room } } })
    }
}

/// Pages of history.
#[derive(Debug, Clone, Default)]
pub struct MessagesBuilder {
    events: Vec<Value>,
    state: Vec<Value>,
    start: Option<String>,
    end: Option<String>,
}

impl MessagesBuilder {
    /// A page whose events are given in the order in which they happened, a second apart from `timestamp` on.
    pub fn new(timestamp: u64, events: impl IntoIterator<Item = EventBuilder>) -> Self {
        let events = events.into_iter().enumerate();
        let events = events.map(|(index, event)| event.json_at(timestamp + 1_000 * index as u64)).collect();
        Self { events, ..Self::default() }
    }

    /// Members sent along.
    #[must_use]
    pub fn state(mut self, event: EventBuilder) -> Self {
        self.state.push(event.json());
        self
    }

    /// The token for the next page; for `/context`, for what came after.
    #[must_use]
    pub fn end(mut self, token: &str) -> Self {
        self.end = Some(token.to_owned());
        self
    }

    /// For `/context`: the token for what was before.
    #[must_use]
    pub fn start(mut self, token: &str) -> Self {
        self.start = Some(token.to_owned());
        self
    }

    /// The page before a gap.
    pub fn backward(&self, position: Position, from: &str) -> RoomInput {
        let mut events = self.events.clone();
        events.reverse();
        self.page(position, from, PaginationDirection::Backward, &events)
    }

    /// The page after what is before a gap.
    pub fn forward(&self, position: Position, from: &str) -> RoomInput {
        self.page(position, from, PaginationDirection::Forward, &self.events)
    }

    fn page(&self, position: Position, from: &str, direction: PaginationDirection, events: &[Value]) -> RoomInput {
        let mut response = json!({ "start": from, "chunk": events, "state": self.state });
        if let Some(end) = &self.end {
            response["end"] = json!(end);
        }
        let response = MessagesResponse::parse(&response.to_string()).unwrap();
        RoomInput::Paginated(Pagination { position, from: from.to_owned(), direction, response })
    }

    /// What is around the event at an index.
    pub fn context(&self, index: usize) -> RoomInput {
        let mut before = self.events[..index].to_vec();
        before.reverse();
        let mut response = json!({
            "event": self.events[index], "events_before": before, "events_after": self.events[index + 1..],
            "state": self.state,
        });
        for (key, token) in [("start", &self.start), ("end", &self.end)] {
            if let Some(token) = token {
                response[key] = json!(token);
            }
        }
        RoomInput::Context(ContextResponse::parse(&response.to_string()).unwrap())
    }

    /// The answer of `/members`.
    pub fn members(events: impl IntoIterator<Item = EventBuilder>) -> RoomInput {
        let chunk: Vec<Value> = events.into_iter().map(|event| event.json()).collect();
        RoomInput::Members(MembersResponse::parse(&json!({ "chunk": chunk }).to_string()).unwrap())
    }
}

fn push(list: &mut Value, value: Value) {
    if list.is_null() {
        *list = json!([]);
    }
    list.as_array_mut().unwrap().push(value);
}
