//! JSON objects by the browser's own parser, so that the page needs no other; natively, for tests, by `serde_json`.

/// An object.
#[derive(Debug, Clone)]
pub struct Object(sys::Object);

impl Object {
    /// One without members.
    pub fn new() -> Self {
        Self(sys::Object::new())
    }

    /// Reads a text; `None`: it is no object.
    pub fn parse(text: &str) -> Option<Self> {
        sys::parse(text).map(Self)
    }

    /// A member that is a text.
    pub fn text(&self, name: &str) -> Option<String> {
        sys::text(&sys::member(&self.0, name)?)
    }

    /// A member that is a list, those of its items that are texts.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        sys::texts(&sys::member(&self.0, name)?)
    }

    /// A member that is a number.
    pub fn number(&self, name: &str) -> Option<f64> {
        sys::member(&self.0, name)?.as_f64()
    }

    /// A member that is true or false.
    pub fn flag(&self, name: &str) -> Option<bool> {
        sys::member(&self.0, name)?.as_bool()
    }

    /// A member that is an object.
    pub fn object(&self, name: &str) -> Option<Self> {
        sys::object(sys::member(&self.0, name)?).map(Self)
    }

    /// The same with a text.
    pub fn with_text(mut self, name: &str, text: &str) -> Self {
        sys::set(&mut self.0, name, text.into());
        self
    }

    /// The same with a number.
    pub fn with_number(mut self, name: &str, number: u64) -> Self {
        sys::set(&mut self.0, name, sys::number(number));
        self
    }

    /// As a text.
    pub fn to_text(&self) -> String {
        sys::to_text(&self.0)
    }
}

impl Default for Object {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(target_arch = "wasm32")]
mod sys {
    use js_sys::{Array, JSON, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    pub(super) use js_sys::Object;

    pub(super) fn parse(text: &str) -> Option<Object> {
        object(JSON::parse(text).ok()?)
    }

    pub(super) fn object(value: JsValue) -> Option<Object> {
        value.dyn_into().ok()
    }

    pub(super) fn member(object: &Object, name: &str) -> Option<JsValue> {
        Reflect::get(object, &name.into()).ok()
    }

    pub(super) fn text(value: &JsValue) -> Option<String> {
        value.as_string()
    }

    pub(super) fn texts(value: &JsValue) -> Option<Vec<String>> {
        Some(value.dyn_ref::<Array>()?.iter().filter_map(|item| item.as_string()).collect())
    }

    pub(super) fn number(number: u64) -> JsValue {
        JsValue::from_f64(number as f64)
    }

    pub(super) fn set(object: &mut Object, name: &str, value: JsValue) {
        // A plain object takes every member.
        Reflect::set(object, &name.into(), &value).ok();
    }

    pub(super) fn to_text(object: &Object) -> String {
        JSON::stringify(object).map(String::from).unwrap_or_default()
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod sys {
    use serde_json::{Map, Value};

    pub(super) type Object = Map<String, Value>;

    pub(super) fn parse(text: &str) -> Option<Object> {
        object(serde_json::from_str(text).ok()?)
    }

    pub(super) fn object(value: Value) -> Option<Object> {
        match value {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    pub(super) fn member(object: &Object, name: &str) -> Option<Value> {
        object.get(name).cloned()
    }

    pub(super) fn text(value: &Value) -> Option<String> {
        value.as_str().map(str::to_owned)
    }

    pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
        Some(value.as_array()?.iter().filter_map(text).collect())
    }

    pub(super) fn number(number: u64) -> Value {
        number.into()
    }

    pub(super) fn set(object: &mut Object, name: &str, value: Value) {
        object.insert(name.to_owned(), value);
    }

    pub(super) fn to_text(object: &Object) -> String {
        Value::from(object.clone()).to_string()
    }
}
