//! Power levels, for what the authorization rules leave to the homeserver.

use std::collections::HashSet;

use ruma::{
    Int, OwnedUserId, UserId,
    events::{StateEventType, TimelineEventType, room::power_levels::UserPowerLevel},
    int,
    state_res::events::{RoomCreateEvent, RoomPowerLevelsEvent, RoomPowerLevelsIntField},
};

use super::{head::Head, pdu::StateKey};
use crate::{MatrixError, Result};

/// What has to be fetched before anything here is asked.
pub(super) fn keys() -> [StateKey; 2] {
    [(StateEventType::RoomCreate, String::new()), (StateEventType::RoomPowerLevels, String::new())]
}

/// The power level of a user.
pub(super) fn of_user(head: &Head, user_id: &UserId) -> Result<UserPowerLevel> {
    let rules = &head.rules.authorization;
    let is_creator = creators(head)?.contains(user_id);
    if is_creator && rules.explicitly_privilege_room_creators {
        return Ok(UserPowerLevel::Infinite);
    }
    match head.get(&StateEventType::RoomPowerLevels, "") {
        Some(pdu) => RoomPowerLevelsEvent::new(&**pdu)
            .user_power_level(user_id, rules)
            .map(UserPowerLevel::Int)
            .map_err(MatrixError::internal),
        // Without the event, only who made the room has power.
        None => Ok(UserPowerLevel::Int(if is_creator { int!(100) } else { int!(0) })),
    }
}

/// The power level that redacting other people's events takes.
pub(super) fn to_redact(head: &Head) -> Result<Int> {
    let field = RoomPowerLevelsIntField::Redact;
    match head.get(&StateEventType::RoomPowerLevels, "") {
        Some(pdu) => RoomPowerLevelsEvent::new(&**pdu)
            .get_as_int_or_default(field, &head.rules.authorization)
            .map_err(MatrixError::internal),
        None => Ok(field.default_value()),
    }
}

/// The power level that inviting takes.
pub(super) fn to_invite(head: &Head) -> Result<Int> {
    let field = RoomPowerLevelsIntField::Invite;
    match head.get(&StateEventType::RoomPowerLevels, "") {
        Some(pdu) => RoomPowerLevelsEvent::new(&**pdu)
            .get_as_int_or_default(field, &head.rules.authorization)
            .map_err(MatrixError::internal),
        None => Ok(field.default_value()),
    }
}

/// Who may invite by name, creators first, and whether everyone else may too.
pub(super) fn who_may_invite(head: &Head) -> Result<(Vec<OwnedUserId>, bool)> {
    let rules = &head.rules.authorization;
    let mut hosts: Vec<OwnedUserId> = creators(head)?.into_iter().collect();
    let level = to_invite(head)?;
    let everyone = match head.get(&StateEventType::RoomPowerLevels, "") {
        Some(pdu) => {
            let levels = RoomPowerLevelsEvent::new(&**pdu);
            let users = levels.users(rules).map_err(MatrixError::internal)?;
            hosts.extend(users.into_iter().flatten().map(|(user_id, _)| user_id.clone()));
            let default = RoomPowerLevelsIntField::UsersDefault;
            levels.get_as_int_or_default(default, rules).map_err(MatrixError::internal)? >= level
        }
        None => level <= int!(0),
    };
    let mut able = Vec::with_capacity(hosts.len());
    for host in hosts {
        if of_user(head, &host)? >= level {
            able.push(host);
        }
    }
    Ok((able, everyone))
}

/// The power level that sending a state event takes.
pub(super) fn to_set(head: &Head, event_type: &StateEventType) -> Result<Int> {
    let event_type = TimelineEventType::from(event_type.clone());
    match head.get(&StateEventType::RoomPowerLevels, "") {
        Some(pdu) => RoomPowerLevelsEvent::new(&**pdu)
            .event_power_level(&event_type, Some(""), &head.rules.authorization)
            .map_err(MatrixError::internal),
        None => Ok(Int::default()),
    }
}

/// Who made the room.
pub(super) fn creators(head: &Head) -> Result<HashSet<OwnedUserId>> {
    let Some(pdu) = head.get(&StateEventType::RoomCreate, "") else {
        return Ok(HashSet::new());
    };
    RoomCreateEvent::new(&**pdu).creators(&head.rules.authorization).map_err(MatrixError::internal)
}
