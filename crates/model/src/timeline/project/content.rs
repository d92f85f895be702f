//! What an item says.

use ruma::OwnedMxcUri;
use serde_json::{Map, Value};

use super::{Scene, facts::state_fact, in_reply_to};
use crate::{
    event::{ENCRYPTED, content_of},
    protocol::{ItemContent, MediaInfo, MediaKind, MediaSource, MessageKind, Undecryptable},
    rich_text::RichText,
    timeline::Item,
};

type Content = Map<String, Value>;

/// What an item says; a replacement speaks for it.
pub(super) fn item_content(scene: Scene<'_>, item: &Item) -> ItemContent {
    if let Some(redaction) = &item.redaction {
        return ItemContent::Redacted {
            by: Some(redaction.sender.clone()),
            by_name: Some(scene.members.name(&redaction.sender)),
            reason: redaction.reason.clone(),
        };
    }
    let malformed = || ItemContent::Malformed { event_type: item.event_type.clone() };
    if !item.well_formed {
        return malformed();
    }
    if item.state_key.is_some() {
        return state_fact(item).map_or_else(malformed, ItemContent::State);
    }
    let Some(content) = content_of::<Content>(item.shown_json()) else { return malformed() };
    match &*item.event_type {
        ENCRYPTED => ItemContent::Undecryptable(item.undecryptable.unwrap_or(Undecryptable::MissingKey)),
        "m.sticker" => media(&content, MediaKind::Image).map_or_else(malformed, ItemContent::Sticker),
        "m.room.message" => message(item, &content).unwrap_or_else(malformed),
        event_type => ItemContent::Unsupported {
            event_type: event_type.to_owned(),
            body: text(&content, "body").map(ToOwned::to_owned),
        },
    }
}

/// [`m.room.message`](https://spec.matrix.org/v1.18/client-server-api/#mroommessage) by its `msgtype`.
fn message(item: &Item, content: &Content) -> Option<ItemContent> {
    let body = text(content, "body")?;
    let kind = match text(content, "msgtype")? {
        "m.text" => MessageKind::Text,
        "m.notice" => MessageKind::Notice,
        "m.emote" => MessageKind::Emote,
        "m.image" => return media(content, MediaKind::Image).map(ItemContent::Media),
        "m.video" => return media(content, MediaKind::Video).map(ItemContent::Media),
        "m.audio" => return media(content, MediaKind::Audio).map(ItemContent::Media),
        "m.file" => return media(content, MediaKind::File).map(ItemContent::Media),
        _ => {
            let event_type = item.event_type.clone();
            return Some(ItemContent::Unsupported { event_type, body: Some(body.to_owned()) });
        }
    };
    let is_reply = in_reply_to(item).is_some();
    Some(ItemContent::Message {
        kind,
        body: formatted(content, if is_reply { strip_reply_fallback(body) } else { body }),
    })
}

/// The formatted text where there is one, or the plain one.
fn formatted(content: &Content, body: &str) -> RichText {
    let html = text(content, "formatted_body").filter(|_| text(content, "format") == Some("org.matrix.custom.html"));
    let rich = match html {
        Some(html) => RichText::from_html(html),
        None => RichText::from_plain(body),
    };
    let mentions_room = content.get("m.mentions").and_then(|mentions| mentions.get("room")?.as_bool());
    if mentions_room == Some(true) { rich.with_room_mention() } else { rich }
}

/// Older clients put what they reply to before their text, as a quote.
pub fn strip_reply_fallback(body: &str) -> &str {
    if !body.starts_with("> <") && !body.starts_with("> * <") {
        return body;
    }
    let mut rest = body;
    while rest.starts_with("> ") || rest.starts_with(">\n") || rest == ">" {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest.strip_prefix('\n').unwrap_or(rest)
}

/// A file: a name that differs from the body makes the body a caption.
fn media(content: &Content, kind: MediaKind) -> Option<MediaInfo> {
    let body = text(content, "body")?;
    let info = content.get("info").and_then(Value::as_object);
    let number = |key: &str| info.and_then(|info| info.get(key)?.as_f64()).map(|number| number as u64);
    let words = |key: &str| info.and_then(|info| info.get(key)?.as_str()).map(ToOwned::to_owned);
    let file_name = text(content, "filename").unwrap_or(body);
    Some(MediaInfo {
        kind,
        source: source(content, words("mimetype")),
        thumbnail: info.and_then(|info| {
            let mimetype = info.get("thumbnail_info").and_then(|info| info.get("mimetype")?.as_str());
            encrypted(info.get("thumbnail_file")?, mimetype.map(ToOwned::to_owned))
        }),
        file_name: file_name.to_owned(),
        caption: (file_name != body).then(|| formatted(content, body)),
        mimetype: words("mimetype"),
        size: number("size"),
        width: number("w").and_then(|width| width.try_into().ok()),
        height: number("h").and_then(|height| height.try_into().ok()),
        duration: number("duration"),
        blurhash: words("xyz.amorgan.blurhash").or_else(|| words("blurhash")),
    })
}

/// Where a file lies: encrypted in encrypted rooms.
fn source(content: &Content, mimetype: Option<String>) -> Option<MediaSource> {
    if let Some(file) = content.get("file") {
        return encrypted(file, mimetype);
    }
    text(content, "url").map(OwnedMxcUri::from).filter(|uri| uri.is_valid()).map(MediaSource::Plain)
}

/// An [`EncryptedFile`](https://spec.matrix.org/v1.18/client-server-api/#extensions-to-mroommessage-msgtypes); what is in it
/// is looked at when it is fetched.
fn encrypted(file: &Value, mimetype: Option<String>) -> Option<MediaSource> {
    let uri = OwnedMxcUri::from(file.get("url")?.as_str()?);
    uri.is_valid().then(|| MediaSource::Encrypted { file: file.to_string(), mimetype })
}

/// The text of the person's own message, as it was typed.
pub(super) fn editable_body(item: &Item) -> Option<String> {
    let content: Content = content_of(item.shown_json())?;
    let body = text(&content, "body")?;
    let body = if in_reply_to(item).is_some() { strip_reply_fallback(body) } else { body };
    Some(match text(&content, "msgtype")? {
        "m.emote" => format!("/me {body}"),
        _ => body.to_owned(),
    })
}

/// What a reply shows of an item.
pub(super) fn excerpt(item: &Item) -> Option<String> {
    if item.is_redacted() {
        return None;
    }
    let content: Content = content_of(item.shown_json())?;
    let body = text(&content, "body")?;
    let is_text = matches!(text(&content, "msgtype"), Some("m.text" | "m.notice" | "m.emote"));
    if !is_text {
        return Some(text(&content, "filename").unwrap_or(body).to_owned());
    }
    let body = if in_reply_to(item).is_some() { strip_reply_fallback(body) } else { body };
    Some(formatted(&content, body).to_plain())
}

fn text<'a>(content: &'a Content, key: &str) -> Option<&'a str> {
    content.get(key).and_then(Value::as_str)
}
