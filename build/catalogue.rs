//! The catalogue, packed: its messages in a form that is read without a parser, and one function for each of them, with one
//! parameter for each of its variables.

use std::collections::BTreeMap;

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Message, Pattern, PatternElement, VariantKey},
    parser,
};

#[path = "../src/wording/catalogue/marks.rs"]
mod marks;

use self::marks::{ARGUMENT, END, KEY, MESSAGE, PATTERN, SELECT};

type Messages<'t> = BTreeMap<&'t str, &'t Message<&'t str>>;

/// What is made of a catalogue.
pub(crate) struct Catalogue {
    /// Rust source.
    pub(crate) functions: String,
    /// The messages in the order of their functions.
    pub(crate) messages: String,
}

/// Packs a catalogue.
pub(crate) fn pack(text: &str) -> Result<Catalogue, String> {
    let resource = parser::parse(text).map_err(|(_, errors)| format!("{errors:?}"))?;
    let mut messages = Messages::new();
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
    let mut catalogue = Catalogue { functions: String::new(), messages: String::new() };
    for (number, (id, message)) in messages.iter().enumerate() {
        let mut packer = Packer { messages: &messages, variables: Vec::new(), packed: String::new() };
        packer.message(message).map_err(|problem| format!("{id}: {problem}"))?;
        if number > 0 {
            catalogue.messages.push(MESSAGE);
        }
        catalogue.messages.push_str(&packer.packed);
        catalogue.functions.push_str(&function(id, number, packer.variables));
    }
    Ok(catalogue)
}

fn function(id: &str, number: usize, variables: Vec<&str>) -> String {
    let names: Vec<_> = variables.iter().map(|name| name.replace('-', "_")).collect();
    // Callers name the arguments in the order of the alphabet, the message in its own.
    let mut sorted = names.clone();
    sorted.sort();
    let parameters: Vec<_> = sorted.iter().map(|name| format!("{name}: impl Into<Value<'a>>")).collect();
    let arguments: Vec<_> = names.iter().map(|name| format!("{name}.into()")).collect();
    let lifetime = if names.is_empty() { "" } else { "<'a>" };
    format!(
        "/// `{id}`\npub fn {}{lifetime}({}) -> String {{ format({number}, &[{}]) }}\n",
        id.replace('-', "_"),
        parameters.join(", "),
        arguments.join(", "),
    )
}

struct Packer<'m, 't> {
    messages: &'m Messages<'t>,
    /// In the order in which the message names them.
    variables: Vec<&'t str>,
    packed: String,
}

impl<'t> Packer<'_, 't> {
    fn message(&mut self, message: &'t Message<&'t str>) -> Result<(), String> {
        if !message.attributes.is_empty() {
            return Err("attributes are not supported".to_owned());
        }
        self.pattern(message.value.as_ref().ok_or("it has no value")?)
    }

    fn pattern(&mut self, pattern: &'t Pattern<&'t str>) -> Result<(), String> {
        pattern.elements.iter().try_for_each(|element| match element {
            PatternElement::TextElement { value } => self.text(value),
            PatternElement::Placeable { expression } => self.expression(expression),
        })
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        if text.contains(|c: char| c < ' ' && c != '\n') {
            return Err("control characters are not supported".to_owned());
        }
        self.packed.push_str(text);
        Ok(())
    }

    fn expression(&mut self, expression: &'t Expression<&'t str>) -> Result<(), String> {
        let (selector, variants) = match expression {
            Expression::Inline(inline) => return self.inline(inline),
            Expression::Select { selector, variants } => (selector, variants),
        };
        let InlineExpression::VariableReference { id } = selector else {
            return Err("only variables can be selected by".to_owned());
        };
        self.packed.push(SELECT);
        self.variable(id.name)?;
        // The default comes last: it is taken where none before it fits.
        let (last, others): (Vec<_>, Vec<_>) = variants.iter().partition(|variant| variant.default);
        for variant in others.into_iter().chain(last) {
            let (VariantKey::Identifier { name: key } | VariantKey::NumberLiteral { value: key }) = &variant.key;
            self.packed.push(KEY);
            self.packed.push_str(key);
            self.packed.push(PATTERN);
            self.pattern(&variant.value)?;
        }
        self.packed.push(END);
        Ok(())
    }

    fn inline(&mut self, inline: &'t InlineExpression<&'t str>) -> Result<(), String> {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.packed.push(ARGUMENT);
                self.variable(id.name)
            }
            InlineExpression::MessageReference { id, attribute: None } => {
                let message = *self.messages.get(id.name).ok_or_else(|| format!("{} does not exist", id.name))?;
                self.message(message)
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::StringLiteral { value } | InlineExpression::NumberLiteral { value } => self.text(value),
            _ => Err("only variables, messages, texts, numbers and selections are supported".to_owned()),
        }
    }

    fn variable(&mut self, name: &'t str) -> Result<(), String> {
        let place = self.variables.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.variables.push(name);
            self.variables.len() - 1
        });
        let digit = u32::try_from(place).ok().and_then(|place| char::from_digit(place, 10));
        self.packed.push(digit.ok_or("it has too many variables")?);
        Ok(())
    }
}
