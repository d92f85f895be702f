//! Formatted text as a tree of the nodes this client shows, so that no HTML reaches the page.

mod emoji;
mod html;
mod links;
mod tree;

pub(crate) use self::links::address_ranges;

use ruma::{OwnedEventId, OwnedMxcUri, OwnedRoomOrAliasId, OwnedUserId};
use serde::{Deserialize, Serialize};

/// A message's text: blocks and inline nodes, safe by construction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RichText(pub Vec<Node>);

impl RichText {
    /// Reads `org.matrix.custom.html`: the elements the
    /// [specification](https://spec.matrix.org/v1.18/client-server-api/#mroommessage-msgtypes) names become nodes, of all
    /// others only the text stays. Reply fallbacks are left out.
    pub fn from_html(html: &str) -> Self {
        Self(html::parse(html))
    }

    /// Text without formatting: its lines, with its addresses made links.
    pub fn from_plain(text: &str) -> Self {
        Self(links::plain(text))
    }

    /// The text alone, for excerpts and copies.
    pub fn to_plain(&self) -> String {
        let mut text = String::new();
        tree::write_text(&self.0, &mut text);
        text.trim().to_owned()
    }

    /// Whether there is nothing but a few emoji, which are shown large.
    pub fn is_emoji_only(&self) -> bool {
        emoji::is_emoji_only(&self.0)
    }

    /// Makes pills of `@room`, where the event says that it mentions everyone.
    #[must_use]
    pub fn with_room_mention(mut self) -> Self {
        links::mark_room_mention(&mut self.0);
        self
    }

    /// The people its pills name, with what they are called there.
    pub fn user_pills(&self) -> Vec<(OwnedUserId, String)> {
        let mut pills = Vec::new();
        tree::visit(&self.0, &mut |node| {
            if let Node::Pill { target: PillTarget::User(user_id), label } = node {
                pills.push((user_id.clone(), label.clone()));
            }
        });
        pills
    }
}

/// A node of a [`RichText`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Node {
    Text(String),
    LineBreak,
    Paragraph(Vec<Node>),
    /// Level 1 to 6.
    Heading {
        level: u8,
        children: Vec<Node>,
    },
    Emphasis(Vec<Node>),
    Strong(Vec<Node>),
    Underline(Vec<Node>),
    Strikethrough(Vec<Node>),
    Superscript(Vec<Node>),
    Subscript(Vec<Node>),
    Code(String),
    CodeBlock {
        language: Option<String>,
        code: String,
    },
    Quote(Vec<Node>),
    List {
        start: Option<u64>,
        items: Vec<Vec<Node>>,
    },
    Rule,
    Table {
        head: Vec<Vec<Node>>,
        rows: Vec<Vec<Vec<Node>>>,
    },
    Spoiler {
        reason: Option<String>,
        children: Vec<Node>,
    },
    Details {
        summary: Vec<Node>,
        children: Vec<Node>,
    },
    /// `http`, `https`, `mailto`, `magnet`, `ftp`, `matrix` only.
    Link {
        url: String,
        children: Vec<Node>,
    },
    Pill {
        target: PillTarget,
        label: String,
    },
    /// `data-mx-color` and `data-mx-bg-color`, as `#rrggbb`.
    Colored {
        color: Option<String>,
        background: Option<String>,
        children: Vec<Node>,
    },
    Image {
        uri: OwnedMxcUri,
        alt: String,
        emoticon: bool,
        width: Option<u32>,
        height: Option<u32>,
    },
    Math {
        block: bool,
        source: String,
    },
}

/// What a pill points at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PillTarget {
    User(OwnedUserId),
    Room(OwnedRoomOrAliasId),
    Event(OwnedRoomOrAliasId, OwnedEventId),
    EveryoneInRoom,
}
