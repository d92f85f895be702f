//! The one type of all elements.

use std::mem;

use leptos::{
    attr::any_attribute::AnyAttribute,
    tachys::{
        html::attribute::Attribute,
        hydration::Cursor,
        prelude::*,
        ssr::StreamBuilder,
        view::{Position, PositionState, any_view::AnyViewState},
    },
};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use web_sys::Node;

use super::{
    shape::{Part, Shape},
    value::{Value, Written},
};

/// An element that `view!` puts together.
pub(crate) struct Builder(Box<Parts>);

/// What an element is made of.
struct Parts {
    shape: &'static str,
    values: Vec<Value>,
    children: Vec<AnyView>,
}

/// Begins an element; see [`Shape`].
#[inline(never)]
pub(crate) fn element(shape: &'static str) -> Builder {
    Builder(Box::new(Parts { shape, values: Vec::new(), children: Vec::new() }))
}

impl Builder {
    /// The value of the next of its parts that can change.
    #[inline(never)]
    pub(crate) fn with(mut self, value: Value) -> Self {
        self.0.values.push(value);
        self
    }

    /// The next child.
    #[inline(never)]
    pub(crate) fn child(mut self, child: AnyView) -> Self {
        self.0.children.push(child);
        self
    }

    /// The whole.
    #[inline(never)]
    pub(crate) fn view(self) -> AnyView {
        Element(SendWrapper::new(self.0)).into_any()
    }
}

/// An element before it is drawn.
pub(super) struct Element(SendWrapper<Box<Parts>>);

/// An element of the page.
pub(super) struct Drawn {
    shape: &'static str,
    element: web_sys::Element,
    values: Vec<Written>,
    children: Vec<AnyViewState>,
}

impl Render for Element {
    type State = Drawn;

    fn build(self) -> Drawn {
        let Parts { shape: text, values, children } = *self.0.take();
        let shape = Shape::of(text);
        let element = shape.copy();
        let values = shape.parts.iter().zip(values).map(|(part, value)| value.write(*part, &element)).collect();
        let draw = |child: AnyView| {
            let mut child = child.build();
            child.mount(&element, None);
            child
        };
        let children = children.into_iter().map(draw).collect();
        Drawn { shape: text, element, values, children }
    }

    fn rebuild(self, drawn: &mut Drawn) {
        let is_same = self.0.shape == drawn.shape && self.0.children.len() == drawn.children.len();
        if !is_same {
            let mut new = self.build();
            drawn.insert_before_this(&mut new);
            drawn.unmount();
            *drawn = new;
            return;
        }
        let Parts { shape, values, children } = *self.0.take();
        let before = mem::take(&mut drawn.values);
        let parts = Shape::of(shape);
        let values = parts.parts.iter().zip(values).zip(before);
        let rewrite = |((part, value), before): ((&Part, Value), _)| value.rewrite(*part, &drawn.element, before);
        drawn.values = values.map(rewrite).collect();
        for (child, drawn) in children.into_iter().zip(&mut drawn.children) {
            child.rebuild(drawn);
        }
    }
}

impl Mountable for Drawn {
    fn unmount(&mut self) {
        self.element.remove();
    }

    fn mount(&mut self, parent: &web_sys::Element, marker: Option<&Node>) {
        _ = parent.insert_before(&self.element, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let Some(parent) = self.element.parent_node() else { return false };
        child.mount(parent.unchecked_ref(), Some(&self.element));
        true
    }

    fn elements(&self) -> Vec<web_sys::Element> {
        vec![self.element.clone()]
    }
}

impl AddAnyAttr for Element {
    type Output<New: Attribute> = Self;

    /// Views spread no attributes over what another component drew.
    fn add_any_attr<New: Attribute>(self, _: New) -> Self {
        self
    }
}

/// Leptos asks every view how it looks in HTML, for pages that a server renders; this one is rendered by the browser only.
impl RenderHtml for Element {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        _: &mut StreamBuilder,
        _: &mut Position,
        _: bool,
        _: bool,
        _: Vec<AnyAttribute>,
    ) {
    }

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Drawn {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
