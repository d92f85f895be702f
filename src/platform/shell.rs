//! The application shell: the service worker that keeps the page's files, and newer builds it has ready.

use std::{cell::RefCell, time::Duration};

use js_sys::Reflect;
use leptos::prelude::window;
use trellis_browser::{listener::Listener, timer::sleep};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Event, RegistrationOptions, ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState,
    ServiceWorkerUpdateViaCache,
};

/// The page's own start comes first: keeping its files loads them once more.
const PAUSE: Duration = Duration::from_secs(1);

/// How often a page that stays open looks for a newer build.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Registers the service worker and calls `offer` whenever a newer build is ready to take over. Ends only when there are no
/// service workers here, as on pages that came without TLS.
pub async fn keep(offer: impl Fn() + Clone + 'static) -> Result<(), JsValue> {
    let Some(container) = container() else { return Ok(()) };
    sleep(PAUSE).await;
    let options = RegistrationOptions::new();
    options.set_update_via_cache(ServiceWorkerUpdateViaCache::None);
    let registration: ServiceWorkerRegistration =
        JsFuture::from(container.register_with_options("sw.js", &options)).await?.unchecked_into();

    // The first one that ever comes takes over by itself: nothing is newer than it.
    let offer = move || {
        if container.controller().is_some() {
            offer();
        }
    };
    if registration.waiting().is_some() {
        offer();
    }
    let _found = Listener::new(&registration, "updatefound", {
        let registration = registration.clone();
        let installed = RefCell::new(None);
        move |_: Event| {
            let Some(worker) = registration.installing() else { return };
            let offer = offer.clone();
            let state = worker.clone();
            installed.replace(Some(Listener::new(&worker, "statechange", move |_: Event| {
                if state.state() == ServiceWorkerState::Installed {
                    offer();
                }
            })));
        }
    });
    loop {
        sleep(INTERVAL).await;
        // Without a network there is nothing newer; the next time will tell.
        if let Ok(update) = registration.update() {
            JsFuture::from(update).await.ok();
        }
    }
}

/// Lets the newer build take over and loads the page anew once it has.
pub async fn take_over() -> Result<(), JsValue> {
    let Some(container) = container() else { return Ok(()) };
    let registration = JsFuture::from(container.get_registration()).await?;
    let Ok(registration) = registration.dyn_into::<ServiceWorkerRegistration>() else { return Ok(()) };
    if let Some(waiting) = registration.waiting() {
        let (changed, change) = futures::channel::oneshot::channel();
        let mut changed = Some(changed);
        let _changed = Listener::new(&container, "controllerchange", move |_: Event| {
            changed.take().and_then(|changed| changed.send(()).ok());
        });
        waiting.post_message(&"activate".into())?;
        // The listener owns the other end and lives as long.
        change.await.ok();
    }
    super::tab::reload();
    Ok(())
}

fn container() -> Option<ServiceWorkerContainer> {
    let navigator = window().navigator();
    // Missing where the connection is not secure, whatever the type says.
    Reflect::get(&navigator, &"serviceWorker".into()).ok()?.dyn_into().ok()
}
