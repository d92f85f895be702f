//! Which language the page speaks.

use std::cell::Cell;

/// A language with a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    /// English turned around: shows what is not in the catalogue, and what does not mirror.
    Mirrored,
}

/// Which way a language is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    LeftToRight,
    RightToLeft,
}

impl Language {
    /// All of them, for the settings.
    pub const ALL: [Self; 2] = [Self::English, Self::Mirrored];

    /// The BCP 47 tag, for `lang` and `Intl`. The mirrored one is private use of English.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Mirrored => "en-x-mirror",
        }
    }

    /// The language with a tag.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    pub fn direction(self) -> Direction {
        match self {
            Self::English => Direction::LeftToRight,
            Self::Mirrored => Direction::RightToLeft,
        }
    }
}

impl Direction {
    /// The value of `dir`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

thread_local! {
    static LANGUAGE: Cell<Language> = const { Cell::new(Language::English) };
}

/// The language the page speaks now.
pub fn language() -> Language {
    LANGUAGE.get()
}

/// Changes the language of what is rendered from now on; the application renders itself anew after it.
pub fn set_language(language: Language) {
    LANGUAGE.set(language);
}
