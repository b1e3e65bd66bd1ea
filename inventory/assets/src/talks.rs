//! Conversations as documents.

use std::net::IpAddr;

use model::{Conversation, KnownBy, NetworkId, Time, transport_name};

use crate::classify::share;
use crate::config::Config;
use crate::doc::{Stamp, Talk};

/// One conversation with its application and both ends' assets, which `asset_at`
/// looks up ([`crate::holder_at`]) for the time it began.
pub fn talk(
    conversation: &Conversation,
    asset_at: impl Fn(NetworkId, IpAddr, Time) -> Option<String>,
    config: &Config<'_>,
) -> Talk {
    let c = conversation;
    let app = app::recognise(c);
    Talk {
        network: config.network_name(c.network),
        client: c.client,
        server: c.server,
        client_asset: asset_at(c.network, c.client, c.first),
        server_asset: asset_at(c.network, c.server, c.first),
        client_zone: (config.zone)(c.network, c.client),
        server_zone: (config.zone)(c.network, c.server),
        transport: transport_name(c.transport).into_owned(),
        port: c.port,
        protocol: c.protocol.to_string(),
        known_by: match c.known_by {
            KnownBy::Payload => "payload",
            KnownBy::Port => "port",
            KnownBy::Nothing => "nothing",
        }
        .to_owned(),
        application: app.name.into_owned(),
        family: app.family.to_owned(),
        confidence: share(app.confidence),
        answered: c.answered,
        flows: c.flows,
        packets: c.packets,
        bytes: c.bytes,
        copies: c.copies,
        copy_bytes: c.copy_bytes,
        first_seen: Stamp(c.first),
        last_seen: Stamp(c.last),
        frame: c.frame,
    }
}
