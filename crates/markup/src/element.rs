//! Elements: what never changes becomes one text, what can change a call each.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use rstml::node::{CustomNode, KeyedAttribute, NodeAttribute, NodeElement};
use syn::{Expr, Lit, spanned::Spanned};

/// Those that are not of HTML.
const SVG: [&str; 2] = ["svg", "path"];

/// Events that have no type of their own in Leptos.
const UNTYPED: [&str; 1] = ["cancel"];

/// An element with its attributes and children.
pub(crate) fn view(node: &NodeElement<impl CustomNode>) -> syn::Result<TokenStream> {
    let tag = node.name().to_string();
    let mut shape = Shape::new(&tag);
    for attribute in node.attributes() {
        match attribute {
            NodeAttribute::Attribute(attribute) => shape.add(attribute)?,
            NodeAttribute::Block(block) => return Err(syn::Error::new_spanned(block, "an attribute has a name")),
        }
    }
    let children = node.children.iter().filter_map(|child| crate::one(child).transpose());
    let children = children.collect::<syn::Result<Vec<_>>>()?;
    let Shape { text, values, .. } = shape;
    Ok(quote!(crate::markup::element(#text)#(.with(#values))*#(.child(#children))*.view()))
}

/// What is known of an element when the page is compiled, in the form that `markup::shape` reads: the tag, then a line
/// for each attribute. Those of the values say what the value at their place is.
struct Shape {
    text: String,
    values: Vec<TokenStream>,
    /// The type that stands for the element.
    element: Ident,
}

impl Shape {
    fn new(tag: &str) -> Self {
        let mut letters = tag.chars();
        let name: String = letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
        let text = if SVG.contains(&tag) { format!("~{tag}") } else { tag.to_owned() };
        Self { text, values: Vec::new(), element: Ident::new(&name, Span::call_site()) }
    }

    fn add(&mut self, attribute: &KeyedAttribute) -> syn::Result<()> {
        let name = attribute.key.to_string();
        let Some(value) = attribute.value() else {
            if attribute.possible_value.to_value().is_some() {
                return Err(syn::Error::new_spanned(attribute, "this is no expression"));
            }
            self.line(&format!("{name}="));
            return Ok(());
        };
        let element = self.element.clone();
        match name.split_once(':') {
            None if name == "node_ref" => {
                self.line("&");
                self.values.push(quote!(crate::markup::reference::<::leptos::html::#element>(#value)));
            }
            None => match fixed(value) {
                Some(text) => self.line(&format!("{name}={text}")),
                None => self.value(":", &name, value),
            },
            Some(("prop", name)) => self.value(".", name, value),
            Some(("style", name)) => self.value("%", name, value),
            Some(("on", event)) => {
                let (event, target) = event.split_once(':').map_or((event, None), |(event, rest)| (event, Some(rest)));
                self.line(&format!("@{event}"));
                let event = match UNTYPED.contains(&event) {
                    true => quote!(::leptos::ev::Custom::<::leptos::ev::Event>::new(#event)),
                    false => {
                        let event = Ident::new(event, attribute.key.span());
                        quote!(::leptos::ev::#event)
                    }
                };
                self.values.push(match target {
                    None => quote!(crate::markup::on(#event, #value)),
                    Some("target") => {
                        quote!(crate::markup::on_target::<::leptos::html::#element, _>(#event, #value))
                    }
                    Some(_) => return Err(syn::Error::new_spanned(&attribute.key, "only `target` may stand here")),
                });
            }
            Some(_) => {
                return Err(syn::Error::new_spanned(&attribute.key, "only `on:`, `prop:` and `style:` are known"));
            }
        }
        Ok(())
    }

    fn value(&mut self, kind: &str, name: &str, value: &Expr) {
        self.line(&format!("{kind}{name}"));
        self.values.push(quote!(crate::markup::value(#value)));
    }

    fn line(&mut self, line: &str) {
        self.text.push('\n');
        self.text.push_str(line);
    }
}

/// A value that is known already.
fn fixed(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()).filter(|text| !text.contains('\n')),
            Lit::Int(number) => Some(number.base10_digits().to_owned()),
            Lit::Bool(flag) => flag.value.then(String::new),
            _ => None,
        },
        _ => None,
    }
}
