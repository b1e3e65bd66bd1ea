//! DHCP and BOOTP for IPv4 (RFC 951, RFC 2131, RFC 2132; relay information RFC
//! 3046, client FQDN RFC 4702, user class RFC 3004, client ids RFC 4361).
//!
//! | option | becomes |
//! |---|---|
//! | of a client: 12, 15, 50, 55, 57, 60, 61, 77, 81, 93, all codes | `dhcp.hostname`, `.domain`, `.requested_ip`, `.prl`, `.max_size`, `.vendor_class`, `.client_id`, `.user_class`, `.fqdn`, `.arch`, `.options` |
//! | of an ACK: 51, 12, 81, 1, 3, 6, 15, 42 | `dhcp.lease`, `.hostname`, `.fqdn`, `.netmask`, `.router`, `.dns`, `.domain`, `.ntp` |
//! | of an OFFER: address, 1, 3, 6, 15, 42 | `dhcp.offered`, `.netmask`, `.router`, `.dns`, `.domain`, `.ntp` |
//! | 53 | `dhcp.message`; of a server also `dhcp.server` about the server |
//! | 82 of a relay | `dhcp.relay_circuit`, `dhcp.relay_remote` |
//!
//! All but the last are about the client: its hardware address, with an IP
//! address only where the server has acknowledged it or the client says that it
//! uses it. The frame's own addresses may be a relay's and prove nothing.

use core::net::{IpAddr, Ipv4Addr};

use model::{Field, Mac};

use crate::dhcp_options::View;
use crate::dns_wire::Name;
use crate::list::push_item;
use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, printable};

/// Option 12.
pub const HOSTNAME: Field = Field::host("dhcp.hostname");
/// Option 81.
pub const FQDN: Field = Field::host("dhcp.fqdn");
/// Option 15.
pub const DOMAIN: Field = Field::host("dhcp.domain");
/// Option 60.
pub const VENDOR_CLASS: Field = Field::host("dhcp.vendor_class");
/// Option 77.
pub const USER_CLASS: Field = Field::host("dhcp.user_class");
/// Option 61.
pub const CLIENT_ID: Field = Field::host("dhcp.client_id");
/// Option 55.
pub const PRL: Field = Field::host("dhcp.prl");
/// Codes of all options of a client.
pub const OPTIONS: Field = Field::host("dhcp.options");
/// Option 50.
pub const REQUESTED_IP: Field = Field::host("dhcp.requested_ip");
/// Option 53.
pub const MESSAGE: Field = Field::host("dhcp.message");
/// Seconds for which the address is the client's.
pub const LEASE: Field = Field::host("dhcp.lease");
/// Address of an offer.
pub const OFFERED: Field = Field::host("dhcp.offered");
/// Option 57.
pub const MAX_SIZE: Field = Field::host("dhcp.max_size");
/// Option 93.
pub const ARCH: Field = Field::host("dhcp.arch");
/// Option 82, sub-option 1.
pub const RELAY_CIRCUIT: Field = Field::host("dhcp.relay_circuit");
/// Option 82, sub-option 2.
pub const RELAY_REMOTE: Field = Field::host("dhcp.relay_remote");
/// This host answered as a server.
pub const SERVER: Field = Field::host("dhcp.server");
/// Option 1.
pub const NETMASK: Field = Field::host("dhcp.netmask");
/// Option 3.
pub const ROUTER: Field = Field::host("dhcp.router");
/// Option 6.
pub const DNS: Field = Field::host("dhcp.dns");
/// Option 42.
pub const NTP: Field = Field::host("dhcp.ntp");

static INFO: Info = Info {
    name: "dhcp",
    title: "Dynamic Host Configuration Protocol",
    spec: "RFC 2131, RFC 2132, RFC 3046, RFC 3396, RFC 4702, RFC 951",
    // 4011: boot servers of PXE.
    over: &[Over::Udp(&[67, 68, 4011])],
    first_bytes: &[],
    fields: &[
        HOSTNAME,
        FQDN,
        DOMAIN,
        VENDOR_CLASS,
        USER_CLASS,
        CLIENT_ID,
        PRL,
        OPTIONS,
        REQUESTED_IP,
        MESSAGE,
        LEASE,
        OFFERED,
        MAX_SIZE,
        ARCH,
        RELAY_CIRCUIT,
        RELAY_REMOTE,
        SERVER,
        NETMASK,
        ROUTER,
        DNS,
        NTP,
    ],
    budget: 0,
};

