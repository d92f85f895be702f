//! Workers of different builds agree who has the account: the newer asks, the older goes.
//!
//! Each says [`Hello`] on the account's channel when it comes, and answers an older one that comes later, so that both orders
//! end alike. Only then is the account's lock free, and nothing is written without it.

use std::cmp::Ordering;

use futures::{channel::mpsc, stream::StreamExt};
use js_sys::Reflect;
use serde::{Deserialize, Serialize};
use trellis_browser::{listener::Listener, names::Identity};
use trellis_model::protocol::Hello;
use wasm_bindgen::JsValue;
use web_sys::{BroadcastChannel, MessageEvent};

/// Whom a worker makes way for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Successor {
    /// The core of a newer build.
    Newer,
    /// A core of the same build: the dedicated worker of another tab that the person looks at now, or the one that tabs
    /// started who took this one for dead.
    Twin,
}

/// What a worker says of itself on the channel.
#[derive(Clone, Serialize, Deserialize)]
struct Announcement {
    #[serde(flatten)]
    hello: Hello,
    /// See [`WorkerName`](trellis_browser::names::WorkerName).
    #[serde(default)]
    generation: u32,
}

/// The channel of an account, and who is heard there.
pub(crate) struct Takeover {
    channel: BroadcastChannel,
    own: Announcement,
    heard: mpsc::UnboundedReceiver<Announcement>,
    /// This worker serves one tab only, so another of the same build is another tab's.
    dedicated: bool,
    _listener: Listener,
}

impl Takeover {
    pub(crate) fn new(identity: &Identity, hello: Hello, generation: u32) -> Result<Self, JsValue> {
        let channel = BroadcastChannel::new(&identity.database())?;
        let (tell, heard) = mpsc::unbounded();
        let listener = Listener::new(&channel, "message", move |event: MessageEvent| {
            let other = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok());
            if let Some(other) = other {
                // Nobody listens any more once this worker ends.
                tell.unbounded_send(other).ok();
            }
        });
        let dedicated = !Reflect::has(&js_sys::global(), &"SharedWorkerGlobalScope".into())?;
        Ok(Self { channel, own: Announcement { hello, generation }, heard, dedicated, _listener: listener })
    }

    /// Tells the others who came.
    pub(crate) fn announce(&self) {
        let text = serde_json::to_string(&self.own).expect("strings and integers always have a JSON form");
        if let Err(error) = self.channel.post_message(&text.into()) {
            tracing::error!(?error, "a worker could not announce itself");
        }
    }

    /// Waits until there is somebody to make way for.
    pub(crate) async fn successor(&mut self) -> Successor {
        while let Some(other) = self.heard.next().await {
            let generations = other.generation.cmp(&self.own.generation);
            match other.hello.build.cmp(&self.own.hello.build) {
                Ordering::Greater => return Successor::Newer,
                Ordering::Equal if self.dedicated || generations == Ordering::Greater => return Successor::Twin,
                Ordering::Equal if generations == Ordering::Equal => {}
                Ordering::Equal | Ordering::Less => self.announce(),
            }
        }
        // The listener holds the other end, so this is never reached; waiting is what is meant.
        std::future::pending().await
    }
}

impl Drop for Takeover {
    fn drop(&mut self) {
        self.channel.close();
    }
}
