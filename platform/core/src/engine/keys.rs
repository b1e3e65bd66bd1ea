//! Identity keys as documents write them, and back.

use assets::doc::{Asset, IdentityKey};
use identity::Key;
use model::Time;

use super::context::Context;

/// The keys of an asset, strongest first. Only of a document that was just made:
/// one that was read back has its times cut to milliseconds.
pub fn keys(asset: &Asset, context: &Context) -> Vec<Key> {
    asset.identity.keys.iter().filter_map(|key| read(key, context)).collect()
}

/// One key; `None` when it cannot be read.
pub fn read(key: &IdentityKey, context: &Context) -> Option<Key> {
    let network = || key.network.as_deref().and_then(|name| context.network_named(name));
    let value = key.value.clone();
    Some(match key.kind.as_str() {
        "correlation_id" => Key::Correlation { id: value },
        "mac" => {
            let mac = value.parse().ok()?;
            match key.network {
                Some(_) => Key::LocalMac { network: network()?, mac },
                None => Key::Mac { mac },
            }
        }
        "client_id" => Key::ClientId { network: network()?, id: value },
        "ip" => Key::Ip {
            network: network()?,
            ip: value.parse().ok()?,
            since: key.since.map_or(Time(0), |since| since.0),
        },
        "hostname" => Key::Hostname { name: value },
        _ => return None,
    })
}

/// As people write a key: `mac a4:bb:6d:00:00:1c`, `ip 10.0.0.5`, `hostname pc`.
pub fn words(key: &Key) -> String {
    format!("{} {key}", key.kind())
}
