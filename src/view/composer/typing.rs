//! Tells the room that the person types, and when they stopped.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use trellis_model::protocol::Command;

use super::{Mode, editor::Editor, text::ComposerText};
use crate::platform::dates::now;

/// How long after the last key somebody still types.
const PAUSE: Duration = Duration::from_secs(5);

/// After how many milliseconds it is told again.
const AGAIN: u64 = 10_000;

/// What the room was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// When it was last told that somebody types.
    since: Option<u64>,
    timer: Option<TimeoutHandle>,
}

/// The text changed.
pub(super) fn tell(editor: Editor) {
    let is_change = editor.room.mode.with_untracked(|mode| matches!(mode, Mode::Edit { .. }));
    if editor.text.with_untracked(ComposerText::is_blank) || is_change {
        return stop(editor);
    }
    let timer = set_timeout_with_handle(move || stop(editor), PAUSE).ok();
    let is_due = editor.typing.try_update_value(|told| {
        if let Some(before) = std::mem::replace(&mut told.timer, timer) {
            before.clear();
        }
        let is_due = told.since.is_none_or(|since| now().saturating_sub(since) > AGAIN);
        if is_due {
            told.since = Some(now());
        }
        is_due
    });
    if is_due == Some(true) {
        send(editor, true);
    }
}

/// Nobody types any more.
pub(super) fn stop(editor: Editor) {
    let was_told = editor.typing.try_update_value(|told| {
        if let Some(timer) = told.timer.take() {
            timer.clear();
        }
        told.since.take().is_some()
    });
    if was_told == Some(true) {
        send(editor, false);
    }
}

fn send(editor: Editor, typing: bool) {
    let room_id = editor.room.room_id();
    editor.room.session.dispatch(Command::SetTyping { room_id, typing });
}
