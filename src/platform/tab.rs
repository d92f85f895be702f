//! The tab itself: whether it is seen, whether the browser has a network, and how to load it anew.

use leptos::prelude::{document, window};
use trellis_browser::listener::Listener;
use web_sys::{Event, VisibilityState};

use super::dates::now;

/// What the core wants to know of a tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    pub online: bool,
    pub visible: bool,
}

impl Presence {
    /// As it is now.
    pub fn now() -> Self {
        Self {
            online: window().navigator().on_line(),
            visible: document().visibility_state() == VisibilityState::Visible,
        }
    }
}

/// Tells every change of [`Presence`] as long as the result lives.
pub fn watch_presence(tell: impl Fn(Presence) + Clone + 'static) -> [Listener; 3] {
    let listen = |target: &web_sys::EventTarget, event| {
        let tell = tell.clone();
        Listener::new(target, event, move |_: Event| tell(Presence::now()))
    };
    [listen(&window(), "online"), listen(&window(), "offline"), listen(&document(), "visibilitychange")]
}

/// Waits until the person looks at the tab.
pub async fn visible() {
    while !Presence::now().visible {
        let (changed, change) = futures::channel::oneshot::channel();
        let mut changed = Some(changed);
        let _listener = Listener::new(&document(), "visibilitychange", move |_: Event| {
            changed.take().and_then(|changed| changed.send(()).ok());
        });
        // The listener owns the other end and lives as long.
        change.await.ok();
    }
}

/// Loads the page anew.
pub fn reload() {
    if let Err(error) = window().location().reload() {
        leptos::logging::error!("the page could not be loaded anew: {error:?}");
    }
}

/// Where the time of the last reload for a newer build is noted.
const RELOADED: &str = "trellis-reloaded";

/// How many milliseconds lie between two such reloads at least, so that two builds cannot throw a tab back and forth.
const RELOAD_PAUSE: u64 = 15_000;

/// Loads the page anew because a newer build took over; not again at once if that brought the old one back.
pub fn reload_for_newer_build() {
    let Ok(Some(storage)) = window().session_storage() else { return };
    let now = now();
    let last = storage.get_item(RELOADED).ok().flatten().and_then(|time| time.parse::<u64>().ok());
    if last.is_some_and(|last| now.saturating_sub(last) < RELOAD_PAUSE) {
        return;
    }
    // Where it cannot be noted, a loop could not be stopped.
    if storage.set_item(RELOADED, &now.to_string()).is_ok() {
        reload();
    }
}

/// Tells, as long as the result lives, that the page may go away: hidden, closed, or left.
pub fn watch_leaving(tell: impl Fn() + Clone + 'static) -> [Listener; 2] {
    let hidden = tell.clone();
    [
        Listener::new(&document(), "visibilitychange", move |_: Event| {
            if document().visibility_state() == VisibilityState::Hidden {
                hidden();
            }
        }),
        Listener::new(&window(), "pagehide", move |_: Event| tell()),
    ]
}

/// Leaves bytes for this tab alone to find after it was loaded anew; `None` takes them away. For what a worker that
/// ends with the tab may no longer store.
pub fn leave_note(name: &str, bytes: Option<&[u8]>) {
    let Ok(Some(storage)) = window().session_storage() else { return };
    let result = match bytes {
        Some(bytes) => {
            storage.set_item(&note(name), &bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
        None => storage.remove_item(&note(name)),
    };
    if let Err(error) = result {
        leptos::logging::warn!("a note could not be left: {error:?}");
    }
}

/// What [`leave_note`] left.
pub fn find_note(name: &str) -> Option<Vec<u8>> {
    let text = window().session_storage().ok().flatten()?.get_item(&note(name)).ok().flatten()?;
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

fn note(name: &str) -> String {
    format!("trellis-note-{name}")
}
