//! News of commits that nobody can read yet.
//!
//! A reader stops before the first position that is not settled. A commit behind such a position is
//! not visible, and whoever was woken for it would look, find nothing and wait again; so the news are
//! held back until what came before is settled too.

use std::sync::{Mutex, PoisonError};

use super::{Stream, StreamPosition, Streams, Topic};

#[derive(Debug, Default)]
pub(super) struct Held(Mutex<Vec<News>>);

#[derive(Debug)]
struct News {
    positions: Vec<(Stream, StreamPosition)>,
    topics: Vec<Topic>,
}

impl Held {
    /// Adds the news of a commit that took these positions, which are settled.
    pub(super) fn add(&self, positions: Vec<(Stream, StreamPosition)>, topics: Vec<Topic>) {
        self.lock().push(News { positions, topics });
    }

    /// Takes the topics of all commits that can be read by now. To be asked after every settlement: it
    /// may have been the one that others waited for.
    pub(super) fn take_visible(&self, streams: &Streams) -> Vec<Topic> {
        let mut topics = Vec::new();
        self.lock().retain_mut(|news| {
            let visible = news.positions.iter().all(|(stream, position)| streams.current(*stream) >= *position);
            if visible {
                topics.append(&mut news.topics);
            }
            !visible
        });
        topics.sort_unstable();
        topics.dedup();
        topics
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<News>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use ruma::user_id;

    use super::Held;
    use crate::storage::{Stream, Streams, Topic};

    #[test]
    fn news_wait_for_what_came_before_them() {
        let streams = Streams::new(1, [0; Stream::ALL.len()]);
        let held = Held::default();
        let topic = Topic::User(user_id!("@a:test").to_owned());
        let (_, first) = streams.take(Stream::Events);
        let (second, ticket) = streams.take(Stream::Events);

        streams.settle(&[ticket]);
        held.add(vec![(Stream::Events, second)], vec![topic.clone()]);
        assert!(held.take_visible(&streams).is_empty());

        streams.settle(&[first]);
        assert_eq!(held.take_visible(&streams), [topic]);
        assert!(held.take_visible(&streams).is_empty());
    }
}
