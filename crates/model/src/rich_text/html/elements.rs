//! The elements that messages may have, and the nodes they become.

use html5ever::Attribute;
use ruma::OwnedMxcUri;

use super::tidy;
use crate::rich_text::{Node, links, tree};

/// What an open element will become.
pub(super) enum Element {
    /// Only its text stays.
    Transparent,
    /// Nothing stays.
    Dropped,
    /// Complete without an end.
    Void(Option<Node>),
    Paragraph,
    Division,
    Heading(u8),
    Wrapper(fn(Vec<Node>) -> Node),
    Code,
    Pre {
        language: Option<String>,
    },
    Quote,
    List {
        start: Option<u64>,
    },
    Item,
    Table,
    Row,
    Cell {
        is_head: bool,
    },
    Span(Span),
    Details,
    Summary,
    Link {
        url: String,
    },
}

/// The attributes of a `span` or `font`.
#[derive(Default)]
pub(super) struct Span {
    spoiler: Option<String>,
    color: Option<String>,
    background: Option<String>,
    math: Option<(bool, String)>,
}

impl Element {
    pub(super) fn new(name: &str, attributes: &[Attribute]) -> Self {
        let attribute = |name: &str| {
            attributes
                .iter()
                .find(|attribute| &*attribute.name.local == name)
                .map(|attribute| attribute.value.to_string())
        };
        match name {
            "mx-reply" | "script" | "style" | "head" | "template" | "iframe" | "object" | "svg" => Self::Dropped,
            "br" => Self::Void(Some(Node::LineBreak)),
            "hr" => Self::Void(Some(Node::Rule)),
            "img" => Self::Void(image(&attribute)),
            "wbr" | "input" | "meta" | "link" | "col" | "area" | "base" | "embed" | "source" | "track" => {
                Self::Void(None)
            }
            "p" => Self::Paragraph,
            "div" if attribute("data-mx-maths").is_some() => Self::Span(Span::new(true, &attribute)),
            "div" => Self::Division,
            "h1" => Self::Heading(1),
            "h2" => Self::Heading(2),
            "h3" => Self::Heading(3),
            "h4" => Self::Heading(4),
            "h5" => Self::Heading(5),
            "h6" => Self::Heading(6),
            "em" | "i" => Self::Wrapper(Node::Emphasis),
            "strong" | "b" => Self::Wrapper(Node::Strong),
            "u" | "ins" => Self::Wrapper(Node::Underline),
            "s" | "del" | "strike" => Self::Wrapper(Node::Strikethrough),
            "sup" => Self::Wrapper(Node::Superscript),
            "sub" => Self::Wrapper(Node::Subscript),
            "code" => Self::Code,
            "pre" => Self::Pre { language: None },
            "blockquote" => Self::Quote,
            "ul" => Self::List { start: None },
            "ol" => Self::List { start: Some(attribute("start").and_then(|start| start.parse().ok()).unwrap_or(1)) },
            "li" => Self::Item,
            "table" => Self::Table,
            "tr" => Self::Row,
            "th" => Self::Cell { is_head: true },
            "td" => Self::Cell { is_head: false },
            "span" | "font" => Self::Span(Span::new(false, &attribute)),
            "details" => Self::Details,
            "summary" => Self::Summary,
            "a" => attribute("href").map_or(Self::Transparent, |url| Self::Link { url }),
            _ => Self::Transparent,
        }
    }
}

impl Span {
    fn new(block: bool, attribute: &impl Fn(&str) -> Option<String>) -> Self {
        Self {
            spoiler: attribute("data-mx-spoiler"),
            color: attribute("data-mx-color").or_else(|| attribute("color")).filter(|color| is_color(color)),
            background: attribute("data-mx-bg-color").filter(|color| is_color(color)),
            math: attribute("data-mx-maths").map(|source| (block, source)),
        }
    }

    fn build(self, children: Vec<Node>) -> Vec<Node> {
        if let Some((block, source)) = self.math {
            return vec![Node::Math { block, source }];
        }
        let mut nodes = children;
        if self.color.is_some() || self.background.is_some() {
            nodes = vec![Node::Colored { color: self.color, background: self.background, children: nodes }];
        }
        if let Some(reason) = self.spoiler {
            let reason = Some(reason).filter(|reason| !reason.is_empty());
            nodes = vec![Node::Spoiler { reason, children: nodes }];
        }
        nodes
    }
}

/// What an element leaves for the one around it.
#[derive(Default)]
pub(super) struct Built {
    pub(super) nodes: Vec<Node>,
    pub(super) parts: Vec<Part>,
}

impl Built {
    fn nodes(nodes: Vec<Node>) -> Self {
        Self { nodes, parts: Vec::new() }
    }

    fn part(part: Part) -> Self {
        Self { nodes: Vec::new(), parts: vec![part] }
    }

    /// Parts outside of what they are parts of show what is in them.
    pub(super) fn into_nodes(self) -> Vec<Node> {
        let mut nodes = self.nodes;
        for part in self.parts {
            match part {
                Part::Item(children) | Part::Cell { children, .. } | Part::Summary(children) => {
                    nodes.push(Node::Paragraph(children));
                }
                Part::Row(cells) => nodes.extend(cells.into_iter().map(|(_, cell)| Node::Paragraph(cell))),
            }
        }
        nodes
    }
}

/// Something that has its place only in a list, a table, or details.
pub(super) enum Part {
    Item(Vec<Node>),
    Cell { is_head: bool, children: Vec<Node> },
    Row(Vec<(bool, Vec<Node>)>),
    Summary(Vec<Node>),
}

