//! How far a message is that is being sent from here.

use leptos::prelude::*;
use trellis_model::protocol::{SendState, TransferProgress};

use super::{EventRow, part};
use crate::{
    markup::{live, view},
    state::use_state,
    ui::{Button, ButtonKind},
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
    let take_back = move |()| _ = transaction().map(|transaction_id| room.cancel_send(transaction_id));
    live(move || match sending.get().flatten()? {
        SendState::Sent => None,
        SendState::Queued => Some(view! {
            <div class="message__state" data-waiting="">
                <span>{t::message_queued()}</span>
                <Button kind=ButtonKind::Quiet on_press=take_back>{t::action_cancel()}</Button>
            </div>
        }),
        SendState::Sending => {
            let progress = state.transfer(transaction()?);
            Some(view! { <div class="message__state">{upload(progress, take_back)}</div> })
        }
        SendState::Failed(refusal) => Some(view! {
            <div class="message__state" data-failed="true" role="status">
                <span>{t::message_failed()}" "{explain(&refusal).text}</span>
                <Button on_press=retry>{t::message_retry()}</Button>
                <Button on_press=take_back>{t::message_delete()}</Button>
            </div>
        }),
    })
}

/// The bar of an upload, while there is one. It can be taken back until it is done.
fn upload(
    progress: Signal<Option<TransferProgress>>,
    take_back: impl Fn(()) + Copy + Send + Sync + 'static,
) -> AnyView {
    let is_under_way = Memo::new(move |_| progress.with(Option::is_some));
    let percent = Memo::new(move |_| {
        progress.with(|progress| {
            progress.as_ref().map_or(100, |progress| progress.sent.saturating_mul(100) / progress.total.max(1))
        })
    });
    let words = move || t::media_uploading(percent.get());
    live(move || {
        is_under_way.get().then(|| {
            view! {
                <progress max="100" value=move || percent.get().to_string() aria-label=words></progress>
                <span>{words}</span>
                <Button kind=ButtonKind::Quiet on_press=take_back>{t::action_cancel()}</Button>
            }
        })
    })
}
