use ruma::{event_id, room_id};

use super::*;

fn round_trip(fragment: &str) {
    assert_eq!(Route::parse(fragment).to_string(), fragment);
}

#[test]
fn every_route_of_the_contract_comes_back_as_it_was() {
    for fragment in [
        "#/",
        "#/login",
        "#/register",
        "#/room/!garden:example.org",
        "#/room/%23garden:example.org",
        "#/room/!garden:example.org/$event",
        "#/a/2/room/!garden:example.org",
        "#/room/!garden?via=example.org&via=matrix.org&panel=members&dialog=leave:!garden",
        "#/space/!space:example.org",
        "#/user/@ann:example.org",
        "#/settings/devices",
        "#/explore",
    ] {
        round_trip(fragment);
        assert!(!matches!(Route::parse(fragment).place, Place::Unknown(_)), "{fragment}");
    }
}

#[test]
fn an_alias_may_have_its_sign_escaped_or_not() {
    assert_eq!(Route::parse("#/room/#garden:example.org"), Route::parse("#/room/%23garden:example.org"));
}

#[test]
fn an_event_id_with_slashes_stays_one_segment() {
    let route = Route::to(Place::Room {
        room: room_id!("!garden:example.org").to_owned().into(),
        event: Some(event_id!("$a/b+c").to_owned()),
    });

    assert_eq!(Route::parse(&route.to_string()), route);
}

#[test]
fn what_does_not_parse_is_kept_to_be_shown() {
    assert_eq!(Route::parse("#/room/garden").place, Place::Unknown("/room/garden".to_owned()));
    assert_eq!(Route::parse("#/nowhere/%E0%A4").to_string(), "#/nowhere/%E0%A4");
}

#[test]
fn layers_close_one_at_a_time() {
    let route = Route::parse("#/room/!garden?panel=members&dialog=shortcuts");

    let panel = route.without_top_layer().unwrap();
    let place = panel.without_top_layer().unwrap();

    assert_eq!(panel.to_string(), "#/room/!garden?panel=members");
    assert_eq!(place.to_string(), "#/room/!garden");
    assert_eq!(place.without_top_layer(), None);
}
