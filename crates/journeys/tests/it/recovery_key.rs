//! What a person recovers by: a later device reads what was said before it was there, with the recovery key and not without.

use ruma::RoomId;
use trellis_model::protocol::{Command, RecoveryState, Refusal, Reply, Undecryptable};

use crate::{
    encryption::{is_secret, two_people},
    harness::{Device, Network, PASSWORD, PATIENCE, Person, TIMELINE, journey},
};

async fn set_up(person: &Person, anew: bool, password: Option<&str>) -> Result<String, Refusal> {
    let command = Command::SetUpRecovery { anew, password: password.map(ToOwned::to_owned) };
    let Reply::RecoveryKey(key) = person.ask(command).await? else { panic!("something else was answered") };
    Ok(key)
}

async fn recover(person: &Person, key: &str) -> Result<Reply, Refusal> {
    person.ask(Command::Recover { recovery_key: key.to_owned() }).await
}

async fn state(person: &Person) -> RecoveryState {
    let answer = person.ask(Command::Recovery).await;
    let Ok(Reply::Recovery(state)) = answer else { panic!("{answer:?}") };
    state
}

/// Waits until keys are in the backup.
async fn backed_up(person: &Person, room_id: &RoomId, words: &str) {
    let asked = async {
        while person.device.interference.sent("/room_keys/keys").is_empty() {
            state(person).await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.expect("keys go into the backup");
    // What is sent is encrypted after the answer.
    person.say(room_id, words).await;
    person.until_timeline(TIMELINE, words, |timeline| timeline.shows(words, |event| event.event_id.is_some())).await;
}

/// A later device of a person, who looks at a room.
async fn later_device(network: &Network, name: &str, room_id: &RoomId) -> Person {
    let device = Device::log_in(network, name).await.open().await;
    device.live().await;
    device.show(room_id).await;
    device
}

#[test]
fn a_later_device_reads_what_was_before_with_the_recovery_key() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        ann.say(&room_id, "Tea at five?").await;
        ben.reads(&["Tea at five?"]).await;
        assert_eq!(state(&ben).await, RecoveryState::Missing);
        let key = set_up(&ben, false, None).await.unwrap();
        assert_eq!(state(&ben).await, RecoveryState::Ready);
        backed_up(&ben, &room_id, "Gladly").await;
        ann.reads(&["Tea at five?", "Gladly"]).await;

        let later = later_device(network, "ben", &room_id).await;
        later
            .until_timeline(TIMELINE, "that there is something", |timeline| {
                timeline.undecryptable().contains(&Undecryptable::BeforeDevice)
            })
            .await;
        assert_eq!(state(&later).await, RecoveryState::Locked);
        let mistyped = key.replacen(|letter: char| letter.is_ascii_lowercase(), "Z", 1);
        assert_eq!(recover(&later, &mistyped).await, Err(Refusal::WrongRecoveryKey));
        assert_eq!(recover(&later, "").await, Err(Refusal::WrongRecoveryKey));
        assert_eq!(recover(&later, &key).await, Ok(Reply::Done));

        later
            .until_timeline(TIMELINE, "all of it", |timeline| {
                timeline.texts().first().is_some_and(|text| text == "Tea at five?")
            })
            .await;
        assert_eq!(state(&later).await, RecoveryState::Ready);
        assert_eq!(later.device.interference.sent("/keys/signatures/upload").len(), 1, "the device is signed");
        ann.say(&room_id, "See you").await;
        later.until_timeline(TIMELINE, "what comes", |timeline| timeline.texts().contains(&"See you".to_owned())).await;
        let first = key.split(' ').next().unwrap().to_owned() + " " + key.split(' ').nth(1).unwrap();
        is_secret(network, &[&ann, &ben, &later], &["Tea at five", "See you", &key, &first]);
    });
}

#[test]
fn who_has_lost_the_recovery_key_begins_anew() {
    journey(async |network| {
        let (_ann, ben, room_id) = two_people(network).await;
        let first = set_up(&ben, false, None).await.unwrap();
        let later = later_device(network, "ben", &room_id).await;

        assert_eq!(set_up(&later, false, None).await, Err(Refusal::Forbidden { reason: None }));
        assert_eq!(set_up(&later, true, None).await, Err(Refusal::WrongPassword));
        assert_eq!(set_up(&later, true, Some("a guess")).await, Err(Refusal::WrongPassword));
        let second = set_up(&later, true, Some(PASSWORD)).await.unwrap();

        assert_eq!(state(&later).await, RecoveryState::Ready);
        let third = later_device(network, "ben", &room_id).await;
        assert_eq!(recover(&third, &first).await, Err(Refusal::WrongRecoveryKey));
        assert_eq!(recover(&third, &second).await, Ok(Reply::Done));
    });
}
