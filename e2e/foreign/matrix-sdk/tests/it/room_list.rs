//! The room list, as sliding sync fills it.

use std::{collections::BTreeSet, future::ready, pin::pin};

use anyhow::{Context as _, Result};
use futures_util::StreamExt as _;
use matrix_sdk::{
    Room, SlidingSyncList, SlidingSyncMode,
    ruma::{
        api::client::{receipt::create_receipt::v3::ReceiptType, room::create_room, sync::sync_events::v5::request},
        assign,
        directory::RoomTypeFilter,
        events::{Mentions, room::message::RoomMessageEventContent},
    },
};
use matrix_sdk_ui::room_list_service::{
    RoomListLoadingState,
    filters::{
        RoomCategory, new_filter_category, new_filter_favourite, new_filter_invite, new_filter_joined,
        new_filter_low_priority, new_filter_non_left, new_filter_normalized_match_room_name, new_filter_space,
        new_filter_unread,
    },
};
use trellis_foreign_matrix_sdk::{Person, person::say, wait};

use crate::spaces::make_space;

#[tokio::test(flavor = "multi_thread")]
async fn rooms_come_with_their_names_the_one_last_spoken_in_first() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let lighthouse = alice.make_room("The lighthouse", &[]).await?;
    let harbour = alice.make_room("The harbour", &[]).await?;
    let (talk, _) = alice.share_room(&bob).await?;

    say(&harbour, "ships").await?;
    say(&talk, "and Bob").await?;
    say(&lighthouse, "light").await?;
    let names = ["The lighthouse", "Bob", "The harbour"];
    wait::lists(&alice, Box::new(new_filter_non_left()), &names).await?;

    say(&harbour, "more ships").await?;
    let names = ["The harbour", "The lighthouse", "Bob"];
    wait::lists(&alice, Box::new(new_filter_non_left()), &names).await?;
    let phone = alice.on_another_device().await?;
    wait::lists(&phone, Box::new(new_filter_non_left()), &names).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_longer_than_its_window_is_read_to_the_end() -> Result<()> {
    let alice = Person::register("Alice").await?;
    for number in 0..45 {
        let name = Some(format!("Room {number}"));
        alice.create_room(assign!(create_room::v3::Request::new(), { name })).await?;
    }

    let phone = alice.on_another_device().await?;

    let all_are_named = |rooms: &_| {
        let mut names = wait::names(rooms);
        names.sort_unstable();
        names.dedup();
        (names.len() == 45 && names.iter().all(|name| name.starts_with("Room "))).then_some(())
    };
    wait::rooms(&phone, Box::new(new_filter_joined()), "all rooms are there", all_are_named).await?;
    let list = phone.rooms().all_rooms().await?;
    let mut loading = list.loading_state();
    wait::within("the list says how many rooms there are", async {
        loop {
            if loading.next_now() == (RoomListLoadingState::Loaded { maximum_number_of_rooms: Some(45) }) {
                return Ok(());
            }
            loading.next().await.context("the list is gone")?;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_a_topic_that_change_are_seen_at_once() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_room(&bob).await?;
    wait::lists(&bob, Box::new(new_filter_non_left()), &["Alice"]).await?;

    of_alice.set_name("The lighthouse".to_owned()).await?;
    of_alice.set_room_topic("light").await?;

    wait::lists(&bob, Box::new(new_filter_non_left()), &["The lighthouse"]).await?;
    let has_topic = |room: &Room| (room.topic().as_deref() == Some("light")).then_some(());
    wait::room(&bob, of_bob.room_id(), "the topic is there", has_topic).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unread_is_counted_until_it_is_read() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_room(&bob).await?;
    let room_id = of_alice.room_id();
    let counts = |room: &Room| {
        let counts = room.unread_notification_counts();
        (counts.notification_count, counts.highlight_count, room.num_unread_messages(), room.num_unread_mentions())
    };
    let counted = async |who: &Person, wanted| {
        let what = format!("unread are {wanted:?}");
        wait::room(who, room_id, &what, |room| (counts(room) == wanted).then_some(())).await
    };
    let timeline = alice.look_at(&of_alice).await?;
    let words = RoomMessageEventContent::text_plain("Alice?");
    of_bob.send(words.add_mentions(Mentions::with_user_ids([alice.id()]))).await?;
    say(&of_bob, "are you there?").await?;

    counted(&alice, (2, 1, 2, 1)).await?;
    wait::rooms(&alice, Box::new(new_filter_unread()), "the room is unread", |rooms| (rooms.len() == 1).then_some(()))
        .await?;
    wait::reads(&timeline, "are you there?").await?;
    assert!(timeline.mark_as_read(ReceiptType::Read).await?);

    counted(&alice, (0, 0, 0, 0)).await?;
    wait::rooms(&alice, Box::new(new_filter_unread()), "nothing is unread", |rooms| rooms.is_empty().then_some(()))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_marked_unread_is_unread_on_every_device() -> Result<()> {
    let alice = Person::register("Alice").await?;
    let phone = alice.on_another_device().await?;
    let room = alice.make_room("The lighthouse", &[]).await?;
    phone.joined(room.room_id(), 1).await?;
    let marked = async |wanted: bool| {
        for device in [&phone, &alice] {
            wait::room(device, room.room_id(), "the mark is as it should be", |room| {
                (room.is_marked_unread() == wanted).then_some(())
            })
            .await?;
        }
        anyhow::Ok(())
    };

    room.set_unread_flag(true).await?;
    marked(true).await?;
    room.set_unread_flag(false).await?;
    marked(false).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_typing_is_seen_until_they_stop() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_room(&bob).await?;
    let (_listening, mut typing) = of_alice.subscribe_to_typing_notifications();

    of_bob.typing_notice(true).await?;
    let who = wait::within("someone types", async { Ok(typing.recv().await?) }).await?;
    of_bob.typing_notice(false).await?;
    let nobody = wait::within("they stop", async { Ok(typing.recv().await?) }).await?;

    assert_eq!(who, [bob.id()]);
    assert!(nobody.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_are_found_by_what_they_are() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let phone = alice.on_another_device().await?;
    let lighthouse = alice.make_room("The lighthouse", &[]).await?;
    let harbour = alice.make_room("The harbour", &[]).await?;
    make_space(&alice, "The coast").await?;
    bob.make_room("The island", &[&alice]).await?;
    let direct = alice.create_dm(&bob.id()).await?;
    bob.accept(direct.room_id()).await?;

    lighthouse.set_is_favourite(true, None).await?;
    harbour.set_is_low_priority(true, None).await?;

    wait::lists(&phone, Box::new(new_filter_favourite()), &["The lighthouse"]).await?;
    wait::lists(&phone, Box::new(new_filter_low_priority()), &["The harbour"]).await?;
    wait::lists(&phone, Box::new(new_filter_space()), &["The coast"]).await?;
    wait::lists(&phone, Box::new(new_filter_invite()), &["The island"]).await?;
    wait::lists(&phone, Box::new(new_filter_category(RoomCategory::People)), &["Bob"]).await?;
    wait::lists(&phone, Box::new(new_filter_normalized_match_room_name("Härbo")), &["The harbour"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_homeserver_filters_lists_as_asked() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    alice.make_room("The lighthouse", &[]).await?;
    make_space(&alice, "The coast").await?;
    let invitation = bob.make_room("The island", &[&alice]).await?;
    alice.invited(invitation.room_id()).await?;
    // It is encrypted, too.
    alice.create_dm(&bob.id()).await?;
    let list = |name: &str, filters: request::ListFilters| {
        SlidingSyncList::builder(name)
            .sync_mode(SlidingSyncMode::new_selective().add_range(0..=20))
            .timeline_limit(1)
            .filters(Some(filters))
    };
    let none = request::ListFilters::default;
    let space = || vec![RoomTypeFilter::Space];

    let sync = alice
        .sliding_sync("filters")?
        .add_list(list("all", none()))
        .add_list(list("direct", assign!(none(), { is_dm: Some(true) })))
        .add_list(list("group", assign!(none(), { is_dm: Some(false) })))
        .add_list(list("encrypted", assign!(none(), { is_encrypted: Some(true) })))
        .add_list(list("invitations", assign!(none(), { is_invite: Some(true) })))
        .add_list(list("spaces", assign!(none(), { room_types: space() })))
        .add_list(list("rooms", assign!(none(), { not_room_types: space() })))
        .build()
        .await?;
    let mut updates = pin!(sync.sync());
    let update = wait::within("there is an answer", async { Ok(updates.next().await) }).await?;
    let update = update.context("the sync has ended")??;

    let mut counts = Vec::new();
    for name in ["all", "direct", "group", "encrypted", "invitations", "spaces", "rooms"] {
        let count = sync.on_list(name, |list| ready(list.maximum_number_of_rooms())).await.flatten();
        counts.push((name, count.context("the list has a number")?));
    }
    let wanted = [("all", 4), ("direct", 1), ("group", 3), ("encrypted", 1), ("invitations", 1), ("spaces", 1)];
    assert_eq!(counts[..6], wanted);
    assert_eq!(counts[6], ("rooms", 3));
    assert_eq!(update.rooms.into_iter().collect::<BTreeSet<_>>().len(), 4);
    Ok(())
}
