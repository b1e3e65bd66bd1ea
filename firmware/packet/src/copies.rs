//! Copies of packets: a mirror that sees a packet twice (both directions of a
//! port, two VLANs, before and after a router) must not count it twice.
//!
//! A packet's digest covers what no hop changes: addresses, protocol,
//! identification, length and the start of the transport layer with its
//! checksum. A second packet of the same digest shortly after is a copy; how the
//! rest differs says which kind.

use model::{Mac, Time};

use crate::{Body, Fragment, Packet, Transport, fold, mix};

/// How a copy differs from the packet heard before.
#[derive(Clone, core::marker::Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    /// In nothing: the same frame twice.
    Exact,
    /// Another VLAN tag.
    Retagged,
    /// Other MACs, and usually a lower TTL: heard on both sides of a router.
    Routed,
}

/// What is remembered of a packet; never in two cache lines.
#[derive(Clone, core::marker::Copy, Debug, Default)]
#[repr(align(32))]
pub struct Seen {
    digest: u64,
    time: Time,
    mac: Mac,
    vlan: u16,
    ttl: u8,
}

/// Copies follow within this time when the packet carries an identification …
const WINDOW: u64 = 50_000_000;
/// … and within this when only its content tells it from a repetition.
const WINDOW_WITHOUT_ID: u64 = 1_000_000;

/// The last packets, in memory given from outside; a direct-mapped table, so
/// what is forgotten under load is the older packet of a slot.
pub struct Copies<M> {
    table: M,
}

/// What copies of a packet have in common.
#[derive(Clone, core::marker::Copy, Debug)]
pub struct Digest {
    hash: u64,
    /// How long after it a second packet is a copy.
    window: u64,
}

impl<M: AsRef<[Seen]> + AsMut<[Seen]>> Copies<M> {
    /// `table` holds as many packets as it has entries; a power of two is quickest.
    pub fn new(table: M) -> Self {
        Copies { table }
    }

    /// Its memory.
    pub fn table(&self) -> &[Seen] {
        self.table.as_ref()
    }

    /// Is this packet a copy of one heard just before in the same network (address
    /// space)? Remembers it if not.
    #[inline]
    pub fn check(&mut self, packet: &Packet<'_>, network: u16, time: Time) -> Option<Copy> {
        self.recognise(packet, &Digest::of(packet, network)?, time)
    }

    /// Where [`Copies::recognise`] will look, for whoever may fetch it early.
    #[inline]
    pub fn slot(&self, of: &Digest) -> Option<&Seen> {
        let table = self.table.as_ref();
        table.get(of.hash as usize & table.len().checked_sub(1)?)
    }

    /// [`Copies::check`] with the packet's digest at hand.
    #[inline]
    pub fn recognise(&mut self, packet: &Packet<'_>, of: &Digest, time: Time) -> Option<Copy> {
        let Digest { hash: digest, window } = *of;
        let Body::Ip(ip) = &packet.body else { return None };
        let now = Seen {
            digest,
            time,
            mac: packet.src_mac.unwrap_or_default(),
            vlan: packet.vlan.map_or(0, |vlan| vlan.saturating_add(1)),
            ttl: ip.ttl,
        };
        let table = self.table.as_mut();
        let slot = table.get_mut(digest as usize & table.len().checked_sub(1)?)?;
        if slot.digest != digest || time.since(slot.time) > window {
            *slot = now;
            return None;
        }
        Some(if slot.ttl != now.ttl {
            Copy::Routed
        } else if slot.vlan != now.vlan {
            Copy::Retagged
        } else if slot.mac != now.mac {
            Copy::Routed
        } else {
            Copy::Exact
        })
    }
}

impl Digest {
    /// `None` for packets whose honest repetitions look the same (bare
    /// acknowledgements, ARP …).
    #[inline]
    pub fn of(packet: &Packet<'_>, network: u16) -> Option<Digest> {
        let Body::Ip(ip) = &packet.body else { return None };
        let window = if ip.id != 0 { WINDOW } else { WINDOW_WITHOUT_ID };
        if ip.id == 0 {
            let telling = match &ip.transport {
                Transport::Tcp(tcp) => tcp.payload_len > 0 || tcp.flags & 7 != 0,
                Transport::Udp(udp) => udp.payload_len > 0,
                Transport::Other => ip.fragment == Fragment::Whole,
            };
            if !telling {
                return None;
            }
        }
        let start = ip.payload.get(..24).unwrap_or(ip.payload);
        let place = u64::from(ip.fragment_offset) << 32 | u64::from(network) << 8 | u64::from(ip.protocol);
        let head = mix(u64::from(ip.id) << 32 | u64::from(ip.payload_len), place);
        let head = match (ip.src, ip.dst) {
            (core::net::IpAddr::V4(src), core::net::IpAddr::V4(dst)) => {
                mix(head, u64::from(src.to_bits()) << 32 | u64::from(dst.to_bits()))
            }
            (core::net::IpAddr::V6(src), core::net::IpAddr::V6(dst)) => {
                fold(fold(head, &src.octets()), &dst.octets())
            }
            _ => return None,
        };
        let tunnel = packet.tunnel.map_or(0, |tunnel| u64::from(tunnel.id) << 8 | tunnel.kind as u64);
        Some(Digest { hash: mix(fold(head, start), tunnel) | 1, window })
    }
}
