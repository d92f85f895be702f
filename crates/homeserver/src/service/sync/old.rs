//! The endpoints from before `/sync`: `/initialSync` tells what there is, `/events` what happens next.
//!
//! They are [deprecated], and there are clients of that time; `/events` is also how a room that the world
//! may read is followed without joining it. One reader of the same streams as `/sync`, with the same
//! tokens, for clients that want one list of events rather than sections: it must not decide on its own
//! what a user may see.
//!
//! [deprecated]: https://spec.matrix.org/v1.18/client-server-api/#get_matrixclientv3events

mod news;
mod shape;
mod snapshot;

use std::time::Duration;

use ruma::{OwnedRoomId, events::room::member::MembershipState, presence::PresenceState};
use serde::Serialize;
use tokio::time::Instant;

pub use self::snapshot::{RoomSnapshot, Snapshot, room_snapshot, snapshot};
use super::{SyncToken, audience::Interest, response::Shown, wait::LONGEST};
use crate::{
    MatrixError, Result,
    api::Sender,
    service::{
        Services,
        timeline::{History, Token},
    },
    storage::Topic,
};

/// How many events of rooms come at once, for those who do not say, and at most.
const LIMIT: usize = 100;

/// How long those wait who do not say.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What a client wants to hear of.
#[derive(Clone, Debug, Default)]
pub struct ListenRequest {
    /// Where it stands; it wants to hear from now on where it does not say.
    pub from: Option<String>,
    /// How long to wait for something to happen.
    pub timeout: Option<Duration>,
    /// How many events of rooms it takes at once.
    pub limit: Option<usize>,
    /// The one room it wants to hear of, joined or readable to the world; all it has joined otherwise.
    pub room_id: Option<OwnedRoomId>,
}

/// What has happened, oldest first.
#[derive(Debug, Serialize)]
pub struct Heard {
    start: String,
    end: String,
    chunk: Vec<Shown>,
}

/// Answers with what happened after `from`, at once if there is anything, otherwise when there is, or when
/// the time is up, or when the server stops.
pub async fn listen(services: &Services, sender: &Sender, request: ListenRequest) -> Result<Heard> {
    if let Some(room_id) = &request.room_id {
        let mut connection = services.storage.read().await?;
        let history = History::load(&mut connection, room_id, &sender.user_id).await?;
        if history.membership() != Some(&MembershipState::Join) && !history.is_world_readable() {
            return Err(MatrixError::forbidden("you are not in this room"));
        }
    }
    let mut since = match &request.from {
        Some(from) => read_token(services, from)?,
        None => SyncToken::now(services),
    };
    since = since.reach(&services.storage).await;
    let start = since.to_string();
    let limit = request.limit.unwrap_or(LIMIT).clamp(1, LIMIT);
    let deadline = Instant::now() + request.timeout.unwrap_or(TIMEOUT).min(LONGEST);
    let there = services.presence.hold(sender, PresenceState::Online).await;
    // Both are there before the first look, so that nothing comes between that and the wait.
    let listening = services.audience.listen(&sender.user_id, Interest::default()).await?;
    let room = services.storage.subscribe(request.room_id.iter().cloned().map(Topic::Room).collect());
    loop {
        let now = SyncToken::now(services).at_least(since);
        let news = news::between(services, sender, request.room_id.as_deref(), (since, now), limit).await?;
        since = news.end;
        let expired = services.shutdown.is_cancelled() || Instant::now() >= deadline;
        if expired || !news.events.is_empty() {
            drop(there);
            return Ok(Heard { start, end: since.to_string(), chunk: news.events });
        }
        tokio::select! {
            changed = listening.changed() => changed?,
            () = room.changed() => {}
            () = tokio::time::sleep_until(deadline) => {}
            () = services.shutdown.cancelled() => {}
        }
    }
}

/// Reads a token of these endpoints or of `/sync`, or one of a room's timeline: who has that knows of
/// nothing else.
fn read_token(services: &Services, text: &str) -> Result<SyncToken> {
    match text.parse() {
        Ok(token) => Ok(token),
        Err(_) => Ok(SyncToken { events: Token::parse(text)?.0, ..SyncToken::now(services) }),
    }
}
