//! Checks of signatures under keys.

use std::collections::BTreeMap;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use ruma::{
    CanonicalJsonObject, CanonicalJsonValue, SigningKeyAlgorithm, UserId,
    signatures::{to_canonical_json_string_for_signing, verify_canonical_json_bytes},
};

/// Unpadded, but some clients pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether the signature of an object is that of the public key.
pub(super) fn is_signed_by(object: &CanonicalJsonObject, signature: &str, public_key: &str) -> bool {
    let (Ok(key), Ok(signature)) = (BASE64.decode(public_key), BASE64.decode(signature)) else {
        return false;
    };
    to_canonical_json_string_for_signing(object).is_ok_and(|json| {
        verify_canonical_json_bytes(&SigningKeyAlgorithm::Ed25519, &key, &signature, json.as_bytes()).is_ok()
    })
}

/// The signature a user made with one of their keys, if the object carries it.
pub(super) fn signature_of<'o>(object: &'o CanonicalJsonObject, user_id: &UserId, key_id: &str) -> Option<&'o str> {
    let signatures = object.get("signatures")?.as_object()?;
    signatures.get(user_id.as_str())?.as_object()?.get(key_id)?.as_str()
}

/// Whether a text is an Ed25519 key at all.
pub(super) fn is_public_key(key: &str) -> bool {
    BASE64.decode(key).is_ok_and(|key| key.len() == 32)
}

/// Takes away every signature that was not verified: others could not tell it from a good one.
pub(super) fn retain(object: &mut CanonicalJsonObject, user_id: &UserId, keys: &BTreeMap<String, String>) {
    let verified = signatures_of(object, user_id)
        .into_iter()
        .filter(|(key_id, signature)| keys.get(key_id).is_some_and(|key| is_signed_by(object, signature, key)));
    let verified: CanonicalJsonObject = verified.map(|(key_id, signature)| (key_id, signature.into())).collect();
    if verified.is_empty() && !object.contains_key("signatures") {
        return;
    }
    let mut signatures = CanonicalJsonObject::new();
    if !verified.is_empty() {
        signatures.insert(user_id.to_string(), CanonicalJsonValue::Object(verified));
    }
    object.insert("signatures".to_owned(), CanonicalJsonValue::Object(signatures));
}

/// The signatures a user made, by the keys they made them with.
pub(super) fn signatures_of(object: &CanonicalJsonObject, user_id: &UserId) -> Vec<(String, String)> {
    let signatures = object.get("signatures").and_then(CanonicalJsonValue::as_object);
    let own = signatures.and_then(|signatures| signatures.get(user_id.as_str())?.as_object());
    let own = own.into_iter().flatten();
    own.filter_map(|(key_id, signature)| Some((key_id.clone(), signature.as_str()?.to_owned()))).collect()
}
