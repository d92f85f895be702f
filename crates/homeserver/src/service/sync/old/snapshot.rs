//! What there is for a user: one room, or all of them, as `/events` goes on from.

use ruma::{
    OwnedRoomId, OwnedUserId, RoomId,
    api::{Direction, client::filter::RoomEventFilter},
    events::{AnyTimelineEvent, room::member::MembershipState},
    presence::PresenceState,
    serde::Raw,
};
use serde::Serialize;

use super::{super::devices, Shown, SyncToken, news::members_among, shape};
use crate::{
    Result,
    api::Sender,
    service::{
        Services, push_rules, receipts,
        rooms::invites::are_blocked_by,
        timeline::{self, History, StoredEvent, UserMembership, messages::PageRequest, related::RelatedBy},
    },
};

/// The newest messages of a room that come with it, for those who do not say.
const LIMIT: usize = 20;

/// Everything there is for a user.
#[derive(Debug, Serialize)]
pub struct Snapshot {
    end: String,
    account_data: Vec<Shown>,
    presence: Vec<Shown>,
    receipts: Vec<Shown>,
    rooms: Vec<RoomSnapshot>,
}

/// A room as it is now, or as its former member left it.
#[derive(Debug, Serialize)]
pub struct RoomSnapshot {
    room_id: OwnedRoomId,
    #[serde(skip_serializing_if = "Option::is_none")]
    membership: Option<MembershipState>,
    visibility: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inviter: Option<OwnedUserId>,
    /// The user's member event, where they are invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    invite: Option<Shown>,
    messages: Messages,
    state: Vec<Shown>,
    account_data: Vec<Shown>,
    /// Of those in the room, where it comes alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    presence: Option<Vec<Shown>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipts: Option<Vec<Shown>>,
}

/// A page of messages, oldest first.
#[derive(Debug, Default, Serialize)]
struct Messages {
    start: String,
    end: String,
    chunk: Vec<Shown>,
}

/// Every room of the user with its newest messages, those they left as well if they are `archived`.
pub async fn snapshot(services: &Services, sender: &Sender, limit: Option<usize>, archived: bool) -> Result<Snapshot> {
    drop(services.presence.hold(sender, PresenceState::Online).await);
    let now = SyncToken::now(services);
    let own = &sender.user_id;
    let mut connection = services.storage.read().await?;
    let memberships = timeline::memberships(&mut connection, own).await?;
    let invites_blocked = are_blocked_by(&mut connection, own).await?;
    let changed = services.account_data.changed(&mut connection, own, 0, now.account_data).await?;
    let account_data = changed
        .into_iter()
        // These have an endpoint of their own, where clients of that time look for them.
        .filter(|(room_id, kind, _)| room_id.is_none() && kind != push_rules::TYPE)
        .map(|(.., event)| event);
    let account_data = account_data.collect();
    let known = services.presence.known();
    let mut visible = devices::sharing(&mut connection, own, &known.iter().collect::<Vec<_>>()).await?;
    visible.insert(own.clone());
    let presence = visible.iter().map(|user_id| shape::presence(user_id, &services.presence.of(user_id)));
    let presence = presence.collect::<Result<_>>()?;
    let joined: Vec<&RoomId> =
        memberships.iter().filter(|own| own.membership == MembershipState::Join).map(|own| &*own.room_id).collect();
    let receipts = receipts::in_rooms(&mut connection, own, &joined, 0, now.receipts).await?;
    let receipts = receipts.into_iter().map(|(room_id, content)| shape::ephemeral(&room_id, "m.receipt", content));
    let receipts = receipts.collect::<Result<_>>()?;
    drop(connection);

    let mut rooms = Vec::new();
    for membership in memberships {
        match membership.membership {
            MembershipState::Join => rooms.push(read(services, sender, &membership.room_id, limit).await?),
            MembershipState::Invite if !invites_blocked => rooms.extend(invite(services, sender, membership).await?),
            MembershipState::Leave | MembershipState::Ban if archived && !membership.forgotten => {
                // Who was never in it has nothing to look back on.
                rooms.extend(read(services, sender, &membership.room_id, limit).await.ok());
            }
            _ => {}
        }
    }
    Ok(Snapshot { end: now.to_string(), account_data, presence, receipts, rooms })
}

