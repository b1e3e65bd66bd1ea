//! A small inventory for the formats' tests: hostile names included.

use std::borrow::Cow;

use assets::{Config, Input, Inventory, build};
use model::{Conversation, Hint, HintKind, Interval, KnownBy, NetworkId, Port, Sighting, Time};

fn heard(mac: &str, ip: &str, field: &'static str, value: &str, port: Option<u16>) -> Interval {
    Interval {
        sighting: Sighting { network: NetworkId(0), mac: mac.parse().ok(), ip: ip.parse().ok() },
        field: Cow::Borrowed(field),
        port: port.map(|number| Port { transport: 6, number }),
        value: value.to_owned(),
        first: Time::new(1_795_183_083, 250_000_000),
        last: Time::new(1_795_183_090, 0),
        count: 3,
        frame: 7,
    }
}

/// One server that leases its address and has a name that a spreadsheet would
/// run, one client, one conversation.
pub fn inventory() -> Inventory {
    let (server, client) = ("00:1b:1b:00:00:01", "00:1b:1b:00:00:02");
    let intervals = [
        heard(server, "10.0.0.1", "arp.binding", "reply", None),
        heard(server, "10.0.0.1", "dhcp.lease", "3600", None),
        heard(server, "10.0.0.1", "snmp.sysname", "=HYPERLINK(\"http://x\"),\t2", None),
        heard(server, "10.0.0.1", "ssh.banner", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", Some(22)),
        heard(server, "10.0.0.1", "tls.version", "1.2", Some(443)),
        heard(server, "10.0.0.1", "tls.cert_cn", "intranet.example", Some(443)),
        heard(client, "10.0.0.2", "arp.binding", "request", None),
    ];
    let talk = Conversation {
        network: NetworkId(0),
        client: [10, 0, 0, 2].into(),
        server: [10, 0, 0, 1].into(),
        port: 443,
        transport: 6,
        flows: 2,
        packets: [10, 12],
        bytes: [1_000, 9_000],
        copies: [0, 1],
        copy_bytes: [0, 60],
        first: Time::new(1_795_183_084, 0),
        last: Time::new(1_795_183_086, 500_000_000),
        frame: 9,
        protocol: Cow::Borrowed("tls"),
        known_by: KnownBy::Payload,
        answered: true,
        hints: vec![Hint { kind: HintKind::Sni, value: "intranet.example".into() }],
    };
    let conversations = [talk];
    let input = Input { intervals: &intervals, conversations: &conversations, assertions: &[] };
    build(&input, &Config::default())
}

/// One part of a format as text.
pub fn text(format: &dyn crate::Format, file: &str) -> String {
    let part = format.parts().iter().position(|part| part.file == file).unwrap();
    let mut out = Vec::new();
    format.write(part, &inventory(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
