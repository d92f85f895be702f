//! One device.

use std::collections::BTreeSet;

use leptos::{ev, prelude::*};
use ruma::OwnedDeviceId;
use trellis_model::protocol::{Command, Device};

use crate::{
    markup::view,
    session::use_session,
    task::Task,
    ui::{Button, ButtonKind, Icon, IconButton, IconView, TextField, use_toasts},
    view::sign_in::Refused,
    wording::{dates, t},
};

/// One device, which can be renamed and, unless it is this one, chosen.
#[component]
pub(super) fn DeviceRow(
    device: Device,
    selected: RwSignal<BTreeSet<OwnedDeviceId>>,
    reload: Callback<()>,
) -> impl IntoView {
    let name = device.display_name.clone().unwrap_or_else(t::devices_unnamed);
    let seen = match (device.last_seen, &device.last_seen_ip) {
        (None, _) => t::devices_never(),
        (Some(time), None) => t::devices_seen(dates::full(time)),
        (Some(time), Some(ip)) => t::devices_seen_at(ip, dates::full(time)),
    };
    let renames = RwSignal::new(false);
    let device = StoredValue::new(device);
    let select = {
        let name = name.clone();
        move || {
            let device_id = device.with_value(|device| device.device_id.clone());
            let change = move |on: bool| {
                selected.update(|selected| {
                    if on {
                        selected.insert(device_id.clone())
                    } else {
                        selected.remove(&device_id)
                    };
                });
            };
            view! {
                <input
                    class="devices__select" type="checkbox" aria-label=t::devices_select(&name)
                    on:change:target=move |event| change(event.target().checked())
                />
            }
        }
    };
    view! {
        <li class="devices__row">
            {if device.with_value(|device| device.is_current) {
                view! { <span class="devices__icon"><IconView icon=Icon::Monitor/></span> }
            } else {
                select().into_any()
            }}
            <div class="devices__words">
                <p class="devices__name" dir="auto">{name.clone()}</p>
                <p class="devices__seen">
                    {device.with_value(|device| device.device_id.to_string())} " · " {seen}
                </p>
                <Show when=move || renames.get()><Rename device renames reload/></Show>
            </div>
            <IconButton
                icon=Icon::Pencil label=t::devices_rename(&name) expanded=Signal::from(renames)
                on_press=move |()| renames.update(|renames| *renames = !*renames)
            />
        </li>
    }
}

#[component]
fn Rename(device: StoredValue<Device>, renames: RwSignal<bool>, reload: Callback<()>) -> impl IntoView {
    let (session, toasts) = (use_session(), use_toasts());
    let name = RwSignal::new(device.with_value(|device| device.display_name.clone()).unwrap_or_default());
    let task = Task::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let command = Command::RenameDevice {
            device_id: device.with_value(|device| device.device_id.clone()),
            display_name: name.get_untracked().trim().to_owned(),
        };
        task.run(session.send(command), move |_| {
            toasts.show(t::devices_renamed());
            renames.set(false);
            reload.run(());
        });
    };
    view! {
        <form class="devices__rename" on:submit=submit>
            <TextField label=t::devices_name() value=name autofocus=true/>
            <Button kind=ButtonKind::Primary submit=true busy=task.busy()>{t::action_save()}</Button>
            <Refused task/>
        </form>
    }
}
