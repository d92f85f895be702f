//! What was encrypted when it came and could not be read, and can be read now.

use super::{Editor, Place, Related, fold::renew};
use crate::{
    event::Event,
    protocol::Undecryptable,
    timeline::relation::{Meaning, meaning},
};

impl Editor<'_> {
    /// Takes over events that were tried again. A row that turns out to be about another becomes a part of that one.
    pub(crate) fn decrypted(&mut self, events: &[Event]) {
        let mut related = Vec::new();
        for event in events {
            let Some(place) = self.place_of(&event.event_id) else { continue };
            let Some(item) = self.item(place).filter(|item| item.is_encrypted() && !item.is_redacted()) else {
                continue;
            };
            if event.is_encrypted() {
                // That it was sent before the person came was seen from what stood around it.
                if item.undecryptable != event.undecryptable
                    && item.undecryptable != Some(Undecryptable::BeforeJoining)
                    && let Some(item) = self.item_mut(place)
                {
                    item.undecryptable = event.undecryptable;
                }
                continue;
            }
            match meaning(event) {
                Meaning::Row => {
                    if let Some(item) = self.item_mut(place) {
                        renew(item, event);
                    }
                }
                Meaning::Relation { target, kind } => {
                    related.push(Related { event: event.clone(), target, kind });
                }
                Meaning::Nothing => self.set_aside(place),
            }
        }
        self.fold_all(&related);
    }

    /// Takes a row away. Its event keeps its place in the order.
    pub(super) fn set_aside(&mut self, place: Place) {
        let chunk = self.chunk_mut(place.chunk);
        let item = chunk.items.remove(place.index);
        let asides = item.event_id.into_iter().chain(item.trailing);
        match place.index.checked_sub(1).and_then(|before| chunk.items.get_mut(before)) {
            Some(before) => before.trailing.extend(asides),
            None => chunk.leading.extend(asides),
        }
        self.reordered = true;
    }
}
