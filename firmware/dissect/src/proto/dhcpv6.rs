//! DHCP for IPv6 (RFC 8415; client FQDN RFC 4704; client link-layer address RFC 6939).
//!
//! | option | becomes |
//! |---|---|
//! | client id 1 | `dhcpv6.duid`; with a MAC inside it, the one spoken of |
//! | 39, 16, 6 of a client | `dhcpv6.fqdn`, `.vendor_class`, `.oro` |
//! | addresses (5 in 3, 4) of a REPLY | `dhcpv6.lease` about MAC and address |
//! | message type | `dhcpv6.message`; of a server also `dhcpv6.server` |
//!
//! Relayed messages are opened, at most eight deep. A relay gives the client's
//! MAC in option 79, better than the one in the DUID, which may be another
//! interface's. Only for what no relay carried are the frame's addresses the client's.

use core::net::{IpAddr, Ipv6Addr};

use model::{Field, Mac};

use crate::dns_wire::Name;
use crate::list::push_item;
use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, printable};

/// Client DUID in hexadecimal.
pub const DUID: Field = Field::host("dhcpv6.duid");
/// Option 39.
pub const FQDN: Field = Field::host("dhcpv6.fqdn");
/// Option 16.
pub const VENDOR_CLASS: Field = Field::host("dhcpv6.vendor_class");
/// Option 6.
pub const ORO: Field = Field::host("dhcpv6.oro");
/// Seconds for which the address is the client's.
pub const LEASE: Field = Field::host("dhcpv6.lease");
/// Message type.
pub const MESSAGE: Field = Field::host("dhcpv6.message");
/// This host answered as a server.
pub const SERVER: Field = Field::host("dhcpv6.server");

static INFO: Info = Info {
    name: "dhcpv6",
    title: "Dynamic Host Configuration Protocol for IPv6",
    spec: "RFC 8415, RFC 4704, RFC 6939",
    over: &[Over::Udp(&[547, 546])],
    first_bytes: &[],
    fields: &[DUID, FQDN, VENDOR_CLASS, ORO, LEASE, MESSAGE, SERVER],
    budget: 0,
};

const ADVERTISE: u8 = 2;
const REPLY: u8 = 7;
const RELAY_FORWARD: u8 = 12;
const RELAY_REPLY: u8 = 13;

/// Names of message types from 1 (RFC 8415 section 7.3); empty: speaks of no client.
const WORDS: [&str; 11] = [
    "solicit",
    "advertise",
    "request",
    "confirm",
    "renew",
    "rebind",
    "reply",
    "release",
    "decline",
    "reconfigure",
    "information-request",
];

const CLIENT_ID: u16 = 1;
const SERVER_ID: u16 = 2;
const IA_NA: u16 = 3;
const IA_TA: u16 = 4;
const IA_ADDRESS: u16 = 5;
const OPTION_REQUEST: u16 = 6;
const RELAY_MESSAGE: u16 = 9;
const STATUS_CODE: u16 = 13;
const VENDOR_CLASS_OPTION: u16 = 16;
const CLIENT_FQDN: u16 = 39;
const CLIENT_LINK_ADDRESS: u16 = 79;

/// HOP_COUNT_LIMIT (RFC 8415 section 7.6).
const MAX_RELAYS: usize = 8;
const ETHERNET: u16 = 1;

/// Options one after another; ends at one that runs out of the bytes.
#[derive(Clone, Copy)]
struct Options<'a>(Reader<'a>);

impl<'a> Options<'a> {
    fn new(bytes: &'a [u8]) -> Options<'a> {
        Options(Reader::new(bytes))
    }

    fn get(&self, code: u16) -> Option<&'a [u8]> {
        let mut options = *self;
        options.find(|(found, _)| *found == code).map(|(_, value)| value)
    }

    /// There is at least one, codes are assigned ones, and they fill the bytes.
    fn are_sound(&self) -> bool {
        let mut options = *self;
        // IANA has given out less than 200; a code far above is something else.
        let known = options.by_ref().all(|(code, _)| code != 0 && code < 512);
        known && options.0.is_empty() && !self.0.is_empty()
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let before = self.0;
        let code = self.0.be16()?;
        let option = self.0.be16().and_then(|length| self.0.take(usize::from(length)));
        if option.is_none() {
            self.0 = before;
        }
        Some((code, option?))
    }
}

/// A client's or server's message, taken out of its relays.
struct View<'a> {
    /// Message type, 1 to 11.
    kind: u8,
    options: Options<'a>,
    /// Through how many relays.
    relays: usize,
    /// MAC a relay knows the client by.
    relayed_mac: Option<Mac>,
}

