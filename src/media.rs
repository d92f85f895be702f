//! Files of the content repository as addresses to show them under.
//!
//! Thumbnails and avatars are asked for once and shared by all who show them; whole files live as long as who shows
//! them. Knows no views; what is fetched and stored is the core's business.

use leptos::{prelude::*, task::spawn_local};
use ruma::OwnedMxcUri;
use trellis_model::protocol::{MediaRequest, MediaSource, Refusal};

use crate::{
    platform::{file::ObjectUrl, picture::device_pixels},
    session::{Session, use_session},
};

/// How many thumbnails are kept: the eldest go first.
const KEPT: usize = 400;

/// How far a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    Loading,
    /// Its address.
    Ready(String),
    Failed(Refusal),
}

impl Fetched {
    /// The address, once there is one.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Ready(url) => Some(url),
            Self::Loading | Self::Failed(_) => None,
        }
    }
}

/// A thumbnail that somebody shows or showed.
struct Thumbnail {
    request: MediaRequest,
    state: ArcRwSignal<Fetched>,
    url: Option<ObjectUrl>,
}

/// All thumbnails. Copy it into handlers; every component finds it by [`use_media`].
#[derive(Clone, Copy)]
pub struct Media {
    session: Session,
    thumbnails: StoredValue<Vec<Thumbnail>, LocalStorage>,
}

impl Media {
    /// Makes the store of thumbnails and provides it as context.
    pub fn provide(session: Session) -> Self {
        let media = Self { session, thumbnails: StoredValue::new_local(Vec::new()) };
        provide_context(media);
        media
    }

    /// A picture of at most this size in CSS pixels. One that failed is tried again by the next who asks.
    pub fn thumbnail(self, uri: OwnedMxcUri, width: u32, height: u32) -> ArcRwSignal<Fetched> {
        let request = MediaRequest::Thumbnail { uri, width: device_pixels(width), height: device_pixels(height) };
        let known = self.thumbnails.with_value(|all| {
            all.iter().find(|thumbnail| thumbnail.request == request).map(|thumbnail| thumbnail.state.clone())
        });
        match known {
            Some(state) => {
                if state.with_untracked(|state| matches!(state, Fetched::Failed(_))) {
                    self.fetch_thumbnail(request, state.clone());
                }
                state
            }
            None => {
                let state = ArcRwSignal::new(Fetched::Loading);
                let thumbnail = Thumbnail { request: request.clone(), state: state.clone(), url: None };
                self.thumbnails.update_value(|all| {
                    all.push(thumbnail);
                    if all.len() > KEPT {
                        all.remove(0);
                    }
                });
                self.fetch_thumbnail(request, state.clone());
                state
            }
        }
    }

    /// A whole file, as long as the component lives that asks for it.
    pub fn content(self, source: MediaSource) -> RwSignal<Fetched> {
        let state = RwSignal::new(Fetched::Loading);
        let held = StoredValue::new_local(None::<ObjectUrl>);
        let answer = self.session.fetch_media(MediaRequest::Content(source));
        spawn_local(async move {
            let fetched = match answer.await {
                Ok(url) => {
                    let address = url.as_str().to_owned();
                    // Whoever asked may have left; then the address ends here.
                    if held.try_set_value(Some(url)).is_some() {
                        return;
                    }
                    Fetched::Ready(address)
                }
                Err(refusal) => Fetched::Failed(refusal),
            };
            state.try_set(fetched);
        });
        state
    }

    fn fetch_thumbnail(self, request: MediaRequest, state: ArcRwSignal<Fetched>) {
        let answer = self.session.fetch_media(request.clone());
        spawn_local(async move {
            match answer.await {
                Ok(url) => {
                    let address = url.as_str().to_owned();
                    self.thumbnails.try_update_value(|all| {
                        if let Some(thumbnail) = all.iter_mut().find(|thumbnail| thumbnail.request == request) {
                            thumbnail.url = Some(url);
                        }
                    });
                    state.set(Fetched::Ready(address));
                }
                Err(refusal) => state.set(Fetched::Failed(refusal)),
            }
        });
    }
}

/// The files of the page.
pub fn use_media() -> Media {
    use_context().unwrap_or_else(|| Media::provide(use_session()))
}
