//! One function for each message of the catalogue, with one parameter for each of its variables.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Message, Pattern, PatternElement},
    parser,
};

/// The functions, as Rust source.
pub(crate) fn functions(text: &str) -> Result<String, String> {
    let resource = parser::parse(text).map_err(|(_, errors)| format!("{errors:?}"))?;
    let mut messages = BTreeMap::new();
    for entry in &resource.body {
        match entry {
            Entry::Message(message) => {
                if messages.insert(message.id.name, message).is_some() {
                    return Err(format!("{} stands twice", message.id.name));
                }
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            Entry::Term(term) => return Err(format!("-{}: terms are not supported", term.id.name)),
            Entry::Junk { content } => return Err(format!("not understood: {content}")),
        }
    }
    messages.values().map(|message| function(message, &messages)).collect()
}

fn function(message: &Message<&str>, all: &BTreeMap<&str, &Message<&str>>) -> Result<String, String> {
    let id = message.id.name;
    let pattern = message.value.as_ref().ok_or_else(|| format!("{id} has no value"))?;
    if !message.attributes.is_empty() {
        return Err(format!("{id}: attributes are not supported"));
    }
    let mut variables = BTreeSet::new();
    collect(pattern, all, &mut variables).map_err(|problem| format!("{id}: {problem}"))?;
    let parameters: Vec<_> =
        variables.iter().map(|name| format!("{}: impl Into<Value<'a>>", name.replace('-', "_"))).collect();
    let arguments: Vec<_> =
        variables.iter().map(|name| format!("(\"{name}\", {}.into())", name.replace('-', "_"))).collect();
    let lifetime = if variables.is_empty() { "" } else { "<'a>" };
    Ok(format!(
        "/// `{id}`\npub fn {}{lifetime}({}) -> String {{ format(\"{id}\", &[{}]) }}\n",
        id.replace('-', "_"),
        parameters.join(", "),
        arguments.join(", "),
    ))
}

fn collect<'t>(
    pattern: &Pattern<&'t str>,
    all: &BTreeMap<&str, &Message<&'t str>>,
    variables: &mut BTreeSet<&'t str>,
) -> Result<(), String> {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            expressions(expression, all, variables)?;
        }
    }
    Ok(())
}

fn expressions<'t>(
    expression: &Expression<&'t str>,
    all: &BTreeMap<&str, &Message<&'t str>>,
    variables: &mut BTreeSet<&'t str>,
) -> Result<(), String> {
    match expression {
        Expression::Inline(inline) => inline_expression(inline, all, variables),
        Expression::Select { selector, variants } => {
            inline_expression(selector, all, variables)?;
            variants.iter().try_for_each(|variant| collect(&variant.value, all, variables))
        }
    }
}

fn inline_expression<'t>(
    inline: &InlineExpression<&'t str>,
    all: &BTreeMap<&str, &Message<&'t str>>,
    variables: &mut BTreeSet<&'t str>,
) -> Result<(), String> {
    match inline {
        InlineExpression::VariableReference { id } => {
            variables.insert(id.name);
        }
        InlineExpression::MessageReference { id, attribute: None } => {
            let message = all.get(id.name).ok_or_else(|| format!("{} does not exist", id.name))?;
            if let Some(pattern) = &message.value {
                collect(pattern, all, variables)?;
            }
        }
        InlineExpression::Placeable { expression } => expressions(expression, all, variables)?,
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        _ => return Err("only variables, messages, texts, numbers and selections are supported".to_owned()),
    }
    Ok(())
}
