//! Files in encrypted rooms: whoever may read the room opens them, nobody else, whatever happens on the way.

use trellis_client::port::{Accounts, Direction, KeyRange, Table};
use trellis_model::protocol::{
    AttachmentIndex, Command, ItemContent, MediaInfo, MediaRequest, MediaSource, Refusal, Reply,
};

use crate::{
    encryption::{is_secret, two_people},
    harness::{Person, TIMELINE, TestFile, Timeline, journey},
};

const PLAN: &[u8] = b"Dig at the old oak";

fn plan() -> TestFile {
    TestFile(PLAN.to_vec(), "text/plain")
}

fn shown(timeline: &Timeline, name: &str) -> Option<MediaInfo> {
    timeline.events().into_iter().find_map(|event| match &event.content {
        ItemContent::Media(media) if media.file_name == name && media.source.is_some() => Some(media.clone()),
        _ => None,
    })
}

/// Where a file lies, once it is there.
async fn source(person: &Person, name: &str) -> MediaSource {
    person.until_timeline(TIMELINE, name, |timeline| shown(timeline, name).is_some()).await;
    shown(&person.page.shown().timelines[&TIMELINE], name).and_then(|media| media.source).unwrap()
}

async fn fetch(person: &Person, source: MediaSource) -> Result<(Option<String>, Vec<u8>), Refusal> {
    let (reply, files) = person.ask_with(Command::FetchMedia(MediaRequest::Content(source)), vec![]).await;
    let Reply::Media { file: AttachmentIndex(0), mimetype } = reply? else { panic!("something else was answered") };
    Ok((mimetype, files[0].bytes.clone()))
}

#[test]
fn a_file_is_read_in_the_room_and_nowhere_else() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        let large: Vec<u8> = (0..3_000_000_u32).map(|byte| byte.to_le_bytes()[0]).collect();

        ann.send_file(&room_id, "the plan.txt", plan()).await;
        ann.send_file(&room_id, "oak.png", TestFile(large.clone(), "image/png")).await;

        let text = source(&ben, "the plan.txt").await;
        assert!(matches!(text, MediaSource::Encrypted { .. }));
        // A page is told of no type that a browser might run.
        assert_eq!(fetch(&ben, text).await, Ok((None, PLAN.to_vec())));
        let picture = source(&ben, "oak.png").await;
        for offline in [false, true] {
            if offline {
                network.cut();
            }
            let (mimetype, bytes) = fetch(&ben, picture.clone()).await.unwrap();
            assert_eq!(mimetype.as_deref(), Some("image/png"));
            assert!(bytes == large, "the bytes are those that were sent, offline: {offline}");
        }
        is_secret(network, &[&ann, &ben], &["Dig at the old oak", "the plan.txt", "oak.png", "image/png"]);
    });
}

#[test]
fn a_file_whose_answer_was_lost_opens_all_the_same() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;

        network.lose_answers();
        ann.send_file(&room_id, "plan.txt", plan()).await;
        network.lost_answers(2).await;
        let device = ann.close().await;
        network.mend();
        let ann = device.open().await;
        ann.show(&room_id).await;

        let source = source(&ben, "plan.txt").await;
        assert_eq!(fetch(&ben, source).await.unwrap().1, PLAN);
        is_secret(network, &[&ann, &ben], &["Dig at the old oak", "plan.txt"]);
    });
}

#[test]
fn a_file_that_waits_lies_sealed() {
    journey(async |network| {
        let (ann, _ben, room_id) = two_people(network).await;
        network.cut();

        ann.send_file(&room_id, "plan.txt", plan()).await;
        let device = ann.close().await;

        let store = device.disk.open(&device.account).await.unwrap().store;
        let files = store.range(Table::Files, KeyRange::all(), Direction::Ascending, usize::MAX).await.unwrap();
        assert!(!files.is_empty());
        assert!(files.iter().all(|file| !file.value.windows(PLAN.len()).any(|bytes| bytes == PLAN)));
    });
}

#[test]
fn a_file_that_somebody_changed_is_not_shown() {
    journey(async |network| {
        let (ann, ben, room_id) = two_people(network).await;
        ann.send_file(&room_id, "plan.txt", plan()).await;
        let MediaSource::Encrypted { file, mimetype } = source(&ben, "plan.txt").await else { panic!("it is plain") };
        let mut changed: serde_json::Value = serde_json::from_str(&file).unwrap();
        changed["hashes"]["sha256"] = "ANdt819a8bZl4jKy3Z+jcqtiNICa2y0AW4BBJ/iQRAU".into();

        let other = MediaSource::Encrypted { file: changed.to_string(), mimetype: mimetype.clone() };
        assert_eq!(fetch(&ben, other.clone()).await, Err(Refusal::Damaged));
        assert!(fetch(&ben, MediaSource::Encrypted { file, mimetype }).await.is_ok());
        assert_eq!(fetch(&ben, other).await, Err(Refusal::Damaged), "what another key opened is not given out");
    });
}
