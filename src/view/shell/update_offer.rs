//! A newer build is ready: the person says when.

use leptos::prelude::*;

use crate::{
    markup::view,
    session::use_session,
    ui::{Button, ButtonKind},
    wording::t,
};

/// The offer, at the edge of the page.
#[component]
pub(super) fn UpdateOffer() -> impl IntoView {
    let session = use_session();
    let later = RwSignal::new(false);
    let offered = move || session.update_offered().get() && !later.get();
    view! {
        <Show when=offered>
            <div class="update-offer" role="status">
                <p>{t::update_ready()}</p>
                <Button kind=ButtonKind::Quiet on_press=move |()| later.set(true)>{t::update_later()}</Button>
                <Button kind=ButtonKind::Primary testid="update-take" on_press=move |()| session.take_update()>
                    {t::update_take()}
                </Button>
            </div>
        </Show>
    }
}
