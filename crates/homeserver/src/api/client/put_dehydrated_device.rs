//! `PUT /_matrix/client/*/dehydrated_device`

use ruma::api::client::dehydrated_device::put_dehydrated_device::unstable;

use crate::{
    Result,
    api::Ruma,
    service::{Services, dehydrated::NewDehydrated, devices::NewDevice, keys::DeviceUpload},
};

/// A device with its keys.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

pub(super) async fn put_dehydrated_device(
    services: Services,
    request: Ruma<unstable::Request>,
) -> Result<unstable::Response> {
    let Ruma { body, sender, .. } = request;
    let device_id = body.device_id.clone();
    let new = NewDehydrated {
        device: NewDevice { device_id: body.device_id, display_name: body.initial_device_display_name },
        data: body.device_data,
        keys: DeviceUpload {
            device_keys: Some(body.device_keys),
            one_time_keys: body.one_time_keys,
            fallback_keys: body.fallback_keys,
        },
    };
    services.dehydrated.put(&sender.user_id, new).await?;
    Ok(unstable::Response::new(device_id))
}
