//! Ids of assets: derived from what names the device, so that the same device
//! has the same id wherever and in whatever order it was heard.

use identity::Key;
use sha2::{Digest, Sha256};

/// A UUID (RFC 9562 version 8) from the SHA-256 of the key.
pub fn asset_id(key: &Key) -> String {
    let (network, since) = match key {
        Key::Correlation { .. } | Key::Mac { .. } | Key::Hostname { .. } => (None, 0),
        Key::ClientId { network, .. } | Key::LocalMac { network, .. } => (Some(network.0), 0),
        Key::Ip { network, since, .. } => (Some(network.0), since.0),
    };
    let network = network.map_or(String::from("-"), |network| network.to_string());
    let text = format!("stillwatch asset\n{}\n{network}\n{since}\n{key}", key.kind());
    let hash = Sha256::digest(text.as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Mac, NetworkId};

    #[test]
    fn ids_are_stable_and_of_the_form() {
        let id = asset_id(&Key::Mac { mac: Mac([0, 0x1b, 0x1b, 0, 0, 1]) });
        assert_eq!(id, asset_id(&Key::Mac { mac: Mac([0, 0x1b, 0x1b, 0, 0, 1]) }));
        assert_eq!((id.len(), &id[14..15]), (36, "8"));
        let here = asset_id(&Key::of_ip(NetworkId(0), "10.0.0.5".parse().unwrap()));
        let there = asset_id(&Key::of_ip(NetworkId(1), "10.0.0.5".parse().unwrap()));
        assert_ne!(here, there);
    }
}
