//! Handlers of events, and who wants to know an element.

use leptos::{
    ev::{EventDescriptor, Targeted},
    html::ElementType,
    prelude::*,
    tachys::html::node_ref::NodeRefContainer,
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event};

use super::value::Value;

/// What is done at an event. It runs as a part of the component that has it.
pub(crate) struct Handler {
    owner: Owner,
    handle: Box<dyn FnMut(Event)>,
}

/// A handler at an element; taken away when this is dropped.
pub(super) struct Listener {
    element: Element,
    event: &'static str,
    handler: Closure<dyn FnMut(Event)>,
}

impl Listener {
    pub(super) fn new(element: &Element, event: &'static str, handler: Handler) -> Self {
        let Handler { owner, mut handle } = handler;
        let handler = Closure::new(move |event| {
            #[cfg(debug_assertions)]
            let _not_tracked = leptos::reactive::diagnostics::SpecialNonReactiveZone::enter();
            owner.with(|| handle(event));
        });
        _ = element.add_event_listener_with_callback(event, handler.as_ref().unchecked_ref());
        Self { element: element.clone(), event, handler }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        _ = self.element.remove_event_listener_with_callback(self.event, self.handler.as_ref().unchecked_ref());
    }
}

/// The handler of an event.
pub(crate) fn on<E>(_: E, mut handle: impl FnMut(E::EventType) + 'static) -> Value
where
    E: EventDescriptor,
    E::EventType: JsCast,
{
    handler(Box::new(move |event| handle(event.unchecked_into())))
}

/// The handler of an event that knows what it happens to.
pub(crate) fn on_target<T, E>(_: E, mut handle: impl FnMut(Targeted<E::EventType, T::Output>) + 'static) -> Value
where
    T: ElementType,
    E: EventDescriptor,
    E::EventType: JsCast,
{
    handler(Box::new(move |event| handle(Targeted::from(event.unchecked_into::<E::EventType>()))))
}

#[inline(never)]
fn handler(handle: Box<dyn FnMut(Event)>) -> Value {
    Value::Handler(Handler { owner: Owner::current().unwrap_or_default(), handle })
}

/// Tells an element to whom wants to know it.
pub(crate) fn reference<T: ElementType>(reference: impl NodeRefContainer<T> + 'static) -> Value {
    Value::Reference(Box::new(move |element| reference.load(element)))
}
