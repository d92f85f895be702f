//! Finds addresses in text, and says what a link points at.
//!
//! A small scanner of our own: what counts as a link here are schemes a person would type and Matrix identifiers, for which
//! no general crate has a notion.

use ruma::{MatrixToUri, MatrixUri, OwnedRoomOrAliasId, RoomAliasId, UserId, matrix_uri::MatrixId};

use super::{Node, PillTarget};

/// The schemes a link may have.
const SCHEMES: [&str; 7] = ["https", "http", "mailto", "magnet", "ftp", "matrix", "tel"];

/// What begins an address in running text.
const BEGINNINGS: [&str; 7] = ["https://", "http://", "ftp://", "mailto:", "magnet:?", "matrix:", "www."];

/// The lines of a text without formatting.
pub(super) fn plain(text: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (index, line) in text.trim_end().lines().enumerate() {
        if index > 0 {
            nodes.push(Node::LineBreak);
        }
        linkify(line, &mut nodes);
    }
    nodes
}

/// Adds a text, its addresses as links and pills.
pub(super) fn linkify(text: &str, nodes: &mut Vec<Node>) {
    let mut start = 0;
    let mut at = 0;
    let mut before = None;
    while let Some(character) = text[at..].chars().next() {
        if begins_word(before)
            && let Some((length, node)) = address(&text[at..])
        {
            push_text(&text[start..at], nodes);
            nodes.push(node);
            at += length;
            start = at;
            before = text[..at].chars().next_back();
            continue;
        }
        before = Some(character);
        at += character.len_utf8();
    }
    push_text(&text[start..], nodes);
}

/// Where the addresses in a text are that Markdown might take for something else.
pub(crate) fn address_ranges(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    let mut before = None;
    while let Some(character) = text[at..].chars().next() {
        let length = Some(()).filter(|()| begins_word(before)).and_then(|()| Some(address(&text[at..])?.0));
        if let Some(length) = length {
            ranges.push(at..at + length);
        }
        at += length.unwrap_or(character.len_utf8());
        before = text[..at].chars().next_back();
    }
    ranges
}

/// Adds a text to what stands before it.
pub(super) fn push_text(text: &str, nodes: &mut Vec<Node>) {
    if text.is_empty() {
        return;
    }
    match nodes.last_mut() {
        Some(Node::Text(before)) => before.push_str(text),
        _ => nodes.push(Node::Text(text.to_owned())),
    }
}

fn begins_word(before: Option<char>) -> bool {
    before.is_none_or(|before| !before.is_alphanumeric() && !matches!(before, '_' | '/' | '@' | '#' | ':' | '.' | '-'))
}

/// The address a text begins with, and how long it is.
fn address(text: &str) -> Option<(usize, Node)> {
    match text.as_bytes().first()? {
        b'@' | b'#' => return identifier(text),
        first if !first.is_ascii_alphabetic() => return None,
        _ => {}
    }
    let beginning =
        BEGINNINGS.iter().find(|one| text.get(..one.len()).is_some_and(|start| start.eq_ignore_ascii_case(one)))?;
    let length = extent(text);
    let found = &text[..length];
    let rest = found.get(beginning.len()..)?;
    if !rest.starts_with(|character: char| character.is_alphanumeric() || matches!(character, '[' | '_')) {
        return None;
    }
    if *beginning == "www." && !rest.contains('.') {
        return None;
    }
    let url = if *beginning == "www." { format!("https://{found}") } else { found.to_owned() };
    link(&url, vec![Node::Text(found.to_owned())], found).map(|node| (length, node))
}

/// A user ID or a room alias in running text.
fn identifier(text: &str) -> Option<(usize, Node)> {
    let length = extent(text);
    let found = &text[..length];
    let server = found.split_once(':')?.1;
    // `@a:b` is more often an accident than an address.
    if !server.contains('.') && server != "localhost" && !server.contains(':') {
        return None;
    }
    let target = if found.starts_with('@') {
        PillTarget::User(UserId::parse(found).ok()?)
    } else {
        PillTarget::Room(RoomAliasId::parse(found).ok()?.into())
    };
    Some((length, Node::Pill { target, label: found.to_owned() }))
}

