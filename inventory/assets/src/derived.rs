//! Observations that conversations make: which port a host answers on, in the
//! shape rules read (`service.port`).

use model::{Conversation, Interval, KnownBy, Port, Sighting, transport_name};

/// The field: `tcp/9100 known=payload protocol=http`, about the server, with the port set.
pub const SERVICE_PORT: &str = "service.port";

/// Fields by which one host speaks of another. Being named is not being heard:
/// a host known from these alone is no asset.
const HEARSAY: [&str; 7] =
    ["dns.name", "dns.ptr", "dns.update", "http.forwarded_for", "mdns.hostname", "nbns.name", "nbns.group"];

/// True for an observation that only says that somebody named the host.
pub fn is_hearsay(interval: &Interval) -> bool {
    HEARSAY.contains(&interval.field.as_ref())
}

/// One observation for each service that answered.
pub fn service_ports<'a>(
    conversations: impl IntoIterator<Item = &'a Conversation>,
) -> impl Iterator<Item = Interval> {
    conversations.into_iter().filter(|talk| talk.answered && talk.port != 0).filter_map(|talk| {
        let known = match talk.known_by {
            KnownBy::Payload => "payload",
            KnownBy::Port => "port",
            KnownBy::Nothing => "nothing",
        };
        let protocol = match talk.protocol.as_ref() {
            "" => String::new(),
            name => format!(" protocol={name}"),
        };
        let transport = transport_name(talk.transport);
        Some(Interval {
            sighting: Sighting::new(talk.network, None, Some(talk.server))?,
            field: SERVICE_PORT.into(),
            port: Some(Port { transport: talk.transport, number: talk.port }),
            value: format!("{transport}/{} known={known}{protocol}", talk.port),
            first: talk.first,
            last: talk.last,
            count: talk.flows,
            frame: talk.frame,
        })
    })
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
        let made: Vec<Interval> = service_ports(&[talk(true, 9100), talk(false, 80), talk(true, 0)]).collect();
        let values: Vec<&str> = made.iter().map(|interval| interval.value.as_str()).collect();
        assert_eq!(values, ["tcp/9100 known=payload protocol=http"]);
        assert_eq!(made[0].sighting.ip, "10.0.0.2".parse().ok());
    }
}
