//! Takes the content of redacted events away.

use ruma::{EventId, OwnedUserId, RoomId, canonical_json::redact, room_version_rules::RoomVersionRules};

use super::threads;
use crate::{
    MatrixError, Result,
    storage::{Transaction, args},
};

/// Strips the event to what its room version keeps. Redacting what is not there, or was redacted
/// before, changes nothing.
pub(super) async fn apply(
    transaction: &mut Transaction,
    room_id: &RoomId,
    target: &EventId,
    redaction: &EventId,
    rules: &RoomVersionRules,
) -> Result<()> {
    let row = transaction
        .fetch_optional(
            "SELECT json, relates_to, rel_type, sender FROM events WHERE event_id = $1 AND room_id = $2 AND redacted_by IS NULL \
             AND type <> 'm.room.create'",
            args![target, room_id],
        )
        .await?;
    let Some(row) = row else { return Ok(()) };
    let object = serde_json::from_slice(&row.get::<Vec<u8>>(0)?).map_err(MatrixError::internal)?;
    let redacted = redact(object, &rules.redaction, None).map_err(MatrixError::internal)?;
    let json = serde_json::to_vec(&redacted).map_err(MatrixError::internal)?;
    transaction
        .execute(
            "UPDATE events SET json = $2, redacted_by = $3, relates_to = NULL, rel_type = NULL WHERE event_id = $1",
            args![target, json, redaction],
        )
        .await?;
    let relation: (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
    if let (Some(root), Some("m.thread")) = (relation.0, relation.1.as_deref()) {
        threads::remove(transaction, &root, &row.get::<OwnedUserId>(3)?).await?;
    }
    Ok(())
}
