//! What is known of one frame on its way through the worker.

use dissect::Meta;
use flow::Slot;
use model::{NetworkId, Time};
use packet::{Digest, Ip, Packet, Transport, mix};

use crate::event::Link;
use crate::key::End;

/// What every step of one frame's way needs to know.
#[derive(Clone, Copy, Default)]
pub struct Context {
    pub network: NetworkId,
    pub link: Link,
    pub time: Time,
    pub number: u64,
    pub wire_len: u32,
    /// The capture holds less of the frame than there was.
    pub cut: bool,
    /// Digest of the TCP handshake in it, see [`crate::Events::repeat`]; 0 without.
    pub handshake: u64,
}

/// The flow an IP packet belongs to.
#[derive(Clone, Copy)]
pub struct FlowOf {
    pub key: flow::Key,
    /// Of source and target; 0 where a client's is left out of the key.
    pub ports: [u16; 2],
    /// The source is the lower end of the key.
    pub source_low: bool,
    /// The client's port where it is left out of the key, else 0.
    pub client_port: u16,
    /// Where the flow is, or is going to be, most likely.
    pub near: Slot,
}

impl FlowOf {
    /// Source and target of a packet of this flow.
    pub fn ends(&self, ip: &Ip<'_>) -> [End; 2] {
        let [source, target] = self.ports;
        [End { ip: ip.src, port: source }, End { ip: ip.dst, port: target }]
    }
}

/// A frame that was read, before it is counted.
#[derive(Default)]
pub struct Parsed<'a> {
    pub packet: Packet<'a>,
    pub context: Context,
    pub flow: Option<FlowOf>,
    /// What copies of it have in common.
    pub digest: Option<Digest>,
}

/// Sixteen bits of the sender's MAC and VLAN; never zero.
pub fn link_digest(packet: &Packet<'_>, context: &Context) -> u16 {
    let mac = packet.src_mac.map_or(0, |mac| mac.to_u64());
    (mix(mac, u64::from(context.link.vlan.unwrap_or(0xffff))) >> 48) as u16 | 1
}

/// The frame as dissectors are told of it.
#[inline]
pub fn meta(context: &Context, packet: &Packet<'_>, ip: Option<&Ip<'_>>) -> Meta {
    let mut meta =
        Meta { time: context.time, src_mac: packet.src_mac, dst_mac: packet.dst_mac, ..Meta::default() };
    if let Some(ip) = ip {
        (meta.src, meta.dst, meta.ttl) = (Some(ip.src), Some(ip.dst), ip.ttl);
        (meta.transport, meta.ip_id, meta.dont_fragment) = (ip.protocol, ip.id as u16, ip.dont_fragment);
        meta.ip_options = ip.options;
        match &ip.transport {
            Transport::Tcp(tcp) => (meta.sport, meta.dport) = (tcp.sport, tcp.dport),
            Transport::Udp(udp) => (meta.sport, meta.dport) = (udp.sport, udp.dport),
            Transport::Other => {}
        }
    }
    meta
}
