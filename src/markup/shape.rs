//! What `view!` knew of an element when the page was compiled.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use wasm_bindgen::JsCast;
use web_sys::Element;

const SVG: &str = "http://www.w3.org/2000/svg";

/// An element without what can change: copied for each that is drawn, which is faster than making each from nothing.
pub(super) struct Shape {
    blank: Element,
    pub(super) parts: Vec<Part>,
}

/// Where a value of the element goes.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Attribute(&'static str),
    Property(&'static str),
    Style(&'static str),
    Event(&'static str),
    /// To whom wants to know the element.
    Reference,
}

impl Shape {
    /// The shape of a text that `view!` wrote: a line for the tag and one for each attribute.
    pub(super) fn of(text: &'static str) -> Rc<Self> {
        thread_local! {
            // By the place of the text, which is compared faster than the text.
            static SHAPES: RefCell<BTreeMap<(usize, usize), Rc<Shape>>> = RefCell::default();
        }
        let place = (text.as_ptr() as usize, text.len());
        SHAPES.with_borrow_mut(|shapes| Rc::clone(shapes.entry(place).or_insert_with(|| Rc::new(Self::read(text)))))
    }

    fn read(text: &'static str) -> Self {
        let mut lines = text.split('\n');
        let blank = create(lines.next().unwrap_or_default());
        let mut parts = Vec::new();
        for line in lines {
            let mut letters = line.chars();
            let kind = letters.next();
            let name = letters.as_str();
            parts.push(match kind {
                Some(':') => Part::Attribute(name),
                Some('.') => Part::Property(name),
                Some('%') => Part::Style(name),
                Some('@') => Part::Event(name),
                Some('&') => Part::Reference,
                _ => {
                    if let Some((name, value)) = line.split_once('=') {
                        _ = blank.set_attribute(name, value);
                    }
                    continue;
                }
            });
        }
        Self { blank, parts }
    }

    /// A new element.
    pub(super) fn copy(&self) -> Element {
        let copy = self.blank.clone_node().unwrap_or_else(|_| self.blank.clone().into());
        copy.unchecked_into()
    }
}

/// A new element without attributes.
fn create(tag: &str) -> Element {
    let document = leptos::prelude::document();
    match tag.strip_prefix('~') {
        Some(tag) => document.create_element_ns(Some(SVG), tag),
        None => document.create_element(tag),
    }
    .expect("`view!` writes names that elements can have")
}
