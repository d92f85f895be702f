//! What a message says without its form: for copying, quoting and reading out.

use trellis_model::{
    protocol::{ItemContent, MediaInfo},
    rich_text::{Node, RichText},
};

/// The words of a message; empty where it has none.
pub(crate) fn plain_text(content: &ItemContent) -> String {
    match content {
        ItemContent::Message { body, .. } => rich(body),
        ItemContent::Media(media) | ItemContent::Sticker(media) => file(media),
        ItemContent::Unsupported { body, .. } => body.clone().unwrap_or_default(),
        ItemContent::State(_)
        | ItemContent::Redacted { .. }
        | ItemContent::Undecryptable(_)
        | ItemContent::Malformed { .. } => String::new(),
    }
}

fn file(media: &MediaInfo) -> String {
    media.caption.as_ref().map_or_else(|| media.file_name.clone(), rich)
}

fn rich(text: &RichText) -> String {
    let mut plain = String::new();
    push_all(&text.0, &mut plain);
    plain.trim().to_owned()
}

fn push_all(nodes: &[Node], plain: &mut String) {
    for node in nodes {
        push(node, plain);
    }
}

/// Begins a new line, unless one begins already.
fn begin_line(plain: &mut String) {
    if !plain.is_empty() && !plain.ends_with('\n') {
        plain.push('\n');
    }
}

fn push_block(nodes: &[Node], plain: &mut String) {
    begin_line(plain);
    push_all(nodes, plain);
    begin_line(plain);
}

fn push(node: &Node, plain: &mut String) {
    match node {
        Node::Text(text) | Node::Code(text) => plain.push_str(text),
        Node::Math { source, .. } => plain.push_str(source),
        Node::LineBreak => plain.push('\n'),
        Node::Rule => push_block(&[Node::Text("—".to_owned())], plain),
        Node::Paragraph(children) | Node::Heading { children, .. } | Node::Quote(children) => {
            push_block(children, plain);
        }
        Node::Emphasis(children)
        | Node::Strong(children)
        | Node::Underline(children)
        | Node::Strikethrough(children)
        | Node::Superscript(children)
        | Node::Subscript(children)
        | Node::Link { children, .. }
        | Node::Colored { children, .. } => push_all(children, plain),
        // What is hidden on the screen is hidden here.
        Node::Spoiler { .. } => plain.push('…'),
        Node::CodeBlock { code, .. } => push_block(&[Node::Text(code.clone())], plain),
        Node::List { start, items } => {
            for (index, item) in (0..).zip(items) {
                begin_line(plain);
                match start {
                    Some(start) => plain.push_str(&format!("{}. ", start.saturating_add(index))),
                    None => plain.push_str("- "),
                }
                push_all(item, plain);
            }
            begin_line(plain);
        }
        Node::Table { head, rows } => {
            for row in std::iter::once(head).chain(rows).filter(|row| !row.is_empty()) {
                begin_line(plain);
                for (index, cell) in row.iter().enumerate() {
                    if index > 0 {
                        plain.push('\t');
                    }
                    push_all(cell, plain);
                }
            }
            begin_line(plain);
        }
        Node::Details { summary, children } => {
            push_block(summary, plain);
            push_block(children, plain);
        }
        Node::Pill { label, .. } => plain.push_str(label),
        Node::Image { alt, .. } => plain.push_str(alt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Node {
        Node::Text(text.to_owned())
    }

    #[test]
    fn blocks_stand_on_lines_of_their_own() {
        let body = RichText(vec![
            Node::Paragraph(vec![text("one "), Node::Strong(vec![text("two")])]),
            Node::List { start: Some(3), items: vec![vec![text("a")], vec![text("b")]] },
            text("end"),
        ]);
        assert_eq!(rich(&body), "one two\n3. a\n4. b\nend");
    }

    #[test]
    fn a_spoiler_stays_hidden() {
        let body = RichText(vec![text("He "), Node::Spoiler { reason: None, children: vec![text("wins")] }]);
        assert_eq!(rich(&body), "He …");
    }
}
