//! What a client makes of a push, and which it wants.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use matrix_sdk::{Room, notification_settings::RoomNotificationMode, ruma::EventId};
use matrix_sdk_ui::notification_client::{
    NotificationClient, NotificationEvent, NotificationItem, NotificationProcessSetup, NotificationStatus,
};
use trellis_foreign_matrix_sdk::{Person, person::say, wait};

/// What is shown for an event that a push has named, while nothing else syncs.
async fn notification(person: &Person, room: &Room, event_id: &EventId) -> Result<NotificationItem> {
    let setup = NotificationProcessSetup::SingleProcess { sync_service: Arc::clone(person.sync()) };
    let client = NotificationClient::new((**person).clone(), setup).await?;
    match client.get_notification(room.room_id(), event_id).await? {
        NotificationStatus::Event(notification) => Ok(*notification),
        other => bail!("there is no notification: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_an_encrypted_message_becomes_its_words() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_encrypted_room(&bob).await?;
    bob.sync().stop().await;
    let event_id = say(&of_alice, "the geese fly at dawn").await?;

    let shown = notification(&bob, &of_bob, &event_id).await?;

    assert_eq!(shown.sender_display_name.as_deref(), Some("Alice"));
    assert_eq!(shown.is_room_encrypted, Some(true));
    let NotificationEvent::Timeline(event) = &shown.event else { bail!("it is no message") };
    assert!(format!("{event:?}").contains("the geese fly at dawn"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_an_invitation_says_who_invites_where_to() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let room = alice.make_room("The lighthouse", &[&bob]).await?;
    let of_bob = bob.invited(room.room_id()).await?;
    bob.sync().stop().await;
    let member = room.get_member(&bob.id()).await?.context("Bob is invited")?;
    let event_id = member.event().event_id().context("the invitation is an event")?;

    let shown = notification(&bob, &of_bob, event_id).await?;

    assert!(matches!(shown.event, NotificationEvent::Invite(_)));
    assert_eq!(shown.event.sender(), alice.id());
    assert_eq!(shown.room_computed_display_name, "The lighthouse");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_made_quiet_is_quiet_on_every_device() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let phone = alice.on_another_device().await?;
    let (of_alice, of_bob) = alice.share_room(&bob).await?;
    let on_phone = phone.joined(of_alice.room_id(), 2).await?;
    let settings = phone.notification_settings().await;
    let mut changes = settings.subscribe_to_changes();

    let mode = RoomNotificationMode::Mute;
    alice.notification_settings().await.set_room_notification_mode(of_alice.room_id(), mode).await?;
    wait::within("the phone knows", async {
        while settings.get_user_defined_room_notification_mode(of_alice.room_id()).await != Some(mode) {
            changes.recv().await?;
        }
        Ok(())
    })
    .await?;
    say(&of_bob, "hello?").await?;

    let is_unread = |room: &Room| (room.num_unread_messages() == 1).then(|| room.unread_notification_counts());
    let counts = wait::room(&phone, on_phone.room_id(), "the message is there", is_unread).await?;
    assert_eq!(counts.notification_count, 0);
    Ok(())
}
