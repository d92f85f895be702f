mod auth;
mod cleaning;
mod concurrency;
mod groups;
mod plans;

use std::sync::atomic::{AtomicU64, Ordering};

use ruma::{
    OwnedEventId, OwnedRoomId, RoomId, RoomVersionId, UserId,
    api::{
        Direction,
        client::{
            filter::RoomEventFilter,
            room::create_room::v3::{Request, RoomPreset},
        },
    },
    server_name, user_id,
};

use super::{MembershipRequest, RequestKey, Rooms};
use crate::{
    Config, MatrixError, Result,
    environment::Environment,
    service::{
        push::Push,
        timeline::{StoredEvent, messages::PageRequest, related::RelatedBy, tail::Tail},
    },
    storage::{Storage, tests::Scratch},
};

fn alice() -> &'static UserId {
    user_id!("@alice:test")
}

fn bob() -> &'static UserId {
    user_id!("@bob:test")
}

const VERSIONS: [RoomVersionId; 3] = [RoomVersionId::V10, RoomVersionId::V11, RoomVersionId::V12];

/// Rooms on a database of their own.
struct World {
    _scratch: Scratch,
    storage: Storage,
    rooms: Rooms,
}

impl World {
    async fn new() -> Self {
        let scratch = Scratch::new();
        let storage = scratch.open().await.unwrap();
        let rooms = start(&storage).await;
        Self { _scratch: scratch, storage, rooms }
    }

    /// A public room of a version, made by Alice.
    async fn room(&self, version: RoomVersionId) -> OwnedRoomId {
        let mut request = Request::new();
        request.preset = Some(RoomPreset::PublicChat);
        request.room_version = Some(version);
        self.rooms.create(alice(), &request).await.unwrap()
    }

    /// What Alice sees of a room, oldest first.
    async fn timeline(&self, room_id: &RoomId) -> Vec<StoredEvent> {
        let filter = RoomEventFilter::default();
        let direction = Direction::Forward;
        let request = PageRequest {
            room_id,
            user_id: alice(),
            from: None,
            to: None,
            direction,
            limit: 1_000,
            filter: &filter,
            related_by: &RelatedBy::default(),
        };
        self.rooms.messages(request).await.unwrap().events
    }

    async fn say(&self, room_id: &RoomId, user_id: &UserId, body: &str) -> Result<OwnedEventId> {
        say(&self.rooms, room_id, user_id, body, next_txn_id()).await
    }

    async fn join(&self, room_id: &RoomId, user_id: &UserId) -> Result<()> {
        self.rooms.join(own(room_id, user_id)).await
    }
}

async fn start(storage: &Storage) -> Rooms {
    start_in(storage, Environment::system()).await
}

async fn start_in(storage: &Storage, environment: Environment) -> Rooms {
    let config = Config::new(server_name!("test").to_owned(), std::env::temp_dir());
    let push = Push::new(storage.clone(), Tail::new(storage.clone()), config.server_name.clone());
    Rooms::open(&config, storage.clone(), environment, push).await.unwrap()
}

fn own<'r>(room_id: &'r RoomId, user_id: &'r UserId) -> MembershipRequest<'r> {
    MembershipRequest { room_id, sender: user_id, target: user_id, reason: None }
}

fn next_txn_id() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    format!("m{}", LAST.fetch_add(1, Ordering::Relaxed))
}

async fn say(rooms: &Rooms, room_id: &RoomId, user_id: &UserId, body: &str, txn_id: String) -> Result<OwnedEventId> {
    let content = serde_json::json!({ "msgtype": "m.text", "body": body }).to_string();
    let request = RequestKey {
        user_id: user_id.to_owned(),
        device_id: "DEVICE".into(),
        path: format!("/send/{room_id}/{txn_id}"),
        txn_id: txn_id.into(),
    };
    rooms.send_message(room_id, "m.room.message".into(), &content, request, None).await
}

fn is_forbidden<T>(result: Result<T, MatrixError>) -> bool {
    let error = result.err();
    matches!(error.as_ref().and_then(MatrixError::kind), Some(ruma::api::error::ErrorKind::Forbidden))
}
