//! `Route` ↔ fragment.

use std::fmt::{self, Display};

use super::{Dialog, Panel, Place, Route, SettingsPage};

impl Route {
    /// Reads a fragment, with or without its `#`.
    pub fn parse(fragment: &str) -> Self {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        let (path, query) = fragment.split_once('?').unwrap_or((fragment, ""));
        let segments: Vec<String> = path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (account, rest) = match segments.as_slice() {
            ["a", number, rest @ ..] if number.parse::<u32>().is_ok() => (number.parse().ok(), rest),
            all => (None, all),
        };
        let mut route = Self { account, ..Self::to(place(rest).unwrap_or_else(|| Place::Unknown(path.to_owned()))) };
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let value = decode(value);
            match key {
                "via" => route.via.extend(value.parse().ok()),
                "panel" => route.panel = panel(&value),
                "dialog" => route.dialog = dialog(&value),
                _ => {}
            }
        }
        route
    }
}

fn place(segments: &[&str]) -> Option<Place> {
    Some(match segments {
        [] => Place::Home,
        ["login"] => Place::Login,
        ["register"] => Place::Register,
        ["room", room] => Place::Room { room: (*room).try_into().ok()?, event: None },
        ["room", room, event] => Place::Room { room: (*room).try_into().ok()?, event: Some((*event).try_into().ok()?) },
        ["space", room_id] => Place::Space((*room_id).try_into().ok()?),
        ["user", user_id] => Place::User((*user_id).try_into().ok()?),
        ["settings"] => Place::Settings(SettingsPage::Profile),
        ["settings", page] => Place::Settings(SettingsPage::parse(page)?),
        ["explore"] => Place::Explore,
        _ => return None,
    })
}

fn panel(text: &str) -> Option<Panel> {
    match text {
        "members" => Some(Panel::Members),
        "details" => Some(Panel::Details),
        _ => None,
    }
}

fn dialog(text: &str) -> Option<Dialog> {
    let (name, id) = text.split_once(':').unwrap_or((text, ""));
    Some(match name {
        "create-room" => Dialog::CreateRoom,
        "direct-chat" => Dialog::StartDirectChat,
        "join" => Dialog::JoinRoom,
        "invite" => Dialog::Invite(id.try_into().ok()?),
        "leave" => Dialog::Leave(id.try_into().ok()?),
        "shortcuts" => Dialog::Shortcuts,
        "log-out" => Dialog::LogOut,
        "image" => Dialog::Image(id.try_into().ok()?),
        _ => return None,
    })
}

impl SettingsPage {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Profile, Self::Devices, Self::Encryption, Self::Appearance];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.as_str() == text)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Devices => "devices",
            Self::Encryption => "encryption",
            Self::Appearance => "appearance",
        }
    }
}

impl Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("#/")?;
        if let Some(account) = self.account {
            write!(f, "a/{account}/")?;
        }
        match &self.place {
            Place::Home => {}
            Place::Login => f.write_str("login")?,
            Place::Register => f.write_str("register")?,
            Place::Room { room, event } => {
                write!(f, "room/{}", encode(room.as_str()))?;
                if let Some(event) = event {
                    write!(f, "/{}", encode(event.as_str()))?;
                }
            }
            Place::Space(room_id) => write!(f, "space/{}", encode(room_id.as_str()))?,
            Place::User(user_id) => write!(f, "user/{}", encode(user_id.as_str()))?,
            Place::Settings(page) => write!(f, "settings/{}", page.as_str())?,
            Place::Explore => f.write_str("explore")?,
            Place::Unknown(path) => f.write_str(path.trim_start_matches('/'))?,
        }
        self.write_query(f)
    }
}

impl Route {
    fn write_query(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut mark = '?';
        let mut pair = |key: &str, value: &str| {
            let result = write!(f, "{mark}{key}={value}");
            mark = '&';
            result
        };
        for via in &self.via {
            pair("via", &encode(via.as_str()))?;
        }
        match self.panel {
            Some(Panel::Members) => pair("panel", "members")?,
            Some(Panel::Details) => pair("panel", "details")?,
            None => {}
        }
        match &self.dialog {
            Some(Dialog::CreateRoom) => pair("dialog", "create-room"),
            Some(Dialog::StartDirectChat) => pair("dialog", "direct-chat"),
            Some(Dialog::JoinRoom) => pair("dialog", "join"),
            Some(Dialog::Invite(room_id)) => pair("dialog", &format!("invite:{}", encode(room_id.as_str()))),
            Some(Dialog::Leave(room_id)) => pair("dialog", &format!("leave:{}", encode(room_id.as_str()))),
            Some(Dialog::Shortcuts) => pair("dialog", "shortcuts"),
            Some(Dialog::LogOut) => pair("dialog", "log-out"),
            Some(Dialog::Image(event_id)) => pair("dialog", &format!("image:{}", encode(event_id.as_str()))),
            None => Ok(()),
        }
    }
}

/// Percent-encodes what would end a segment or a value. Sigils stay, so that links can be read.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '/' | '?' | '&' | '%' | '#' | '=' | '+' | ' ' | '"' | '<' | '>' => {
                encoded.push_str(&format!("%{:02X}", u32::from(character)));
            }
            _ => encoded.push(character),
        }
    }
    encoded
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = (byte == b'%')
            .then(|| tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = if escaped.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
        bytes.push(escaped.unwrap_or(byte));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
