//! Ways into rooms and out of them.

use std::pin::pin;

use anyhow::{Context as _, Result};
use futures_util::StreamExt as _;
use matrix_sdk::{
    Room, RoomState,
    room_directory_search::RoomDirectorySearch,
    ruma::{
        RoomOrAliasId, TransactionId,
        api::client::room::{
            Visibility,
            create_room::{self, v3::RoomPreset},
        },
        assign,
        events::{
            InitialStateEvent,
            room::join_rules::{JoinRule, RoomJoinRulesEventContent},
        },
    },
};
use matrix_sdk_ui::room_list_service::filters::new_filter_non_left;
use trellis_foreign_matrix_sdk::{Person, wait};

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_says_who_and_where_and_becomes_a_room() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let room = bob.make_room("The island", &[&alice]).await?;

    wait::lists(&alice, Box::new(new_filter_non_left()), &["The island"]).await?;
    let invitation = alice.invited(room.room_id()).await?;
    let details = invitation.invite_details().await?;
    assert_eq!(details.inviter_id, bob.id());

    invitation.join().await?;
    alice.joined(room.room_id(), 2).await?;
    bob.joined(room.room_id(), 2).await?;
    wait::lists(&alice, Box::new(new_filter_non_left()), &["The island"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_is_refused_is_gone_on_every_device() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let phone = alice.on_another_device().await?;
    let room = bob.make_room("The island", &[&alice]).await?;
    phone.invited(room.room_id()).await?;

    alice.invited(room.room_id()).await?.leave().await?;

    phone.is_out_of(room.room_id()).await?;
    wait::lists(&phone, Box::new(new_filter_non_left()), &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_is_taken_back_is_gone() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let room = bob.make_room("The island", &[&alice]).await?;
    alice.invited(room.room_id()).await?;

    room.kick_user(&alice.id(), None).await?;

    alice.is_out_of(room.room_id()).await?;
    wait::lists(&alice, Box::new(new_filter_non_left()), &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_left_is_gone_on_every_device() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let phone = alice.on_another_device().await?;
    let (of_alice, _) = alice.share_room(&bob).await?;
    let room_id = of_alice.room_id();
    phone.joined(room_id, 2).await?;

    of_alice.leave().await?;

    phone.is_out_of(room_id).await?;
    wait::lists(&phone, Box::new(new_filter_non_left()), &[]).await?;
    let is_alone = |room: &Room| (room.joined_members_count() == 1).then_some(());
    wait::room(&bob, room_id, "one member is left", is_alone).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_banned_is_out() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_room(&bob).await?;

    of_alice.ban_user(&bob.id(), Some("rude")).await?;

    bob.is_out_of(of_bob.room_id()).await?;
    assert_eq!(of_bob.state(), RoomState::Banned);
    wait::lists(&bob, Box::new(new_filter_non_left()), &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_knock_is_heard_and_answered() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let rule = InitialStateEvent::with_empty_state_key(RoomJoinRulesEventContent::new(JoinRule::Knock));
    let request = assign!(create_room::v3::Request::new(), { initial_state: vec![rule.to_raw_any()] });
    let room = alice.make(request).await?;
    let (knocks, _cleaning) = room.subscribe_to_knock_requests().await?;
    let mut knocks = pin!(knocks);

    bob.knock(room.room_id().to_owned().into(), Some("it is me".to_owned()), Vec::new()).await?;
    let knock = wait::within("a knock is heard", async {
        loop {
            let knocks = knocks.next().await.context("nobody listens any more")?;
            if let Some(knock) = knocks.into_iter().find(|knock| knock.member_info.user_id == bob.id()) {
                return Ok(knock);
            }
        }
    })
    .await?;
    assert_eq!(knock.member_info.reason.as_deref(), Some("it is me"));
    knock.accept().await?;

    bob.accept(room.room_id()).await?;
    alice.joined(room.room_id(), 2).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_room_is_found_looked_at_and_entered_by_its_address() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let address = TransactionId::new().to_string();
    let request = assign!(create_room::v3::Request::new(), {
        name: Some(format!("Market {address}")),
        topic: Some("fish and flowers".to_owned()),
        room_alias_name: Some(address.clone()),
        preset: Some(RoomPreset::PublicChat),
        visibility: Visibility::Public,
    });
    let room = alice.make(request).await?;

    let mut search = RoomDirectorySearch::new(bob.clone());
    search.search(Some(address.clone()), 10, None).await?;
    let (found, _) = search.results();
    assert_eq!(found.iter().map(|found| &*found.room_id).collect::<Vec<_>>(), [room.room_id()]);
    let alias = found[0].alias.clone().context("the room has an address")?;
    let preview = bob.get_room_preview(<&RoomOrAliasId>::from(&*alias), Vec::new()).await?;
    assert_eq!(preview.topic.as_deref(), Some("fish and flowers"));
    assert_eq!((preview.num_joined_members, preview.state), (1, None));

    bob.join_room_by_id_or_alias(<&RoomOrAliasId>::from(&*alias), &[]).await?;
    let joined = bob.joined(room.room_id(), 2).await?;
    assert_eq!(joined.canonical_alias(), Some(alias));
    Ok(())
}
