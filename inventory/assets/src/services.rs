//! Ports an asset answers on, what it uses on others, and its applications.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use fingerprint::Attribute as Named;
use identity::Piece;
use model::{Interval, Port, transport_name};

use crate::classify::Decided;
use crate::doc::{Service, Side, Stamp, Talk, UsedApplication, UsedService};

/// Fields that carry a server's port although the client said them: they prove no answer.
const ASKED: &[&str] = &["http.host", "tls.sni", "s7.rack_slot"];

/// Services of an asset, by transport, port and address.
pub fn offered(
    talks: &[&Talk],
    pieces: &[Piece],
    intervals: &[Interval],
    decided: &[Decided],
) -> Vec<Service> {
    let mut found: BTreeMap<(String, u16, IpAddr), (Service, BTreeSet<IpAddr>)> = BTreeMap::new();
    for talk in talks.iter().filter(|talk| talk.answered && talk.port != 0) {
        let key = (talk.transport.clone(), talk.port, talk.server);
        let (service, clients) = found.entry(key).or_insert_with(|| {
            let made = empty(talk.server, &talk.transport, talk.port, talk.first_seen, talk.frame);
            (made, BTreeSet::new())
        });
        clients.insert(talk.client);
        if better(talk, service) {
            service.protocol.clone_from(&talk.protocol);
            service.application.clone_from(&talk.application);
        }
        note(service, talk.first_seen, talk.last_seen, talk.frame);
    }
    for piece in pieces {
        let interval = &intervals[piece.interval];
        let (Some(Port { transport, number }), Some(ip)) = (interval.port, interval.sighting.ip) else {
            continue;
        };
        if ASKED.contains(&&*interval.field) || interval.field == crate::derived::SERVICE_PORT {
            continue;
        }
        let transport = transport_name(transport).into_owned();
        let (service, _) = found.entry((transport.clone(), number, ip)).or_insert_with(|| {
            (empty(ip, &transport, number, Stamp(piece.first), interval.frame), BTreeSet::new())
        });
        if service.protocol.is_empty() {
            let proto = interval.field.split('.').next().unwrap_or_default();
            proto.clone_into(&mut service.protocol);
        }
        note(service, Stamp(piece.first), Stamp(piece.last), interval.frame);
    }
    let mut out = Vec::with_capacity(found.len());
    for ((transport, number, _), (mut service, clients)) in found {
        let said = |attribute: Named| {
            let of = |one: &&Decided| {
                one.attribute == attribute
                    && one
                        .port
                        .is_some_and(|p| p.number == number && transport_name(p.transport) == transport)
            };
            decided.iter().find(of).and_then(|one| one.verdict.value.clone())
        };
        service.product = said(Named::ServiceProduct);
        service.version = said(Named::ServiceVersion);
        service.clients = clients.len() as u64;
        out.push(service);
    }
    out
}

fn empty(ip: IpAddr, transport: &str, port: u16, first: Stamp, frame: u64) -> Service {
    Service {
        ip,
        transport: transport.to_owned(),
        port,
        protocol: String::new(),
        application: String::new(),
        product: None,
        version: None,
        answered: true,
        clients: 0,
        first_seen: first,
        last_seen: first,
        frame,
    }
}

/// A named protocol before none; of two, the first in the alphabet.
fn better(talk: &Talk, service: &Service) -> bool {
    let rank = |protocol: &str, application: &str| {
        (protocol.is_empty(), protocol.to_owned(), application.is_empty(), application.to_owned())
    };
    rank(&talk.protocol, &talk.application) < rank(&service.protocol, &service.application)
}

fn note(service: &mut Service, first: Stamp, last: Stamp, frame: u64) {
    if (first, frame) < (service.first_seen, service.frame) {
        (service.first_seen, service.frame) = (first, frame);
    }
    service.last_seen = service.last_seen.max(last);
}

/// What an asset uses on others, by transport, port and protocol.
pub fn used(talks: &[&Talk]) -> Vec<UsedService> {
    let mut found: BTreeMap<(&str, u16, &str), (BTreeSet<IpAddr>, u64)> = BTreeMap::new();
    for talk in talks.iter().filter(|talk| talk.port != 0) {
        let (servers, flows) = found.entry((&talk.transport, talk.port, &talk.protocol)).or_default();
        servers.insert(talk.server);
        *flows = flows.saturating_add(talk.flows);
    }
    let service =
        |((transport, port, protocol), (servers, flows)): ((&str, u16, &str), (BTreeSet<IpAddr>, u64))| {
            UsedService {
                transport: transport.to_owned(),
                port,
                protocol: protocol.to_owned(),
                servers: servers.len() as u64,
                flows,
            }
        };
    found.into_iter().map(service).collect()
}

/// Applications an asset takes part in, by name and side.
pub fn applications(as_client: &[&Talk], as_server: &[&Talk]) -> Vec<UsedApplication> {
    let mut found: BTreeMap<(&str, &str, Side), UsedApplication> = BTreeMap::new();
    let sides = [(Side::Client, as_client), (Side::Server, as_server)];
    for (role, talks) in sides {
        for talk in talks.iter().filter(|talk| talk.application != "unknown") {
            let entry =
                found.entry((&talk.application, &talk.family, role)).or_insert_with(|| UsedApplication {
                    name: talk.application.clone(),
                    family: talk.family.clone(),
                    role,
                    confidence: 0.0,
                    flows: 0,
                    ingress: 0,
                    egress: 0,
                });
            let [to_server, to_client] = talk.bytes;
            let (ingress, egress) = match role {
                Side::Client => (to_client, to_server),
                Side::Server => (to_server, to_client),
            };
            entry.confidence = entry.confidence.max(talk.confidence);
            entry.flows = entry.flows.saturating_add(talk.flows);
            entry.ingress = entry.ingress.saturating_add(ingress);
            entry.egress = entry.egress.saturating_add(egress);
        }
    }
    found.into_values().collect()
}