impl<'a> View<'a> {
    /// `None` for other message types, unsound options and too many relays. A
    /// message the capture cut need not be complete.
    fn new(bytes: &'a [u8], cut: bool) -> Option<View<'a>> {
        let mut message = bytes;
        let mut relayed_mac = None;
        for relays in 0..=MAX_RELAYS {
            let mut reader = Reader::new(message);
            let kind = reader.u8()?;
            if !matches!(kind, RELAY_FORWARD | RELAY_REPLY) {
                reader.skip(3)?;
                let options = Options(reader);
                let sound = matches!(kind, 1..=11) && (cut || options.are_sound());
                return sound.then_some(View { kind, options, relays, relayed_mac });
            }
            // Hop count, link address; then the client's or the next relay's address.
            reader.skip(17)?;
            let peer = reader.ipv6()?;
            let options = Options(reader);
            if !cut && !options.are_sound() {
                return None;
            }
            relayed_mac =
                options.get(CLIENT_LINK_ADDRESS).and_then(link_address).or_else(|| Mac::from_eui64(peer));
            message = options.get(RELAY_MESSAGE)?;
        }
        None
    }

    fn is_from_server(&self) -> bool {
        matches!(self.kind, ADVERTISE | REPLY | 10)
    }
}

/// Hardware type and address.
fn link_address(value: &[u8]) -> Option<Mac> {
    let mut reader = Reader::new(value);
    let is_ethernet = reader.be16()? == ETHERNET;
    reader.mac().filter(|mac| is_ethernet && reader.is_empty() && mac.is_host())
}

/// The MAC in a DUID of type 1 (link-layer address and time) or 3 (link-layer
/// address; RFC 8415 section 11).
fn duid_mac(duid: &[u8]) -> Option<Mac> {
    let mut reader = Reader::new(duid);
    let (kind, hardware) = (reader.be16()?, reader.take(2)?);
    match kind {
        1 => reader.skip(4)?,
        3 => {}
        _ => return None,
    }
    reader.mac().filter(|mac| hardware == ETHERNET.to_be_bytes() && reader.is_empty() && mac.is_host())
}

/// The protocol.
pub struct Dhcpv6;

impl Protocol for Dhcpv6 {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, meta: &Meta, bytes: &[u8]) -> Probe {
        if View::new(bytes, meta.cut).is_some() { Probe::Yes } else { Probe::No }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        let Some(view) = View::new(bytes, meta.cut) else {
            return Outcome::Malformed;
        };
        if matches!(view.kind, ADVERTISE | REPLY) {
            sink.observe(server(meta, &view), &SERVER, "dhcpv6");
        }
        let mac = client_mac(meta, &view);
        if mac.is_some() {
            read_client(&view, About::Host { mac, ip: None }, sink);
        }
        if view.kind == REPLY {
            read_leases(&view, mac, sink);
        }
        Outcome::Took(bytes.len())
    }
}

/// What a relay says; else the frame's, if no relay and no router can have sent
/// it on; else the DUID's, which may be of another interface of the same host.
fn client_mac(meta: &Meta, view: &View<'_>) -> Option<Mac> {
    let duid = view.options.get(CLIENT_ID).and_then(duid_mac);
    let (ip, mac) = match view.is_from_server() {
        true => (meta.dst, meta.dst_mac),
        false => (meta.src, meta.src_mac),
    };
    let on_link = matches!(ip, Some(IpAddr::V6(ip)) if ip.is_unicast_link_local());
    let framed = mac.filter(|mac| mac.is_host() && on_link && view.relays == 0);
    view.relayed_mac.or(framed).or(duid)
}

/// A relay hands answers on under its own address; the server's DUID tells the two apart.
fn server(meta: &Meta, view: &View<'_>) -> About {
    let named = view.options.get(SERVER_ID).and_then(duid_mac);
    match named.filter(|_| view.relays == 0) {
        Some(mac) if meta.src_mac.is_some_and(|source| source != mac) => {
            About::Host { mac: Some(mac), ip: None }
        }
        _ => About::Sender,
    }
}

fn read_client(view: &View<'_>, about: About, sink: &mut dyn Sink) {
    let word = WORDS.get(usize::from(view.kind).wrapping_sub(1)).copied().unwrap_or_default();
    sink.observe(about, &MESSAGE, word);
    if let Some(duid) = view.options.get(CLIENT_ID) {
        let mut value = Text::new();
        value.push_hex(duid);
        observe(about, &DUID, &value, sink);
    }
    // What an advertisement says of the name is not yet settled.
    let name = view.options.get(CLIENT_FQDN).filter(|_| view.kind != ADVERTISE);
    if let Some((_, name)) = name.and_then(<[u8]>::split_first) {
        observe(about, &FQDN, &Name::text_of_partial(name).unwrap_or_default(), sink);
    }
    if view.is_from_server() {
        return;
    }
    if let Some(codes) = view.options.get(OPTION_REQUEST) {
        let mut list = Text::new();
        codes.as_chunks::<2>().0.iter().for_each(|code| push_item(&mut list, u16::from_be_bytes(*code)));
        observe(about, &ORO, &list, sink);
    }
    if let Some(value) = view.options.get(VENDOR_CLASS_OPTION) {
        read_vendor_class(about, value, sink);
    }
}

