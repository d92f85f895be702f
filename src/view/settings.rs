//! The settings: a page for each subject, each with an address.

mod appearance;
mod devices;
mod encryption;
mod profile;

use leptos::prelude::*;

use self::{appearance::Appearance, devices::Devices, encryption::Encryption, profile::Profile};
use crate::{
    markup::view,
    route::{Dialog, Place, Route, SettingsPage, use_navigator},
    ui::{Button, ButtonKind, Icon, IconView},
    wording::t,
};

/// The settings at one of their pages.
#[component]
pub(super) fn Settings(
    /// Which page.
    page: SettingsPage,
) -> impl IntoView {
    let navigator = use_navigator();
    let tab = move |tab: SettingsPage| {
        let (icon, words) = label(tab);
        view! {
            <a
                class="settings__tab" href=Route::to(Place::Settings(tab)).to_string()
                aria-current=(tab == page).then_some("page")
            >
                <IconView icon/>
                <span>{words}</span>
            </a>
        }
    };
    let body = match page {
        SettingsPage::Profile => view! { <Profile/> },
        SettingsPage::Devices => view! { <Devices/> },
        SettingsPage::Encryption => view! { <Encryption/> },
        SettingsPage::Appearance => view! { <Appearance/> },
    };
    view! {
        <div class="settings">
            <nav class="settings__nav" aria-label=t::settings_nav()>
                <h2 class="settings__title">
                    <a class="icon-button settings__back" href=Route::default().to_string() aria-label=t::action_back()>
                        <IconView icon=Icon::ArrowLeft/>
                    </a>
                    {t::settings_title()}
                </h2>
                {SettingsPage::ALL.map(tab).collect_view()}
                <div class="settings__log-out">
                    <Button
                        kind=ButtonKind::Quiet icon=Icon::LogOut testid="log-out"
                        on_press=move |()| navigator.open(Dialog::LogOut)
                    >
                        {t::settings_log_out()}
                    </Button>
                </div>
            </nav>
            <section class="settings__page" aria-labelledby="settings-page">
                <h3 class="settings__heading" id="settings-page">{label(page).1}</h3>
                {body}
            </section>
        </div>
    }
}

fn label(page: SettingsPage) -> (Icon, String) {
    match page {
        SettingsPage::Profile => (Icon::User, t::settings_profile()),
        SettingsPage::Devices => (Icon::Monitor, t::settings_devices()),
        SettingsPage::Encryption => (Icon::Lock, t::settings_encryption()),
        SettingsPage::Appearance => (Icon::Palette, t::settings_appearance()),
    }
}
