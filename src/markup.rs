//! What `view!` becomes: calls of the few functions here.
//!
//! Leptos gives every element, attribute, handler and closure a type of its own, and with it its own copy of the code that
//! draws it, changes it and takes it away. That is fast, and half of what a page weighs. Here there is one type of
//! element, one of value and one of child, so each of them costs its caller a call. What draws them into the page, the
//! signals and the components remain those of Leptos.
//!
//! Views do not call these functions, they write `view!`. No Matrix, no words, no style stands here.

mod child;
mod control;
mod element;
mod event;
mod shape;
mod value;

pub(crate) use trellis_markup::view;

pub(crate) use self::{
    child::{child, erase, live, several},
    control::{list, show, show_or},
    element::element,
    event::{on, on_target, reference},
    value::value,
};
