//! The current route as a signal, and how to change it.

use leptos::prelude::*;

use super::{Dialog, Panel, Route};

/// Where the person is. Copy it into handlers; every component finds it by [`use_navigator`].
#[derive(Clone, Copy)]
pub struct Navigator {
    route: RwSignal<Route>,
    history: StoredValue<Box<dyn History>, LocalStorage>,
}

/// The browser's history, or a test's.
pub trait History {
    /// Adds an entry; `layer`: it opens one above the entry before.
    fn push(&self, fragment: &str, layer: bool);
    /// Changes the entry.
    fn replace(&self, fragment: &str);
    /// Goes back if this entry opened a layer.
    fn close_layer(&self) -> bool;
}

impl Navigator {
    /// At the route of the address bar.
    pub fn new(fragment: &str, history: Box<dyn History>) -> Self {
        Self { route: RwSignal::new(Route::parse(fragment)), history: StoredValue::new_local(history) }
    }

    /// The route, to read reactively.
    pub fn route(self) -> Signal<Route> {
        self.route.into()
    }

    /// Follows the address bar: called when the browser says it changed.
    pub fn arrive(self, fragment: &str) {
        let route = Route::parse(fragment);
        if self.route.with_untracked(|now| *now != route) {
            self.route.set(route);
        }
    }

    /// Goes somewhere.
    pub fn go(self, route: Route) {
        if self.route.with_untracked(|now| *now == route) {
            return;
        }
        let layer = self.route.with_untracked(|now| route.without_top_layer().as_ref() == Some(now));
        self.history.with_value(|history| history.push(&route.to_string(), layer));
        self.route.set(route);
    }

    /// Goes somewhere without a way back.
    pub fn replace(self, route: Route) {
        self.history.with_value(|history| history.replace(&route.to_string()));
        self.route.set(route);
    }

    /// Opens a dialog above the place.
    pub fn open(self, dialog: Dialog) {
        self.go(self.route.with_untracked(|route| route.with_dialog(dialog)));
    }

    /// Opens or closes a panel beside the place.
    pub fn show_panel(self, panel: Option<Panel>) {
        self.go(self.route.with_untracked(|route| route.with_panel(panel)));
    }

    /// Closes the topmost layer: goes back when the entry before is that, else replaces. False: there is none.
    pub fn close_layer(self) -> bool {
        let Some(below) = self.route.with_untracked(Route::without_top_layer) else { return false };
        if !self.history.with_value(|history| history.close_layer()) {
            self.replace(below);
        }
        true
    }
}

/// The navigator of the page.
pub fn use_navigator() -> Navigator {
    use_context().expect("the application provides the navigator before any view")
}
