//! What stands in an element: texts, views, lists of them, and closures that are read again when a signal changes.

use std::any::Any;

use leptos::{prelude::*, tachys::view::iterators::StaticVec};

/// A view of what stands in braces.
pub(crate) fn child<M>(child: impl IntoChild<M>) -> AnyView {
    child.into_child()
}

/// Views beside each other.
#[inline(never)]
pub(crate) fn several(views: Vec<AnyView>) -> AnyView {
    StaticVec::from(views).into_any()
}

/// A view without its type; what has none already stays as it is.
pub(crate) fn erase<V: IntoView + 'static>(view: V) -> AnyView {
    let mut view = Some(view);
    match (&mut view as &mut dyn Any).downcast_mut::<Option<AnyView>>().and_then(Option::take) {
        Some(view) => view,
        None => view.map_or_else(|| ().into_any(), IntoAny::into_any),
    }
}

/// A view that is drawn again when a signal in it changes; for components that are nothing but that.
pub(crate) fn live<M>(draw: impl IntoChild<Live<M>>) -> AnyView {
    draw.into_child()
}

#[inline(never)]
pub(super) fn redrawn(draw: Box<dyn FnMut() -> AnyView + Send>) -> AnyView {
    draw.into_any()
}

/// What can stand in an element. `M` tells the kinds apart, since a closure may be all of them to the compiler.
pub(crate) trait IntoChild<M> {
    fn into_child(self) -> AnyView;
}

/// Stays as it is.
pub(crate) struct Fixed;
/// Several, or none.
pub(crate) struct Each<M>(M);
/// Is read again when a signal in it changes.
pub(crate) struct Live<M>(M);

impl IntoChild<Fixed> for AnyView {
    fn into_child(self) -> AnyView {
        self
    }
}

impl IntoChild<Fixed> for () {
    fn into_child(self) -> AnyView {
        self.into_any()
    }
}

impl IntoChild<Fixed> for &'static str {
    fn into_child(self) -> AnyView {
        self.into_any()
    }
}

impl IntoChild<Fixed> for String {
    #[inline(never)]
    fn into_child(self) -> AnyView {
        self.into_any()
    }
}

impl IntoChild<Fixed> for u32 {
    fn into_child(self) -> AnyView {
        self.to_string().into_child()
    }
}

impl IntoChild<Fixed> for usize {
    fn into_child(self) -> AnyView {
        self.to_string().into_child()
    }
}

impl<T: IntoChild<M>, M> IntoChild<Each<M>> for Option<T> {
    fn into_child(self) -> AnyView {
        self.map_or_else(|| ().into_any(), IntoChild::into_child)
    }
}

impl<T: IntoChild<M>, M> IntoChild<Each<M>> for Vec<T> {
    fn into_child(self) -> AnyView {
        self.into_iter().map(IntoChild::into_child).collect::<Vec<_>>().into_any()
    }
}

impl<F, T, M> IntoChild<Live<M>> for F
where
    F: FnMut() -> T + Send + 'static,
    T: IntoChild<M>,
{
    fn into_child(mut self) -> AnyView {
        redrawn(Box::new(move || self().into_child()))
    }
}
