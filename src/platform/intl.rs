//! `Intl`: plural rules, numbers and lists as the browser knows them.

use std::{cell::RefCell, collections::BTreeMap};

use js_sys::{Array, Function, Intl, Object};
use wasm_bindgen::{JsCast, JsValue};

struct Formats {
    plurals: Intl::PluralRules,
    number: Function,
    list: Intl::ListFormat,
}

impl Formats {
    fn new(tag: &str) -> Self {
        let locales = Array::of1(&JsValue::from_str(tag));
        let options = Object::new();
        let number = Intl::NumberFormat::new(&locales, &options);
        Self {
            plurals: Intl::PluralRules::new(&locales, &options),
            number: number.format(),
            list: Intl::ListFormat::new(&locales, &options),
        }
    }
}

thread_local! {
    // Making a formatter costs a millisecond; using one does not.
    static FORMATS: RefCell<BTreeMap<String, Formats>> = const { RefCell::new(BTreeMap::new()) };
}

fn with<T>(tag: &str, use_it: impl FnOnce(&Formats) -> T) -> T {
    FORMATS.with_borrow_mut(|formats| {
        if !formats.contains_key(tag) {
            formats.insert(tag.to_owned(), Formats::new(tag));
        }
        use_it(&formats[tag])
    })
}

/// The plural category of a number.
pub fn plural_category(tag: &str, number: f64) -> String {
    with(tag, |formats| formats.plurals.select(number).into())
}

/// A number with the language's digits and separators.
pub fn number(tag: &str, number: f64) -> String {
    with(tag, |formats| formats.number.call1(&JsValue::UNDEFINED, &number.into()))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

/// Text in capital letters.
pub fn uppercase(text: &str) -> String {
    js_sys::JsString::from(text).to_upper_case().into()
}

/// Names joined as the language joins them.
pub fn list<S: AsRef<str>>(tag: &str, names: &[S]) -> String {
    let names: Array = names.iter().map(|name| JsValue::from_str(name.as_ref())).collect();
    with(tag, |formats| formats.list.format(names.unchecked_ref())).into()
}
