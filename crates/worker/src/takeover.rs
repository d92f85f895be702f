//! Workers of different builds agree who has the account: the newer asks, the older goes.
//!
//! Each says [`Hello`] on the account's channel when it comes, and answers an older one that comes later, so that both orders
//! end alike. Only then is the account's lock free, and nothing is written without it.

use futures::{channel::mpsc, stream::StreamExt};
use trellis_browser::{listener::Listener, names::Identity};
use trellis_model::protocol::Hello;
use wasm_bindgen::JsValue;
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel of an account, and who is heard there.
pub(crate) struct Takeover {
    channel: BroadcastChannel,
    hello: Hello,
    heard: mpsc::UnboundedReceiver<Hello>,
    _listener: Listener,
}

impl Takeover {
    pub(crate) fn new(identity: &Identity, hello: Hello) -> Result<Self, JsValue> {
        let channel = BroadcastChannel::new(&identity.database())?;
        let (tell, heard) = mpsc::unbounded();
        let listener = Listener::new(&channel, "message", move |event: MessageEvent| {
            let hello = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok());
            if let Some(hello) = hello {
                // Nobody listens any more once this worker ends.
                tell.unbounded_send(hello).ok();
            }
        });
        Ok(Self { channel, hello, heard, _listener: listener })
    }

    /// Tells the others who came.
    pub(crate) fn announce(&self) {
        let text = serde_json::to_string(&self.hello).expect("strings and integers always have a JSON form");
        if let Err(error) = self.channel.post_message(&text.into()) {
            tracing::error!(?error, "a worker could not announce itself");
        }
    }

    /// Waits until a newer build has come.
    pub(crate) async fn newer_came(&mut self) {
        while let Some(other) = self.heard.next().await {
            if other.build > self.hello.build {
                return;
            }
            if other.build < self.hello.build {
                self.announce();
            }
        }
        // The listener holds the other end, so this is never reached; waiting is what is meant.
        std::future::pending::<()>().await;
    }
}

impl Drop for Takeover {
    fn drop(&mut self) {
        self.channel.close();
    }
}
