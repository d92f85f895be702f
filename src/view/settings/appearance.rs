//! How the page looks on this device.

use leptos::prelude::*;

use crate::{
    markup::view,
    preferences::{Density, Theme, use_preferences},
    wording::{Language, t},
};

/// The page.
#[component]
pub(super) fn Appearance() -> impl IntoView {
    let preferences = use_preferences();
    view! {
        <Choices
            legend=t::appearance_theme() name="theme"
            options=Theme::ALL.map(|theme| (theme, theme_name(theme))).to_vec()
            chosen=preferences.theme() on_choose=move |theme| preferences.set_theme(theme)
        />
        <Choices
            legend=t::appearance_density() name="density"
            options=Density::ALL.map(|density| (density, density_name(density))).to_vec()
            chosen=preferences.density() on_choose=move |density| preferences.set_density(density)
        />
        <Choices
            legend=t::appearance_language() name="language"
            options=Language::ALL.map(|language| (language, language_name(language))).to_vec()
            chosen=preferences.language() on_choose=move |language| preferences.set_language(language)
        />
    }
}

/// One of several.
#[component]
fn Choices<T: Copy + PartialEq + Send + Sync + 'static>(
    legend: String,
    name: &'static str,
    options: Vec<(T, String)>,
    chosen: Signal<T>,
    #[prop(into)] on_choose: Callback<T>,
) -> impl IntoView {
    let option = move |(value, words): (T, String)| {
        view! {
            <label class="check">
                <input
                    type="radio" name=name prop:checked=move || chosen.get() == value
                    on:change=move |_| on_choose.run(value)
                />
                <span>{words}</span>
            </label>
        }
    };
    view! {
        <fieldset class="choices">
            <legend>{legend}</legend>
            {options.into_iter().map(option).collect_view()}
        </fieldset>
    }
}

fn theme_name(theme: Theme) -> String {
    match theme {
        Theme::System => t::theme_system(),
        Theme::Light => t::theme_light(),
        Theme::Dark => t::theme_dark(),
        Theme::Contrast => t::theme_contrast(),
    }
}

fn density_name(density: Density) -> String {
    match density {
        Density::Comfortable => t::density_comfortable(),
        Density::Compact => t::density_compact(),
    }
}

fn language_name(language: Language) -> String {
    match language {
        Language::English => t::language_english(),
        Language::Mirrored => t::language_mirrored(),
    }
}
