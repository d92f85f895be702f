//! Signing in, and what belongs to the account itself.

use trellis_client::Ended;
use trellis_homeserver::Registration;
use trellis_model::protocol::{Command, Refusal, RegistrationSupport, Reply, SessionEnd};

use crate::harness::{Device, Disk, Person, TestFile, journey, journey_on, sign_in};

#[test]
fn discovery_says_what_a_homeserver_offers() {
    journey(async |network| {
        let sign_in = sign_in(&Disk::default());

        let Ok(Reply::Homeserver(found)) = sign_in.execute(Command::Discover { input: network.url() }).await else {
            panic!("no homeserver found")
        };

        assert_eq!(found.base_url, network.url());
        assert!(found.login.password);
        assert_eq!(found.registration, RegistrationSupport::Open);
    });
}

#[test]
fn discovery_names_what_it_tried() {
    journey(async |network| {
        network.cut();
        let sign_in = sign_in(&Disk::default());

        let refused = sign_in.execute(Command::Discover { input: network.url() }).await;

        let tried = vec![
            format!("{}/_matrix/client/versions", network.url()),
            format!("{}/.well-known/matrix/client", network.url()),
        ];
        assert_eq!(refused, Err(Refusal::NotAHomeserver { tried }));
    });
}

#[test]
fn plain_http_is_refused_where_it_could_be_read() {
    journey(async |_| {
        let input = "http://matrix.example.org".to_owned();

        let refused = sign_in(&Disk::default()).execute(Command::Discover { input }).await;

        assert_eq!(refused, Err(Refusal::InvalidInput));
    });
}

#[test]
fn a_closed_homeserver_takes_no_new_accounts() {
    journey_on(
        |config| config.registration = Registration::Closed,
        async |network| {
            let disk = Disk::default();
            let command = Command::Register {
                homeserver: network.url(),
                username: "ann".to_owned(),
                password: "correct horse battery staple".to_owned(),
                registration_token: None,
                device_name: String::new(),
            };

            assert_eq!(sign_in(&disk).execute(command).await, Err(Refusal::RegistrationClosed));
        },
    );
}

#[test]
fn a_wrong_password_is_called_one() {
    journey(async |network| {
        Device::register(network, "ann").await;
        let command = Command::LogIn {
            homeserver: network.url(),
            user: "ann".to_owned(),
            password: "wrong".to_owned(),
            device_name: String::new(),
        };

        assert_eq!(sign_in(&Disk::default()).execute(command).await, Err(Refusal::WrongPassword));
    });
}

#[test]
fn a_name_that_is_taken_is_refused() {
    journey(async |network| {
        Device::register(network, "ann").await;
        let command = Command::Register {
            homeserver: network.url(),
            username: "ann".to_owned(),
            password: "correct horse battery staple".to_owned(),
            registration_token: None,
            device_name: String::new(),
        };

        assert_eq!(sign_in(&Disk::default()).execute(command).await, Err(Refusal::UserIdTaken));
    });
}

#[test]
fn logging_out_leaves_nothing_behind() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let disk = ann.device.disk.clone();
        assert_eq!(disk.listings.borrow().len(), 1);

        assert_eq!(ann.ask(Command::LogOut).await, Ok(Reply::Done));

        assert_eq!(ann.page.shown().signed_out, Some(SessionEnd::Fully));
        assert_eq!(ann.ended().await, Ended::SignedOut);
        assert!(disk.listings.borrow().is_empty());
    });
}

#[test]
fn the_profile_and_the_devices_can_be_changed() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let other = Device::log_in(network, "ann").await;

        let name = Command::SetDisplayName { display_name: Some("Ann".to_owned()) };
        assert_eq!(ann.ask(name).await, Ok(Reply::Done));
        let picture = Command::SetAvatar { file: trellis_model::protocol::AttachmentIndex(0) };
        let file = std::rc::Rc::new(TestFile(vec![1; 10], "image/png"));
        assert_eq!(ann.ask_with(picture, vec![file]).await.0, Ok(Reply::Done));
        ann.until("the new profile", |shown| {
            shown
                .profile
                .as_ref()
                .is_some_and(|profile| profile.display_name.as_deref() == Some("Ann") && profile.avatar_url.is_some())
        })
        .await;

        let Ok(Reply::Devices(devices)) = ann.ask(Command::Devices).await else { panic!("no devices") };
        let old: Vec<_> = devices.iter().filter(|device| !device.is_current).map(|one| one.device_id.clone()).collect();
        assert_eq!((devices.len(), old.len()), (2, 1));
        let wrong = Command::SignOutDevices { device_ids: old.clone(), password: "wrong".to_owned() };
        assert_eq!(ann.ask(wrong).await, Err(Refusal::WrongPassword));
        let right = Command::SignOutDevices { device_ids: old, password: "correct horse battery staple".to_owned() };
        assert_eq!(ann.ask(right).await, Ok(Reply::Done));
        let ended = other.open().await;
        ended.until("that the session is over", |shown| shown.signed_out == Some(SessionEnd::Fully)).await;
        assert_eq!(ended.ended().await, Ended::SignedOut);
    });
}

#[test]
fn a_newer_build_takes_over_without_losing_a_draft() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let room_id = ann.create_room("Garden", &[]).await;
        let draft = trellis_model::protocol::Draft {
            body: "half a".to_owned(),
            mentions: Vec::new(),
            mode: trellis_model::protocol::DraftMode::Message,
        };
        let saved = ann.ask(Command::SaveDraft { room_id: room_id.clone(), draft: Some(draft.clone()) }).await;
        assert_eq!(saved, Ok(Reply::Done));

        ann.tell(Command::Retire);
        ann.until("that it retires", |shown| shown.retired).await;
        let device = ann.device.clone();
        assert_eq!(ann.ended().await, Ended::Retired);

        let ann = device.open().await;
        ann.show(&room_id).await;
        ann.until("the draft", |shown| {
            let details = shown.details.get(&crate::harness::HEADER).and_then(Option::as_ref);
            details.is_some_and(|details| details.draft.as_ref() == Some(&draft))
        })
        .await;
    });
}