/// What an element becomes.
pub(super) fn build(element: Element, inner: Built) -> Built {
    match element {
        Element::Transparent => inner,
        Element::Dropped => Built::default(),
        Element::Void(node) => Built::nodes(node.into_iter().collect()),
        Element::Item => Built::part(Part::Item(tidy(inner.into_nodes()))),
        Element::Cell { is_head } => Built::part(Part::Cell { is_head, children: tidy(inner.into_nodes()) }),
        Element::Summary => Built::part(Part::Summary(tidy(inner.into_nodes()))),
        Element::Row => Built::part(Part::Row(cells(inner.parts))),
        Element::List { start } => Built::nodes(list(start, inner)),
        Element::Table => Built::nodes(table(inner)),
        Element::Details => Built::nodes(details(inner)),
        element => Built::nodes(build_simple(element, inner.into_nodes())),
    }
}

fn build_simple(element: Element, children: Vec<Node>) -> Vec<Node> {
    let block = |make: fn(Vec<Node>) -> Node, children: Vec<Node>| {
        let children = tidy(children);
        if children.is_empty() { Vec::new() } else { vec![make(children)] }
    };
    match element {
        Element::Paragraph => block(Node::Paragraph, children),
        // A division around blocks adds nothing to them.
        Element::Division if children.iter().any(tree::is_block) => children,
        Element::Division => block(Node::Paragraph, children),
        Element::Quote => block(Node::Quote, children),
        Element::Heading(level) => vec![Node::Heading { level, children: tidy(children) }],
        Element::Wrapper(make) if !children.is_empty() => vec![make(children)],
        Element::Code => vec![Node::Code(text_of(&children))],
        Element::Pre { language } => {
            let mut code = text_of(&children);
            if code.ends_with('\n') {
                code.pop();
            }
            vec![Node::CodeBlock { language, code }]
        }
        Element::Span(span) => span.build(children),
        Element::Link { url } => {
            let label = text_of(&children);
            links::link(&url, children.clone(), &label).map_or(children, |node| vec![node])
        }
        _ => children,
    }
}

fn list(start: Option<u64>, inner: Built) -> Vec<Node> {
    let mut items = Vec::new();
    for part in inner.parts {
        match part {
            Part::Item(item) => items.push(item),
            other => items.push(Built::part(other).into_nodes()),
        }
    }
    let loose = tidy(inner.nodes);
    if !loose.is_empty() {
        items.push(loose);
    }
    if items.is_empty() { Vec::new() } else { vec![Node::List { start, items }] }
}

fn cells(parts: Vec<Part>) -> Vec<(bool, Vec<Node>)> {
    parts
        .into_iter()
        .map(|part| match part {
            Part::Cell { is_head, children } => (is_head, children),
            other => (false, Built::part(other).into_nodes()),
        })
        .collect()
}

/// The first row is the head where all of its cells say so.
fn table(inner: Built) -> Vec<Node> {
    let mut nodes = tidy(inner.nodes);
    let (mut head, mut rows) = (Vec::new(), Vec::new());
    for part in inner.parts {
        let row = match part {
            Part::Row(cells) => cells,
            other => cells(vec![other]),
        };
        let is_head = rows.is_empty() && head.is_empty() && !row.is_empty() && row.iter().all(|(is_head, _)| *is_head);
        let row: Vec<Vec<Node>> = row.into_iter().map(|(_, cell)| cell).collect();
        if is_head {
            head = row;
        } else {
            rows.push(row);
        }
    }
    if !head.is_empty() || !rows.is_empty() {
        nodes.push(Node::Table { head, rows });
    }
    nodes
}

fn details(inner: Built) -> Vec<Node> {
    let (mut summary, mut rest) = (Vec::new(), Built::nodes(inner.nodes));
    for part in inner.parts {
        match part {
            Part::Summary(children) if summary.is_empty() => summary = children,
            other => rest.parts.push(other),
        }
    }
    vec![Node::Details { summary, children: tidy(rest.into_nodes()) }]
}

fn text_of(nodes: &[Node]) -> String {
    let mut text = String::new();
    for node in nodes {
        match node {
            Node::Text(words) | Node::Code(words) => text.push_str(words),
            Node::LineBreak => text.push('\n'),
            other => tree::write_text(std::slice::from_ref(other), &mut text),
        }
    }
    text
}

fn image(attribute: &impl Fn(&str) -> Option<String>) -> Option<Node> {
    let alt = attribute("alt").or_else(|| attribute("title")).unwrap_or_default();
    let uri = attribute("src").map(OwnedMxcUri::from).filter(|uri| uri.is_valid());
    let size = |name: &str| attribute(name).and_then(|size| size.parse().ok());
    match uri {
        Some(uri) => Some(Node::Image {
            uri,
            alt,
            emoticon: attribute("data-mx-emoticon").is_some(),
            width: size("width"),
            height: size("height"),
        }),
        // A picture from elsewhere would tell that server who reads: its description stays.
        None => (!alt.is_empty()).then_some(Node::Text(alt)),
    }
}

/// `#rrggbb`.
fn is_color(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The language of `class="language-…"`.
pub(super) fn language(class: &str) -> Option<String> {
    let name = class.split_whitespace().find_map(|class| class.strip_prefix("language-"))?;
    (!name.is_empty()).then(|| name.to_owned())
}
