use trellis_model::protocol::Hello;

use crate::json::Object;

/// The first message both ways: [`Hello`], and the lock by which the other end notices that the sender is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    pub hello: Hello,
    /// Held by the sender while it lives.
    pub lock: String,
}

impl Greeting {
    /// The text that is sent: the members of both in one object.
    pub fn to_json(&self) -> String {
        let Self { hello: Hello { build, protocol, schema }, lock } = self;
        Object::new()
            .with_text("build", build)
            .with_number("protocol", (*protocol).into())
            .with_number("schema", (*schema).into())
            .with_text("lock", lock)
            .to_text()
    }

    /// Reads [`to_json`](Self::to_json), of any build.
    pub fn from_json(text: &str) -> Option<Self> {
        let object = Object::parse(text)?;
        let number = |name| object.number(name).map(|number| number as u32);
        let hello = Hello { build: object.text("build")?, protocol: number("protocol")?, schema: number("schema")? };
        Some(Self { hello, lock: object.text("lock")? })
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

        let object = Object::parse(&greeting.to_json()).unwrap();

        assert_eq!(object.text("build").as_deref(), Some("b"));
        assert_eq!((object.number("protocol"), object.number("schema")), (Some(3.0), Some(2.0)));
        assert_eq!(object.text("lock").as_deref(), Some("trellis/tab/1"));
        assert_eq!(Greeting::from_json(&greeting.to_json()), Some(greeting));
        assert_eq!(Greeting::from_json(r#"{"failed":"x"}"#), None);
    }
}
