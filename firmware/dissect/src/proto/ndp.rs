//! IPv6 neighbour and router discovery (RFC 4861; router preference RFC 4191,
//! name servers and search domains RFC 8106).
//!
//! | bytes | becomes |
//! |---|---|
//! | source link-layer address option (1) of a neighbour or router solicitation or a router advertisement | `ndp.binding` about that MAC and the IPv6 source: `ns`, `rs`, `ra` |
//! | target link-layer address option (2) of a neighbour advertisement | `ndp.binding` about that MAC and the target: `na` |
//! | router advertisement with a lifetime: flags, lifetime | `ndp.router` |
//! | neighbour advertisement with the R flag | `ndp.router`: `na` |
//! | prefix option (3), not withdrawn | `ndp.prefix` |
//! | MTU option (5) | `ndp.mtu` |
//! | recursive DNS server option (25), DNS search list option (31) | `ndp.rdnss`, `ndp.dnssl`, one for each entry |
//!
//! A message that came through a router (hop limit below 255) is refused, as
//! RFC 4861 section 6.1 and 7.1 ask; so is one with an option of length zero.
//! A solicitation from `::` (duplicate address detection) binds nothing.

use core::net::{IpAddr, Ipv6Addr};

use model::{Field, Mac};

use crate::{About, Info, Meta, Outcome, Over, Probe, Protocol, Reader, Scratch, Sink, Text, printable};

/// MAC and IPv6 address belong together; the value is the message.
pub const BINDING: Field = Field::host("ndp.binding");
/// What a router says of itself.
pub const ROUTER: Field = Field::host("ndp.router");
/// A prefix of the link.
pub const PREFIX: Field = Field::host("ndp.prefix");
/// Address of a name server.
pub const RDNSS: Field = Field::host("ndp.rdnss");
/// A search domain.
pub const DNSSL: Field = Field::host("ndp.dnssl");
/// MTU of the link in bytes.
pub const MTU: Field = Field::host("ndp.mtu");

static INFO: Info = Info {
    name: "ndp",
    title: "IPv6 Neighbor Discovery",
    spec: "RFC 4861, RFC 4191, RFC 8106",
    over: &[Over::Icmpv6(&[133, 134, 135, 136])],
    first_bytes: &[],
    fields: &[BINDING, ROUTER, PREFIX, RDNSS, DNSSL, MTU],
    budget: 0,
};

/// What a message says before its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// 133: who is a router?
    RouterSolicitation,
    /// 134: I am.
    RouterAdvertisement(Advertisement),
    /// 135: who has this address?
    NeighborSolicitation,
    /// 136: I have.
    NeighborAdvertisement {
        /// The sender is a router (R flag).
        router: bool,
        /// Whose address it is.
        target: Ipv6Addr,
    },
}

/// The fixed part of a router advertisement (RFC 4861 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advertisement {
    /// M flag (0x80), O flag (0x40), preference (0x18).
    pub flags: u8,
    /// Seconds for which it is a default router; 0: it is none.
    pub lifetime: u16,
}

impl Advertisement {
    /// Default router preference (RFC 4191 section 2.1); the reserved value
    /// counts as medium.
    pub const fn preference(self) -> &'static str {
        match self.flags & 0x18 {
            0x08 => "high",
            0x18 => "low",
            _ => "medium",
        }
    }
}

/// A message: its fixed part, whole, and its options.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The fixed part.
    pub message: Message,
    /// What follows it.
    pub options: &'a [u8],
}

impl<'a> View<'a> {
    /// From the ICMPv6 type on. `None` for other types and codes than 0, for a
    /// fixed part that is not whole, and for a multicast target.
    pub fn new(bytes: &'a [u8]) -> Option<View<'a>> {
        let mut reader = Reader::new(bytes);
        let kind = reader.u8()?;
        if reader.u8()? != 0 {
            return None;
        }
        reader.skip(2)?;
        let message = match kind {
            133 => {
                reader.skip(4)?;
                Message::RouterSolicitation
            }
            134 => {
                reader.skip(1)?;
                let (flags, lifetime) = (reader.u8()?, reader.be16()?);
                reader.skip(8)?;
                Message::RouterAdvertisement(Advertisement { flags, lifetime })
            }
            135 => {
                reader.skip(4)?;
                reader.ipv6().filter(|target| !target.is_multicast())?;
                Message::NeighborSolicitation
            }
            136 => {
                let router = reader.be32()? & 0x8000_0000 != 0;
                let target = reader.ipv6().filter(|target| !target.is_multicast())?;
                Message::NeighborAdvertisement { router, target }
            }
            _ => return None,
        };
        Some(View { message, options: reader.rest() })
    }
}

/// Walks over options: (type, what follows the length octet). Every option takes
/// at least eight bytes; one that is not whole ends the walk.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a>(Reader<'a>);

impl<'a> Iterator for Options<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let mut reader = self.0;
        let (kind, units) = (reader.u8()?, reader.u8()?);
        let body = reader.take(usize::from(units).checked_mul(8)?.checked_sub(2)?)?;
        self.0 = reader;
        Some((kind, body))
    }
}