/// E flag of option 81: the name is in DNS wire form.
const FQDN_ENCODED: u8 = 0x04;

/// Message type (RFC 2131 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// No option 53.
    Bootp,
    Discover,
    Offer,
    Request,
    Decline,
    Ack,
    Nak,
    Release,
    Inform,
    /// Lease queries, forced renewals and others: they speak of other hosts.
    Unknown,
}

impl Kind {
    /// A type that does not go with the direction is unknown.
    fn of(view: &View<'_>) -> Kind {
        match (view.option(53).as_slice(), view.from_client) {
            ([], _) => Kind::Bootp,
            ([1], true) => Kind::Discover,
            ([2], false) => Kind::Offer,
            ([3], true) => Kind::Request,
            ([4], true) => Kind::Decline,
            ([5], false) => Kind::Ack,
            ([6], false) => Kind::Nak,
            ([7], true) => Kind::Release,
            ([8], true) => Kind::Inform,
            _ => Kind::Unknown,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Bootp => "bootp",
            Kind::Discover => "discover",
            Kind::Offer => "offer",
            Kind::Request => "request",
            Kind::Decline => "decline",
            Kind::Ack => "ack",
            Kind::Nak => "nak",
            Kind::Release => "release",
            Kind::Inform => "inform",
            Kind::Unknown => "unknown",
        }
    }
}

/// The protocol.
pub struct Dhcpv4;

impl Protocol for Dhcpv4 {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, _: &Meta, bytes: &[u8]) -> Probe {
        if View::new(bytes).is_some() { Probe::Yes } else { Probe::No }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some(view) = View::new(bytes) else {
            return Outcome::Malformed;
        };
        // What the capture cut may have had a type.
        match Kind::of(&view) {
            Kind::Bootp if meta.cut => {}
            Kind::Unknown => {}
            kind if view.from_client => read_client(kind, &view, sink),
            kind => read_server(meta, kind, &view, sink),
        }
        Outcome::Took(bytes.len())
    }
}

/// Observations about one client.
struct Client<'a> {
    about: About,
    view: &'a View<'a>,
    sink: &'a mut dyn Sink,
}

