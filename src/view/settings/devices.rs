//! Wherever one is logged in.

mod row;
mod sign_out;

use std::collections::BTreeSet;

use leptos::prelude::*;
use ruma::OwnedDeviceId;
use trellis_model::protocol::{Command, Device, Refusal, Reply};

use self::{row::DeviceRow, sign_out::SignOut};
use crate::{
    markup::view,
    session::{Session, use_session},
    task::afterwards,
    ui::{Button, ButtonKind, Notice, Skeleton},
    wording::{explain, t},
};

/// The page.
#[component]
pub(super) fn Devices() -> impl IntoView {
    let session = use_session();
    let devices = RwSignal::new(None);
    let load = move || afterwards(load(session), move |loaded| _ = devices.try_set(Some(loaded)));
    let reload = Callback::new(move |()| load());
    load();
    view! {
        <p class="settings__intro">{t::devices_intro()}</p>
        {move || match devices.get() {
            None => view! { <Skeleton rows=3/> },
            Some(Ok(devices)) => view! { <List devices reload/> },
            Some(Err(refusal)) => {
                view! {
                    <Notice explanation=explain(&refusal)/>
                    <Button on_press=reload>{t::action_retry()}</Button>
                }
            }
        }}
    }
}

async fn load(session: Session) -> Result<Vec<Device>, Refusal> {
    match session.send(Command::Devices).await? {
        Reply::Devices(devices) => Ok(devices),
        _ => Err(Refusal::CoreFailed),
    }
}

#[component]
fn List(devices: Vec<Device>, reload: Callback<()>) -> impl IntoView {
    let selected = RwSignal::new(BTreeSet::<OwnedDeviceId>::new());
    let asks = RwSignal::new(false);
    let (current, others): (Vec<_>, Vec<_>) = devices.into_iter().partition(|device| device.is_current);
    let row = move |device: Device| view! { <DeviceRow device selected reload/> };
    let count = move || selected.with(BTreeSet::len);
    view! {
        <h4 class="settings__subheading">{t::devices_current()}</h4>
        <ul class="devices">{current.into_iter().map(row).collect_view()}</ul>
        <h4 class="settings__subheading">{t::devices_others()}</h4>
        {others.is_empty().then(|| view! { <p class="settings__intro">{t::devices_none()}</p> })}
        <ul class="devices">{others.into_iter().map(row).collect_view()}</ul>
        <Show when=move || { count() > 0 }>
            <div class="devices__actions">
                <Button kind=ButtonKind::Danger testid="devices-sign-out" on_press=move |()| asks.set(true)>
                    {move || t::devices_sign_out(count())}
                </Button>
            </div>
        </Show>
        <Show when=move || asks.get()>
            <SignOut selected on_close=move |()| asks.set(false) on_done=reload/>
        </Show>
    }
}
