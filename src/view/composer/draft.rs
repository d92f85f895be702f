//! Drafts: stored a moment after each key, at once when the page may go away, and brought back when the room is opened.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use trellis_model::protocol::{Command, Draft};

use super::editor::Editor;
use crate::platform::tab;

/// How long after a key the draft is stored.
const PAUSE: Duration = Duration::from_millis(400);

/// What is known of the stored draft.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// The draft of the room has been looked at.
    restored: bool,
    stored: Option<Draft>,
    timer: Option<TimeoutHandle>,
}

/// Restores the draft and keeps it, as long as the composer is open.
pub(super) fn keep(editor: Editor) {
    Effect::new(move || {
        let Some(draft) = editor.room.read(|room| room.draft.clone()) else { return };
        let is_first = editor.draft.try_update_value(|keeping| !std::mem::replace(&mut keeping.restored, true));
        if let (Some(true), Some(draft)) = (is_first, draft) {
            editor.draft.update_value(|keeping| keeping.stored = Some(draft.clone()));
            editor.restore(&draft);
        }
    });
    let retired = editor.room.session.retired();
    Effect::new(move || {
        if retired.get() {
            save(editor);
        }
    });
    let leaving = StoredValue::new_local(tab::watch_leaving(move || save(editor)));
    on_cleanup(move || {
        leaving.dispose();
        save(editor);
    });
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
