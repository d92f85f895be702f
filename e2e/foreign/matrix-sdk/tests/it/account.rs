//! What the homeserver says it can do, profiles, devices, and the end of sessions.

use anyhow::{Context as _, Result};
use matrix_sdk::{
    SessionChange,
    room::MessagesOptions,
    ruma::{
        api::{FeatureFlag, MatrixVersion, client::uiaa, error::ErrorKind},
        events::{AnySyncMessageLikeEvent, AnySyncTimelineEvent},
        profile::{ProfileFieldName, ProfileFieldValue},
    },
    sliding_sync::Version,
};
use tokio::sync::broadcast::error::RecvError;
use trellis_foreign_matrix_sdk::{
    Person,
    person::{PASSWORD, say},
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_homeserver_says_what_it_can_do() -> Result<()> {
    let alice = Person::register("Alice").await?;

    let versions = alice.supported_versions().await?;
    assert!(versions.versions.contains(&MatrixVersion::V1_16));
    assert!(versions.features.contains(&FeatureFlag::Msc4186));
    assert!(matches!(alice.sliding_sync_version(), Version::Native));
    let capabilities = alice.homeserver_capabilities();
    assert!(capabilities.can_change_displayname().await?);
    assert!(capabilities.can_change_avatar().await?);
    assert!(capabilities.extended_profile_fields().await?.enabled);
    assert!(capabilities.can_get_login_token().await?);
    let room_versions = capabilities.room_versions().await?;
    assert!(room_versions.available.contains_key(&room_versions.default));
    assert!(u64::from(alice.load_or_fetch_max_upload_size().await?) > 1_000_000);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_has_fields_that_others_can_read() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let zone = ProfileFieldValue::TimeZone("Europe/Lisbon".to_owned());

    alice.account().set_profile_field(zone.clone()).await?;
    let found = bob.account().fetch_profile_field_of(alice.id(), ProfileFieldName::TimeZone).await?;
    assert_eq!(found, Some(zone));
    let profile = bob.account().fetch_user_profile_of(&alice.id()).await?;
    assert_eq!(profile.get("displayname").and_then(|name| name.as_str()), Some("Alice"));

    alice.account().delete_profile_field(ProfileFieldName::TimeZone).await?;
    let gone = bob.account().fetch_profile_field_of(alice.id(), ProfileFieldName::TimeZone).await;
    let gone = gone.expect_err("the field is not there");
    assert!(matches!(gone.client_api_error_kind(), Some(ErrorKind::NotFound)), "{gone:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_logs_out_is_out_and_their_device_is_gone() -> Result<()> {
    let alice = Person::register("Alice").await?;
    let phone = alice.on_another_device().await?;
    let device = phone.device_id().context("the phone is a device")?.to_owned();
    assert!(alice.device_exists(device.clone()).await?);
    phone.sync().stop().await;

    phone.logout().await?;

    assert!(!alice.device_exists(device).await?);
    let refused = phone.whoami().await.expect_err("the token is void");
    assert!(matches!(refused.client_api_error_kind(), Some(ErrorKind::UnknownToken(_))), "{refused:?}");
    alice.whoami().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_removed_learns_it_while_it_syncs() -> Result<()> {
    let alice = Person::register("Alice").await?;
    let phone = alice.on_another_device().await?;
    let device = phone.device_id().context("the phone is a device")?.to_owned();
    let mut changes = phone.subscribe_to_session_changes();

    let refused = alice.delete_devices(&[device.clone()], None).await.expect_err("it takes the password");
    let info = refused.as_uiaa_response().context("it says how to confirm")?;
    let identifier = uiaa::MatrixUserIdentifier::from(alice.id());
    let mut password = uiaa::Password::new(identifier.into(), PASSWORD.to_owned());
    password.session.clone_from(&info.session);
    alice.delete_devices(&[device], Some(uiaa::AuthData::Password(password))).await?;

    let change = wait::within("the phone is told", async {
        loop {
            match changes.recv().await {
                // It is told as often as it asks.
                Err(RecvError::Lagged(_)) => {}
                change => return Ok(change?),
            }
        }
    })
    .await?;
    assert!(matches!(change, SessionChange::UnknownToken(_)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_one_ignores_is_not_heard_on_any_device() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let phone = alice.on_another_device().await?;
    let (of_alice, of_bob) = alice.share_room(&bob).await?;
    let mut ignored = phone.subscribe_to_ignore_user_list_changes();

    alice.account().ignore_user(&bob.id()).await?;
    let who = wait::within("the phone knows", async { ignored.next().await.context("nobody listens") }).await?;
    assert_eq!(who, [bob.id().to_string()]);
    say(&of_bob, "let me in").await?;
    say(&of_alice, "peace").await?;

    let laptop = alice.on_another_device().await?;
    let room = laptop.joined(of_alice.room_id(), 2).await?;
    let messages = room.messages(MessagesOptions::backward()).await?;
    let mut words = Vec::new();
    for event in messages.chunk {
        if let AnySyncTimelineEvent::MessageLike(AnySyncMessageLikeEvent::RoomMessage(message)) =
            event.raw().deserialize()?
        {
            words.extend(message.as_original().map(|message| message.content.body().to_owned()));
        }
    }
    assert_eq!(words, ["peace"]);
    Ok(())
}
