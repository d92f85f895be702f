//! Walks over a tree of nodes.

use super::Node;

/// The nodes directly within a node, list by list.
pub(super) fn children(node: &Node) -> Vec<&[Node]> {
    match node {
        Node::Paragraph(children)
        | Node::Emphasis(children)
        | Node::Strong(children)
        | Node::Underline(children)
        | Node::Strikethrough(children)
        | Node::Superscript(children)
        | Node::Subscript(children)
        | Node::Quote(children)
        | Node::Heading { children, .. }
        | Node::Spoiler { children, .. }
        | Node::Link { children, .. }
        | Node::Colored { children, .. } => vec![children],
        Node::Details { summary, children } => vec![summary, children],
        Node::List { items, .. } => items.iter().map(|item| &**item).collect(),
        Node::Table { head, rows } => head.iter().chain(rows.iter().flatten()).map(|cell| &**cell).collect(),
        Node::Text(_)
        | Node::LineBreak
        | Node::Code(_)
        | Node::CodeBlock { .. }
        | Node::Rule
        | Node::Pill { .. }
        | Node::Image { .. }
        | Node::Math { .. } => Vec::new(),
    }
}

/// Shows every node to a function, parents first.
pub(super) fn visit(nodes: &[Node], see: &mut impl FnMut(&Node)) {
    for node in nodes {
        see(node);
        for list in children(node) {
            visit(list, see);
        }
    }
}

/// Whether a node begins on a line of its own.
pub(super) fn is_block(node: &Node) -> bool {
    matches!(
        node,
        Node::Paragraph(_)
            | Node::Heading { .. }
            | Node::CodeBlock { .. }
            | Node::Quote(_)
            | Node::List { .. }
            | Node::Rule
            | Node::Table { .. }
            | Node::Details { .. }
            | Node::Math { block: true, .. }
    )
}

/// Writes the text of nodes; blocks stand on lines of their own, spoilers keep their secret.
pub(super) fn write_text(nodes: &[Node], text: &mut String) {
    for node in nodes {
        if is_block(node) && !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        match node {
            Node::Text(words) | Node::Code(words) | Node::Pill { label: words, .. } => text.push_str(words),
            Node::CodeBlock { code, .. } => text.push_str(code),
            Node::LineBreak => text.push('\n'),
            Node::Image { alt, .. } => text.push_str(alt),
            Node::Math { source, .. } => text.push_str(source),
            Node::Spoiler { reason, .. } => text.push_str(reason.as_deref().unwrap_or("▒▒▒")),
            Node::List { items, .. } => {
                for item in items {
                    write_text(item, text);
                    if !text.ends_with('\n') {
                        text.push('\n');
                    }
                }
            }
            other => {
                for list in children(other) {
                    write_text(list, text);
                    if matches!(other, Node::Table { .. }) {
                        text.push(' ');
                    }
                }
            }
        }
        if is_block(node) && !text.ends_with('\n') {
            text.push('\n');
        }
    }
}
