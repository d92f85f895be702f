//! An upload that tells how far it is.

use futures::{channel::mpsc, stream::StreamExt};
use js_sys::Uint8Array;
use trellis_browser::listener::Listener;
use trellis_client::port::TransportError;
use web_sys::{Event, EventTarget, ProgressEvent, XmlHttpRequest, XmlHttpRequestResponseType};

use super::{invalid, network};

enum Step {
    Sent(u64),
    Loaded,
    Failed(&'static str),
}

/// Aborted when whoever waits for it leaves; after the answer aborting does nothing.
struct Request(XmlHttpRequest);

impl Drop for Request {
    fn drop(&mut self) {
        // Aborting what is over is no error.
        self.0.abort().ok();
    }
}

pub(super) async fn upload(
    request: http::Request<Vec<u8>>,
    progress: &dyn Fn(u64),
) -> Result<http::Response<Vec<u8>>, TransportError> {
    let Request(xhr) = &Request(XmlHttpRequest::new().map_err(invalid)?);
    xhr.open_with_async(request.method().as_str(), &request.uri().to_string(), true).map_err(invalid)?;
    xhr.set_response_type(XmlHttpRequestResponseType::Arraybuffer);
    for (name, value) in request.headers() {
        let value = value.to_str().map_err(|error| TransportError::InvalidRequest(error.to_string()))?;
        xhr.set_request_header(name.as_str(), value).map_err(invalid)?;
    }

    let (tell, mut steps) = mpsc::unbounded();
    let end = |event, step: fn() -> Step| {
        let tell = tell.clone();
        Listener::new(xhr, event, move |_: Event| drop(tell.unbounded_send(step())))
    };
    let target: EventTarget = xhr.upload().map_err(invalid)?.into();
    let _listeners = [
        end("load", || Step::Loaded),
        end("error", || Step::Failed("the connection broke")),
        end("timeout", || Step::Failed("it took too long")),
        Listener::new(&target, "progress", {
            let tell = tell.clone();
            // Bytes are whole numbers, which doubles count exactly up to 2^53.
            move |event: ProgressEvent| drop(tell.unbounded_send(Step::Sent(event.loaded() as u64)))
        }),
    ];
    xhr.send_with_opt_js_u8_array(Some(&Uint8Array::from(request.body().as_slice()))).map_err(invalid)?;

    while let Some(step) = steps.next().await {
        match step {
            Step::Sent(bytes) => progress(bytes),
            Step::Loaded => return answer(xhr),
            Step::Failed(reason) => return Err(TransportError::Network(reason.to_owned())),
        }
    }
    Err(TransportError::Network("it was forgotten".to_owned()))
}

fn answer(xhr: &XmlHttpRequest) -> Result<http::Response<Vec<u8>>, TransportError> {
    let mut answer = http::Response::builder().status(xhr.status().map_err(network)?);
    for line in xhr.get_all_response_headers().map_err(network)?.lines() {
        if let Some((name, value)) = line.split_once(':') {
            answer = answer.header(name.trim(), value.trim());
        }
    }
    let body = Uint8Array::new(&xhr.response().map_err(network)?).to_vec();
    answer.body(body).map_err(|error| TransportError::Network(error.to_string()))
}
