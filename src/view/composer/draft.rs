//! Drafts: stored a moment after each key, at once when the page may go away, and brought back when the room is opened.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use trellis_model::protocol::{Command, Draft, decode, encode};

use super::editor::Editor;
use crate::platform::tab;

/// How long after a key the draft is stored.
const PAUSE: Duration = Duration::from_millis(400);

/// What is known of the stored draft.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// The draft of the room has been looked at.
    restored: bool,
    /// The person changed something: what comes from the core is older from then on.
    touched: bool,
    stored: Option<Draft>,
    timer: Option<TimeoutHandle>,
}

/// Restores the draft and keeps it, as long as the composer is open.
pub(super) fn keep(editor: Editor) {
    Effect::new(move || {
        if let Some(draft) = editor.room.read(|room| room.draft.clone()) {
            untrack(|| adopt(editor, draft));
        }
    });
    let retired = editor.room.session.retired();
    Effect::new(move || {
        if retired.get() {
            save(editor);
        }
    });
    let leaving = StoredValue::new_local(tab::watch_leaving(move || {
        save(editor);
        leave_note(editor);
    }));
    on_cleanup(move || {
        leaving.dispose();
        save(editor);
    });
}

/// Follows the stored draft until the person changes something: what is painted first may be older than what is stored.
fn adopt(editor: Editor, draft: Option<Draft>) {
    let name = editor.room.room_id();
    let is_first = editor.draft.try_update_value(|keeping| !std::mem::replace(&mut keeping.restored, true));
    let note = (is_first == Some(true)).then(|| tab::find_note(name.as_str())).flatten();
    if let Some(Ok(draft)) = note.map(|note| decode::<Draft>(&note)) {
        editor.take(Some(&draft));
        save_soon(editor);
        return editor.draft.update_value(|keeping| keeping.touched = true);
    }
    let is_new = editor.draft.try_update_value(|keeping| {
        let is_new = !keeping.touched && keeping.stored != draft;
        if is_new {
            keeping.stored.clone_from(&draft);
        }
        is_new
    });
    if is_new == Some(true) {
        editor.take(draft.as_ref());
    }
}

/// The person changed something.
pub(super) fn touch(editor: Editor) {
    editor.draft.update_value(|keeping| keeping.touched = true);
}

/// The text answers or changes something else, by the person's choice or by a draft that was taken.
pub(super) fn mode_changed(editor: Editor) {
    let draft = editor.draft_now();
    if editor.draft.with_value(|keeping| keeping.stored != draft) {
        touch(editor);
        save_soon(editor);
    }
}

/// Leaves the draft for the page that is loaded next, since a worker that ends with the only tab may not store it any
/// more. Not in encrypted rooms: outside the store nothing is sealed.
fn leave_note(editor: Editor) {
    let is_encrypted = editor.room.read_now(|room| room.is_encrypted).unwrap_or(true);
    if let Some(draft) = editor.draft_now().filter(|_| !is_encrypted) {
        tab::leave_note(editor.room.room_id().as_str(), Some(&encode(&draft)));
    }
}

/// Stores the draft after a pause.
pub(super) fn save_soon(editor: Editor) {
    let timer = set_timeout_with_handle(move || save(editor), PAUSE).ok();
    let before = editor.draft.try_update_value(|keeping| std::mem::replace(&mut keeping.timer, timer)).flatten();
    if let Some(before) = before {
        before.clear();
    }
}

/// Stores the draft now, if it changed.
pub(super) fn save(editor: Editor) {
    // After the room is left there is nothing to read.
    if editor.text.try_with_untracked(|_| ()).is_none() {
        return;
    }
    let draft = editor.draft_now();
    tab::leave_note(editor.room.room_id().as_str(), None);
    let is_new = editor.draft.try_update_value(|keeping| {
        if let Some(timer) = keeping.timer.take() {
            timer.clear();
        }
        // Before the stored draft was looked at, an empty text means nothing.
        let is_new = keeping.stored != draft && (keeping.restored || draft.is_some());
        keeping.stored.clone_from(&draft);
        is_new
    });
    if is_new == Some(true) {
        let room_id = editor.room.room_id();
        editor.room.session.dispatch(Command::SaveDraft { room_id, draft });
    }
}