/// One room, with who is there and who has read, for those who may see it.
pub async fn room_snapshot(
    services: &Services,
    sender: &Sender,
    room_id: &RoomId,
    limit: Option<usize>,
) -> Result<RoomSnapshot> {
    let mut room = read(services, sender, room_id, limit).await?;
    let has_left = matches!(room.membership, Some(MembershipState::Leave | MembershipState::Ban));
    let (mut presence, mut seen) = (Vec::new(), Vec::new());
    if !has_left {
        let mut connection = services.storage.read().await?;
        let known = services.presence.known();
        for user_id in members_among(&mut connection, room_id, &known.iter().collect::<Vec<_>>()).await? {
            presence.push(shape::presence(&user_id, &services.presence.of(&user_id))?);
        }
        let now = SyncToken::now(services).receipts;
        for (room_id, content) in receipts::in_rooms(&mut connection, &sender.user_id, &[room_id], 0, now).await? {
            seen.push(shape::ephemeral(&room_id, "m.receipt", content)?);
        }
    }
    (room.presence, room.receipts) = (Some(presence), Some(seen));
    Ok(room)
}

async fn read(services: &Services, sender: &Sender, room_id: &RoomId, limit: Option<usize>) -> Result<RoomSnapshot> {
    let user_id = &sender.user_id;
    let (filter, direction, limit) = (RoomEventFilter::default(), Direction::Backward, limit.unwrap_or(LIMIT));
    let related_by = &RelatedBy::default();
    let page = PageRequest { room_id, user_id, from: None, to: None, direction, limit, filter: &filter, related_by };
    let mut page = services.rooms.messages(page).await?;
    // A page has one event at least.
    if limit == 0 {
        (page.events, page.end) = (Vec::new(), Some(page.start));
    }
    page.events.reverse();
    let state = services.rooms.state(room_id, user_id).await?;
    let published = services.rooms.is_published(room_id).await?;
    Ok(RoomSnapshot {
        room_id: room_id.to_owned(),
        membership: page.history.membership().cloned(),
        visibility: visibility(published),
        inviter: None,
        invite: None,
        messages: Messages {
            // Oldest first: the page was read the other way.
            start: page.end.unwrap_or(page.start).to_string(),
            end: page.start.to_string(),
            chunk: show(services, sender, Some(&page.history), &page.events).await?,
        },
        state: show(services, sender, None, &state).await?,
        account_data: services.account_data.of_room(user_id, room_id).await?,
        presence: None,
        receipts: None,
    })
}

/// A room the user is invited to, unless they ignore who invites them.
async fn invite(services: &Services, sender: &Sender, own: UserMembership) -> Result<Option<RoomSnapshot>> {
    let mut connection = services.storage.read().await?;
    let ignored = timeline::ignored_by(&mut connection, &sender.user_id).await?;
    let Some(event) = timeline::event(&mut connection, &own.event_id).await? else { return Ok(None) };
    drop(connection);
    if ignored.contains(&event.sender) {
        return Ok(None);
    }
    let published = services.rooms.is_published(&own.room_id).await?;
    let invite = show(services, sender, None, std::slice::from_ref(&event)).await?.pop();
    Ok(Some(RoomSnapshot {
        room_id: own.room_id,
        membership: Some(MembershipState::Invite),
        visibility: visibility(published),
        inviter: Some(event.sender),
        invite,
        messages: Messages::default(),
        state: Vec::new(),
        account_data: Vec::new(),
        presence: None,
        receipts: None,
    }))
}

fn visibility(published: bool) -> &'static str {
    if published { "public" } else { "private" }
}

async fn show(
    services: &Services,
    sender: &Sender,
    history: Option<&History>,
    events: &[StoredEvent],
) -> Result<Vec<Shown>> {
    let shown: Vec<Raw<AnyTimelineEvent>> = services.rooms.show(sender.ids(), history, events).await?;
    shown.iter().map(|event| shape::event(event.json())).collect()
}
