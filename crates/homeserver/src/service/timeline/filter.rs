//! Which events a client wants, see [filtering].
//!
//! [filtering]: https://spec.matrix.org/v1.18/client-server-api/#filtering

use ruma::{
    UserId,
    api::client::filter::{RoomEventFilter, UrlFilter},
};
use serde::Deserialize;

use super::StoredEvent;

/// Whether a filter lets an event of a room through.
pub fn matches(filter: &RoomEventFilter, event: &StoredEvent) -> bool {
    matches_room(filter, event)
        && matches_sender(filter, &event.sender)
        && matches_type(filter.types.as_deref(), &filter.not_types, &event.event_type)
        && filter.url_filter.is_none_or(|wanted| (wanted == UrlFilter::EventsWithUrl) == has_url(event))
}

/// Whether a filter lets every event through, so that none needs to be looked at.
pub fn is_open(filter: &RoomEventFilter) -> bool {
    filter.rooms.is_none()
        && filter.not_rooms.is_empty()
        && filter.senders.is_none()
        && filter.not_senders.is_empty()
        && filter.types.is_none()
        && filter.not_types.is_empty()
        && filter.url_filter.is_none()
}

/// Whether a list of types, of which `*` stands for any characters, lets a type through.
pub fn matches_type(types: Option<&[String]>, not_types: &[String], event_type: &str) -> bool {
    !not_types.iter().any(|pattern| matches_pattern(pattern, event_type))
        && types.is_none_or(|types| types.iter().any(|pattern| matches_pattern(pattern, event_type)))
}

fn matches_room(filter: &RoomEventFilter, event: &StoredEvent) -> bool {
    !filter.not_rooms.contains(&event.room_id)
        && filter.rooms.as_ref().is_none_or(|rooms| rooms.contains(&event.room_id))
}

fn matches_sender(filter: &RoomEventFilter, sender: &UserId) -> bool {
    !filter.not_senders.iter().any(|other| other == sender)
        && filter.senders.as_ref().is_none_or(|senders| senders.iter().any(|other| other == sender))
}

fn has_url(event: &StoredEvent) -> bool {
    #[derive(Deserialize)]
    struct Content {
        #[serde(rename = "url")]
        _url: String,
    }
    event.content_as::<Content>().is_some()
}

/// Linear in the text: each part between stars is looked for once.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        let Some(index) = text.find(part) else { return false };
        text = &text[index + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::matches_pattern;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text) in
            [("m.*", "m.room.name"), ("*", ""), ("m.*.name", "m.room.name"), ("a", "a"), ("*b*", "abc")]
        {
            assert!(matches_pattern(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("m.*", "n.room"), ("a", "ab"), ("m.*.name", "m.room.names"), ("ab*ba", "aba")] {
            assert!(!matches_pattern(pattern, text), "{pattern} {text}");
        }
    }
}
