//! Waits until there is something to say.

use ruma::UserId;
use tokio::time::Instant;

use super::{SyncRequest, SyncResponse, SyncToken, respond};
use crate::{
    MatrixError, Result,
    api::Sender,
    service::Services,
    storage::{Subscription, Topic, args},
};

/// The longest anyone waits, whatever they ask for.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(300);

/// The answer, once there is one worth giving.
pub(super) async fn answer(services: &Services, sender: &Sender, request: &SyncRequest) -> Result<SyncResponse> {
    let deadline = Instant::now() + request.timeout.min(LONGEST);
    let Some(since) = request.since.filter(|_| !request.full_state) else {
        return respond(services, sender, request, now(services)).await;
    };
    let mut answered = None;
    loop {
        let present = now(services);
        let expired = services.shutdown.is_cancelled() || Instant::now() >= deadline;
        if answered != Some(present) {
            let response = respond(services, sender, request, present).await?;
            if expired || !response.is_empty() {
                return Ok(response);
            }
            answered = Some(present);
        } else if expired {
            return empty(services, sender, since).await;
        }
        let subscription = subscribe(services, &sender.user_id).await?;
        if now(services) != present {
            // Something happened before we listened.
            continue;
        }
        tokio::select! {
            () = subscription.changed() => {}
            () = tokio::time::sleep_until(deadline) => {}
            () = services.shutdown.cancelled() => return empty(services, sender, since).await,
        }
    }
}

fn now(services: &Services) -> SyncToken {
    SyncToken::now(&services.storage, services.typing.serial())
}

/// Listens to everything the user can see.
async fn subscribe(services: &Services, user_id: &UserId) -> Result<Subscription> {
    let sql = "SELECT room_id FROM memberships WHERE user_id = $1 AND membership = 'join'";
    let rows = services.storage.read().await?.fetch_all(sql, args![user_id]).await?;
    let mut topics = Vec::with_capacity(rows.len() + 1);
    topics.push(Topic::User(user_id.to_owned()));
    for row in rows {
        topics.push(Topic::Room(row.get(0)?));
    }
    Ok(services.storage.subscribe(topics))
}

/// Nothing has happened: the client comes back with the token it had.
async fn empty(services: &Services, sender: &Sender, since: SyncToken) -> Result<SyncResponse, MatrixError> {
    let (user_id, device_id) = sender.ids();
    Ok(SyncResponse {
        next_batch: since.to_string(),
        device_one_time_keys_count: services.keys.one_time_key_counts(user_id, device_id).await?,
        device_unused_fallback_key_types: services.keys.unused_fallback_keys(user_id, device_id).await?,
        ..SyncResponse::default()
    })
}
