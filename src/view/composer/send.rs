//! Sending: the text as one message, or with the first file as its caption.

use leptos::prelude::*;
use trellis_model::protocol::{Command, Draft, Refusal};

use super::{attachments::Attachment, draft, editor::Editor, text::ComposerText, typing};
use crate::{
    platform::picture,
    task::afterwards,
    view::room::RoomContext,
    wording::{explain, t},
};

/// Sends what is there. The composer is empty at once; what was refused comes back to it.
pub(super) fn send(editor: Editor) {
    if untrack(|| editor.is_empty()) {
        return;
    }
    let files = editor.files.try_update(std::mem::take).unwrap_or_default();
    let draft = editor.draft_now().filter(|draft| !draft.body.trim().is_empty());
    editor.clear();
    // The stored draft goes in the transaction that stores the message, and with files a moment later.
    typing::stop(editor);
    let room = editor.room;
    afterwards(deliver(room, draft, files), move |delivered| {
        if let Err(Rejected { refusal, draft, files }) = delivered {
            take_back(editor, &refusal, draft, files);
        }
    });
}

/// What was refused, and why.
struct Rejected {
    refusal: Refusal,
    draft: Option<Draft>,
    files: Vec<Attachment>,
}

async fn deliver(room: RoomContext, draft: Option<Draft>, files: Vec<Attachment>) -> Result<(), Rejected> {
    if files.is_empty() {
        let Some(draft) = draft else { return Ok(()) };
        let (room_id, transaction_id) = (room.room_id(), room.session.transaction_id());
        let command = Command::SendMessage { room_id, transaction_id, draft: draft.clone() };
        let answer = room.session.send(command).await;
        return answer.map(|_| ()).map_err(|refusal| Rejected { refusal, draft: Some(draft), files });
    }
    let mut caption = draft;
    let mut files = files.into_iter();
    while let Some(file) = files.next() {
        if let Err(refusal) = send_file(room, &file, caption.as_ref().map(|draft| draft.body.clone())).await {
            return Err(Rejected { refusal, draft: caption, files: std::iter::once(file).chain(files).collect() });
        }
        caption = None;
    }
    Ok(())
}

async fn send_file(room: RoomContext, attachment: &Attachment, caption: Option<String>) -> Result<(), Refusal> {
    let file = &attachment.file;
    let (file_name, mimetype) = (file.name(), file.mimetype());
    let size = if mimetype.starts_with("image/") { picture::dimensions(file).await } else { None };
    let (room_id, transaction_id) = (room.room_id(), room.session.transaction_id());
    let answer = room.session.send_file(file, |file| Command::SendFile {
        room_id,
        transaction_id,
        file,
        file_name,
        mimetype,
        width: size.map(|(width, _)| width),
        height: size.map(|(_, height)| height),
        caption,
    });
    answer.await.map(|_| ())
}

/// Puts back what was refused, and says why.
fn take_back(editor: Editor, refusal: &Refusal, draft: Option<Draft>, files: Vec<Attachment>) {
    let why = t::composer_not_sent(explain(refusal).text);
    // The room may have been left meanwhile; the draft is kept all the same.
    if editor.complaint.try_set(Some(why.clone())).is_some() {
        editor.room.toasts.show(why);
        return;
    }
    editor.files.update(|all| {
        let since = std::mem::replace(all, files);
        all.extend(since);
    });
    if let Some(draft) = draft
        && editor.text.with_untracked(ComposerText::is_blank)
    {
        editor.take(Some(&draft));
        draft::touch(editor);
        draft::save_soon(editor);
    }
}
