//! Focus, layers and places of elements.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventTarget, HtmlDialogElement, HtmlElement, HtmlInputElement};

/// Where an element stands in the viewport, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// Which way the focus moves in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Previous,
    Next,
    First,
    Last,
}

/// Where an element stands.
pub fn rect(element: &Element) -> Rect {
    let rect = element.get_bounding_client_rect();
    Rect { left: rect.left(), top: rect.top(), right: rect.right(), bottom: rect.bottom() }
}

/// The size of the viewport, in CSS pixels.
pub fn viewport() -> (f64, f64) {
    document()
        .document_element()
        .map_or((0.0, 0.0), |root| (f64::from(root.client_width()), f64::from(root.client_height())))
}

/// Whether the page is written from right to left.
pub fn is_right_to_left() -> bool {
    document().document_element().is_some_and(|root| root.get_attribute("dir").as_deref() == Some("rtl"))
}

/// Focuses an element; where it cannot take the focus nothing happens.
pub fn focus(element: &HtmlElement) {
    report("focus", element.focus());
}

/// Focuses the first element that a selector finds. True: there is one.
pub fn focus_found(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten().and_then(|found| found.dyn_into().ok());
    found.inspect(focus).is_some()
}

/// Presses the first element that a selector finds, as a click would.
pub fn press_found(selector: &str) {
    let found: Option<HtmlElement> =
        document().query_selector(selector).ok().flatten().and_then(|found| found.dyn_into().ok());
    if let Some(element) = found {
        element.click();
    }
}

/// Focuses the first element in `container` that a selector finds. True: there is one.
pub fn focus_inside(container: &Element, selector: &str) -> bool {
    items(container, selector).first().inspect(|item| focus(item)).is_some()
}

/// Moves the focus among the elements of `container` that `selector` finds, round and round.
pub fn move_focus(container: &Element, selector: &str, step: Step) {
    let items = items(container, selector);
    let focused = document().active_element();
    let is_focused = |item: &HtmlElement| focused.as_ref().is_some_and(|focused| item.contains(Some(focused)));
    // The innermost, where they hold each other.
    let now = items.iter().rposition(is_focused);
    let last = items.len().saturating_sub(1);
    let next = match (step, now) {
        (Step::First, _) | (Step::Next, None) => 0,
        (Step::Last, _) | (Step::Previous, None | Some(0)) => last,
        (Step::Next, Some(now)) => {
            if now == last {
                0
            } else {
                now + 1
            }
        }
        (Step::Previous, Some(now)) => now - 1,
    };
    if let Some(item) = items.get(next) {
        focus(item);
    }
}

/// Moves the focus to the next part of the page, or the previous: what has `data-region`, round and round.
pub fn next_region(backward: bool) {
    if let Some(body) = document().body() {
        move_focus(&body, "[data-region]", if backward { Step::Previous } else { Step::Next });
    }
}

/// Whether the focus is in a field that takes text, so that plain keys belong to it.
pub fn is_typing() -> bool {
    document()
        .active_element()
        .is_some_and(|element| element.matches("input, textarea, select, [contenteditable]").unwrap_or(false))
}

/// Whether the focus is in a field where Escape means something: one that takes a line and has something in it.
pub fn is_escape_taken() -> bool {
    let input = document().active_element().and_then(|element| element.dyn_into::<HtmlInputElement>().ok());
    input.is_some_and(|input| !input.value().is_empty())
}

/// Whether a dialog or menu is open above the page.
pub fn has_layer() -> bool {
    document().query_selector("dialog[open], [popover]:popover-open").is_ok_and(|found| found.is_some())
}

/// Opens a dialog above the page: the browser keeps the focus inside and gives it back at the end.
pub fn show_modal(dialog: &HtmlDialogElement) {
    if !dialog.open() {
        report("show_modal", dialog.show_modal());
    }
}

/// Closes a dialog: the focus is where it was before, if that is still there.
pub fn close_modal(dialog: &HtmlDialogElement) {
    dialog.close();
}

/// Focuses the first element that a selector finds, if what had the focus is gone or hidden.
pub fn rescue_focus(selector: &str) {
    let focused = document().active_element();
    // The browser itself notices what was hidden a frame later.
    if focused.is_none_or(|element| element.tag_name() == "BODY" || rect(&element) == Rect::default()) {
        focus_found(selector);
    }
}

/// Opens an element with `popover`.
pub fn show_popover(element: &HtmlElement) {
    report("show_popover", element.show_popover());
}

/// Closes an element with `popover`.
pub fn hide_popover(element: &HtmlElement) {
    // It may be closed already, which is what was wanted.
    element.hide_popover().ok();
}

/// Whether an event happened to an element itself, not to something inside it.
pub fn is_target(event: &Event, element: &Element) -> bool {
    event.target().is_some_and(|target| target == *element.unchecked_ref::<EventTarget>())
}

/// Sets the name of the tab.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Sets or removes an attribute of the document's root, for styles.
pub fn set_root_attribute(name: &str, value: Option<&str>) {
    let Some(root) = document().document_element() else { return };
    let result = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
    report("set_attribute", result);
}

/// Sets a custom property of the document's root.
pub fn set_root_property(name: &str, value: &str) {
    let root: Option<HtmlElement> = document().document_element().and_then(|root| root.dyn_into().ok());
    if let Some(root) = root {
        report("set_property", root.style().set_property(name, value));
    }
}

/// Puts text on the clipboard. The browser may ask the person, or refuse.
pub async fn copy_text(text: &str) -> bool {
    let promise = window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(promise).await.is_ok()
}

fn items(container: &Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(found) = container.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.get(index)?.dyn_into().ok()).collect()
}

fn report(what: &str, result: Result<(), wasm_bindgen::JsValue>) {
    if let Err(error) = result {
        leptos::logging::error!("{what}: {error:?}");
    }
}
