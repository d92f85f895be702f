//! The clock, the time zone, and dates in words as the browser knows them.

use std::{cell::RefCell, collections::BTreeMap};

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use leptos::prelude::window;
use wasm_bindgen::JsValue;

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateForm {
    /// 10:42
    Time,
    /// Monday
    Weekday,
    /// Mon
    ShortWeekday,
    /// 4 May
    ShortDay,
    /// 04/05/2026
    ShortDayAndYear,
    /// Monday, 4 May
    Day,
    /// Monday, 4 May 2026
    DayAndYear,
    /// 4 May 2026 at 10:42:07
    Full,
}

impl DateForm {
    fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Time => &[("hour", "numeric"), ("minute", "2-digit")],
            Self::Weekday => &[("weekday", "long")],
            Self::ShortWeekday => &[("weekday", "short")],
            Self::ShortDay => &[("day", "numeric"), ("month", "short")],
            Self::ShortDayAndYear => &[("dateStyle", "short")],
            Self::Day => &[("weekday", "long"), ("day", "numeric"), ("month", "long")],
            Self::DayAndYear => &[("weekday", "long"), ("day", "numeric"), ("month", "long"), ("year", "numeric")],
            Self::Full => &[("dateStyle", "long"), ("timeStyle", "medium")],
        }
    }
}

/// Milliseconds since the Unix epoch.
pub fn now() -> u64 {
    Date::now() as u64
}

/// Minutes east of Greenwich at a time, in the local time zone.
pub fn utc_offset(timestamp: u64) -> i32 {
    -(Date::new(&JsValue::from_f64(timestamp as f64)).get_timezone_offset() as i32)
}

thread_local! {
    // Making a formatter costs a millisecond; using one does not.
    static FORMATS: RefCell<BTreeMap<(String, DateForm), Function>> = const { RefCell::new(BTreeMap::new()) };
}

/// A time in words of the language `tag`.
pub fn format(tag: &str, timestamp: u64, form: DateForm) -> String {
    let format = FORMATS.with_borrow_mut(|formats| {
        formats.entry((tag.to_owned(), form)).or_insert_with(|| formatter(tag, form)).clone()
    });
    let date = JsValue::from_f64(timestamp as f64);
    format.call1(&JsValue::UNDEFINED, &date).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// The person's kind of a language, such as British English, where the browser names one: clocks differ.
fn regional(tag: &str) -> String {
    let is_kind = |own: &String| own.strip_prefix(tag).is_some_and(|region| region.starts_with('-'));
    window().navigator().language().filter(is_kind).unwrap_or_else(|| tag.to_owned())
}

fn formatter(tag: &str, form: DateForm) -> Function {
    let options = Object::new();
    for (key, value) in form.options() {
        // A plain object takes every property.
        Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value)).ok();
    }
    Intl::DateTimeFormat::new(&Array::of1(&JsValue::from_str(&regional(tag))), &options).format()
}
