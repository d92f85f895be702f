//! Components, and the two that are control flow: `Show` and `For`.

use proc_macro2::TokenStream;
use quote::quote;
use rstml::node::{CustomNode, KeyedAttribute, NodeAttribute, NodeElement, NodeName};
use syn::Expr;

/// Components begin with a capital letter.
pub(crate) fn is_component(name: &NodeName) -> bool {
    match name {
        NodeName::Path(path) => {
            let last = path.path.segments.last().map(|segment| segment.ident.to_string());
            last.is_some_and(|name| name.starts_with(char::is_uppercase))
        }
        NodeName::Punctuated(_) | NodeName::Block(_) => false,
    }
}

/// A component with its properties and children.
pub(crate) fn view(node: &NodeElement<impl CustomNode>) -> syn::Result<TokenStream> {
    let properties = node.attributes().iter().map(property).collect::<syn::Result<Vec<_>>>()?;
    let children = match node.children.is_empty() {
        true => None,
        false => Some(crate::several(&node.children)?),
    };
    match node.name().to_string().as_str() {
        "Show" => show(node, &properties, children),
        "For" => list(node, &properties),
        _ => {
            let name = node.name();
            let generics = Some(&node.open_tag.generics).filter(|generics| generics.lt_token.is_some());
            let generics = generics.map(|generics| quote!(::#generics));
            let setters = properties.iter().map(|property| {
                let name = &property.key;
                let value = property.value().map_or_else(|| quote!(#name), |value| quote!(#value));
                quote!(.#name(#[allow(unused_braces)] { #value }))
            });
            let children = children
                .map(|children| quote!(.children(::leptos::children::ToChildren::to_children(move || #children))));
            Ok(quote!({
                let properties = ::leptos::component::component_props_builder(&#name #generics)
                    #(#setters)* #children .build();
                crate::markup::erase(::leptos::component::component_view(&#name, properties))
            }))
        }
    }
}

fn property(attribute: &NodeAttribute) -> syn::Result<&KeyedAttribute> {
    match attribute {
        NodeAttribute::Attribute(attribute) if matches!(attribute.key, NodeName::Path(_)) => Ok(attribute),
        _ => Err(syn::Error::new_spanned(attribute, "a component has only properties")),
    }
}

fn show(
    node: &NodeElement<impl CustomNode>,
    properties: &[&KeyedAttribute],
    children: Option<TokenStream>,
) -> syn::Result<TokenStream> {
    let when = required(node, properties, "when")?;
    Ok(match find(properties, "fallback") {
        None => quote!(crate::markup::show(#when, move || #children)),
        Some(fallback) => quote!(crate::markup::show_or(#when, move || #children, #fallback)),
    })
}

fn list(node: &NodeElement<impl CustomNode>, properties: &[&KeyedAttribute]) -> syn::Result<TokenStream> {
    let each = required(node, properties, "each")?;
    let key = required(node, properties, "key")?;
    let children = required(node, properties, "children")?;
    Ok(quote!(crate::markup::list(#each, #key, #children)))
}

fn required<'n>(
    node: &NodeElement<impl CustomNode>,
    properties: &[&'n KeyedAttribute],
    name: &str,
) -> syn::Result<&'n Expr> {
    let missing = || syn::Error::new_spanned(node.name(), format!("`{name}` is missing"));
    find(properties, name).ok_or_else(missing)
}

fn find<'n>(properties: &[&'n KeyedAttribute], name: &str) -> Option<&'n Expr> {
    properties.iter().find(|property| property.key.to_string() == name)?.value()
}