/// How far an address reaches: to white space or a bracket that was open before, without punctuation at its end.
fn extent(text: &str) -> usize {
    let ends =
        |character: char| character.is_whitespace() || character.is_control() || matches!(character, '<' | '>' | '"');
    let mut length = text.find(ends).unwrap_or(text.len());
    while let Some(last) = text[..length].chars().next_back() {
        let within = &text[..length];
        let unbalanced = |open: char, close: char| within.matches(open).count() < within.matches(close).count();
        let drop = match last {
            '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '`' | '|' => true,
            ')' => unbalanced('(', ')'),
            ']' => unbalanced('[', ']'),
            '}' => unbalanced('{', '}'),
            _ => false,
        };
        if !drop {
            break;
        }
        length -= last.len_utf8();
    }
    length
}

/// What a link becomes: a pill for what is in Matrix, a link for a scheme that may be followed. `None`: neither.
pub(super) fn link(url: &str, children: Vec<Node>, label: &str) -> Option<Node> {
    let url = url.trim();
    if let Some(target) = pill_target(url) {
        return Some(Node::Pill { target, label: label.trim().to_owned() });
    }
    let (scheme, rest) = url.split_once(':')?;
    let allowed = SCHEMES.iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed));
    (allowed && !rest.is_empty()).then(|| Node::Link { url: url.to_owned(), children })
}

fn pill_target(url: &str) -> Option<PillTarget> {
    let id = if url.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("matrix:")) {
        MatrixUri::parse(url).ok()?.id().clone()
    } else if url.contains("matrix.to/#/") {
        MatrixToUri::parse(url).ok()?.id().clone()
    } else {
        return None;
    };
    match id {
        MatrixId::User(user_id) => Some(PillTarget::User(user_id)),
        MatrixId::Room(room_id) => Some(PillTarget::Room(OwnedRoomOrAliasId::from(room_id))),
        MatrixId::RoomAlias(alias) => Some(PillTarget::Room(OwnedRoomOrAliasId::from(alias))),
        MatrixId::Event(room, event_id) => Some(PillTarget::Event(room, event_id)),
        _ => None,
    }
}

/// Makes pills of the word `@room`.
pub(super) fn mark_room_mention(nodes: &mut Vec<Node>) {
    let mut marked = Vec::with_capacity(nodes.len());
    for mut node in std::mem::take(nodes) {
        match &mut node {
            Node::Text(text) => {
                split_room_mention(text, &mut marked);
                continue;
            }
            Node::Paragraph(children)
            | Node::Emphasis(children)
            | Node::Strong(children)
            | Node::Underline(children)
            | Node::Quote(children)
            | Node::Heading { children, .. } => mark_room_mention(children),
            Node::List { items, .. } => items.iter_mut().for_each(mark_room_mention),
            _ => {}
        }
        marked.push(node);
    }
    *nodes = marked;
}

fn split_room_mention(text: &str, nodes: &mut Vec<Node>) {
    const MENTION: &str = "@room";
    let mut rest = text;
    while let Some(at) = rest.find(MENTION) {
        let (before, after) = (&rest[..at], &rest[at + MENTION.len()..]);
        let is_word = begins_word(before.chars().next_back())
            && !after.starts_with(|character: char| character.is_alphanumeric() || character == ':');
        if is_word {
            push_text(before, nodes);
            nodes.push(Node::Pill { target: PillTarget::EveryoneInRoom, label: MENTION.to_owned() });
        } else {
            push_text(&rest[..at + MENTION.len()], nodes);
        }
        rest = after;
    }
    push_text(rest, nodes);
}
