//! Whether there is something new in a room.

use ruma::UserId;

use super::StoredRoom;
use crate::timeline::{Item, editor::Editor};

/// Looks from the newest event back for what decides: a message of another person, or something that shows the person
/// was there. `None`: neither is loaded.
pub(crate) fn is_unread(me: &UserId, room: &StoredRoom, timeline: &Editor<'_>) -> Option<bool> {
    let own_receipt = room.own_receipt.as_ref();
    for chunk in timeline.ordered().rev() {
        for item in chunk.items.iter().rev() {
            let read_after = own_receipt.is_some_and(|id| item.trailing.contains(id));
            if read_after || item.sender == *me || own_receipt.is_some_and(|id| item.event_id.as_ref() == Some(id)) {
                return Some(false);
            }
            if is_news(item) {
                return Some(true);
            }
        }
        if chunk.gap.is_some() {
            return None;
        }
    }
    None
}

/// Whether an item of another person is worth a mark.
fn is_news(item: &Item) -> bool {
    !item.is_redacted() && matches!(&*item.event_type, "m.room.message" | "m.room.encrypted" | "m.sticker")
}
