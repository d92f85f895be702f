//! `Show` and `For`, once for all that they show.

use std::{
    any::Any,
    hash::{Hash, Hasher},
    sync::Arc,
};

use leptos::{
    prelude::*,
    tachys::{reactive_graph::OwnedView, view::keyed::keyed},
};

use super::child::redrawn;

/// Shows something while something is so.
pub(crate) fn show(
    when: impl Fn() -> bool + Send + Sync + 'static,
    draw: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    choose(Box::new(when), Box::new(draw), Box::new(|| ().into_any()))
}

/// Shows something while something is so, and else something else.
pub(crate) fn show_or(
    when: impl Fn() -> bool + Send + Sync + 'static,
    draw: impl Fn() -> AnyView + Send + 'static,
    fallback: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    choose(Box::new(when), Box::new(draw), Box::new(fallback))
}

type Draw = Box<dyn Fn() -> AnyView + Send>;

fn choose(when: Box<dyn Fn() -> bool + Send + Sync>, draw: Draw, fallback: Draw) -> AnyView {
    let when = ArcMemo::new(move |_| when());
    redrawn(Box::new(move || if when.get() { draw() } else { fallback() }))
}

/// A row for each item, drawn once for each key.
pub(crate) fn list<I, T, K>(
    each: impl Fn() -> I + Send + 'static,
    key: impl Fn(&T) -> K + Send + 'static,
    draw: impl Fn(T) -> AnyView + Clone + Send + 'static,
) -> AnyView
where
    I: IntoIterator<Item = T>,
    T: Send + 'static,
    K: Eq + Hash + Send + Sync + 'static,
{
    let row = move |item: T| {
        let draw = draw.clone();
        Row { key: Key(Arc::new(key(&item))), draw: Box::new(move || draw(item)) }
    };
    rows(Box::new(move || each().into_iter().map(&row).collect()))
}

/// A row that may have to be drawn.
struct Row {
    key: Key,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

fn rows(each: Box<dyn Fn() -> Vec<Row> + Send>) -> AnyView {
    // Each row has an owner of its own, which ends with the row and not with the next change of the list.
    let parent = Owner::current().expect("views are made by components");
    let draw = move |_, row: Row| {
        let owner = parent.with(Owner::new);
        let view = owner.with(row.draw);
        ((|_| ()) as fn(usize), OwnedView::new_with_owner(view, owner))
    };
    (move || keyed(each(), |row: &Row| row.key.clone(), draw.clone())).into_any()
}

/// The key of a row of any list.
#[derive(Clone)]
struct Key(Arc<dyn AnyKey>);

trait AnyKey: Any + Send + Sync {
    fn is(&self, other: &dyn Any) -> bool;
    fn hash(&self, state: &mut dyn Hasher);
    fn as_any(&self) -> &dyn Any;
}

impl<K: Eq + Hash + Send + Sync + 'static> AnyKey for K {
    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }

    fn hash(&self, mut state: &mut dyn Hasher) {
        Hash::hash(self, &mut state);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.is(other.0.as_any())
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
