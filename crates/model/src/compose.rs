//! What a person writes, as events.

mod markdown;

use std::collections::BTreeSet;

use ruma::{OwnedTransactionId, OwnedUserId, UserId};
use serde_json::{Map, Value, json};

use self::markdown::Formatted;
use crate::{
    account::Account,
    event::content_of,
    protocol::{Draft, DraftMode},
    rich_text::RichText,
    send_queue::{Media, Outgoing, Redacts, Relation, Target},
    timeline::Item,
};

type Content = Map<String, Value>;

/// The event of a draft. `target`: the item that is replied to or edited. `None`: there is nothing to send, or what it
/// refers to is not there.
pub fn message(account: &Account, draft: &Draft, target: Option<&Item>) -> Option<Outgoing> {
    let item = match &draft.mode {
        DraftMode::Message => None,
        DraftMode::Reply { .. } | DraftMode::Edit { .. } => Some(target?),
    };
    match (&draft.mode, item) {
        (DraftMode::Edit { .. }, Some(item)) => edit(draft, item),
        (_, item) => new_message(account, draft, item),
    }
}

/// [Replies](https://spec.matrix.org/v1.18/client-server-api/#rich-replies) have no fallback any more; they mention whom
/// they answer.
fn new_message(account: &Account, draft: &Draft, replied: Option<&Item>) -> Option<Outgoing> {
    let text = Text::new(draft, &[])?;
    let mut mentioned = text.formatted.mentioned.clone();
    mentioned.extend(replied.map(|item| item.sender.clone()).filter(|sender| *sender != account.user_id));
    let mut content = text.content();
    content.insert("m.mentions".to_owned(), mentions(&mentioned));
    Some(event(content, replied.map(|item| Relation::Reply(target_of(item)))))
}

/// An [edit](https://spec.matrix.org/v1.18/client-server-api/#event-replacements): the new content, and a fallback for
/// clients that know no edits. Only who was not mentioned before is mentioned anew.
fn edit(draft: &Draft, item: &Item) -> Option<Outgoing> {
    let before: Content = content_of(item.shown_json()).unwrap_or_default();
    let pills = before
        .get("formatted_body")
        .and_then(Value::as_str)
        .map(|html| RichText::from_html(html).user_pills())
        .unwrap_or_default();
    let text = Text::new(draft, &pills)?;
    let mentioned = &text.formatted.mentioned;
    let mentioned_before = mentioned_in(&before);

    let mut new_content = text.content();
    new_content.insert("m.mentions".to_owned(), mentions(mentioned));
    let mut content = text.content();
    for key in ["body", "formatted_body"] {
        if let Some(Value::String(words)) = content.get_mut(key) {
            words.insert_str(0, "* ");
        }
    }
    let new_mentions = mentioned.difference(&mentioned_before).cloned().collect();
    content.insert("m.mentions".to_owned(), mentions(&new_mentions));
    content.insert("m.new_content".to_owned(), Value::Object(new_content));
    Some(event(content, Some(Relation::Replacement(target_of(item)))))
}

/// A reaction to an item.
pub fn reaction(item: &Item, key: &str) -> Outgoing {
    Outgoing::Event {
        event_type: "m.reaction".to_owned(),
        content: "{}".to_owned(),
        relation: Some(Relation::Reaction { target: target_of(item), key: key.to_owned() }),
    }
}

/// What toggling a reaction does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toggle {
    Send(Outgoing),
    /// The reaction was not sent yet: it is taken back.
    Cancel(OwnedTransactionId),
}

/// Adds the person's reaction, or takes it away when it is there.
pub fn toggle_reaction(account: &Account, item: &Item, key: &str) -> Toggle {
    let Some(known) = item.reaction(&account.user_id, key) else { return Toggle::Send(reaction(item, key)) };
    match (&known.event_id, &known.transaction_id) {
        (None, Some(transaction_id)) => Toggle::Cancel(transaction_id.clone()),
        (event_id, transaction_id) => Toggle::Send(Outgoing::Redaction {
            target: Target {
                item: item.key.clone(),
                event_id: event_id.clone(),
                transaction_id: transaction_id.clone(),
            },
            of: Redacts::Reaction { key: key.to_owned() },
            reason: None,
        }),
    }
}

/// The redaction of an item.
pub fn redaction(item: &Item, reason: Option<String>) -> Outgoing {
    Outgoing::Redaction { target: target_of(item), of: Redacts::Item, reason }
}

