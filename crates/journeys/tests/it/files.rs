//! Files.

use trellis_model::protocol::{
    AttachmentIndex, Command, ItemContent, MediaKind, MediaRequest, Refusal, Reply, UploadRefusal,
};

use crate::harness::{Person, TIMELINE, TestFile, journey, journey_on};

#[test]
fn an_image_reaches_the_other_and_is_cached() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;
        let room_id = ann.create_room("Garden", &[&ben]).await;
        ben.accept(&room_id).await;
        ann.show(&room_id).await;
        ben.show(&room_id).await;
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|byte| byte.to_le_bytes()[0]).collect();

        ann.send_file(&room_id, "rose.png", TestFile(bytes.clone(), "image/png")).await;

        let source = |timeline: &crate::harness::Timeline| {
            timeline.events().into_iter().find_map(|event| match &event.content {
                ItemContent::Media(media) if media.kind == MediaKind::Image && media.file_name == "rose.png" => {
                    media.source.clone()
                }
                _ => None,
            })
        };
        ben.until_timeline(TIMELINE, "the image", |timeline| source(timeline).is_some()).await;
        assert!(ann.page.shown().transfers > 0);
        let source = source(&ben.page.shown().timelines[&TIMELINE]).unwrap();
        for offline in [false, true] {
            if offline {
                network.cut();
            }
            let (reply, files) = ben.ask_with(Command::FetchMedia(MediaRequest::Content(source.clone())), vec![]).await;
            let mimetype = Some("image/png".to_owned());
            assert_eq!(reply, Ok(Reply::Media { file: AttachmentIndex(0), mimetype }));
            assert!(files[0].bytes == bytes, "the bytes are those that were sent, offline: {offline}");
        }
    });
}

#[test]
fn a_file_larger_than_the_homeserver_takes_is_refused_at_once() {
    journey_on(
        |config| config.max_upload_size = 1000,
        async |network| {
            let ann = Person::new(network, "ann").await;
            let room_id = ann.create_room("Garden", &[]).await;
            ann.show(&room_id).await;
            let send = || Command::SendFile {
                room_id: room_id.clone(),
                transaction_id: "large".into(),
                file: AttachmentIndex(0),
                file_name: "large.bin".to_owned(),
                mimetype: "application/octet-stream".to_owned(),
                width: None,
                height: None,
                caption: None,
            };

            let file = std::rc::Rc::new(TestFile(vec![0; 2000], "application/octet-stream"));
            let refused = ann.ask_with(send(), vec![file]).await.0;

            assert_eq!(refused, Err(Refusal::Upload(UploadRefusal::TooLarge { limit: 1000 })));
        },
    );
}
