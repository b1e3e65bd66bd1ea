//! Observations that conversations make: which port a host answers on, in the
//! shape rules read (`service.port`).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use model::{Conversation, Interval, KnownBy, NetworkId, Port, Sighting, transport_name};

/// Different clients from which on a service is used by many.
const MANY: usize = 3;

/// The field: `tcp/9100 known=payload protocol=http clients=many`, about the
/// server, with the port set; `clients` only when they are many.
pub const SERVICE_PORT: &str = "service.port";

/// Fields by which one host speaks of another. Being named is not being heard:
/// a host known from these alone is no asset.
const HEARSAY: [&str; 5] = ["dns.name", "dns.ptr", "dns.update", "http.forwarded_for", "mdns.hostname"];

/// True for an observation that only says that somebody named the host.
pub fn is_hearsay(interval: &Interval) -> bool {
    HEARSAY.contains(&interval.field.as_ref())
}

/// One observation for each conversation with a service that answered.
pub fn service_ports<'a>(
    conversations: impl IntoIterator<Item = &'a Conversation, IntoIter: Clone>,
) -> Vec<Interval> {
    let talks = conversations.into_iter().filter(|talk| talk.answered && talk.port != 0);
    let key = |talk: &Conversation| (talk.network, talk.server, talk.transport, talk.port);
    let mut clients: BTreeMap<(NetworkId, IpAddr, u8, u16), BTreeSet<IpAddr>> = BTreeMap::new();
    for talk in talks.clone() {
        clients.entry(key(talk)).or_default().insert(talk.client);
    }
    let made = talks.filter_map(|talk| {
        let known = match talk.known_by {
            KnownBy::Payload => "payload",
            KnownBy::Port => "port",
            KnownBy::Nothing => "nothing",
        };
        let protocol = match talk.protocol.as_ref() {
            "" => String::new(),
            name => format!(" protocol={name}"),
        };
        let many = clients.get(&key(talk)).is_some_and(|clients| clients.len() >= MANY);
        let many = if many { " clients=many" } else { "" };
        let transport = transport_name(talk.transport);
        Some(Interval {
            sighting: Sighting::new(talk.network, None, Some(talk.server))?,
            field: SERVICE_PORT.into(),
            port: Some(Port { transport: talk.transport, number: talk.port }),
            value: format!("{transport}/{} known={known}{protocol}{many}", talk.port),
            first: talk.first,
            last: talk.last,
            count: talk.flows,
            frame: talk.frame,
        })
    });
    made.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{NetworkId, Time};

    fn talk(answered: bool, port: u16) -> Conversation {
        Conversation {
            network: NetworkId(0),
            client: "10.0.0.1".parse().unwrap(),
            server: "10.0.0.2".parse().unwrap(),
            port,
            transport: 6,
            flows: 3,
            packets: [1, 1],
            bytes: [60, 60],
            copies: [0; 2],
            copy_bytes: [0; 2],
            first: Time(1),
            last: Time(2),
            frame: 9,
            protocol: "http".into(),
            known_by: KnownBy::Payload,
            answered,
            hints: Vec::new(),
        }
    }

    #[test]
    fn only_what_answered_is_a_service() {
        let made = service_ports(&[talk(true, 9100), talk(false, 80), talk(true, 0)]);
        let values: Vec<&str> = made.iter().map(|interval| interval.value.as_str()).collect();
        assert_eq!(values, ["tcp/9100 known=payload protocol=http"]);
        assert_eq!(made[0].sighting.ip, "10.0.0.2".parse().ok());
    }

    #[test]
    fn three_clients_are_many() {
        let from = |last: u8| Conversation { client: IpAddr::from([10, 0, 0, last]), ..talk(true, 445) };
        let values = |talks: &[Conversation]| service_ports(talks).pop().map(|interval| interval.value);
        assert_eq!(values(&[from(3), from(3), from(4)]), Some("tcp/445 known=payload protocol=http".into()));
        let many = Some("tcp/445 known=payload protocol=http clients=many".into());
        assert_eq!(values(&[from(3), from(4), from(5)]), many);
    }
}
