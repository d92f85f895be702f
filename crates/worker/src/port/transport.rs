//! HTTP by `fetch`, and by `XMLHttpRequest` where the progress of an upload is wanted, which `fetch` does not tell.
//!
//! No cookies, no cache of the browser's own, no referrer: a homeserver gets the token and what the request says.

mod upload;

use async_trait::async_trait;
use js_sys::{Array, Promise, Uint8Array};
use trellis_client::port::{Transport, TransportError};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit, Response};

#[wasm_bindgen]
extern "C" {
    // The same in every kind of worker, whose global objects are of different types.
    #[wasm_bindgen(js_name = fetch)]
    fn fetch(url: &str, init: &RequestInit) -> Promise;
}

/// The browser's network.
pub(crate) struct BrowserTransport;

#[async_trait(?Send)]
impl Transport for BrowserTransport {
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, TransportError> {
        let controller = AbortController::new().map_err(invalid)?;
        let _abort = AbortOnDrop(controller.clone());
        let init = RequestInit::new();
        init.set_method(request.method().as_str());
        init.set_headers_headers(&headers(&request)?);
        init.set_credentials(RequestCredentials::Omit);
        init.set_cache(RequestCache::NoStore);
        init.set_referrer_policy(ReferrerPolicy::NoReferrer);
        init.set_signal(Some(&controller.signal()));
        if !request.body().is_empty() {
            init.set_body_opt_u8_array(Some(&Uint8Array::from(request.body().as_slice())));
        }

        let response: Response =
            JsFuture::from(fetch(&request.uri().to_string(), &init)).await.map_err(network)?.unchecked_into();
        let body = JsFuture::from(response.array_buffer().map_err(network)?).await.map_err(network)?;
        let mut answer = http::Response::builder().status(response.status());
        for entry in response.headers().entries().into_iter().flatten() {
            let entry: Array = entry.unchecked_into();
            if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
                answer = answer.header(name, value);
            }
        }
        answer.body(Uint8Array::new(&body).to_vec()).map_err(|error| TransportError::Network(error.to_string()))
    }

    async fn upload(
        &self,
        request: http::Request<Vec<u8>>,
        progress: &dyn Fn(u64),
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        upload::upload(request, progress).await
    }
}

/// The request ends with whoever waits for it; after the answer this does nothing.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn headers(request: &http::Request<Vec<u8>>) -> Result<Headers, TransportError> {
    let headers = Headers::new().map_err(invalid)?;
    for (name, value) in request.headers() {
        let value = value.to_str().map_err(|error| TransportError::InvalidRequest(error.to_string()))?;
        headers.append(name.as_str(), value).map_err(invalid)?;
    }
    Ok(headers)
}

fn invalid(error: JsValue) -> TransportError {
    TransportError::InvalidRequest(format!("{error:?}"))
}

fn network(error: JsValue) -> TransportError {
    TransportError::Network(format!("{error:?}"))
}
