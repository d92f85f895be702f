//! A new recovery key, to be kept by the person.

use leptos::prelude::*;

use crate::{
    markup::view,
    platform::{dom, file::ObjectUrl, picture::save},
    task::afterwards,
    ui::{Button, ButtonKind, Icon, use_toasts},
    wording::t,
};

/// The key, and ways to keep it.
#[component]
pub(super) fn RecoveryKey(
    /// The key.
    key: String,
    /// The person has kept it.
    on_kept: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let key = StoredValue::new(key);
    // The browser reads it after the press.
    let saved = StoredValue::new_local(None::<ObjectUrl>);
    let copy = move |()| {
        let key = key.get_value();
        afterwards(async move { dom::copy_text(&key).await }, move |is_copied| {
            if is_copied {
                toasts.show(t::recovery_key_copied());
            }
        });
    };
    let save = move |()| {
        if let Some(url) = ObjectUrl::of_text(&format!("{}\n", key.get_value())) {
            save(url.as_str(), &t::recovery_key_file());
            saved.set_value(Some(url));
        }
    };
    view! {
        <div class="recovery">
            <h4 class="settings__subheading">{t::recovery_key_title()}</h4>
            <p>{t::recovery_key_words()}</p>
            <output class="recovery__key" data-testid="recovery-key-new" translate="no">{key.get_value()}</output>
            <div class="recovery__actions">
                <Button icon=Icon::Copy on_press=copy>{t::action_copy()}</Button>
                <Button icon=Icon::Download on_press=save testid="recovery-save">{t::recovery_key_save()}</Button>
                <Button kind=ButtonKind::Primary on_press=on_kept testid="recovery-kept">{t::recovery_key_done()}</Button>
            </div>
        </div>
    }
}
