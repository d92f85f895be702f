//! The second line of a tile, in words.

use trellis_model::protocol::{MessagePreview, PreviewKind, RoomTile};

use crate::wording::{list, t};

/// Who types, or the last message, or who invites.
pub(super) fn line(tile: &RoomTile) -> String {
    if let Some(inviter) = &tile.inviter {
        return t::tile_invited_by(inviter.localpart());
    }
    match tile.typing.as_slice() {
        [] => tile.preview.as_ref().map(message).unwrap_or_default(),
        names @ ([_] | [_, _]) => t::tile_typing(names.len(), list(names)),
        _ => t::tile_typing_many(),
    }
}

fn message(preview: &MessagePreview) -> String {
    let text = match &preview.kind {
        PreviewKind::Text(text) => text.clone(),
        PreviewKind::Emote(text) => t::preview_emote(text),
        PreviewKind::Image => t::preview_image(),
        PreviewKind::Video => t::preview_video(),
        PreviewKind::Audio => t::preview_audio(),
        PreviewKind::File(name) => t::preview_file(name),
        PreviewKind::Redacted => t::preview_redacted(),
        PreviewKind::Undecryptable => t::preview_undecryptable(),
    };
    match &preview.sender {
        Some(sender) => t::room_tile_says(sender, text),
        None => t::room_tile_own(text),
    }
}
