//! Plurals, numbers and lists in the page's language, by the browser's `Intl`; natively, for tests, as English has them.

/// Names joined as the language joins them: "Ann, Bob and Cid".
pub fn list<S: AsRef<str>>(names: &[S]) -> String {
    sys::list(super::language().tag(), names)
}

/// A number with the language's digits and separators.
pub fn number(number: f64) -> String {
    sys::number(super::language().tag(), number)
}

/// Text in capital letters.
pub fn uppercase(text: &str) -> String {
    sys::uppercase(text)
}

/// The plural category of a number: `one`, `few`, `other` and so on.
pub(super) fn plural_category(number: f64) -> String {
    sys::plural_category(super::language().tag(), number)
}

#[cfg(target_arch = "wasm32")]
use crate::platform::intl as sys;

#[cfg(not(target_arch = "wasm32"))]
mod sys {
    pub(super) fn list<S: AsRef<str>>(_: &str, names: &[S]) -> String {
        match names {
            [] => String::new(),
            [only] => only.as_ref().to_owned(),
            [rest @ .., last] => {
                let rest: Vec<_> = rest.iter().map(AsRef::as_ref).collect();
                format!("{} and {}", rest.join(", "), last.as_ref())
            }
        }
    }

    pub(super) fn uppercase(text: &str) -> String {
        text.to_uppercase()
    }

    pub(super) fn number(_: &str, number: f64) -> String {
        number.to_string()
    }

    pub(super) fn plural_category(_: &str, number: f64) -> String {
        if number == 1.0 { "one" } else { "other" }.to_owned()
    }
}
