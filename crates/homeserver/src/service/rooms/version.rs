//! The room versions we make and take part in. Versions 1 to 5 need another state resolution and
//! lenient JSON, and are not among them.

use ruma::{RoomVersionId, room_version_rules::RoomVersionRules};

use crate::{MatrixError, Result};

/// The versions served, oldest first.
pub const SUPPORTED: [RoomVersionId; 7] = [
    RoomVersionId::V6,
    RoomVersionId::V7,
    RoomVersionId::V8,
    RoomVersionId::V9,
    RoomVersionId::V10,
    RoomVersionId::V11,
    RoomVersionId::V12,
];

/// The rules of a version, or `M_UNSUPPORTED_ROOM_VERSION`.
pub fn rules(version: &RoomVersionId) -> Result<RoomVersionRules> {
    SUPPORTED
        .contains(version)
        .then(|| version.rules())
        .flatten()
        .ok_or_else(|| MatrixError::unsupported_room_version(format!("room version {version} is not supported")))
}
