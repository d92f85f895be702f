use serde::{Deserialize, Serialize};
use trellis_model::protocol::Hello;

/// The first message both ways: [`Hello`], and the lock by which the other end notices that the sender is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    #[serde(flatten)]
    pub hello: Hello,
    /// Held by the sender while it lives.
    pub lock: String,
}

impl Greeting {
    /// The text that is sent.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and integers always have a JSON form")
    }

    /// Reads [`to_json`](Self::to_json), of any build.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_a_hello_with_a_lock() {
        let greeting = Greeting {
            hello: Hello { build: "b".to_owned(), protocol: 3, schema: 2 },
            lock: "trellis/tab/1".to_owned(),
        };

        let text = greeting.to_json();

        assert_eq!(text, r#"{"build":"b","protocol":3,"schema":2,"lock":"trellis/tab/1"}"#);
        assert_eq!(Greeting::from_json(&text), Some(greeting));
        assert_eq!(Greeting::from_json(r#"{"failed":"x"}"#), None);
    }
}
