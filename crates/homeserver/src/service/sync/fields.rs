//! The format and the fields of events that a client asks for, see [filtering].
//!
//! [filtering]: https://spec.matrix.org/v1.18/client-server-api/#filtering

use std::sync::Arc;

use ruma::api::client::filter::{EventFormat, FilterDefinition};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use super::response::Shown;
use crate::{MatrixError, Result, service::timeline::StoredEvent};

/// How a client wants events.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    /// As homeservers exchange them.
    federation: bool,
    /// Only these, each a path; nothing: all.
    paths: Option<Vec<Vec<String>>>,
}

impl Fields {
    pub(super) fn new(filter: &FilterDefinition) -> Self {
        Self {
            federation: filter.event_format == EventFormat::Federation,
            paths: filter.event_fields.as_ref().map(|fields| fields.iter().map(|field| path(field)).collect()),
        }
    }

    /// An event as it is wanted, from how clients see it by default.
    pub(super) fn apply(&self, event: &StoredEvent, shown: Box<RawValue>) -> Result<Shown> {
        if !self.federation && self.paths.is_none() {
            return Ok(shown.into());
        }
        let mut object: Map<String, Value> = if self.federation {
            serde_json::from_slice(&event.json).map_err(MatrixError::internal)?
        } else {
            serde_json::from_str(shown.get()).map_err(MatrixError::internal)?
        };
        if self.federation {
            object.insert("event_id".to_owned(), event.event_id.as_str().into());
        }
        if let Some(paths) = &self.paths {
            object = keep(&object, paths);
        }
        Ok(Arc::from(to_raw_value(&object).map_err(MatrixError::internal)?))
    }
}

/// Reads `content.body`, in which a backslash lets a dot be part of a name.
fn path(field: &str) -> Vec<String> {
    let mut path = vec![String::new()];
    let mut characters = field.chars().peekable();
    while let Some(character) = characters.next() {
        let escapes = character == '\\' && matches!(characters.peek(), Some('.' | '\\'));
        match (character, escapes) {
            ('.', _) => path.push(String::new()),
            (_, true) => path.last_mut().into_iter().for_each(|name| name.extend(characters.next())),
            _ => path.last_mut().into_iter().for_each(|name| name.push(character)),
        }
    }
    path
}

fn keep(object: &Map<String, Value>, paths: &[Vec<String>]) -> Map<String, Value> {
    let mut kept = Map::new();
    for path in paths {
        copy(object, path, &mut kept);
    }
    kept
}

fn copy(from: &Map<String, Value>, path: &[String], to: &mut Map<String, Value>) {
    let Some((name, rest)) = path.split_first() else { return };
    let Some(value) = from.get(name) else { return };
    match value {
        _ if rest.is_empty() => drop(to.insert(name.clone(), value.clone())),
        Value::Object(inner) => {
            let mut deeper = match to.remove(name) {
                Some(Value::Object(deeper)) => deeper,
                _ => Map::new(),
            };
            copy(inner, rest, &mut deeper);
            if !deeper.is_empty() {
                to.insert(name.clone(), Value::Object(deeper));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{keep, path};

    #[test]
    fn fields_are_paths_in_which_dots_can_be_escaped() {
        assert_eq!(path("content.body"), ["content", "body"]);
        assert_eq!(path(r"content.m\.relates_to.rel_type"), ["content", "m.relates_to", "rel_type"]);
        assert_eq!(path(r"a\\b\c"), [r"a\b\c"]);
    }

    #[test]
    fn only_what_is_named_is_kept() {
        let event = json!({ "type": "t", "sender": "s", "content": { "body": "b", "m.x": { "y": 1 }, "z": 2 } });
        let kept = |fields: &[&str]| {
            let paths: Vec<_> = fields.iter().map(|field| path(field)).collect();
            serde_json::Value::Object(keep(event.as_object().unwrap(), &paths))
        };
        assert_eq!(
            kept(&["type", "content.body", r"content.m\.x"]),
            json!({
                "type": "t", "content": { "body": "b", "m.x": { "y": 1 } },
            })
        );
        assert_eq!(kept(&["content.nothing", "sender.deeper"]), json!({}));
        assert_eq!(kept(&["content.z", "content"]), json!({ "content": event["content"] }));
    }
}
