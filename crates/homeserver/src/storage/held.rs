//! News of commits that nobody can read yet.
//!
//! A reader stops before the first position that is not settled. A commit behind such a position is
//! not visible, and whoever was woken for it would look, find nothing and wait again; so the news are
//! held back until what came before is settled too.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use super::{News, Stream, StreamPosition, Streams};

#[derive(Debug, Default)]
pub(super) struct Held(Mutex<Vec<Batch>>);

/// The news of a commit.
#[derive(Debug)]
struct Batch {
    positions: Vec<(Stream, StreamPosition)>,
    news: Vec<News>,
}

impl Held {
    /// Adds the news of a commit that took these positions, which are settled.
    pub(super) fn add(&self, positions: Vec<(Stream, StreamPosition)>, news: Vec<News>) {
        self.lock().push(Batch { positions, news });
    }

    /// Takes the news of all commits that can be read by now, in their order. To be asked after every
    /// settlement: it may have been the one that others waited for.
    pub(super) fn take_visible(&self, streams: &Streams) -> Vec<News> {
        let mut visible_news = Vec::new();
        self.lock().retain_mut(|batch| {
            let visible = batch.positions.iter().all(|(stream, position)| streams.current(*stream) >= *position);
            if visible {
                visible_news.append(&mut batch.news);
            }
            !visible
        });
        // Of what is said twice the last counts: who came and went has gone.
        let mut said = HashSet::new();
        visible_news.reverse();
        visible_news.retain(|news| said.insert(news.clone()));
        visible_news.reverse();
        visible_news
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Batch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use ruma::user_id;

    use super::Held;
    use crate::storage::{News, Stream, Streams, Topic};

    #[test]
    fn news_wait_for_what_came_before_them() {
        let streams = Streams::new(1, [0; Stream::ALL.len()]);
        let held = Held::default();
        let news = News::from(Topic::User(user_id!("@a:test").to_owned()));
        let (_, first) = streams.take(Stream::Events);
        let (second, ticket) = streams.take(Stream::Events);

        streams.settle(&[ticket]);
        held.add(vec![(Stream::Events, second)], vec![news.clone()]);
        assert!(held.take_visible(&streams).is_empty());

        streams.settle(&[first]);
        assert_eq!(held.take_visible(&streams), [news]);
        assert!(held.take_visible(&streams).is_empty());
    }
}
