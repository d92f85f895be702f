//! Encryption, its messages carried by a sliding sync of its own.

use std::pin::pin;

use anyhow::{Context as _, Result};
use futures_util::StreamExt as _;
use matrix_sdk::{
    Client, Room,
    encryption::{
        VerificationState,
        backups::BackupState,
        recovery::RecoveryState,
        verification::{SasState, SasVerification, Verification, VerificationRequest, VerificationRequestState},
    },
    ruma::{
        EventId, api::client::room::get_room_event,
        events::key::verification::request::ToDeviceKeyVerificationRequestEvent,
    },
};
use tokio::sync::mpsc;
use trellis_foreign_matrix_sdk::{Person, person::say, wait};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_and_their_devices_talk_and_the_homeserver_reads_nothing() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let phone = bob.on_another_device().await?;
    let (of_alice, of_bob) = alice.share_encrypted_room(&bob).await?;
    let on_phone = phone.joined(of_bob.room_id(), 2).await?;
    let timelines = [alice.look_at(&of_alice).await?, bob.look_at(&of_bob).await?, phone.look_at(&on_phone).await?];

    let event_id = say(&of_alice, "the geese fly at dawn").await?;
    for timeline in &timelines {
        wait::reads(timeline, "the geese fly at dawn").await?;
    }
    say(&on_phone, "so do the swans").await?;
    for timeline in &timelines {
        wait::reads(timeline, "so do the swans").await?;
    }

    assert!(!as_stored(&of_bob, &event_id).await?.contains("geese"));
    Ok(())
}

/// An event as the homeserver has it.
async fn as_stored(room: &Room, event_id: &EventId) -> Result<String> {
    let request = get_room_event::v3::Request::new(room.room_id().to_owned(), event_id.to_owned());
    let event = room.client().send(request).await?.event;
    assert_eq!(event.get_field::<String>("type")?.as_deref(), Some("m.room.encrypted"));
    Ok(event.json().get().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_wait_for_a_device_that_is_away() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_encrypted_room(&bob).await?;
    let timeline = bob.look_at(&of_bob).await?;

    bob.sync().stop().await;
    for words in ["one", "two", "three"] {
        // Each with a key of its own.
        of_alice.discard_room_key().await?;
        say(&of_alice, words).await?;
    }
    bob.sync().start().await;

    wait::reads(&timeline, "three").await?;
    timeline.paginate_backwards(20).await?;
    for words in ["one", "two"] {
        wait::reads(&timeline, words).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_comes_later_recovers_with_the_key_and_reads_history() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_encrypted_room(&bob).await?;
    let by_alice = alice.look_at(&of_alice).await?;
    say(&of_alice, "written before").await?;
    say(&of_bob, "answered before").await?;
    wait::reads(&by_alice, "answered before").await?;
    let key = alice.encryption().recovery().enable().wait_for_backups_to_upload().await?;
    assert_eq!(alice.encryption().backups().state(), BackupState::Enabled);
    assert_eq!(alice.encryption().recovery().state(), RecoveryState::Enabled);

    let phone = alice.on_another_device().await?;
    let timeline = phone.look_at(&phone.joined(of_alice.room_id(), 2).await?).await?;
    timeline.paginate_backwards(30).await?;
    wait::item(&timeline, "there is what cannot be read", |item| item.content().is_unable_to_decrypt()).await?;
    assert_eq!(phone.encryption().recovery().state(), RecoveryState::Incomplete);
    phone.encryption().recovery().recover(&key).await?;

    for words in ["written before", "answered before"] {
        wait::reads(&timeline, words).await?;
    }
    assert_eq!(phone.encryption().recovery().state(), RecoveryState::Enabled);
    verified(&phone).await?;
    let own = phone.encryption().get_own_device().await?.context("the device is known")?;
    assert!(own.is_cross_signed_by_owner());
    Ok(())
}

/// Waits until a device is one of its owner's by cross-signing.
async fn verified(person: &Person) -> Result<()> {
    let mut states = person.encryption().verification_state();
    wait::within("the device is verified", async {
        while states.next_now() != VerificationState::Verified {
            states.next().await.context("nobody knows any more")?;
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_of_a_person_verify_each_other_and_share_their_secrets() -> Result<()> {
    let alice = Person::register("Alice").await?;
    alice.encryption().recovery().enable().await?;
    let phone = alice.on_another_device().await?;
    let (asked, mut asking) = mpsc::unbounded_channel();
    alice.add_event_handler(move |event: ToDeviceKeyVerificationRequestEvent, client: Client| {
        let asked = asked.clone();
        async move {
            let id = &event.content.transaction_id;
            let request = client.encryption().get_verification_request(&event.sender, id).await;
            asked.send(request).expect("the test listens");
        }
    });

    // Whoever asks before that is not heard.
    knows(&alice, &phone).await?;
    let identity = phone.encryption().request_user_identity(&alice.id()).await?.context("Alice has an identity")?;
    let ours = identity.request_verification().await?;
    let theirs = wait::within("the request comes", async { asking.recv().await.context("nobody listens") }).await?;
    let theirs = theirs.context("the request is known")?;
    theirs.accept().await?;
    wait_for(&ours, "the request is accepted", |state| {
        matches!(state, VerificationRequestState::Ready { .. }).then_some(())
    })
    .await?;
    let first = ours.start_sas().await?.context("emoji can be compared")?;
    let second = wait_for(&theirs, "the comparison begins", |state| match state {
        VerificationRequestState::Transitioned { verification: Verification::SasV1(sas) } => Some(sas),
        _ => None,
    })
    .await?;
    second.accept().await?;
    let (left, right) = (shown(&first).await?, shown(&second).await?);
    assert_eq!(left, right);
    first.confirm().await?;
    second.confirm().await?;

    verified(&phone).await?;
    let mut states = pin!(phone.encryption().recovery().state_stream());
    wait::within("the secrets have come", async {
        while states.next().await.context("nobody knows any more")? != RecoveryState::Enabled {}
        Ok(())
    })
    .await
}

/// Waits until someone knows the keys of another device of theirs.
async fn knows(person: &Person, device: &Person) -> Result<()> {
    let id = device.device_id().context("they are logged in")?;
    let mut changes = pin!(person.encryption().devices_stream().await?);
    wait::within("the device is known", async {
        while person.encryption().get_device(&person.id(), id).await?.is_none() {
            changes.next().await.context("nobody knows any more")?;
        }
        Ok(())
    })
    .await
}

async fn wait_for<T>(
    request: &VerificationRequest,
    what: &str,
    mut look: impl FnMut(VerificationRequestState) -> Option<T>,
) -> Result<T> {
    let mut changes = pin!(request.changes());
    wait::within(what, async {
        loop {
            if let Some(found) = look(request.state()) {
                return Ok(found);
            }
            changes.next().await.context("the request is gone")?;
        }
    })
    .await
}

/// The emoji of a comparison, once they are shown.
async fn shown(sas: &SasVerification) -> Result<Vec<&'static str>> {
    let mut changes = pin!(sas.changes());
    wait::within("the emoji are shown", async {
        loop {
            if let SasState::KeysExchanged { emojis: Some(emojis), .. } = sas.state() {
                return Ok(emojis.emojis.iter().map(|emoji| emoji.symbol).collect());
            }
            changes.next().await.context("the comparison is gone")?;
        }
    })
    .await
}
