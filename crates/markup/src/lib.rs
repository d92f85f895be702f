//! The `view!` of the page. It reads the same markup as the one of Leptos, by the same parser, and differs in what it
//! makes of it: calls of a few functions in the page's `markup` module, which know one type of element, instead of a type
//! for every element, attribute and closure. That is a third less to download, for a little more work per element.
//!
//! It knows what the page uses, and refuses the rest: no `class:`, `use:`, `bind:`, `inner_html`, slots or spread
//! attributes.

mod component;
mod element;

use proc_macro2::TokenStream;
use quote::quote;
use rstml::{
    Parser, ParserConfig,
    node::{CustomNode, Node},
};

/// Markup as a view.
#[proc_macro]
pub fn view(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let parser = Parser::new(ParserConfig::default().recover_block(true));
    let (nodes, problems) = parser.parse_recoverable(tokens).split_vec();
    let problems = problems.into_iter().map(|problem| problem.emit_as_expr_tokens());
    let view = several(&nodes).unwrap_or_else(|problem| problem.into_compile_error());
    quote!({ #[allow(unused_braces)] { #(#problems;)* #view } }).into()
}

/// Nodes beside each other, as one view.
fn several(nodes: &[Node<impl CustomNode>]) -> syn::Result<TokenStream> {
    let mut views = nodes.iter().filter_map(|node| one(node).transpose()).collect::<syn::Result<Vec<_>>>()?;
    Ok(match views.len() {
        1 => views.remove(0),
        _ => quote!(crate::markup::several(vec![#(#views),*])),
    })
}

/// One node as a view; `None`: it is a comment.
fn one(node: &Node<impl CustomNode>) -> syn::Result<Option<TokenStream>> {
    Ok(Some(match node {
        Node::Element(element) if component::is_component(element.name()) => component::view(element)?,
        Node::Element(element) => element::view(element)?,
        Node::Fragment(fragment) => several(&fragment.children)?,
        Node::Block(block) => quote!(crate::markup::child(#block)),
        Node::Text(text) => {
            let text = &text.value;
            quote!(crate::markup::child(#text))
        }
        Node::Comment(_) => return Ok(None),
        Node::Doctype(_) | Node::RawText(_) | Node::Custom(_) => {
            return Err(syn::Error::new_spanned(node, "texts stand in quotation marks, everything else in braces"));
        }
    }))
}
