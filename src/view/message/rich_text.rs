//! Formatted text as elements. Nothing here sees HTML: the tree has only nodes that this module draws.

mod parts;

use leptos::prelude::*;

use crate::markup::view;
use trellis_model::rich_text::{Node, RichText};

use self::parts::{CodeBlock, InlineImage, Pill, Spoiler};

/// Draws a message's text.
pub(crate) fn draw(text: &RichText) -> AnyView {
    nodes(&text.0)
}

fn nodes(all: &[Node]) -> AnyView {
    all.iter().map(node).collect_view().into_any()
}

fn node(one: &Node) -> AnyView {
    match one {
        Node::Text(text) => text.clone().into_any(),
        Node::LineBreak => view! { <br/> },
        Node::Paragraph(children) => view! { <p dir="auto">{nodes(children)}</p> },
        Node::Heading { level, children } => heading(*level, children),
        Node::Emphasis(children) => view! { <em>{nodes(children)}</em> },
        Node::Strong(children) => view! { <strong>{nodes(children)}</strong> },
        Node::Underline(children) => view! { <u>{nodes(children)}</u> },
        Node::Strikethrough(children) => view! { <s>{nodes(children)}</s> },
        Node::Superscript(children) => view! { <sup>{nodes(children)}</sup> },
        Node::Subscript(children) => view! { <sub>{nodes(children)}</sub> },
        Node::Code(code) => view! { <code dir="ltr">{code.clone()}</code> },
        Node::CodeBlock { language, code } => {
            view! { <CodeBlock language=language.clone() code=code.clone()/> }
        }
        Node::Quote(children) => view! { <blockquote dir="auto">{nodes(children)}</blockquote> },
        Node::List { start, items } => list(*start, items),
        Node::Rule => view! { <hr/> },
        Node::Table { head, rows } => table(head, rows),
        Node::Spoiler { reason, children } => {
            let content = children.clone();
            view! { <Spoiler reason=reason.clone() content/> }
        }
        Node::Details { summary, children } => {
            view! { <details><summary>{nodes(summary)}</summary>{nodes(children)}</details> }
        }
        Node::Link { url, children } => view! {
            <a href=url.clone() target="_blank" rel="noopener noreferrer">{nodes(children)}</a>
        },
        Node::Pill { target, label } => view! { <Pill target=target.clone() label=label.clone()/> },
        Node::Colored { color, background, children } => view! {
            <span style:color=color.clone() style:background-color=background.clone()>{nodes(children)}</span>
        },
        Node::Image { uri, alt, emoticon, width, height } => view! {
            <InlineImage uri=uri.clone() alt=alt.clone() emoticon=*emoticon width=*width height=*height/>
        },
        Node::Math { source, .. } => {
            view! { <code class="rich-text__math" dir="ltr">{source.clone()}</code> }
        }
    }
}

/// Headings of messages are no headings of the page, whose outline they would break.
fn heading(level: u8, children: &[Node]) -> AnyView {
    view! { <p class="rich-text__heading" data-level=level.to_string()><strong>{nodes(children)}</strong></p> }
}

fn list(start: Option<u64>, items: &[Vec<Node>]) -> AnyView {
    let items = items.iter().map(|item| view! { <li dir="auto">{nodes(item)}</li> }).collect_view();
    match start {
        Some(start) => view! { <ol start=start.to_string()>{items}</ol> },
        None => view! { <ul>{items}</ul> },
    }
}

fn table(head: &[Vec<Node>], rows: &[Vec<Vec<Node>>]) -> AnyView {
    let head = (!head.is_empty()).then(|| {
        let cells = head.iter().map(|cell| view! { <th scope="col">{nodes(cell)}</th> }).collect_view();
        view! { <thead><tr>{cells}</tr></thead> }
    });
    let rows = rows
        .iter()
        .map(|row| {
            let cells = row.iter().map(|cell| view! { <td>{nodes(cell)}</td> }).collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    view! { <div class="rich-text__table" tabindex="0"><table>{head}<tbody>{rows}</tbody></table></div> }
}
