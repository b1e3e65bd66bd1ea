//! Conversations as documents.

use model::{Conversation, KnownBy, transport_name};

use crate::classify::share;
use crate::config::Config;
use crate::doc::{Stamp, Talk};
use crate::holders::Holders;

/// One conversation with its application and both ends looked up; also the
/// indices of the client's and the server's asset.
pub fn document(
    conversation: &Conversation,
    holders: &Holders,
    ids: &[String],
    config: &Config<'_>,
) -> (Talk, Option<usize>, Option<usize>) {
    let c = conversation;
    let client = holders.at(c.network, c.client, c.first);
    let server = holders.at(c.network, c.server, c.first);
    let app = app::recognise(c);
    let talk = Talk {
        network: config.network_name(c.network),
        client: c.client,
        server: c.server,
        client_asset: client.map(|at| ids[at].clone()),
        server_asset: server.map(|at| ids[at].clone()),
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
    };
    (talk, client, server)
}
