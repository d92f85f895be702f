//! Doors and power levels in words.

use trellis_model::protocol::JoinRule;

use super::t;

/// Who can join a room with this rule.
pub(crate) fn door(rule: &JoinRule) -> String {
    match rule {
        JoinRule::Public => t::door_public(),
        JoinRule::Invite => t::door_invite(),
        JoinRule::Knock => t::door_knock(),
        JoinRule::Restricted { allow } => t::door_restricted(allow.len()),
        JoinRule::KnockRestricted { allow } => t::door_knock_restricted(allow.len()),
        JoinRule::Private => t::door_private(),
        JoinRule::Unknown(_) => t::door_unknown(),
    }
}

/// What somebody with this power level is called.
pub(crate) fn role(power_level: i64) -> String {
    match power_level {
        i64::MAX => t::role_creator(),
        100.. => t::role_administrator(),
        50 => t::role_moderator(),
        0 => t::role_member(),
        ..0 => t::role_muted(),
        level => t::role_level(level),
    }
}
