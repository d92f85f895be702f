//! Answers, and what a test says about them.

use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;

use super::coverage;

/// An answer of the server, with the request it belongs to for messages.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) request: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Null where the body is no JSON.
    pub(crate) body: Value,
}

impl Answer {
    /// The body of an answer that has to be a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {} {}", self.request, self.status, self.body);
        coverage::record(&self.request, self.status.as_u16());
        self.body
    }

    /// A string of a successful answer.
    #[track_caller]
    pub(crate) fn string(self, key: &str) -> String {
        let request = self.request.clone();
        let body = self.ok();
        let value = body[key].as_str();
        value.unwrap_or_else(|| panic!("{request}: no string `{key}` in {body}")).to_owned()
    }

    /// Asserts a refusal of the specification.
    #[track_caller]
    pub(crate) fn assert_errcode(&self, status: u16, errcode: &str) {
        let found = (self.status.as_u16(), self.body["errcode"].as_str());
        assert_eq!(found, (status, Some(errcode)), "{}: {}", self.request, self.body);
        coverage::record(&self.request, status);
    }
}
