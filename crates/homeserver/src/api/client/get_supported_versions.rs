//! `GET /_matrix/client/versions`

use ruma::api::client::discovery::get_supported_versions::{Request, Response};

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn get_supported_versions(_: Services, _: Ruma<Request>) -> Result<Response> {
    let versions =
        ["r0.6.1", "v1.1", "v1.2", "v1.3", "v1.4", "v1.5", "v1.6", "v1.7", "v1.8", "v1.9", "v1.10", "v1.11", "v1.12"];
    let mut response = Response::new(versions.map(str::to_owned).to_vec());
    response.unstable_features.insert("org.matrix.simplified_msc3575".to_owned(), true);
    // Dehydrated devices: clients ask for them by this name.
    response.unstable_features.insert("org.matrix.msc3814".to_owned(), true);
    Ok(response)
}
