//! A scroller, the places of what it holds, and changes of size.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, ResizeObserver};

/// The measures of a scroller, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    pub scroll_top: f64,
    pub client_height: f64,
    pub scroll_height: f64,
}

/// Where a named element stands in the scrolled content.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub name: String,
    pub top: f64,
    pub height: f64,
}

/// The measures of `scroller`.
pub fn viewport(scroller: &Element) -> Viewport {
    Viewport {
        scroll_top: f64::from(scroller.scroll_top()),
        client_height: f64::from(scroller.client_height()),
        scroll_height: f64::from(scroller.scroll_height()),
    }
}

/// The places of all elements in `scroller` that have `attribute`, named by it, from top to bottom.
pub fn places(scroller: &Element, attribute: &str) -> Vec<Place> {
    let origin = scroller.get_bounding_client_rect().top() - f64::from(scroller.scroll_top());
    let Ok(found) = scroller.query_selector_all(&format!("[{attribute}]")) else { return Vec::new() };
    (0..found.length())
        .filter_map(|index| found.get(index)?.dyn_into::<Element>().ok())
        .map(|element| {
            let rect = element.get_bounding_client_rect();
            Place {
                name: element.get_attribute(attribute).unwrap_or_default(),
                top: rect.top() - origin,
                height: rect.height(),
            }
        })
        .collect()
}

/// Scrolls without animation.
pub fn scroll_to(scroller: &Element, top: f64) {
    scroller.set_scroll_top(top.round() as i32);
}

/// Moves the keyboard's focus by `step` among the elements of `within` that match `selector`, from the one that has it
/// or holds it. False: there is none that far.
pub fn step_focus(within: &Element, selector: &str, step: i32) -> bool {
    let Ok(found) = within.query_selector_all(selector) else { return false };
    let all: Vec<HtmlElement> =
        (0..found.length()).filter_map(|index| found.get(index)?.dyn_into::<HtmlElement>().ok()).collect();
    let active = leptos::prelude::document().active_element();
    let at = all.iter().position(|element| active.as_ref().is_some_and(|active| element.contains(Some(active))));
    let next = at.and_then(|at| at.checked_add_signed(isize::try_from(step).ok()?)).and_then(|next| all.get(next));
    next.is_some_and(|element| element.focus().is_ok())
}

/// Focuses the first or the last element of `within` that matches `selector`.
pub fn focus_end(within: &Element, selector: &str, last: bool) {
    let Ok(found) = within.query_selector_all(selector) else { return };
    let index = if last { found.length().saturating_sub(1) } else { 0 };
    if let Some(element) = found.get(index).and_then(|node| node.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot take the focus leaves it where it is.
        element.focus().ok();
    }
}

/// Tells changes of size as long as it lives.
pub struct SizeWatch {
    observer: ResizeObserver,
    _tell: Closure<dyn FnMut()>,
}

impl SizeWatch {
    /// Calls `tell` after layout and before painting, when any of `elements` changed its size. `None`: the browser has
    /// no such observers.
    pub fn new(elements: &[&Element], tell: impl FnMut() + 'static) -> Option<Self> {
        let tell = Closure::<dyn FnMut()>::new(tell);
        let observer = ResizeObserver::new(tell.as_ref().unchecked_ref()).ok()?;
        for element in elements {
            observer.observe(element);
        }
        Some(Self { observer, _tell: tell })
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
