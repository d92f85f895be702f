//! How far a message is that is being sent from here.

use leptos::prelude::*;
use trellis_model::protocol::SendState;

use super::{EventRow, part};
use crate::{
    markup::{live, view},
    state::use_state,
    ui::Button,
    view::room::{event, use_room},
    wording::{explain, t},
};

/// Nothing once it is sent.
#[component]
pub(super) fn Status(
    /// The event.
    row: EventRow,
) -> impl IntoView {
    let (room, state) = (use_room(), use_state());
    let sending = part(row, |event| event.send_state.clone());
    let transaction = move || row.with_untracked(|row| event(row).and_then(|event| event.transaction_id.clone()));
    let retry = move |()| _ = transaction().map(|transaction_id| room.retry(transaction_id));
    let delete = move |()| _ = transaction().map(|transaction_id| room.cancel_send(transaction_id));
    live(move || match sending.get().flatten()? {
        SendState::Sent => None,
        SendState::Queued => Some(view! { <div class="message__state">{t::message_queued()}</div> }),
        SendState::Sending => {
            let progress = transaction().map(|transaction_id| state.transfer(transaction_id));
            Some(view! { <div class="message__state">{move || progress.and_then(upload)}</div> })
        }
        SendState::Failed(refusal) => Some(view! {
            <div class="message__state" data-failed="true" role="status">
                <span>{t::message_failed()}" "{explain(&refusal).text}</span>
                <Button on_press=retry>{t::message_retry()}</Button>
                <Button on_press=delete>{t::message_delete()}</Button>
            </div>
        }),
    })
}

/// The bar of an upload, while there is one.
fn upload(progress: Signal<Option<trellis_model::protocol::TransferProgress>>) -> Option<AnyView> {
    let percent = progress
        .with(|progress| progress.as_ref().map(|progress| progress.sent.saturating_mul(100) / progress.total.max(1)))?;
    let words = t::media_uploading(percent);
    Some(
        view! { <progress max="100" value=percent.to_string() aria-label=words.clone()></progress><span>{words}</span> },
    )
}
