//! The last message of a room, as its row in the list shows it.

use serde_json::{Map, Value};

use super::{Preview, StoredRoom};
use crate::{
    changes::Snapshot,
    event::content_of,
    protocol::PreviewKind,
    timeline::{Item, Position, editor::Editor},
};

/// How much of a text is kept.
const LENGTH: usize = 200;

/// Takes over the last message of the loaded chunks; without one, what was known stays.
pub(crate) fn update(room: &mut StoredRoom, timeline: &Editor<'_>, name_of: impl Fn(&ruma::UserId) -> Option<String>) {
    let pending = timeline.chunk(Position::PENDING);
    let chunks = pending.into_iter().chain(timeline.ordered().rev());
    let last = chunks.flat_map(|chunk| chunk.items.iter().rev()).find_map(|item| Some((item, kind(item)?)));
    let Some((item, kind)) = last else { return };
    // Where the sender is not loaded, their name is still the one that was shown.
    let known = room.preview.as_ref().filter(|preview| preview.sender == item.sender);
    let known_name = known.and_then(|preview| preview.sender_name.clone());
    room.preview = Some(Preview {
        item: item.key.clone(),
        sender: item.sender.clone(),
        sender_name: name_of(&item.sender).or(known_name),
        kind,
    });
    room.bump_stamp = room.bump_stamp.max(item.timestamp);
}

/// The display name stored for a person, with the changes under way.
pub(crate) fn stored_name(
    snapshot: &Snapshot,
    changes: &crate::changes::RoomChanges,
    user_id: &ruma::UserId,
) -> Option<String> {
    let changed = changes.members.get(user_id).and_then(Option::as_ref);
    changed.or_else(|| snapshot.members.get(user_id))?.display_name.clone()
}

/// What a message is. `None`: it is no message.
pub(crate) fn kind(item: &Item) -> Option<PreviewKind> {
    match &*item.event_type {
        "m.room.message" | "m.sticker" | "m.room.encrypted" if item.is_redacted() => {
            return Some(PreviewKind::Redacted);
        }
        "m.room.encrypted" => return Some(PreviewKind::Undecryptable),
        "m.sticker" => return Some(PreviewKind::Image),
        "m.room.message" => {}
        _ => return None,
    }
    let content: Map<String, Value> = content_of(item.shown_json())?;
    let body = content.get("body").and_then(Value::as_str)?;
    Some(match content.get("msgtype").and_then(Value::as_str)? {
        "m.image" => PreviewKind::Image,
        "m.video" => PreviewKind::Video,
        "m.audio" => PreviewKind::Audio,
        "m.file" => PreviewKind::File(line(content.get("filename").and_then(Value::as_str).unwrap_or(body))),
        "m.emote" => PreviewKind::Emote(line(body)),
        _ => PreviewKind::Text(line(body)),
    })
}

/// The beginning of a text, on one line.
pub(crate) fn line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > LENGTH {
            let end = line.floor_char_boundary(LENGTH);
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}
