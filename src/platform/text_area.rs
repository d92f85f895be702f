//! The text and the selection of a text area, and what is pasted or dropped into it.

use std::ops::Range;

use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, Event, FileList, HtmlInputElement, HtmlTextAreaElement};

use super::file::File;

/// The selection, in UTF-16 units.
pub fn selection(area: &HtmlTextAreaElement) -> Range<u32> {
    let place = |place: Result<Option<u32>, _>| place.ok().flatten().unwrap_or_default();
    let start = place(area.selection_start());
    start..place(area.selection_end()).max(start)
}

/// Shows `text` with `selection` in it, and takes the focus.
pub fn show(area: &HtmlTextAreaElement, text: &str, selection: Range<u32>) {
    if area.value() != text {
        area.set_value(text);
    }
    focus(area);
    // Refused only by fields of other types.
    area.set_selection_range(selection.start, selection.end).ok();
}

/// Takes the focus.
pub fn focus(area: &HtmlTextAreaElement) {
    // An element that cannot take the focus leaves it where it is.
    area.focus().ok();
}

/// Makes the area as high as its text, for browsers that do not do so by themselves.
pub fn fit(area: &HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(area);
    style.set_property("height", "auto").ok();
    style.set_property("height", &format!("{}px", area.scroll_height())).ok();
}

/// The files of a paste.
pub fn pasted(event: &Event) -> Vec<File> {
    let transfer = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
    files(transfer.and_then(|transfer| transfer.files()))
}

/// The files of a drop.
pub fn dropped(event: &Event) -> Vec<File> {
    files(transfer_of(event).and_then(|transfer| transfer.files()))
}

/// Whether a drag carries files.
pub fn carries_files(event: &Event) -> bool {
    transfer_of(event).is_some_and(|transfer| transfer.types().iter().any(|kind| kind == "Files"))
}

/// The files chosen in a file field, which is empty afterwards, so that the same can be chosen again.
pub fn chosen(field: &HtmlInputElement) -> Vec<File> {
    let chosen = files(field.files());
    field.set_value("");
    chosen
}

fn transfer_of(event: &Event) -> Option<DataTransfer> {
    event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer)
}

fn files(list: Option<FileList>) -> Vec<File> {
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|index| list.get(index)).map(File::new).collect()
}
