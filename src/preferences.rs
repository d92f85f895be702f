//! How the person likes the page to look on this device. Remembered by the browser, not by the account.

use leptos::prelude::*;

use crate::{
    platform::{dom, preferences},
    wording::{Language, set_language},
};

/// Which colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
    Contrast,
}

/// How much air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Density {
    #[default]
    Comfortable,
    Compact,
}

impl Theme {
    /// All of them, for the settings.
    pub const ALL: [Self; 4] = [Self::System, Self::Light, Self::Dark, Self::Contrast];

    fn as_str(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
            Self::Contrast => Some("contrast"),
        }
    }
}

impl Density {
    /// All of them, for the settings.
    pub const ALL: [Self; 2] = [Self::Comfortable, Self::Compact];

    fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Comfortable => None,
            Self::Compact => Some("compact"),
        }
    }
}

/// What the person chose. Copy it into handlers; every component finds it by [`use_preferences`].
#[derive(Clone, Copy)]
pub struct Preferences {
    theme: RwSignal<Theme>,
    density: RwSignal<Density>,
    language: RwSignal<Language>,
}

impl Preferences {
    /// Reads what is remembered, provides it as context and keeps the document in step.
    pub fn provide() -> Self {
        let stored = |key, all: &[Option<&'static str>]| {
            let value = preferences::load(key);
            all.iter().position(|one| *one == value.as_deref()).unwrap_or_default()
        };
        let theme = stored("theme", &Theme::ALL.map(Theme::as_str));
        let density = stored("density", &Density::ALL.map(Density::as_str));
        let language = preferences::load("language").and_then(|tag| Language::from_tag(&tag)).unwrap_or_default();
        set_language(language);
        let preferences = Self {
            theme: RwSignal::new(Theme::ALL[theme]),
            density: RwSignal::new(Density::ALL[density]),
            language: RwSignal::new(language),
        };
        provide_context(preferences);
        Effect::new(move || dom::set_root_attribute("data-theme", preferences.theme.get().as_str()));
        Effect::new(move || dom::set_root_attribute("data-density", preferences.density.get().as_str()));
        Effect::new(move || {
            let language = preferences.language.get();
            dom::set_root_attribute("lang", Some(language.tag()));
            dom::set_root_attribute("dir", Some(language.direction().as_str()));
        });
        preferences
    }

    pub fn theme(self) -> Signal<Theme> {
        self.theme.into()
    }

    pub fn density(self) -> Signal<Density> {
        self.density.into()
    }

    pub fn language(self) -> Signal<Language> {
        self.language.into()
    }

    /// Changes the colours from now on.
    pub fn set_theme(self, theme: Theme) {
        preferences::save("theme", theme.as_str());
        self.theme.set(theme);
    }

    /// Changes how much air there is.
    pub fn set_density(self, density: Density) {
        preferences::save("density", density.as_str());
        self.density.set(density);
    }

    /// Changes the language; what is on the screen is rendered anew.
    pub fn set_language(self, language: Language) {
        preferences::save("language", (language != Language::default()).then(|| language.tag()));
        set_language(language);
        self.language.set(language);
    }
}

/// The preferences of the page.
pub fn use_preferences() -> Preferences {
    use_context().expect("the application provides the preferences before any view")
}
