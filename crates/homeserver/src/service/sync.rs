//! `/sync`: what has happened for a user since a token, or everything, see [Syncing].
//!
//! Reads only, but for messages to the device, which it deletes once the client comes back with a
//! token that says it has them. Nothing is remembered between two requests: the token says it all.
//!
//! An answer is made of few statements over many rooms. An incremental one looks at the rooms in which
//! something happened and at no other.
//!
//! [Syncing]: https://spec.matrix.org/v1.18/client-server-api/#syncing

mod audience;
mod devices;
mod ephemeral;
mod events;
mod fields;
mod filter;
mod invited;
mod joined;
mod key_changes;
mod left;
mod members;
pub mod old;
mod plan;
mod presence;
mod response;
pub mod sliding;
mod summary;
mod timeline;
mod token;
mod wait;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use ruma::{OwnedRoomId, api::client::filter::FilterDefinition, presence::PresenceState};

pub(crate) use self::token::{InvalidToken, SyncToken};
pub use self::{audience::Audience, response::SyncResponse};
use self::{
    fields::Fields,
    plan::{Plan, Window},
    timeline::Wishes,
};
use super::{
    Services,
    keys::KeysLeft,
    push::Preferences,
    timeline::{Viewer, related::RelatedBy, tail::Stretch},
    to_device::ToDevice,
};
use crate::{Result, api::Sender, storage::Connection};

/// How many messages to the device one answer holds.
const TO_DEVICE: u32 = 100;

/// What a client asks for.
#[derive(Clone, Debug, Default)]
pub struct SyncRequest {
    pub(crate) since: Option<SyncToken>,
    pub(crate) filter: FilterDefinition,
    /// Of timelines only what is related to so.
    pub(crate) related_by: RelatedBy,
    /// Every room with all of its state.
    pub(crate) full_state: bool,
    /// State at the end of the timeline, not at its start.
    pub(crate) state_after: bool,
    /// How present its user is meanwhile.
    pub(crate) set_presence: PresenceState,
    /// How long to wait for something to happen.
    pub(crate) timeout: Duration,
}

/// What the parts of an answer are made from.
struct Context<'c> {
    services: &'c Services,
    sender: &'c Sender,
    request: &'c SyncRequest,
    preferences: Arc<Preferences>,
    since: SyncToken,
    now: SyncToken,
    viewer: Viewer,
    wishes: Wishes,
    fields: Fields,
    /// What was written since, if that is kept in memory.
    fresh: Option<Stretch>,
}

impl Context<'_> {
    fn window(&self) -> Window {
        Window { since: self.since.events, now: self.now.events }
    }

    /// Whether the client knows nothing yet.
    fn is_initial(&self) -> bool {
        self.request.since.is_none()
    }
}

/// Answers a sync, at once if there is something to say, otherwise when there is, or when the time is
/// up, or when the server stops.
pub async fn sync(services: &Services, sender: &Sender, request: SyncRequest) -> Result<SyncResponse> {
    if let Some(since) = request.since {
        services.to_device.acknowledge(&sender.user_id, &sender.device_id, since.to_device).await?;
    }
    let there = services.presence.hold(sender, request.set_presence.clone()).await;
    let answer = wait::answer(services, sender, &request).await;
    drop(there);
    answer
}

/// What has happened up to `now`.
async fn respond(services: &Services, sender: &Sender, request: &SyncRequest, now: SyncToken) -> Result<SyncResponse> {
    let since = request.since.unwrap_or_default();
    services.tail.reach(now.events).await?;
    let fresh = request.since.and_then(|since| services.tail.between(since.events, now.events));
    let mut connection = services.storage.read().await?;
    let user_id = sender.user_id.clone();
    let mut preferences = services.push.preferences(&mut connection, &[user_id]).await?;
    let wishes = Wishes::new(&request.filter, &since, request.since.is_none());
    let mut context = Context {
        services,
        sender,
        request,
        preferences: preferences.swap_remove(0),
        since,
        now: SyncToken { lazy_limit: wishes.lazy_limit, ..now },
        viewer: Viewer {
            user_id: sender.user_id.clone(),
            device_id: Some(sender.device_id.clone()),
            now: services.environment.now_millis(),
        },
        wishes,
        fields: Fields::new(&request.filter),
        fresh,
    };

    let mut response = SyncResponse::default();
    let account_data = account_data(&context, &mut connection, &mut response).await?;
    let typing = ephemeral::typing(&context);
    let plan = plan(&context, &mut connection, &account_data, &typing).await?;
    let met = devices::lists(&context, &mut connection, &plan, &mut response).await?;
    response.presence.events = presence::events(&context, &mut connection, met).await?;
    response.rooms.invite = invited::invites(&context, &mut connection, &plan).await?;
    response.rooms.knock = invited::knocks(&mut connection, &plan).await?;
    response.rooms.leave = left::rooms(&context, &mut connection, &plan, &account_data).await?;
    response.rooms.join = joined::rooms(&context, &mut connection, &plan, account_data, typing).await?;

    let (user_id, device_id) = sender.ids();
    let (after, up_to) = (since.to_device, now.to_device);
    let waiting = ToDevice::waiting(&mut connection, user_id, device_id, after, up_to, TO_DEVICE).await?;
    context.now.to_device = waiting.position;
    response.to_device.events = waiting.events;
    response.note_keys(KeysLeft::of(&mut connection, user_id, device_id).await?);
    response.next_batch = context.now.to_string();
    Ok(response)
}

/// Account data by room.
type RoomAccountData = std::collections::HashMap<OwnedRoomId, Vec<response::Shown>>;

/// Adds the account data of the account to the response; answers that of rooms.
async fn account_data(
    context: &Context<'_>,
    connection: &mut Connection,
    response: &mut SyncResponse,
) -> Result<RoomAccountData> {
    let filter = &context.request.filter;
    let mut rooms = RoomAccountData::new();
    let (after, up_to) = (context.since.account_data, context.now.account_data);
    if after == up_to && !context.is_initial() {
        return Ok(rooms);
    }
    let changed = context.services.account_data.changed(connection, &context.sender.user_id, after, up_to).await?;
    for (room_id, kind, event) in changed {
        match room_id {
            None if filter::admits_account_data(&filter.account_data, &kind) => {
                response.account_data.events.push(event);
            }
            Some(room_id) if filter::admits_in_room(&filter.room.account_data, &room_id, &kind) => {
                rooms.entry(room_id).or_default().push(event);
            }
            _ => {}
        }
    }
    Ok(rooms)
}

/// Decides which rooms the answer is about.
async fn plan(
    context: &Context<'_>,
    connection: &mut Connection,
    account_data: &RoomAccountData,
    typing: &ephemeral::TypingRooms,
) -> Result<Plan> {
    let (user_id, filter) = (&context.sender.user_id, &context.request.filter.room);
    if context.is_initial() {
        return plan::all(connection, user_id, context.now.events, filter).await;
    }
    let receipts = Window { since: context.since.receipts, now: context.now.receipts };
    let mut others: BTreeSet<OwnedRoomId> = account_data.keys().chain(typing.keys()).cloned().collect();
    others.extend(plan::rooms_with_receipts(connection, user_id, receipts).await?);
    let every = context.request.full_state;
    plan::changed(connection, user_id, (context.window(), context.fresh.as_ref()), filter, others, every).await
}
