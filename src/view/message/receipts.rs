//! Who has read up to a message.

use leptos::prelude::*;
use trellis_model::protocol::ReadBy;

use super::{EventRow, part};
use crate::{
    markup::{live, view},
    view::people::PersonAvatar,
    wording::{list, t, user_name},
};

/// More than these are counted.
const SHOWN: usize = 4;
/// More than these are counted in the tooltip as well.
const NAMED: usize = 20;

/// The readers whose receipt stands at a message.
#[component]
pub(super) fn Receipts(
    /// The event.
    row: EventRow,
) -> impl IntoView {
    let readers = part(row, |event| event.read_by.clone());
    let pictures = move |readers: &[ReadBy]| {
        let picture = |reader: &ReadBy| {
            let (user_id, name, avatar) =
                (reader.user_id.clone(), reader.display_name.clone(), reader.avatar_url.clone());
            view! { <PersonAvatar user_id name avatar size=16/> }
        };
        readers.iter().take(SHOWN).map(picture).collect_view()
    };
    live(move || {
        readers.get().filter(|readers| !readers.is_empty()).map(|readers| {
            let more = readers.len().checked_sub(SHOWN).filter(|more| *more > 0);
            view! {
                <div class="receipts" role="img" aria-label=said(&readers) title=said(&readers)>
                    {pictures(&readers)}
                    {more.map(|more| view! { <span class="receipts__more">"+"{more}</span> })}
                </div>
            }
        })
    })
}

fn said(readers: &[ReadBy]) -> String {
    let names: Vec<_> =
        readers.iter().take(NAMED).map(|reader| user_name(reader.display_name.as_deref(), &reader.user_id)).collect();
    match readers.len().saturating_sub(NAMED) {
        0 => t::message_read_by(list(&names)),
        others => t::message_read_by_many(names.join(", "), others),
    }
}
