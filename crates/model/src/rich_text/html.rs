//! Event HTML to nodes.
//!
//! The tokenizer is html5ever's; the tree is built here, from the elements the specification names and never deeper than
//! it says, so a message of ten thousand open tags can cost neither memory nor stack. html5ever's own tree builder has
//! no such bound, and would add tables and foster parents that no message needs.

mod elements;

use std::cell::RefCell;

use html5ever::{
    Attribute,
    buffer_queue::BufferQueue,
    tendril::StrTendril,
    tokenizer::{TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind},
};

use self::elements::{Built, Element, build, language};
use super::{Node, links, tree};

/// How deep elements may be nested.
///
/// <https://spec.matrix.org/v1.18/client-server-api/#mroommessage-msgtypes>
const DEPTH: usize = 100;

/// Reads a fragment of HTML.
pub(super) fn parse(html: &str) -> Vec<Node> {
    let tokenizer = Tokenizer::new(Sink(RefCell::new(Builder::new())), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner().finish()
}

struct Sink(RefCell<Builder>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut builder = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => builder.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let is_raw = matches!(&*tag.name, "script" | "style");
                builder.open(&tag.name, &tag.attrs);
                if is_raw {
                    return TokenSinkResult::RawData(RawKind::Rawtext);
                }
            }
            Token::TagToken(tag) => builder.close(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// An element whose end has not come.
struct Open {
    name: String,
    element: Element,
    inner: Built,
}

struct Builder {
    root: Built,
    stack: Vec<Open>,
    /// The names of elements opened beyond the depth, which are left out.
    skipped: Vec<String>,
}

impl Builder {
    fn new() -> Self {
        Self { root: Built::default(), stack: Vec::new(), skipped: Vec::new() }
    }

    fn inner(&mut self) -> &mut Built {
        self.stack.last_mut().map_or(&mut self.root, |open| &mut open.inner)
    }

    fn children(&mut self) -> &mut Vec<Node> {
        &mut self.inner().nodes
    }

    fn is_within(&self, is_it: impl Fn(&Element) -> bool) -> bool {
        self.stack.iter().any(|open| is_it(&open.element))
    }

    fn text(&mut self, text: &str) {
        if self.is_within(|element| matches!(element, Element::Dropped)) {
            return;
        }
        if self.is_within(|element| matches!(element, Element::Pre { .. })) {
            links::push_text(text, self.children());
            return;
        }
        let collapsed = collapse(text);
        if self.is_within(|element| matches!(element, Element::Link { .. } | Element::Code)) {
            links::push_text(&collapsed, self.children());
        } else {
            links::linkify(&collapsed, self.children());
        }
    }

    fn open(&mut self, name: &str, attributes: &[Attribute]) {
        self.close_implied(name);
        let element = Element::new(name, attributes);
        if name == "code"
            && let Some(Open { element: Element::Pre { language: known }, .. }) = self.stack.last_mut()
        {
            let class = attributes.iter().find(|attribute| &*attribute.name.local == "class");
            *known = class.and_then(|class| language(&class.value));
        }
        if let Element::Void(node) = element {
            self.children().extend(node);
        } else if self.stack.len() >= DEPTH {
            self.skipped.push(name.to_owned());
        } else {
            self.stack.push(Open { name: name.to_owned(), element, inner: Built::default() });
        }
    }

    /// A paragraph ends where a block begins, an item where the next one does.
    fn close_implied(&mut self, name: &str) {
        let closes: &[&str] = match name {
            "p" | "div" | "ul" | "ol" | "blockquote" | "pre" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hr"
            | "table" | "details" => &["p"],
            "li" => &["li", "p"],
            "td" | "th" => &["td", "th", "p"],
            "tr" => &["td", "th", "tr", "p"],
            "tbody" | "thead" | "tfoot" => &["td", "th", "tr", "tbody", "thead", "tfoot"],
            _ => return,
        };
        while let Some(open) = self.stack.last() {
            if !closes.contains(&&*open.name) {
                return;
            }
            let is_same = open.name == name;
            self.pop();
            if is_same {
                return;
            }
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(skipped) = self.skipped.last() {
            if skipped == name {
                self.skipped.pop();
            }
            return;
        }
        if !self.stack.iter().any(|open| open.name == name) {
            return;
        }
        while let Some(open) = self.stack.last() {
            let is_it = open.name == name;
            self.pop();
            if is_it {
                return;
            }
        }
    }

    fn pop(&mut self) {
        let Some(open) = self.stack.pop() else { return };
        let built = build(open.element, open.inner);
        let inner = self.inner();
        for node in built.nodes {
            match node {
                Node::Text(text) => links::push_text(&text, &mut inner.nodes),
                node => inner.nodes.push(node),
            }
        }
        inner.parts.extend(built.parts);
    }

    fn finish(mut self) -> Vec<Node> {
        self.skipped.clear();
        while !self.stack.is_empty() {
            self.pop();
        }
        tidy(self.root.into_nodes())
    }
}

/// White space in HTML is one space.
fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
            if !collapsed.ends_with(' ') {
                collapsed.push(' ');
            }
        } else {
            collapsed.push(character);
        }
    }
    collapsed
}

/// Removes the white space around blocks and at both ends, which HTML does not show.
fn tidy(nodes: Vec<Node>) -> Vec<Node> {
    let mut tidied: Vec<Node> = Vec::with_capacity(nodes.len());
    for mut node in nodes {
        let after_break = tidied.last().is_none_or(|last| tree::is_block(last) || *last == Node::LineBreak);
        if let Node::Text(text) = &mut node
            && after_break
        {
            let start = text.len() - text.trim_start_matches(' ').len();
            text.drain(..start);
            if text.is_empty() {
                continue;
            }
        }
        if tree::is_block(&node) || node == Node::LineBreak {
            trim_end(&mut tidied);
        }
        // A break before a block shows nothing.
        if tree::is_block(&node) && tidied.last() == Some(&Node::LineBreak) {
            tidied.pop();
        }
        tidied.push(node);
    }
    trim_end(&mut tidied);
    while tidied.last() == Some(&Node::LineBreak) {
        tidied.pop();
        trim_end(&mut tidied);
    }
    tidied
}

fn trim_end(nodes: &mut Vec<Node>) {
    if let Some(Node::Text(text)) = nodes.last_mut() {
        text.truncate(text.trim_end_matches(' ').len());
        if text.is_empty() {
            nodes.pop();
        }
    }
}
