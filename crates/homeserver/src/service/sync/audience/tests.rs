use futures::FutureExt as _;
use ruma::{RoomId, UserId, room_id, user_id};

use super::{Audience, Interest, Listening};
use crate::{
    service::sync::{SyncToken, token::Mark},
    storage::{Kind, News, Storage, StorageError, Stream, Topic, WriteKey, args, tests::Scratch},
};

fn alice() -> &'static UserId {
    user_id!("@alice:test")
}

fn bob() -> &'static UserId {
    user_id!("@bob:test")
}

fn room() -> &'static RoomId {
    room_id!("!room:test")
}

struct World {
    _scratch: Scratch,
    storage: Storage,
    audience: Audience,
}

impl World {
    async fn new() -> Self {
        let scratch = Scratch::new();
        let storage = scratch.open().await.unwrap();
        let audience = Audience::start(storage.clone());
        let world = Self { _scratch: scratch, storage, audience };
        world.enter(alice()).await;
        world
    }

    /// Makes a user a member, as a join does.
    async fn enter(&self, user_id: &'static UserId) {
        self.write(move |transaction| {
            Box::pin(async move {
                let position = transaction.next_position(Stream::Events).await?;
                let sql = "INSERT INTO memberships \
                    (room_id, user_id, membership, event_id, sender, position, forgotten) \
                    VALUES ($1, $2, 'join', '$e', $2, $3, 0)";
                transaction.execute(sql, args![room(), user_id, position]).await?;
                let (user_id, room_id) = (user_id.to_owned(), room().to_owned());
                transaction.notify(News::of(Stream::Events, Topic::User(user_id.clone())));
                transaction.notify(News::of(Stream::Events, Topic::Membership { user_id, room_id, joined: true }));
                Ok(())
            })
        })
        .await;
    }

    /// Something happens in the room.
    async fn happen(&self) {
        self.write(|transaction| {
            Box::pin(async move {
                transaction.next_position(Stream::Events).await?;
                transaction.notify(News::of(Stream::Events, Topic::Room(room().to_owned())));
                Ok(())
            })
        })
        .await;
    }

    async fn write<F>(&self, unit: F)
    where
        F: for<'t> FnOnce(&'t mut crate::storage::Transaction) -> crate::storage::UnitFuture<'t, (), StorageError>
            + Send
            + 'static,
    {
        self.storage.write(WriteKey::Room(room().to_owned()), unit).await.unwrap();
    }

    fn now(&self) -> SyncToken {
        let mark = Mark { epoch: self.storage.words().epoch(), serial: 0 };
        let events = self.storage.streams().current(Stream::Events);
        SyncToken { events, typing: mark, presence: mark, ..SyncToken::default() }
    }
}

fn is_woken(listening: &Listening) -> bool {
    listening.woken.notified().now_or_never().is_some()
}

#[tokio::test]
async fn a_change_wakes_those_in_the_room_who_want_to_know() {
    let world = World::new().await;
    let elsewhere = Interest { not_rooms: [room().to_owned()].into(), ..Interest::default() };
    let waits = world.audience.listen(alice(), Interest::default()).await.unwrap();
    let filters = world.audience.listen(alice(), elsewhere).await.unwrap();
    let outsider = world.audience.listen(bob(), Interest::default()).await.unwrap();

    world.happen().await;

    assert!(is_woken(&waits));
    assert!(!is_woken(&filters));
    assert!(!is_woken(&outsider));
}

#[tokio::test]
async fn who_joins_while_waiting_hears_of_the_room() {
    let world = World::new().await;
    let waits = world.audience.listen(bob(), Interest::default()).await.unwrap();
    world.enter(bob()).await;
    assert!(is_woken(&waits));

    world.happen().await;

    assert!(is_woken(&waits));
}

#[tokio::test]
async fn a_token_is_quiet_until_something_happens_for_its_user() {
    let world = World::new().await;
    let (own, other) = (
        world.audience.listen(alice(), Interest::default()).await.unwrap(),
        world.audience.listen(bob(), Interest::default()).await.unwrap(),
    );
    let before = world.now();
    assert!(own.is_quiet_since(&before) && other.is_quiet_since(&before));

    world.happen().await;

    assert!(!own.is_quiet_since(&before) && other.is_quiet_since(&before));
    assert!(own.is_quiet_since(&world.now()));
    let older = SyncToken { events: 0, ..before };
    assert!(!other.is_quiet_since(&older), "what was before nobody knows here");
}

#[tokio::test]
async fn typing_wakes_only_who_asked_for_it() {
    let world = World::new().await;
    let waits = world.audience.listen(alice(), Interest::default()).await.unwrap();
    let filters = Interest { no_typing: true, ..Interest::default() };
    let filters = world.audience.listen(alice(), filters).await.unwrap();

    world.storage.notify(&[News { topic: Topic::Room(room().to_owned()), kind: Kind::Typing(1) }]);

    assert!(is_woken(&waits) && !is_woken(&filters));
    assert!(!waits.is_quiet_since(&world.now()));
}

#[tokio::test]
async fn after_news_were_lost_everyone_looks_and_rooms_are_learned_anew() {
    let world = World::new().await;
    let waits = world.audience.listen(alice(), Interest::default()).await.unwrap();

    crate::storage::Listener::lost(&world.audience);

    assert!(!waits.is_quiet_since(&world.now()));
    waits.changed().await.unwrap();
    assert!(waits.is_quiet_since(&world.now()));
    world.happen().await;
    assert!(is_woken(&waits));
}
