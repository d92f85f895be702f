//! The text being written, with its caret and its files, and every way they change.

use std::ops::Range;

use leptos::{html, prelude::*};
use ruma::OwnedUserId;
use trellis_model::protocol::{Draft, DraftMode};

use super::{
    Mode,
    attachments::Attachment,
    completion::closed_shortcode,
    draft, emoji,
    format::Edit,
    text::{ComposerText, from_utf16, to_utf16},
    typing,
};
use crate::{
    platform::{file::File, text_area},
    view::{message::plain_text, room::RoomContext},
    wording::user_name,
};

/// The text being written. Copy it into handlers.
#[derive(Clone, Copy)]
pub(super) struct Editor {
    pub(super) room: RoomContext,
    pub(super) area: NodeRef<html::Textarea>,
    pub(super) text: RwSignal<ComposerText>,
    /// Where the caret is, as byte offset.
    pub(super) caret: RwSignal<usize>,
    pub(super) files: RwSignal<Vec<Attachment>, LocalStorage>,
    /// Why something was not taken.
    pub(super) complaint: RwSignal<Option<String>>,
    /// What was being written before a change of an older message began.
    stash: StoredValue<Option<ComposerText>>,
    pub(super) draft: StoredValue<draft::Keeping>,
    pub(super) typing: StoredValue<typing::Told>,
}

impl Editor {
    pub(super) fn new(room: RoomContext) -> Self {
        let editor = Self {
            room,
            area: NodeRef::new(),
            text: RwSignal::new(ComposerText::default()),
            caret: RwSignal::new(0),
            files: RwSignal::new_local(Vec::new()),
            complaint: RwSignal::new(None),
            stash: StoredValue::new(None),
            draft: StoredValue::new(draft::Keeping::default()),
            typing: StoredValue::new(typing::Told::default()),
        };
        Effect::watch(
            move || room.mode.get(),
            move |mode, before, _| editor.mode_changed(mode, before.unwrap_or(&Mode::Message)),
            false,
        );
        Effect::new(move || {
            editor.text.track();
            request_animation_frame(move || {
                if let Some(area) = editor.area.try_get_untracked().flatten() {
                    text_area::fit(&area);
                }
            });
        });
        editor
    }

    /// Nothing that could be sent.
    pub(super) fn is_empty(self) -> bool {
        self.text.with(ComposerText::is_blank) && self.files.with(Vec::is_empty)
    }

    /// The person changed the text.
    pub(super) fn typed(self, new: &str) {
        self.text.update(|text| text.changed_to(new));
        self.moved();
        self.complaint.set(None);
        let closed = self.text.with_untracked(|text| {
            let (range, code) = closed_shortcode(text.as_str(), self.caret.get_untracked())?;
            Some((range, emoji::by_shortcode(code)?))
        });
        if let Some((range, emoji)) = closed {
            self.replace(range, emoji);
        }
        self.changed();
    }

    /// The caret may be elsewhere.
    pub(super) fn moved(self) {
        let caret = self.selection().end;
        if self.caret.get_untracked() != caret {
            self.caret.set(caret);
        }
    }

    /// The selection, as byte offsets.
    pub(super) fn selection(self) -> Range<usize> {
        let Some(area) = self.area.get_untracked() else { return 0..0 };
        let selection = text_area::selection(&area);
        self.text.with_untracked(|text| {
            let text = text.as_str();
            from_utf16(text, selection.start)..from_utf16(text, selection.end)
        })
    }

    pub(super) fn replace(self, range: Range<usize>, with: &str) {
        let caret = self.text.try_update(|text| text.replace(range, with)).unwrap_or_default();
        self.select(caret..caret);
        self.changed();
    }

    pub(super) fn mention(self, range: Range<usize>, user_id: OwnedUserId, name: &str) {
        let caret = self.text.try_update(|text| text.insert_mention(range, user_id, name)).unwrap_or_default();
        self.select(caret..caret);
        self.changed();
    }

    pub(super) fn apply(self, edit: &Edit) {
        self.text.update(|text| _ = text.replace(edit.replace.clone(), &edit.with));
        self.select(edit.select.clone());
        self.changed();
    }

    pub(super) fn attach(self, files: Vec<File>) {
        self.complaint.set(None);
        self.files.update(|all| all.extend(files.into_iter().map(Attachment::new)));
        self.focus();
    }

    pub(super) fn focus(self) {
        if let Some(area) = self.area.get_untracked() {
            text_area::focus(&area);
        }
    }

    /// What would be stored or sent now.
    pub(super) fn draft_now(self) -> Option<Draft> {
        let mode = self.room.mode.with_untracked(Mode::draft_mode);
        self.text.with_untracked(|text| text.draft(mode))
    }

    /// Takes a draft in place of what is there.
    pub(super) fn take(self, draft: Option<&Draft>) {
        self.text.set(draft.map(ComposerText::restore).unwrap_or_default());
        self.caret.set(draft.map_or(0, |draft| draft.body.len()));
        let mode = draft.map_or(Mode::Message, |draft| match &draft.mode {
            DraftMode::Message => Mode::Message,
            DraftMode::Edit { of } => Mode::Edit { of: of.clone(), body: draft.body.clone() },
            DraftMode::Reply { to } => {
                let event = self.room.event(to);
                let name = event.as_ref().map(|event| user_name(event.sender_name.as_deref(), &event.sender));
                let excerpt = event.map(|event| plain_text(&event.content)).unwrap_or_default();
                Mode::Reply { to: to.clone(), name, excerpt }
            }
        });
        self.room.mode.set(mode);
    }

    /// Empty again, after sending or cancelling.
    pub(super) fn clear(self) {
        let text = self.stash.try_update_value(Option::take).flatten().unwrap_or_default();
        let end = text.as_str().len();
        self.text.set(text);
        self.room.mode.set(Mode::Message);
        self.select(end..end);
        self.changed();
    }

    /// Back to a plain message; what was typed stays where it was an answer.
    pub(super) fn cancel_mode(self) {
        if self.room.mode.with_untracked(|mode| matches!(mode, Mode::Edit { .. })) {
            self.clear();
        } else {
            self.room.mode.set(Mode::Message);
            self.changed();
        }
        self.focus();
    }

    fn mode_changed(self, mode: &Mode, before: &Mode) {
        match mode {
            Mode::Edit { body, .. } if self.text.with_untracked(|text| text.as_str() != body) => {
                if !matches!(before, Mode::Edit { .. }) {
                    self.stash.set_value(Some(self.text.get_untracked()));
                }
                self.text.set(ComposerText::plain(body.as_str()));
                self.select(body.len()..body.len());
            }
            Mode::Edit { .. } | Mode::Reply { .. } => self.focus(),
            Mode::Message => {}
        }
        draft::mode_changed(self);
    }

    fn select(self, selection: Range<usize>) {
        self.caret.set(selection.end);
        let (text, selection) = self.text.with_untracked(|text| {
            let text = text.as_str();
            (text.to_owned(), to_utf16(text, selection.start)..to_utf16(text, selection.end))
        });
        if let Some(area) = self.area.get_untracked() {
            text_area::show(&area, &text, selection);
        }
    }

    fn changed(self) {
        draft::touch(self);
        draft::save_soon(self);
        typing::tell(self);
    }
}
