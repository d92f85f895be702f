//! Values of attributes, properties and styles: fixed ones, and ones that follow signals.

use std::borrow::Cow;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

use super::{
    event::{Handler, Listener},
    shape::Part,
};

/// What an attribute, a property or a style can be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    /// It is not there.
    Absent,
    Flag(bool),
    Text(Cow<'static, str>),
}

/// What stands at a part of an element that can change.
pub(crate) enum Value {
    Fixed(Content),
    Live(Box<dyn FnMut() -> Content>),
    Handler(Handler),
    Reference(Box<dyn FnOnce(&Element)>),
}

/// A value after it was written into the page; it follows its signals as long as this is kept.
pub(super) enum Written {
    Fixed(Content),
    Live(RenderEffect<Content>),
    Listener { _kept: Listener },
    Reference,
}

impl Value {
    /// Writes it into a new element.
    pub(super) fn write(self, part: Part, element: &Element) -> Written {
        self.rewrite(part, element, Written::Fixed(Content::Absent))
    }

    /// Writes it in place of another one.
    pub(super) fn rewrite(self, part: Part, element: &Element, before: Written) -> Written {
        match self {
            Self::Fixed(content) => {
                let shown = before.shown();
                if shown != content {
                    part.show(element, &content);
                }
                Written::Fixed(content)
            }
            Self::Live(mut read) => {
                let element = element.clone();
                let follow = move |shown: Option<Content>| {
                    let content = read();
                    if shown.as_ref() != Some(&content) {
                        part.show(&element, &content);
                    }
                    content
                };
                Written::Live(RenderEffect::new_with_value(follow, Some(before.shown())))
            }
            Self::Handler(handler) => {
                drop(before);
                match part {
                    Part::Event(name) => Written::Listener { _kept: Listener::new(element, name, handler) },
                    _ => Written::Reference,
                }
            }
            Self::Reference(tell) => {
                tell(element);
                Written::Reference
            }
        }
    }
}

impl Written {
    fn shown(self) -> Content {
        match self {
            Self::Fixed(content) => content,
            Self::Live(effect) => effect.take_value().unwrap_or(Content::Absent),
            Self::Listener { .. } | Self::Reference => Content::Absent,
        }
    }
}

impl Part {
    fn show(self, element: &Element, content: &Content) {
        // What the browser refuses is not shown, as in a page that came as HTML.
        match (self, content) {
            (Self::Attribute(name), Content::Text(text)) => _ = element.set_attribute(name, text),
            (Self::Attribute(name), Content::Flag(true)) => _ = element.set_attribute(name, ""),
            (Self::Attribute(name), _) => _ = element.remove_attribute(name),
            (Self::Property(name), content) => {
                let value = match content {
                    Content::Absent => JsValue::UNDEFINED,
                    Content::Flag(flag) => JsValue::from_bool(*flag),
                    Content::Text(text) => JsValue::from_str(text),
                };
                _ = js_sys::Reflect::set(element, &JsValue::from_str(name), &value);
            }
            (Self::Style(name), Content::Text(text)) => _ = style(element).set_property(name, text),
            (Self::Style(name), _) => _ = style(element).remove_property(name),
            (Self::Event(_) | Self::Reference, _) => {}
        }
    }
}

fn style(element: &Element) -> web_sys::CssStyleDeclaration {
    element.unchecked_ref::<HtmlElement>().style()
}

/// The value of an attribute, a property or a style.
pub(crate) fn value<M>(value: impl IntoValue<M>) -> Value {
    value.into_value()
}

/// What can be a [`Content`].
pub(crate) trait IntoContent {
    fn into_content(self) -> Content;
}

impl IntoContent for &'static str {
    fn into_content(self) -> Content {
        Content::Text(Cow::Borrowed(self))
    }
}

impl IntoContent for String {
    fn into_content(self) -> Content {
        Content::Text(Cow::Owned(self))
    }
}

impl IntoContent for bool {
    fn into_content(self) -> Content {
        Content::Flag(self)
    }
}

impl IntoContent for i32 {
    fn into_content(self) -> Content {
        self.to_string().into_content()
    }
}

impl IntoContent for u32 {
    fn into_content(self) -> Content {
        self.to_string().into_content()
    }
}

impl<T: IntoContent> IntoContent for Option<T> {
    fn into_content(self) -> Content {
        self.map_or(Content::Absent, IntoContent::into_content)
    }
}

/// What can stand as a value. `M` tells the kinds apart, since a closure may be all of them to the compiler.
pub(crate) trait IntoValue<M> {
    fn into_value(self) -> Value;
}

/// Stays as it is.
pub(crate) struct Fixed;
/// Is read again when a signal in it changes.
pub(crate) struct Live;
/// Is a signal.
pub(crate) struct FromSignal;

impl<T: IntoContent> IntoValue<Fixed> for T {
    fn into_value(self) -> Value {
        Value::Fixed(self.into_content())
    }
}

impl<T: IntoContent, F: FnMut() -> T + 'static> IntoValue<Live> for F {
    fn into_value(mut self) -> Value {
        Value::Live(Box::new(move || self().into_content()))
    }
}

impl<T: IntoContent + Clone + Send + Sync + 'static> IntoValue<FromSignal> for Signal<T> {
    fn into_value(self) -> Value {
        Value::Live(Box::new(move || self.get().into_content()))
    }
}

impl<T: IntoContent + Clone + Send + Sync + 'static> IntoValue<FromSignal> for Memo<T> {
    fn into_value(self) -> Value {
        Value::Live(Box::new(move || self.get().into_content()))
    }
}