/// The options, if they fill their bytes without one of length zero; `cut`
/// forgives the end.
fn options(bytes: &[u8], cut: bool) -> Option<Options<'_>> {
    let all = Options(Reader::new(bytes));
    let mut walk = all;
    walk.by_ref().for_each(drop);
    let zero = matches!(walk.0.rest(), [_, 0, ..]);
    (!zero && (cut || walk.0.is_empty())).then_some(all)
}

/// The MAC of a link-layer address option of the type wanted.
fn link_address(options: Options<'_>, wanted: u8) -> Option<Mac> {
    options
        .filter(|(kind, body)| *kind == wanted && body.len() == 6)
        .find_map(|(_, body)| Mac::from_slice(body))
        .filter(|mac| mac.is_host())
}

fn bind(sink: &mut dyn Sink, mac: Option<Mac>, ip: Option<IpAddr>, message: &str) {
    let ip = ip.filter(|ip| model::is_host_ip(*ip));
    if mac.is_some() && ip.is_some() {
        sink.observe(About::Host { mac, ip }, &BINDING, message);
    }
}

/// Prefix information (RFC 4861 section 4.6.2), `None` when withdrawn (no valid
/// lifetime). Bits behind the prefix length are to be ignored: they are cleared.
fn prefix(body: &[u8]) -> Option<Text> {
    let mut reader = Reader::new(body);
    let (length, flags) = (reader.u8()?, reader.u8()?);
    let valid = reader.be32()?;
    reader.skip(8)?;
    let address = u128::from_be_bytes(reader.array()?);
    if valid == 0 || length > 128 {
        return None;
    }
    let mask = u128::MAX.checked_shl(u32::from(128_u8.saturating_sub(length))).unwrap_or(0);
    let address = Ipv6Addr::from(address & mask);
    let (on_link, auto) = (flags >> 7, (flags >> 6) & 1);
    Some(Text::of(format_args!("{address}/{length} onlink={on_link} auto={auto}")))
}

/// What follows the reserved octets and a lifetime that is not zero.
fn living(body: &[u8]) -> Option<Reader<'_>> {
    let mut reader = Reader::new(body);
    reader.skip(2)?;
    (reader.be32()? != 0).then_some(reader)
}

/// The next name in DNS wire form without compression (RFC 8106 section 5.2);
/// `None` at the padding and at a name that is not whole.
fn domain(reader: &mut Reader<'_>) -> Option<Text> {
    let mut text = Text::new();
    loop {
        let length = reader.u8()?;
        if length == 0 {
            return (!text.is_empty()).then_some(text);
        }
        if length > 63 {
            return None;
        }
        if !text.is_empty() {
            text.push('.');
        }
        printable(reader.take(usize::from(length))?).chars().for_each(|c| text.push(c));
    }
}

fn advertised(router: Advertisement, options: Options<'_>, sink: &mut dyn Sink) {
    let Advertisement { flags, lifetime } = router;
    if lifetime != 0 {
        let (managed, other) = (flags >> 7, (flags >> 6) & 1);
        let pref = router.preference();
        let text = format_args!("lifetime={lifetime} managed={managed} other={other} pref={pref}");
        sink.observe(About::Sender, &ROUTER, &Text::of(text));
    }
    for (kind, body) in options {
        match kind {
            3 => {
                if let Some(text) = prefix(body) {
                    sink.observe(About::Sender, &PREFIX, &text);
                }
            }
            5 => {
                if let Some((_, [a, b, c, d])) = body.split_first_chunk::<2>() {
                    let mtu = u32::from_be_bytes([*a, *b, *c, *d]);
                    sink.observe(About::Sender, &MTU, &Text::of(format_args!("{mtu}")));
                }
            }
            25 => {
                let mut rest = living(body).unwrap_or(Reader::new(&[]));
                while let Some(address) = rest.ipv6() {
                    sink.observe(About::Sender, &RDNSS, &Text::of(format_args!("{address}")));
                }
            }
            31 => {
                let mut rest = living(body).unwrap_or(Reader::new(&[]));
                while let Some(name) = domain(&mut rest) {
                    sink.observe(About::Sender, &DNSSL, &name);
                }
            }
            _ => {}
        }
    }
}

/// The protocol.
pub struct Ndp;

impl Protocol for Ndp {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn probe(&self, _: &Meta, bytes: &[u8]) -> Probe {
        if View::new(bytes).is_some() { Probe::Yes } else { Probe::No }
    }

