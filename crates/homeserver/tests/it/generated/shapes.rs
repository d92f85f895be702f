//! What a right request of each endpoint looks like.
//!
//! Method and paths are those of ruma's request type. A text that begins with `$` stands for something that exists:
//! `$room_id`, `$user_id`. A test sees to it that each shape is one of its type.

mod accounts;
mod rooms;

use reqwest::Method;
use ruma::api::{IncomingRequest, path_builder::PathBuilder as _};
use serde_json::Value;

/// A request that can be made.
pub(super) struct Shape {
    /// The request's type.
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) paths: Vec<&'static str>,
    pub(super) query: &'static [(&'static str, &'static str)],
    pub(super) body: Option<Value>,
    /// Reads a request as the server does; `None` where the type is not ruma's.
    pub(super) read: Option<Read>,
}

/// Reads a request with the variables of its path.
type Read = fn(http::Request<Vec<u8>>, &[String]) -> Result<(), String>;

/// Every endpoint a client can ask.
pub(super) fn shapes() -> Vec<Shape> {
    accounts::shapes().into_iter().chain(rooms::shapes()).collect()
}

/// The shape of one of ruma's types; null is no body.
fn shape<T: IncomingRequest>(query: &'static [(&'static str, &'static str)], body: Value) -> Shape {
    Shape {
        name: std::any::type_name::<T>(),
        method: T::METHOD,
        paths: T::PATH_BUILDER.all_paths().collect(),
        query,
        body: Some(body).filter(|body| !body.is_null()),
        read: Some(|request, variables| {
            T::try_from_http_request(request, variables).map(drop).map_err(|error| error.to_string())
        }),
    }
}

/// The same where a right body depends on the path, which is made at random.
fn varied<T: IncomingRequest>(query: &'static [(&'static str, &'static str)], body: Value) -> Shape {
    Shape { read: None, ..shape::<T>(query, body) }
}

/// The shape of a request for which ruma has no type, or one it cannot read here.
fn plain(method: Method, path: &'static str, query: &'static [(&'static str, &'static str)], body: Value) -> Shape {
    let body = Some(body).filter(|body| !body.is_null());
    Shape { name: path, method, paths: vec![path], query, body, read: None }
}