impl<'a> Client<'a> {
    /// `None` when the message gives neither address.
    fn new(view: &'a View<'a>, ip: Ipv4Addr, sink: &'a mut dyn Sink) -> Option<Client<'a>> {
        let ip = Some(IpAddr::V4(ip)).filter(|ip| model::is_host_ip(*ip));
        let mac: Option<Mac> = view.chaddr;
        (mac.is_some() || ip.is_some()).then_some(Client { about: About::Host { mac, ip }, view, sink })
    }

    fn observe(&mut self, field: &'static Field, value: &Text) {
        if !value.is_empty() {
            self.sink.observe(self.about, field, value);
        }
    }

    fn text(&mut self, field: &'static Field, code: u8) {
        self.observe(field, &printable(&self.view.option(code)));
    }

    fn addresses(&mut self, field: &'static Field, code: u8) {
        let mut list = Text::new();
        for address in self.view.option(code).as_chunks::<4>().0 {
            push_item(&mut list, Ipv4Addr::from(*address));
        }
        self.observe(field, &list);
    }

    fn numbers(&mut self, field: &'static Field, code: u8) {
        let mut list = Text::new();
        for number in self.view.option(code).as_chunks::<2>().0 {
            push_item(&mut list, u16::from_be_bytes(*number));
        }
        self.observe(field, &list);
    }

    fn relay(&mut self) {
        let information = self.view.option(82);
        let mut reader = Reader::new(&information);
        while let (Some(code), Some(length)) = (reader.u8(), reader.u8()) {
            let Some(value) = reader.take(usize::from(length)) else {
                return;
            };
            match code {
                1 => self.observe(&RELAY_CIRCUIT, &text_or_hex(value)),
                2 => self.observe(&RELAY_REMOTE, &text_or_hex(value)),
                // Sub-option 6 is the subscriber's id: a person.
                _ => {}
            }
        }
    }
}

fn read_client(kind: Kind, view: &View<'_>, sink: &mut dyn Sink) {
    let uses = match kind {
        Kind::Discover | Kind::Decline => Ipv4Addr::UNSPECIFIED,
        _ => view.ciaddr,
    };
    let Some(mut client) = Client::new(view, uses, sink) else {
        return;
    };
    client.observe(&MESSAGE, &printable(kind.word().as_bytes()));
    if !view.has_options {
        return;
    }
    client.text(&HOSTNAME, 12);
    client.observe(&FQDN, &fqdn(&view.option(81)));
    client.text(&DOMAIN, 15);
    client.text(&VENDOR_CLASS, 60);
    client.observe(&USER_CLASS, &user_class(&view.option(77)));
    client.observe(&CLIENT_ID, &client_id(&view.option(61)));
    client.observe(&PRL, &codes(view.option(55).iter().copied()));
    client.observe(&OPTIONS, &codes(view.options().map(|(code, _)| code)));
    client.addresses(&REQUESTED_IP, 50);
    client.numbers(&MAX_SIZE, 57);
    client.numbers(&ARCH, 93);
    client.relay();
}

fn read_server(meta: &Meta, kind: Kind, view: &View<'_>, sink: &mut dyn Sink) {
    if let Some(about) = server(meta, kind, view) {
        sink.observe(about, &SERVER, "dhcp");
    }
    let has = match kind {
        Kind::Ack if view.yiaddr.is_unspecified() => view.ciaddr,
        Kind::Ack => view.yiaddr,
        _ => Ipv4Addr::UNSPECIFIED,
    };
    let Some(mut client) = Client::new(view, has, sink) else {
        return;
    };
    client.observe(&MESSAGE, &printable(kind.word().as_bytes()));
    match kind {
        Kind::Offer if !view.yiaddr.is_unspecified() => {
            client.observe(&OFFERED, &Text::of(format_args!("{}", view.yiaddr)));
            read_network(&mut client);
        }
        Kind::Ack => read_ack(&mut client, has),
        _ => {}
    }
    client.relay();
}

fn read_ack(client: &mut Client<'_>, has: Ipv4Addr) {
    // The answer to an INFORM has no lease time: the client had its address before.
    let seconds = Reader::new(&client.view.option(51)).be32();
    match seconds.filter(|_| !client.view.yiaddr.is_unspecified()) {
        Some(seconds) => client.observe(&LEASE, &Text::of(format_args!("{seconds}"))),
        None if !has.is_unspecified() => client.observe(&LEASE, &printable(b"inform")),
        None => {}
    }
    client.text(&HOSTNAME, 12);
    let name = fqdn(&client.view.option(81));
    client.observe(&FQDN, &name);
    read_network(client);
}

/// What a server says of the network: true of an offer too, taken or not.
fn read_network(client: &mut Client<'_>) {
    client.text(&DOMAIN, 15);
    client.addresses(&NETMASK, 1);
    client.addresses(&ROUTER, 3);
    client.addresses(&DNS, 6);
    client.addresses(&NTP, 42);
}

/// Whom an answer shows to be a server. Between server and relay the sender is
/// the server; what a relay hands to the client names it in option 54.
fn server(meta: &Meta, kind: Kind, view: &View<'_>) -> Option<About> {
    if !matches!(kind, Kind::Offer | Kind::Ack | Kind::Nak) {
        return None;
    }
    let relay = IpAddr::V4(view.giaddr);
    if view.giaddr.is_unspecified() || meta.dst == Some(relay) {
        return Some(About::Sender);
    }
    let ip = Reader::new(&view.option(54)).ipv4().map(IpAddr::V4);
    // A relay may put itself there (RFC 5107).
    let ip = ip.filter(|ip| model::is_host_ip(*ip) && *ip != relay && meta.src != Some(*ip));
    ip.map(|ip| About::Host { mac: None, ip: Some(ip) })
}

fn codes(codes: impl Iterator<Item = u8>) -> Text {
    let mut list = Text::new();
    codes.for_each(|code| push_item(&mut list, code));
    list
}

/// Flags, two octets of former use, the name: DNS wire form or ASCII.
fn fqdn(value: &[u8]) -> Text {
    let Some(([flags, _, _], name)) = value.split_first_chunk() else {
        return Text::new();
    };
    if flags & FQDN_ENCODED != 0 {
        return Name::text_of_partial(name).unwrap_or_default();
    }
    printable(name.strip_suffix(b".").unwrap_or(name))
}

/// Counted strings; many clients send one string without its count.
fn user_class(value: &[u8]) -> Text {
    let mut reader = Reader::new(value);
    let mut classes = Text::new();
    while let Some(length @ 1..) = reader.u8() {
        let Some(class) = reader.take(usize::from(length)) else {
            return printable(value);
        };
        push_item(&mut classes, &*printable(class));
    }
    if reader.is_empty() { classes } else { printable(value) }
}

fn client_id(value: &[u8]) -> Text {
    match value {
        [] => Text::new(),
        [1, a, b, c, d, e, f] => Text::of(format_args!("01:{}", Mac([*a, *b, *c, *d, *e, *f]))),
        [255, _, _, _, _, duid @ ..] if !duid.is_empty() => with_hex("duid:", duid),
        [0, text @ ..] if is_text(text) => Text::of(format_args!("text:{}", &*printable(text))),
        text if is_text(text) => Text::of(format_args!("text:{}", &*printable(text))),
        other => with_hex("hex:", other),
    }
}

fn with_hex(prefix: &str, bytes: &[u8]) -> Text {
    let mut text = Text::of(format_args!("{prefix}"));
    text.push_hex(bytes);
    text
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

fn text_or_hex(bytes: &[u8]) -> Text {
    if is_text(bytes) { printable(bytes) } else { with_hex("", bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dhcp_options::build::message;
    use crate::testing::{datagram, truncations};
    use std::vec::Vec;

    const CLIENT: &str = "host(02:00:00:00:00:aa -)";
    const LEASED: &str = "host(02:00:00:00:00:aa 10.0.0.9)";

    fn request() -> Vec<u8> {
        let mut name = Vec::from(*b"\x05\x00\x00\x03PC9\x04corp\x04test\x00");
        name[0] = 5;
        let mut bytes = message(
            1,
            &[
                (53, &[3]),
                (61, &[1, 2, 0, 0, 0, 0, 0xaa]),
                (50, &[10, 0, 0, 9]),
                (12, b"PC9"),
                (81, &name),
                (15, b"corp.test"),
                (60, b"ACME 5.0"),
                (77, b"\x04iPXE\x01x"),
                (57, &[5, 220]),
                (93, &[0, 7, 0, 9]),
                (55, &[1, 3, 6]),
                (55, &[15]),
                (82, b"\x01\x04ge01\x02\x03\x00\x01\x02\x06\x03joe"),
            ],
        );
        // Relayed: neither address of the frame is the client's.
        bytes[24..28].copy_from_slice(&[10, 0, 0, 1]);
        bytes
    }

    fn lines(about: &str, facts: &[&str]) -> Vec<std::string::String> {
        facts.iter().map(|fact| std::format!("{about} dhcp.{fact}")).collect()
    }

    #[test]
    fn a_client_tells_of_itself() {
        assert_eq!(Dhcpv4.probe(&Meta::default(), &request()), Probe::Yes);
        let expected = lines(
            CLIENT,
            &[
                "message=request",
                "hostname=PC9",
                "fqdn=PC9.corp.test",
                "domain=corp.test",
                "vendor_class=ACME 5.0",
                "user_class=iPXE,x",
                "client_id=01:02:00:00:00:00:aa",
                "prl=1,3,6,15",
                "options=53,61,50,12,81,15,60,77,57,93,55,55,82",
                "requested_ip=10.0.0.9",
                "max_size=1500",
                "arch=7,9",
                "relay_circuit=ge01",
                "relay_remote=000102",
            ],
        );
        assert_eq!(datagram(&Dhcpv4, &Meta::default(), &request()), expected);
        truncations(&Dhcpv4, &Meta::default(), &request());
    }

    #[test]
    fn a_renewing_client_has_its_address() {
        for (kind, word, about) in [(3, "request", LEASED), (7, "release", LEASED), (1, "discover", CLIENT)] {
            let mut bytes = message(1, &[(53, &[kind])]);
            bytes[12..16].copy_from_slice(&[10, 0, 0, 9]);
            let seen = datagram(&Dhcpv4, &Meta::default(), &bytes);
            assert_eq!(seen, lines(about, &[&std::format!("message={word}"), "options=53"]));
        }
    }

    fn answer(kind: u8) -> Vec<u8> {
        let mut bytes = message(
            2,
            &[
                (53, &[kind]),
                (54, &[10, 0, 0, 2]),
                (51, &[0, 0, 0x0e, 0x10]),
                (1, &[255, 255, 255, 0]),
                (3, &[10, 0, 0, 1]),
                (6, &[10, 0, 0, 2, 10, 0, 0, 3]),
                (15, b"corp.test"),
                (42, &[10, 0, 0, 4]),
                (60, b"PXEClient"),
            ],
        );
        bytes[16..20].copy_from_slice(&[10, 0, 0, 9]);
        bytes
    }

    #[test]
    fn an_acknowledgement_is_a_lease() {
        let mut expected = Vec::from(["sender dhcp.server=dhcp".into()]);
        expected.extend(lines(
            LEASED,
            &[
                "message=ack",
                "lease=3600",
                "domain=corp.test",
                "netmask=255.255.255.0",
                "router=10.0.0.1",
                "dns=10.0.0.2,10.0.0.3",
                "ntp=10.0.0.4",
            ],
        ));
        assert_eq!(datagram(&Dhcpv4, &Meta::default(), &answer(5)), expected);
        truncations(&Dhcpv4, &Meta::default(), &answer(5));
        let mut inform = answer(5);
        inform.copy_within(16..20, 12);
        inform[16..20].fill(0);
        assert!(datagram(&Dhcpv4, &Meta::default(), &inform).contains(&lines(LEASED, &["lease=inform"])[0]));
    }

    #[test]
    fn an_offer_is_not() {
        let seen = datagram(&Dhcpv4, &Meta::default(), &answer(2));
        assert_eq!(seen[1..3], lines(CLIENT, &["message=offer", "offered=10.0.0.9"]));
        assert!(!seen.iter().any(|line| line.contains("lease") || line.contains("hostname")), "{seen:?}");
    }

    #[test]
    fn a_relay_is_not_the_server() {
        let mut relayed = answer(5);
        relayed[24..28].copy_from_slice(&[10, 0, 0, 1]);
        let ip = |text: &str| text.parse().ok();
        let to_relay = Meta { src: ip("10.0.0.2"), dst: ip("10.0.0.1"), ..Meta::default() };
        assert_eq!(datagram(&Dhcpv4, &to_relay, &relayed)[0], "sender dhcp.server=dhcp");
        let to_client = Meta { src: ip("10.0.0.1"), dst: ip("255.255.255.255"), ..Meta::default() };
        assert_eq!(datagram(&Dhcpv4, &to_client, &relayed)[0], "host(- 10.0.0.2) dhcp.server=dhcp");
    }

    #[test]
    fn client_ids_and_classes_have_many_forms() {
        assert_eq!(&*client_id(&[255, 0, 0, 0, 1, 0, 4, 0xab]), "duid:0004ab");
        assert_eq!(&*client_id(b"\0cisco-1"), "text:cisco-1");
        assert_eq!(&*client_id(b"box"), "text:box");
        assert_eq!(&*client_id(&[7, 1, 2]), "hex:070102");
        assert_eq!(&*user_class(b"iPXE"), "iPXE");
        assert_eq!(&*fqdn(b"\0\0\0pc9.corp.test."), "pc9.corp.test");
        assert_eq!(&*fqdn(b"\x04\0\0\x03pc9"), "pc9");
        assert_eq!(&*fqdn(b"\x04\0\0\xc0\x00"), "");
        assert_eq!(&*fqdn(b"\0\0"), "");
    }

    #[test]
    fn bootp_and_unknown_messages() {
        let mut bootp = message(1, &[]);
        bootp[236..].fill(0);
        bootp.resize(300, 0);
        assert_eq!(datagram(&Dhcpv4, &Meta::default(), &bootp), lines(CLIENT, &["message=bootp"]));
        for (op, kind) in [(1, 10), (2, 13), (2, 1), (1, 5)] {
            assert!(
                datagram(&Dhcpv4, &Meta::default(), &message(op, &[(53, &[kind]), (12, b"x")])).is_empty()
            );
        }
    }

    #[test]
    fn others_are_refused() {
        for bytes in [&[1u8, 1, 6, 0][..], &[0; 300], &[2; 300], b"\x23\x02\x06\xe9", &[]] {
            assert_eq!(Dhcpv4.probe(&Meta::default(), bytes), Probe::No);
        }
    }

    #[test]
    fn says_what_real_software_said() {
        crate::testing::vectors(&Dhcpv4, include_str!("../../vectors/dhcp/dnsmasq_udhcpc_dhclient.txt"));
    }
}
