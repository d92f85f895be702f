//! What a push gateway is told, see the [Push Gateway API].
//!
//! [Push Gateway API]: https://spec.matrix.org/v1.18/push-gateway-api/

use ruma::{
    OwnedRoomAliasId, RoomId, SecondsSinceUnixEpoch, UInt, UserId,
    api::push_gateway::send_event_notification::v1::{Device, Notification, NotificationPriority, PusherData},
    push::{Action, PushFormat, Tweak},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value as JsonValue, json};

use super::deliver::{Push, Told};
use crate::{
    MatrixError, Result,
    storage::{Connection, args},
};

/// The body of a call: about an event, or about the number of unread messages alone.
pub(super) async fn body(
    connection: &mut Connection,
    told: &Told,
    push: Option<&Push>,
    unread: i64,
) -> Result<Vec<u8>> {
    let mut device = Device::new(told.key.app_id.clone(), told.key.pushkey.clone());
    device.pushkey_ts = UInt::try_from(told.updated_at / 1000).ok().map(SecondsSinceUnixEpoch);
    device.data = PusherData::from(told.data.clone());
    let short = told.data.format == Some(PushFormat::EventIdOnly);
    let mut notification = Notification::default();
    if let Some(Push { event, actions }) = push {
        if !short {
            device.tweaks = tweaks(actions);
            describe(connection, &mut notification, told, event).await?;
        }
        notification.event_id = Some(event.event_id.clone());
        notification.room_id = Some(event.room_id.clone());
        let urgent = event.event_type == "m.room.encrypted"
            || actions.iter().any(|action| action.is_highlight() || action.sound().is_some());
        notification.prio = if urgent { NotificationPriority::High } else { NotificationPriority::Low };
    }
    notification.devices = vec![device];
    let mut notification = serde_json::to_value(notification).map_err(MatrixError::internal)?;
    if let Some(Push { event, .. }) = push.filter(|_| !short) {
        // From before the specification had names for them, and looked for by gateways of that time.
        notification["id"] = event.event_id.as_str().into();
        if let Some(membership) = event.content_as::<Membership>().filter(|_| event.event_type == "m.room.member") {
            notification["membership"] = membership.membership.into();
        }
    }
    // A zero is left out but where it is all there is to say: it clears the badge.
    let says_count = push.is_none() || unread > 0;
    notification["counts"] = if says_count { json!({ "unread": unread }) } else { json!({}) };
    if !short && let Some(device) = notification.pointer_mut("/devices/0").and_then(JsonValue::as_object_mut) {
        // ruma leaves it out where it is empty.
        device.entry("data").or_insert_with(|| json!({}));
    }
    serde_json::to_vec(&json!({ "notification": notification })).map_err(MatrixError::internal)
}

#[derive(Deserialize)]
struct Membership {
    membership: String,
}

/// What an event is about, for a gateway that shows it.
async fn describe(
    connection: &mut Connection,
    notification: &mut Notification,
    told: &Told,
    event: &crate::service::timeline::StoredEvent,
) -> Result<()> {
    #[derive(Deserialize)]
    struct Member {
        displayname: Option<String>,
    }
    #[derive(Deserialize)]
    struct Name {
        name: Option<String>,
    }
    #[derive(Deserialize)]
    struct Alias {
        alias: Option<OwnedRoomAliasId>,
    }
    let (room_id, sender) = (&event.room_id, &event.sender);
    notification.event_type = Some(event.event_type.as_str().into());
    notification.sender = Some(sender.clone());
    notification.sender_display_name =
        state::<Member>(connection, room_id, "m.room.member", sender.as_str()).await?.and_then(|m| m.displayname);
    let alias = state::<Alias>(connection, room_id, "m.room.canonical_alias", "").await?.and_then(|alias| alias.alias);
    let name = state::<Name>(connection, room_id, "m.room.name", "").await?.and_then(|name| name.name);
    // Gateways show the name only.
    notification.room_name = name.or_else(|| alias.as_ref().map(ToString::to_string));
    notification.room_alias = alias;
    notification.user_is_target = is_target(event, &told.key.user_id);
    notification.content = Some(event.content()?.to_owned());
    Ok(())
}

fn is_target(event: &crate::service::timeline::StoredEvent, user_id: &UserId) -> bool {
    event.event_type == "m.room.member" && event.state_key.as_deref() == Some(user_id.as_str())
}

/// The content of a room's state now; nothing where it is none.
async fn state<T: DeserializeOwned>(
    connection: &mut Connection,
    room_id: &RoomId,
    kind: &str,
    key: &str,
) -> Result<Option<T>> {
    #[derive(Deserialize)]
    struct Event<T> {
        content: T,
    }
    let sql = "SELECT json FROM current_state s JOIN events e ON e.event_id = s.event_id \
        WHERE s.room_id = $1 AND s.type = $2 AND s.state_key = $3";
    let Some(row) = connection.fetch_optional(sql, args![room_id, kind, key]).await? else { return Ok(None) };
    Ok(serde_json::from_slice::<Event<T>>(&row.get::<Vec<u8>>(0)?).ok().map(|event| event.content))
}

fn tweaks(actions: &[Action]) -> Vec<Tweak> {
    let tweaks = actions.iter().filter_map(|action| match action {
        Action::SetTweak(tweak) => Some(tweak.clone()),
        _ => None,
    });
    tweaks.collect()
}

/// The keys a gateway knows to be of no use. An answer that cannot be read names none.
pub(super) fn rejected(answer: &[u8]) -> Vec<String> {
    let answer: JsonValue = serde_json::from_slice(answer).unwrap_or_default();
    let keys = answer["rejected"].as_array().into_iter().flatten();
    keys.filter_map(|key| key.as_str().map(ToOwned::to_owned)).collect()
}