/// The content of a file's message; a caption is its body. `key`: what opens an encrypted one.
///
/// <https://spec.matrix.org/v1.18/client-server-api/#media-captions>
pub fn media(media: &Media, key: Option<&str>) -> Value {
    let msgtype = match media.mimetype.split('/').next() {
        Some("image") => "m.image",
        Some("video") => "m.video",
        Some("audio") => "m.audio",
        _ => "m.file",
    };
    let mut info = Content::new();
    info.insert("mimetype".to_owned(), json!(media.mimetype));
    info.insert("size".to_owned(), json!(media.size));
    for (key, value) in
        [("w", media.width.map(u64::from)), ("h", media.height.map(u64::from)), ("duration", media.duration)]
    {
        if let Some(value) = value {
            info.insert(key.to_owned(), json!(value));
        }
    }
    let caption = media.caption.as_deref().map(str::trim).filter(|caption| !caption.is_empty());
    let mut content = Content::new();
    content.insert("msgtype".to_owned(), json!(msgtype));
    content.insert("body".to_owned(), json!(caption.unwrap_or(&media.file_name)));
    content.insert("filename".to_owned(), json!(media.file_name));
    content.insert("info".to_owned(), Value::Object(info));
    content.insert("m.mentions".to_owned(), json!({}));
    if let Some(html) = caption.and_then(|caption| markdown::format(caption, &[]).html) {
        content.insert("format".to_owned(), json!("org.matrix.custom.html"));
        content.insert("formatted_body".to_owned(), json!(html));
    }
    if let Some(uri) = &media.uri {
        match key.map(serde_json::from_str::<Content>) {
            Some(file) => {
                let mut file = file.unwrap_or_default();
                file.insert("url".to_owned(), json!(uri));
                content.insert("file".to_owned(), Value::Object(file));
            }
            None => _ = content.insert("url".to_owned(), json!(uri)),
        }
    }
    Value::Object(content)
}

/// How an item is referred to.
pub fn target_of(item: &Item) -> Target {
    Target { item: item.key.clone(), event_id: item.event_id.clone(), transaction_id: item.transaction_id.clone() }
}

/// A draft's text, its command taken off.
struct Text {
    msgtype: &'static str,
    body: String,
    formatted: Formatted,
}

impl Text {
    /// `pills`: people an edited message named already. `None`: there is no text.
    fn new(draft: &Draft, pills: &[(OwnedUserId, String)]) -> Option<Self> {
        let typed = draft.body.trim_end();
        let (msgtype, body, is_plain) = if let Some(rest) = command(typed, "/me") {
            ("m.emote", rest, false)
        } else if let Some(rest) = command(typed, "/plain") {
            ("m.text", rest, true)
        } else if let Some(rest) = typed.strip_prefix("//") {
            // A text that begins with a slash and is no command.
            return Self::of("m.text", format!("/{rest}"), draft, pills, false);
        } else {
            ("m.text", typed, false)
        };
        Self::of(msgtype, body.to_owned(), draft, pills, is_plain)
    }

    fn of(
        msgtype: &'static str,
        body: String,
        draft: &Draft,
        pills: &[(OwnedUserId, String)],
        is_plain: bool,
    ) -> Option<Self> {
        if body.trim().is_empty() {
            return None;
        }
        let people: Vec<_> = draft.mentions.iter().chain(pills).cloned().collect();
        let formatted = if is_plain { Formatted::default() } else { markdown::format(&body, &people) };
        Some(Self { msgtype, body, formatted })
    }

    fn content(&self) -> Content {
        let mut content = Content::new();
        content.insert("msgtype".to_owned(), json!(self.msgtype));
        content.insert("body".to_owned(), json!(self.body));
        if let Some(html) = &self.formatted.html {
            content.insert("format".to_owned(), json!("org.matrix.custom.html"));
            content.insert("formatted_body".to_owned(), json!(html));
        }
        content
    }
}

/// What follows a command.
fn command<'a>(typed: &'a str, name: &str) -> Option<&'a str> {
    let rest = typed.strip_prefix(name)?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim_start())
}

fn event(content: Content, relation: Option<Relation>) -> Outgoing {
    Outgoing::Event { event_type: "m.room.message".to_owned(), content: Value::Object(content).to_string(), relation }
}

/// Always present, even when empty: then nobody is mentioned by accident of a name.
fn mentions(people: &BTreeSet<OwnedUserId>) -> Value {
    if people.is_empty() { json!({}) } else { json!({ "user_ids": people }) }
}

fn mentioned_in(content: &Content) -> BTreeSet<OwnedUserId> {
    let people = content.get("m.mentions").and_then(|mentions| mentions.get("user_ids")?.as_array());
    people.into_iter().flatten().filter_map(|user_id| UserId::parse(user_id.as_str()?).ok()).collect()
}
