//! Waits until there is something to say.

use tokio::time::Instant;

use super::{SyncRequest, SyncResponse, SyncToken, audience::Interest, filter, respond};
use crate::{
    MatrixError, Result,
    api::Sender,
    service::{Services, keys::KeysLeft},
};

/// The longest anyone waits, whatever they ask for.
pub(super) const LONGEST: std::time::Duration = std::time::Duration::from_secs(300);

/// The answer, once there is one worth giving. While nothing happens for the user, nothing is asked of
/// the database.
pub(super) async fn answer(services: &Services, sender: &Sender, request: &SyncRequest) -> Result<SyncResponse> {
    let since = match request.since {
        Some(since) => Some(since.reach(&services.storage).await),
        None => None,
    };
    let request = &SyncRequest { since, ..request.clone() };
    let now = || SyncToken::now(services).at_least(request.since.unwrap_or_default());
    let deadline = Instant::now() + request.timeout.min(LONGEST);
    let Some(since) = request.since.filter(|_| !request.full_state && !request.timeout.is_zero()) else {
        return respond(services, sender, request, now()).await;
    };
    let listening = services.audience.listen(&sender.user_id, interest(request)).await?;
    // Up to here there is nothing to say.
    let mut silent = since;
    loop {
        let expired = services.shutdown.is_cancelled() || Instant::now() >= deadline;
        if !listening.is_quiet_since(&silent) {
            let now = now();
            let request = SyncRequest { since: Some(silent), ..request.clone() };
            let response = respond(services, sender, &request, now).await?;
            if expired || !response.is_empty() {
                return Ok(response);
            }
            silent = SyncToken { lazy_limit: silent.lazy_limit, ..now };
        } else if expired {
            return empty(services, sender, silent).await;
        }
        tokio::select! {
            changed = listening.changed() => changed?,
            () = tokio::time::sleep_until(deadline) => {}
            () = services.shutdown.cancelled() => return empty(services, sender, silent).await,
        }
    }
}

/// What the filter of a request lets through of what wakes.
fn interest(request: &SyncRequest) -> Interest {
    let (room, presence) = (&request.filter.room, &request.filter.presence);
    let ephemeral = |kind| filter::admits_type(&room.ephemeral, kind);
    Interest {
        rooms: room.rooms.as_ref().map(|rooms| rooms.iter().cloned().collect()),
        not_rooms: room.not_rooms.iter().cloned().collect(),
        no_receipts: !ephemeral("m.receipt"),
        no_typing: !ephemeral("m.typing"),
        no_presence: !filter::admits_account_data(presence, "m.presence") && presence.senders.is_none(),
    }
}

/// Nothing has happened: the client comes back with the token it had.
async fn empty(services: &Services, sender: &Sender, since: SyncToken) -> Result<SyncResponse, MatrixError> {
    let (user_id, device_id) = sender.ids();
    let mut response = SyncResponse { next_batch: since.to_string(), ..SyncResponse::default() };
    response.note_keys(KeysLeft::of(&mut services.storage.read().await?, user_id, device_id).await?);
    Ok(response)
}
