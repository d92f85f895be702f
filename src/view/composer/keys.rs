//! The keys of the composer.

use leptos::{ev, prelude::*};

use super::{
    Mode,
    editor::Editor,
    format::{Mark, line_break},
    send,
    suggestions::Suggestions,
};
use crate::view::room::event as event_of;

/// A key was pressed in the text.
pub(super) fn pressed(event: &ev::KeyboardEvent, editor: Editor, suggestions: Suggestions) {
    // The keys of an input method are its own; some browsers tell only by the code.
    if event.is_composing() || event.key_code() == 229 {
        return;
    }
    let (control, shift, alt) = (event.ctrl_key() || event.meta_key(), event.shift_key(), event.alt_key());
    let done = match event.key().as_str() {
        _ if alt => false,
        key if !control && !shift && suggestions.key(key) => true,
        "Enter" if shift && !control => {
            let selection = editor.selection();
            let edit = editor.text.with_untracked(|text| line_break(text.as_str(), selection.start));
            if selection.is_empty() {
                editor.apply(&edit);
            } else {
                editor.replace(selection, "\n");
            }
            true
        }
        "Enter" => {
            send::send(editor);
            true
        }
        "b" | "B" if control && !shift => mark(editor, Mark::Strong),
        "i" | "I" if control && !shift => mark(editor, Mark::Emphasis),
        "e" | "E" if control && !shift => mark(editor, Mark::Code),
        "x" | "X" if control && shift => mark(editor, Mark::Strikethrough),
        "ArrowUp" if !control && !shift => untrack(|| editor.is_empty()) && edit_last(editor),
        "Escape" if editor.room.mode.with_untracked(|mode| *mode != Mode::Message) => {
            editor.cancel_mode();
            true
        }
        _ => false,
    };
    if done {
        event.prevent_default();
        event.stop_propagation();
    }
}

fn mark(editor: Editor, mark: Mark) -> bool {
    let selection = editor.selection();
    let edit = editor.text.with_untracked(|text| mark.toggle(text.as_str(), selection));
    editor.apply(&edit);
    true
}

/// Begins to change the person's last message. False: there is none.
fn edit_last(editor: Editor) -> bool {
    let rows = editor.room.timeline().rows;
    let is_editable = |key: &&trellis_model::protocol::ItemKey| {
        rows.row(key).is_some_and(|row| {
            row.with_untracked(|row| {
                event_of(row).is_some_and(|event| event.is_own && event.can_edit && event.editable_body.is_some())
            })
        })
    };
    let last = rows.order_signal().with_untracked(|order| order.iter().rev().find(is_editable).cloned());
    last.inspect(|key| editor.room.edit(key)).is_some()
}
