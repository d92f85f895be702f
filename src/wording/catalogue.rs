//! The loaded messages and how they are put together.
//!
//! Fluent's own parser reads them; plural categories and numbers come from the browser's `Intl`, so that no tables of
//! them travel in the bundle.

mod mirror;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey},
    parser,
};

use super::{Language, Value, intl, language};

const ENGLISH: &str = include_str!("../../locales/en.ftl");

type Messages = BTreeMap<&'static str, Pattern<&'static str>>;

thread_local! {
    static MESSAGES: Messages = parse();
}

fn parse() -> Messages {
    let resource = match parser::parse_runtime(ENGLISH) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    resource
        .body
        .into_iter()
        .filter_map(|entry| match entry {
            Entry::Message(message) => message.value.map(|pattern| (message.id.name, pattern)),
            _ => None,
        })
        .collect()
}

/// A message with its arguments put in.
pub(super) fn format(id: &str, arguments: &[(&str, Value<'_>)]) -> String {
    MESSAGES.with(|messages| {
        let mut text = String::new();
        if let Some(pattern) = messages.get(id) {
            Scope { messages, arguments, language: language() }.pattern(pattern, &mut text);
        }
        text
    })
}

struct Scope<'s> {
    messages: &'s Messages,
    arguments: &'s [(&'s str, Value<'s>)],
    language: Language,
}

impl Scope<'_> {
    fn pattern(&self, pattern: &Pattern<&'static str>, text: &mut String) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } if self.language == Language::Mirrored => {
                    mirror::push(value, text);
                }
                PatternElement::TextElement { value } => text.push_str(value),
                PatternElement::Placeable { expression } => self.expression(expression, text),
            }
        }
    }

    fn expression(&self, expression: &Expression<&'static str>, text: &mut String) {
        match expression {
            Expression::Inline(inline) => self.inline(inline, text),
            Expression::Select { selector, variants } => {
                if let Some(variant) = self.choose(selector, variants) {
                    self.pattern(&variant.value, text);
                }
            }
        }
    }

    fn inline(&self, inline: &InlineExpression<&'static str>, text: &mut String) {
        match inline {
            InlineExpression::StringLiteral { value } | InlineExpression::NumberLiteral { value } => {
                text.push_str(value);
            }
            InlineExpression::VariableReference { id } => match self.argument(id.name) {
                // Isolated, so that a name in another direction does not turn the sentence around it.
                Some(Value::Text(value)) if self.language != Language::English => {
                    text.extend(["\u{2068}", value.as_ref(), "\u{2069}"]);
                }
                Some(Value::Text(value)) => text.push_str(value),
                Some(Value::Number(value)) => text.push_str(&intl::number(*value)),
                None => {}
            },
            InlineExpression::MessageReference { id, .. } => {
                if let Some(pattern) = self.messages.get(id.name) {
                    self.pattern(pattern, text);
                }
            }
            InlineExpression::Placeable { expression } => self.expression(expression, text),
            // The build refuses a catalogue with these.
            InlineExpression::FunctionReference { .. } | InlineExpression::TermReference { .. } => {}
        }
    }

    fn choose<'v>(
        &self,
        selector: &InlineExpression<&'static str>,
        variants: &'v [Variant<&'static str>],
    ) -> Option<&'v Variant<&'static str>> {
        let value = match selector {
            InlineExpression::VariableReference { id } => self.argument(id.name),
            _ => None,
        };
        let category = match value {
            Some(Value::Number(number)) => intl::plural_category(*number),
            Some(Value::Text(text)) => text.to_string(),
            None => String::new(),
        };
        let exact = |variant: &&Variant<&str>| match (&variant.key, value) {
            (VariantKey::NumberLiteral { value: key }, Some(Value::Number(number))) => key.parse() == Ok(*number),
            _ => false,
        };
        let named =
            |variant: &&Variant<&str>| matches!(&variant.key, VariantKey::Identifier { name } if *name == category);
        variants
            .iter()
            .find(exact)
            .or_else(|| variants.iter().find(named))
            .or_else(|| variants.iter().find(|variant| variant.default))
    }

    fn argument(&self, name: &str) -> Option<&Value<'_>> {
        self.arguments.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}
