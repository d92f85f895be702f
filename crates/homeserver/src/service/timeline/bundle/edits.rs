//! The newest edit of each event, see [replacements].
//!
//! [replacements]: https://spec.matrix.org/v1.18/client-server-api/#event-replacements

use std::collections::HashMap;

use ruma::OwnedEventId;
use serde::Deserialize;

use super::{
    super::event::{StoredEvent, columns},
    sight::{Child, Sight},
};
use crate::{
    Result,
    storage::{Connection, args, texts},
};

/// The newest valid edit of each event that the viewer sees.
///
/// Few of the newest are looked at: an edit that its author got wrong does not hide those before it, but
/// who gets many wrong has to do without.
pub(super) async fn of(
    connection: &mut Connection,
    sight: &mut Sight<'_>,
    parents: &[&StoredEvent],
) -> Result<HashMap<OwnedEventId, StoredEvent>> {
    let ids = texts(parents.iter().map(|parent| &parent.event_id));
    // Only an author's own words of the same kind replace theirs, and what was redacted stays so.
    let sql = concat!(
        "SELECT ",
        columns!(),
        ", event.relates_to FROM events event JOIN ( \
             SELECT edit.position, ROW_NUMBER() OVER (PARTITION BY edit.relates_to \
                 ORDER BY edit.origin_server_ts DESC, edit.event_id DESC) AS place \
             FROM events edit JOIN events original ON original.event_id = edit.relates_to \
                 AND original.room_id = edit.room_id AND original.sender = edit.sender AND original.type = edit.type \
             WHERE edit.relates_to {in 1} AND edit.rel_type = 'm.replace' AND edit.state_key IS NULL \
                 AND original.redacted_by IS NULL AND COALESCE(original.rel_type, '') <> 'm.replace' \
         ) newest ON newest.position = event.position \
         WHERE newest.place <= 4 ORDER BY event.relates_to, newest.place"
    );
    let mut edits = HashMap::new();
    for row in connection.fetch_all(sql, args![ids]).await? {
        let parent: OwnedEventId = row.get(14)?;
        let edit = StoredEvent::from_row(&row)?;
        let child = Child { room_id: &edit.room_id, position: edit.position, sender: &edit.sender };
        if !edits.contains_key(&parent) && is_complete(&edit) && sight.sees(connection, child).await? {
            edits.insert(parent, edit);
        }
    }
    Ok(edits)
}

/// Whether an edit says what it replaces the event with, as far as a server can see.
fn is_complete(edit: &StoredEvent) -> bool {
    #[derive(Deserialize)]
    struct Content {
        #[serde(rename = "m.new_content")]
        _new_content: serde_json::Map<String, serde_json::Value>,
    }
    edit.event_type == "m.room.encrypted" || edit.content_as::<Content>().is_some()
}