    fn parse(&self, meta: &Meta, bytes: &[u8], _: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
        if meta.ttl != 0 && meta.ttl != 255 {
            return Outcome::Malformed;
        }
        let Some(view) = View::new(bytes) else {
            return Outcome::Malformed;
        };
        let Some(options) = options(view.options, meta.cut) else {
            return Outcome::Malformed;
        };
        let source = || link_address(options, 1);
        match view.message {
            Message::RouterSolicitation => bind(sink, source(), meta.src, "rs"),
            Message::NeighborSolicitation => bind(sink, source(), meta.src, "ns"),
            Message::RouterAdvertisement(router) => {
                // Section 6.1.2: the source must be link-local.
                if matches!(meta.src, Some(IpAddr::V6(src)) if !src.is_unicast_link_local()) {
                    return Outcome::Malformed;
                }
                bind(sink, source(), meta.src, "ra");
                advertised(router, options, sink);
            }
            Message::NeighborAdvertisement { router, target } => {
                bind(sink, link_address(options, 2), Some(IpAddr::V6(target)), "na");
                if router {
                    sink.observe(About::Sender, &ROUTER, "na");
                }
            }
        }
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{datagram, hex, truncations, vectors};
    use std::string::String;
    use std::vec::Vec;

    const TARGET: &str = "fe800000000000000000000000000002";

    fn meta(src: &str) -> Meta {
        Meta { src: Some(src.parse().unwrap()), ttl: 255, ..Meta::default() }
    }

    fn solicitation() -> String {
        ["87 00 0000 00000000", TARGET, "0101 0200000000aa"].concat()
    }

    fn advertisement() -> Vec<u8> {
        hex("86 00 0000 40 48 0708 00000000 00000000
             0101 0200000000bb
             0501 0000 000005dc
             0304 40c0 00015180 00003840 00000000 20010db8000000000000000000001234
             0304 40c0 00000000 00000000 00000000 20010db8000100000000000000000000
             1905 0000 00000e10 20010db8000000000000000000000001 20010db8000000000000000000000002
             1f04 0000 00000e10 04 636f7270 07 6578616d706c65 00 03 6c616e 00 000000 0000")
    }

    #[test]
    fn a_solicitation_binds_its_sender_unless_it_tests_an_address() {
        let bytes = hex(&solicitation());
        let line = ["host(02:00:00:00:00:aa fe80::1) ndp.binding=ns"];
        assert_eq!(datagram(&Ndp, &meta("fe80::1"), &bytes), line);
        assert!(datagram(&Ndp, &meta("::"), &bytes).is_empty());
        truncations(&Ndp, &meta("fe80::1"), &bytes);
    }

    #[test]
    fn an_advertisement_binds_its_target() {
        let bytes = hex(&["88 00 0000 e0000000", TARGET, "0201 0200000000cc"].concat());
        let lines = ["host(02:00:00:00:00:cc fe80::2) ndp.binding=na", "sender ndp.router=na"];
        assert_eq!(datagram(&Ndp, &meta("2001:db8::9"), &bytes), lines);
        truncations(&Ndp, &meta("fe80::1"), &bytes);
    }

    #[test]
    fn a_router_tells_its_link() {
        let lines = [
            "host(02:00:00:00:00:bb fe80::1) ndp.binding=ra",
            "sender ndp.router=lifetime=1800 managed=0 other=1 pref=high",
            "sender ndp.mtu=1500",
            "sender ndp.prefix=2001:db8::/64 onlink=1 auto=1",
            "sender ndp.rdnss=2001:db8::1",
            "sender ndp.rdnss=2001:db8::2",
            "sender ndp.dnssl=corp.example",
            "sender ndp.dnssl=lan",
        ];
        assert_eq!(datagram(&Ndp, &meta("fe80::1"), &advertisement()), lines);
        assert!(datagram(&Ndp, &meta("2001:db8::1"), &advertisement()).is_empty());
        truncations(&Ndp, &meta("fe80::1"), &advertisement());
    }

    #[test]
    fn what_came_through_a_router_or_is_broken_is_refused() {
        let refused = |meta: &Meta, bytes: &[u8]| {
            assert!(datagram(&Ndp, meta, bytes).is_empty());
            let outcome =
                Ndp.parse(meta, bytes, &mut Scratch::default(), &mut crate::testing::Lines::default());
            assert_eq!(outcome, Outcome::Malformed);
        };
        let link = meta("fe80::1");
        refused(&Meta { ttl: 254, ..link }, &hex(&solicitation()));
        refused(&link, &hex(&solicitation().replace("0101", "0100")));
        refused(&link, &hex(&solicitation().replace("0101", "0102")));
        refused(&link, &hex(&solicitation().replace("87 00", "87 01")));
        refused(&link, &hex(&solicitation().replace("fe80", "ff02")));
        assert_eq!(datagram(&Ndp, &Meta { ttl: 0, ..link }, &hex(&solicitation())).len(), 1);
    }

    #[test]
    fn what_real_software_said() {
        vectors(&Ndp, include_str!("../../vectors/ndp/linux_radvd.txt"));
    }
}
