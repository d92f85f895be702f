//! The messages and how they are put together.
//!
//! The build packs the catalogue, so that no parser travels in the bundle; plural categories and numbers come from the
//! browser's `Intl`, so that no tables of them do.

mod marks;
mod mirror;
#[cfg(test)]
mod tests;

use self::marks::{ARGUMENT, END, KEY, MESSAGE, PATTERN, SELECT};
use super::{Language, Value, intl, language};

const ENGLISH: &str = include_str!(concat!(env!("OUT_DIR"), "/messages.txt"));

thread_local! {
    static MESSAGES: Vec<&'static str> = ENGLISH.split(MESSAGE).collect();
}

/// A message with its arguments put in.
pub(super) fn format(message: usize, arguments: &[Value<'_>]) -> String {
    let pattern = MESSAGES.with(|messages| messages.get(message).copied()).unwrap_or_default();
    let mut text = String::new();
    Scope { arguments, language: language() }.pattern(pattern, &mut text);
    text
}

struct Scope<'s> {
    arguments: &'s [Value<'s>],
    language: Language,
}

impl Scope<'_> {
    fn pattern(&self, mut pattern: &str, text: &mut String) {
        while let Some(at) = pattern.find([ARGUMENT, SELECT]) {
            let (before, rest) = pattern.split_at(at);
            self.push(before, text);
            let mut marks = rest.chars();
            let is_choice = marks.next() == Some(SELECT);
            let value = marks.next().and_then(|place| self.arguments.get(place.to_digit(10)? as usize));
            pattern = marks.as_str();
            if is_choice {
                let (variants, rest) = choice(pattern);
                pattern = rest;
                self.pattern(choose(&variants, value), text);
            } else if let Some(value) = value {
                self.argument(value, text);
            }
        }
        self.push(pattern, text);
    }

    fn push(&self, words: &str, text: &mut String) {
        match self.language {
            Language::Mirrored => mirror::push(words, text),
            Language::English => text.push_str(words),
        }
    }

    fn argument(&self, value: &Value<'_>, text: &mut String) {
        match value {
            // Isolated, so that a name in another direction does not turn the sentence around it.
            Value::Text(value) if self.language != Language::English => {
                text.extend(["\u{2068}", value.as_ref(), "\u{2069}"]);
            }
            Value::Text(value) => text.push_str(value),
            Value::Number(value) => text.push_str(&intl::number(*value)),
        }
    }
}

/// The variants of a choice, each a key and a pattern, and what follows it.
fn choice(text: &str) -> (Vec<(&str, &str)>, &str) {
    let (mut ends, mut depth, mut end) = (Vec::new(), 0, text.len());
    for (at, mark) in text.char_indices() {
        match mark {
            SELECT => depth += 1,
            END if depth > 0 => depth -= 1,
            KEY if depth == 0 => ends.push(at),
            END => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let (inside, rest) = text.split_at(end);
    ends.push(end);
    let variant = |ends: &[usize]| inside.get(ends[0] + 1..ends[1]).and_then(|variant| variant.split_once(PATTERN));
    (ends.windows(2).filter_map(variant).collect(), rest.strip_prefix(END).unwrap_or_default())
}

/// The pattern of the variant that fits; else the last one.
fn choose<'v>(variants: &[(&str, &'v str)], value: Option<&Value<'_>>) -> &'v str {
    let find = |fits: &dyn Fn(&str) -> bool| variants.iter().find(|(key, _)| fits(key));
    let fitting = match value {
        Some(Value::Number(number)) => find(&|key| key.parse::<u32>().is_ok_and(|key| f64::from(key) == *number))
            .or_else(|| {
                let category = intl::plural_category(*number);
                find(&|key| *key == category)
            }),
        Some(Value::Text(text)) => find(&|key| key == text.as_ref()),
        None => None,
    };
    fitting.or(variants.last()).map_or("", |(_, pattern)| pattern)
}
