//! How present those are with whom the user shares a room.

use std::collections::BTreeSet;

use ruma::{OwnedUserId, presence::PresenceState};
use serde::Serialize;
use serde_json::value::to_raw_value;

use super::{Context, devices::sharing, filter, response::Shown};
use crate::{MatrixError, Result, service::presence, storage::Connection};

#[derive(Serialize)]
struct Event<'e> {
    content: Content<'e>,
    sender: &'e OwnedUserId,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// How a user is shown, on the wire.
#[derive(Serialize)]
pub(super) struct Content<'e> {
    presence: &'e PresenceState,
    currently_active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_active_ago: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_msg: Option<&'e str>,
}

impl<'e> Content<'e> {
    pub(super) fn new(shown: &'e presence::Shown) -> Self {
        Self {
            presence: &shown.state,
            currently_active: shown.currently_active,
            last_active_ago: shown.last_active_ago.map(|ago| ago.as_millis()),
            status_msg: shown.status_msg.as_deref(),
        }
    }
}

/// The changes that the user may see, and wants to: of those they have just `met`, all that is known.
pub(super) async fn events(
    context: &Context<'_>,
    connection: &mut Connection,
    met: BTreeSet<OwnedUserId>,
) -> Result<Vec<Shown>> {
    let (presence, own) = (&context.services.presence, &context.sender.user_id);
    let wishes = &context.request.filter.presence;
    let serial = context.since.presence.serial_of(context.now.presence.epoch);
    let changed: BTreeSet<OwnedUserId> =
        presence.since(serial).into_iter().chain(met.into_iter().filter(|user_id| presence.knows(user_id))).collect();
    let changed: Vec<OwnedUserId> = changed
        .into_iter()
        .filter(|user_id| filter::admits_presence(wishes, user_id))
        .filter(|user_id| !context.preferences.ignored.contains(user_id))
        .collect();
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let visible = match context.services.audience.sharing(own, &changed) {
        Some(visible) => visible,
        None => {
            let others: Vec<&OwnedUserId> = changed.iter().collect();
            let shared = sharing(connection, own, &others).await?;
            changed.into_iter().filter(|user_id| user_id == own || shared.contains(user_id)).collect()
        }
    };
    let mut events = Vec::new();
    for user_id in visible {
        let shown = presence.of(&user_id);
        // To those who saw nothing yet, that someone is not there is no news.
        if serial == 0 && shown.state == PresenceState::Offline && shown.status_msg.is_none() {
            continue;
        }
        let event = Event { content: Content::new(&shown), sender: &user_id, kind: "m.presence" };
        events.push(to_raw_value(&event).map_err(MatrixError::internal)?.into());
    }
    Ok(events)
}
