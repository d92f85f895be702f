//! `config.json`: what the host of the bundle decides. Everything has a default.

use trellis_browser::json::Object;

use crate::platform::fetch;

/// What the host decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The homeserver offered first; else the page's own origin.
    pub default_homeserver: Option<String>,
    /// Others to choose from.
    pub homeservers: Vec<String>,
    /// Whether people may type another one.
    pub allow_other_homeservers: bool,
    pub brand: Brand,
    pub theme: Theme,
}

/// How the host calls it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brand {
    pub name: Option<String>,
}

/// The host's colours.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Theme {
    /// The hue of the accent, in degrees of OKLCH.
    pub hue: Option<f64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            default_homeserver: None,
            homeservers: Vec::new(),
            allow_other_homeservers: true,
            brand: Brand::default(),
            theme: Theme::default(),
        }
    }
}

impl Config {
    /// Reads the file beside the page. One that is missing or damaged is as good as an empty one; the console says why.
    pub async fn load() -> Self {
        match fetch::text("config.json").await {
            Some(text) => Self::parse(&text).unwrap_or_else(|| {
                leptos::logging::error!("config.json is no JSON object");
                Self::default()
            }),
            None => Self::default(),
        }
    }

    /// Reads the file. What is of another kind than it should be is as good as absent.
    fn parse(text: &str) -> Option<Self> {
        let file = Object::parse(text)?;
        let default = Self::default();
        Some(Self {
            default_homeserver: file.text("default_homeserver"),
            homeservers: file.texts("homeservers").unwrap_or_default(),
            allow_other_homeservers: file.flag("allow_other_homeservers").unwrap_or(default.allow_other_homeservers),
            brand: Brand { name: file.object("brand").and_then(|brand| brand.text("name")) },
            theme: Theme { hue: file.object("theme").and_then(|theme| theme.number("hue")) },
        })
    }

    /// What the homeserver field begins with.
    pub fn homeserver(&self) -> String {
        let first = || self.homeservers.first().cloned();
        self.default_homeserver.clone().or_else(first).unwrap_or_else(fetch::origin)
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn an_empty_object_works() {
        assert_eq!(Config::parse("{}").unwrap(), Config::default());
    }

    #[test]
    fn a_homeserver_of_the_host_comes_before_the_origin() {
        let config = Config::parse(r#"{ "default_homeserver": "example.org" }"#).unwrap();

        assert_eq!(config.homeserver(), "example.org");
    }
}