fn observe(about: About, field: &'static Field, value: &Text, sink: &mut dyn Sink) {
    if !value.is_empty() {
        sink.observe(about, field, value);
    }
}

/// Enterprise number and counted strings (RFC 8415 section 21.16).
fn read_vendor_class(about: About, value: &[u8], sink: &mut dyn Sink) {
    let mut reader = Reader::new(value);
    let Some(enterprise) = reader.be32() else {
        return;
    };
    while let Some(class) = reader.be16().and_then(|length| reader.take(usize::from(length))) {
        let class = printable(class);
        observe(about, &VENDOR_CLASS, &Text::of(format_args!("{enterprise} {}", &*class)), sink);
    }
}

/// Addresses in the identity associations, unless refused or expired.
fn read_leases(view: &View<'_>, mac: Option<Mac>, sink: &mut dyn Sink) {
    for (code, value) in view.options {
        let head = match code {
            // Id and two timers; id alone.
            IA_NA => 12,
            IA_TA => 4,
            _ => continue,
        };
        let addresses = Options::new(value.get(head..).unwrap_or_default());
        for (_, address) in addresses.filter(|(code, _)| *code == IA_ADDRESS) {
            read_lease(address, mac, sink);
        }
    }
}

/// Address, preferred and valid lifetime, options.
fn read_lease(value: &[u8], mac: Option<Mac>, sink: &mut dyn Sink) -> Option<()> {
    let mut reader = Reader::new(value);
    let address: Ipv6Addr = reader.ipv6()?;
    reader.skip(4)?;
    let seconds = reader.be32()?;
    let refused = Options(reader).get(STATUS_CODE).is_some_and(|status| !status.starts_with(&[0, 0]));
    let ip = IpAddr::V6(address);
    if seconds != 0 && !refused && model::is_host_ip(ip) {
        let about = About::Host { mac, ip: Some(ip) };
        sink.observe(about, &LEASE, &Text::of(format_args!("{seconds}")));
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{datagram, truncations};
    use std::vec::Vec;

    const MAC: &[u8] = &[2, 0, 0, 0, 0, 0xaa];

    fn option(code: u16, value: &[u8]) -> Vec<u8> {
        [&code.to_be_bytes()[..], &(value.len() as u16).to_be_bytes(), value].concat()
    }

    fn message(kind: u8, options: &[Vec<u8>]) -> Vec<u8> {
        [&[kind, 1, 2, 3][..], &options.concat()].concat()
    }

    fn duid_llt(mac: &[u8]) -> Vec<u8> {
        [&[0, 1, 0, 1, 9, 9, 9, 9][..], mac].concat()
    }

    fn on_link() -> Meta {
        Meta {
            src: "fe80::aa".parse().ok(),
            dst: "ff02::1:2".parse().ok(),
            src_mac: Mac::from_slice(&[2, 0, 0, 0, 0, 0xbb]),
            sport: 546,
            dport: 547,
            transport: 17,
            ..Meta::default()
        }
    }

    fn solicit() -> Vec<u8> {
        let options = [
            option(1, &duid_llt(MAC)),
            option(8, &[0, 0]),
            option(39, b"\x00\x03PC9\x04corp\x04test\x00"),
            option(16, b"\x00\x00\x01\x37\x00\x08MSFT 5.0"),
            option(6, &[0, 17, 0, 23, 0, 24, 0, 32]),
        ];
        message(1, &options)
    }

    const SAID: [&str; 5] = [
        "host(02:00:00:00:00:bb -) dhcpv6.message=solicit",
        "host(02:00:00:00:00:bb -) dhcpv6.duid=00010001090909090200000000aa",
        "host(02:00:00:00:00:bb -) dhcpv6.fqdn=PC9.corp.test",
        "host(02:00:00:00:00:bb -) dhcpv6.oro=17,23,24,32",
        "host(02:00:00:00:00:bb -) dhcpv6.vendor_class=311 MSFT 5.0",
    ];

    #[test]
    fn a_client_tells_of_itself() {
        assert_eq!(Dhcpv6.probe(&on_link(), &solicit()), Probe::Yes);
        assert_eq!(datagram(&Dhcpv6, &on_link(), &solicit()), SAID);
        truncations(&Dhcpv6, &on_link(), &solicit());
    }

    #[test]
    fn without_a_mac_in_the_duid_the_frame_has_it() {
        let uuid = [&[0u8, 4][..], &[7; 16]].concat();
        let bytes = message(11, &[option(1, &uuid)]);
        let seen = datagram(&Dhcpv6, &on_link(), &bytes);
        assert_eq!(seen[0], "host(02:00:00:00:00:bb -) dhcpv6.message=information-request");
        let routed = Meta { src: "2001:db8::1".parse().ok(), ..on_link() };
        assert!(datagram(&Dhcpv6, &routed, &bytes).is_empty());
    }

    fn relayed(kind: u8, peer: &str, extra: &[u8], inner: &[u8]) -> Vec<u8> {
        let peer: Ipv6Addr = peer.parse().unwrap();
        [&[kind, 0][..], &[0; 16], &peer.octets(), extra, &option(9, inner)].concat()
    }

    #[test]
    fn relays_are_opened() {
        let link = option(79, &[&[0, 1][..], &[2, 0, 0, 0, 0, 0xcc]].concat());
        let bytes = relayed(12, "fe80::1", &link, &solicit());
        assert_eq!(Dhcpv6.probe(&on_link(), &bytes), Probe::Yes);
        let seen = datagram(&Dhcpv6, &on_link(), &bytes);
        assert_eq!(seen[0], "host(02:00:00:00:00:cc -) dhcpv6.message=solicit");
        truncations(&Dhcpv6, &on_link(), &bytes);
        let plain = relayed(12, "fe80::211:22ff:fe33:4455", &[], &message(1, &[option(8, &[0, 0])]));
        assert!(datagram(&Dhcpv6, &on_link(), &plain)[0].starts_with("host(00:11:22:33:44:55 -)"));
        let mut deep = solicit();
        (0..8).for_each(|_| deep = relayed(12, "fe80::1", &[], &deep));
        assert_eq!(Dhcpv6.probe(&on_link(), &deep), Probe::Yes);
        assert_eq!(Dhcpv6.probe(&on_link(), &relayed(12, "fe80::1", &[], &deep)), Probe::No);
    }

    fn reply(seconds: u32, status: u16) -> Vec<u8> {
        let ip: Ipv6Addr = "2001:db8::9".parse().unwrap();
        let status = option(13, &status.to_be_bytes());
        let address = [&ip.octets()[..], &[0; 4], &seconds.to_be_bytes(), &status].concat();
        let association = [&[0; 12][..], &option(5, &address)].concat();
        message(
            7,
            &[option(1, &duid_llt(MAC)), option(2, &duid_llt(&[2, 0, 0, 0, 0, 1])), option(3, &association)],
        )
    }

    #[test]
    fn a_reply_is_a_lease() {
        let own = Meta { src_mac: Mac::from_slice(&[2, 0, 0, 0, 0, 1]), ..on_link() };
        let seen = datagram(&Dhcpv6, &own, &reply(7200, 0));
        assert_eq!(seen[0], "sender dhcpv6.server=dhcpv6");
        assert_eq!(seen[1], "host(02:00:00:00:00:aa -) dhcpv6.message=reply");
        assert_eq!(seen[3], "host(02:00:00:00:00:aa 2001:db8::9) dhcpv6.lease=7200");
        truncations(&Dhcpv6, &own, &reply(7200, 0));
        for refused in [reply(0, 0), reply(7200, 2)] {
            assert!(!datagram(&Dhcpv6, &own, &refused).iter().any(|line| line.contains("lease")));
        }
        assert_eq!(
            datagram(&Dhcpv6, &on_link(), &reply(1, 0))[0],
            "host(02:00:00:00:00:01 -) dhcpv6.server=dhcpv6"
        );
        let from_server = relayed(13, "fe80::1", &[], &reply(7200, 0));
        assert_eq!(datagram(&Dhcpv6, &on_link(), &from_server)[0], "sender dhcpv6.server=dhcpv6");
    }

    #[test]
    fn others_are_refused() {
        let unknown = message(99, &[option(8, &[0, 0])]);
        let long = [&message(1, &[])[..], &[0, 8, 0, 9, 1]].concat();
        let code = message(1, &[option(9999, &[])]);
        for bytes in [&unknown[..], &long, &code, &message(1, &[]), &[12; 40], &[0; 40], b"\x01", &[]] {
            assert_eq!(Dhcpv6.probe(&on_link(), bytes), Probe::No);
        }
    }

    #[test]
    fn says_what_real_software_said() {
        crate::testing::vectors(&Dhcpv6, include_str!("../../vectors/dhcpv6/dnsmasq_dhclient.txt"));
    }
}
