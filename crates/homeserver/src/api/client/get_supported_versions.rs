//! `GET /_matrix/client/versions`
//!
//! Named are the versions whose additions for clients are here or are optional, as OAuth in v1.15 is: a client that
//! asks is told so. Version 1.18 has endpoints for administrators, who have commands instead; what else of it and of
//! v1.19 is here is named by feature.

use ruma::api::client::discovery::get_supported_versions::{Request, Response};

use crate::{Result, api::Ruma, service::Services};

const VERSIONS: [&str; 18] = [
    "r0.6.1", "v1.1", "v1.2", "v1.3", "v1.4", "v1.5", "v1.6", "v1.7", "v1.8", "v1.9", "v1.10", "v1.11", "v1.12",
    "v1.13", "v1.14", "v1.15", "v1.16", "v1.17",
];

const FEATURES: [&str; 4] = [
    // Sliding sync.
    "org.matrix.simplified_msc3575",
    // Dehydrated devices.
    "org.matrix.msc3814",
    // Blocked invitations, by the names of v1.18.
    "org.matrix.msc4380.stable",
    // Rooms shared with a user, at the path of v1.19.
    "uk.half-shot.msc2666.query_mutual_rooms.stable",
];

pub(super) async fn get_supported_versions(_: Services, _: Ruma<Request>) -> Result<Response> {
    let mut response = Response::new(VERSIONS.map(str::to_owned).to_vec());
    response.unstable_features.extend(FEATURES.map(|feature| (feature.to_owned(), true)));
    Ok(response)
}
