//! Formatted text as a tree of the nodes this client shows, so that no HTML reaches the page.

use ruma::{OwnedEventId, OwnedMxcUri, OwnedRoomOrAliasId, OwnedUserId};
use serde::{Deserialize, Serialize};

/// A message's text: blocks and inline nodes, safe by construction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RichText(pub Vec<Node>);

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
