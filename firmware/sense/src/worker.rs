//! The worker: one frame at a time, from bytes to events.

use core::ops::Range;

use dissect::{Dispatch, Meta, Scratch};
use flow::{Fragments, Hot, Pool, Slot, Table, Timeouts, tick};
use model::{NetworkId, Sighting, Time};
use packet::{Body, Copies, Digest, Fragment, Ip, Packet, Seen, Stripped, Tcp, Transport, mix};
use zones::Zones;

use crate::context::{Context, FlowOf, Parsed, link_digest, meta};
use crate::direction;
use crate::event::{Event, Events, Link};
use crate::flow_state::{FlowState, Side, mark};
use crate::input::Input;
use crate::inspect::{self, Saying};
use crate::key::{self, End};
use crate::presence::Presence;
use crate::reading::{Payload, Reader, towards};
use crate::stats::Stats;
use crate::sweep::{self, Sweep};

/// Frames read before the first of them is counted; as many as a word has bits.
const BATCH: usize = 32;

/// Flows looked at for their end with every frame.
const EXPIRE_STEPS: usize = 4;

/// A worker with its flows. Memory is taken when it is made.
pub struct Worker {
    dispatch: Dispatch,
    /// The protocol that reads TCP handshakes.
    handshake: Option<usize>,
    flows: Table<FlowState>,
    pool: Pool,
    fragments: Fragments,
    copies: Copies<Box<[Seen]>>,
    presence: Presence,
    stats: Stats,
    tick: u32,
    sweep: Sweep,
}

impl Worker {
    /// A worker for `flows` flows at once and `buffers` streams whose first
    /// message is incomplete.
    pub fn new(flows: usize, buffers: usize) -> Worker {
        let dispatch = Dispatch::new();
        Worker {
            handshake: dispatch.handshake(),
            dispatch,
            flows: Table::new(flows, FlowState::default(), Timeouts::default()),
            pool: Pool::new(buffers),
            fragments: Fragments::default(),
            copies: Copies::new(vec![Seen::default(); 1 << 14].into()),
            presence: Presence::default(),
            stats: Stats::with_room(),
            tick: 0,
            sweep: Sweep::default(),
        }
    }

    /// Addresses of its large tables, for whoever may ask the kernel for huge pages.
    pub fn regions(&self) -> impl Iterator<Item = Range<usize>> {
        self.flows.regions().into_iter().chain([flow::addresses(self.copies.table()), self.pool.region()])
    }

    /// What was counted so far.
    pub fn stats(&self) -> Stats {
        let mut stats = self.stats.clone();
        stats.evicted = self.flows.evicted();
        stats.unread = self.pool.refused();
        stats
    }

    /// Takes in one frame.
    pub fn frame(&mut self, input: &Input<'_>, zones: &Zones, events: &mut impl Events) {
        self.frames(core::slice::from_ref(input), zones, events);
    }

    /// Takes in frames in order. Those of a batch are read first and their flows
    /// approached together, so that the waits for memory overlap.
    pub fn frames(&mut self, inputs: &[Input<'_>], zones: &Zones, events: &mut impl Events) {
        for inputs in inputs.chunks(BATCH) {
            let mut batch = heapless::Vec::<Parsed<'_>, BATCH>::new();
            for input in inputs {
                // They are large: each is filled in where it stays.
                let _ = batch.push(Parsed::default());
                if let Some(parsed) = batch.last_mut() {
                    self.parse(input, zones, parsed);
                }
            }
            self.approach(&mut batch, events);
            for parsed in &batch {
                self.pass_time(parsed.context.time, sweep::FRAME_STEPS, events);
                self.process(parsed, events);
            }
        }
    }

    /// Reads a frame down to its transport layer.
    fn parse<'a>(&mut self, input: &Input<'a>, zones: &Zones, parsed: &mut Parsed<'a>) {
        let Parsed { packet, context, flow, digest } = parsed;
        self.stats.frames += 1;
        self.stats.bytes += u64::from(input.wire_len);
        self.stats.port(input);
        let cut = (input.data.len() as u64) < u64::from(input.wire_len);
        self.stats.truncated += u64::from(cut);
        packet::parse_into(input.link, input.data, packet);
        self.count_layers(input.link, packet);
        let tunnel = packet.tunnel;
        let outer_vlan = packet.outer.and_then(|outer| outer.vlan);
        let network =
            zones.network(input.port, packet.vlan.or(outer_vlan), tunnel.map(|t| (t.kind.name(), t.id)));
        let mut link = Link { vlan: packet.vlan, inner_vlan: packet.inner_vlan, tunnel, ttl: 0 };
        if let Body::Ip(ip) = &packet.body {
            link.ttl = ip.ttl;
            *flow = Some(self.flow_of(network, ip));
            *digest = Digest::of(packet, network.0);
        }
        let Input { time, number, wire_len, .. } = *input;
        *context = Context { network, link, time, number, wire_len, cut, handshake: 0 };
        if let Body::Ip(ip) = &packet.body
            && let Transport::Tcp(tcp) = &ip.transport
            && tcp.flags & Tcp::SYN != 0
            && let Some(protocol) = self.handshake.and_then(dissect::protocol)
        {
            let meta = meta(context, packet, Some(ip));
            context.handshake = inspect::digest(protocol, network, &meta, tcp.header);
        }
    }

    fn flow_of(&mut self, network: NetworkId, ip: &Ip<'_>) -> FlowOf {
        let mut ports = self.ports(network, ip);
        let mut client_port = 0;
        if ip.protocol == 17 {
            let [source, target] = &mut ports;
            match [*source, *target].map(|port| self.dispatch.is_transactional(port)) {
                [false, true] => client_port = core::mem::take(source),
                [true, false] => client_port = core::mem::take(target),
                _ => {}
            }
        }
        let (key, source_low) = key::flow(network, ip, ports);
        FlowOf { key, ports, source_low, client_port, near: Slot::default() }
    }

    /// Touches what the flows of a batch will need: sets first, then the flows.
    fn approach(&self, batch: &mut [Parsed<'_>], events: &impl Events) {
        if batch.len() == 1 {
            return;
        }
        for parsed in batch.iter() {
            let Some(flow) = &parsed.flow else { continue };
            self.flows.approach(flow.key);
            if let Some(slot) = parsed.digest.as_ref().and_then(|digest| self.copies.slot(digest)) {
                sys::memory::prefetch_start(slot);
            }
            if parsed.context.handshake != 0 {
                events.approach_repeat(parsed.context.handshake);
            }
        }
        let mut known = 0_u32;
        for (place, parsed) in batch.iter_mut().enumerate() {
            let Some(flow) = &mut parsed.flow else { continue };
            let (slot, held) = self.flows.likely(flow.key, parsed.context.time.0);
            self.flows.approach_flow(slot, !held);
            flow.near = slot;
            known |= u32::from(held) << place;
        }
        let mut rows = heapless::Vec::<u64, BATCH>::new();
        for (place, parsed) in batch.iter().enumerate() {
            let (Some(flow), Body::Ip(ip)) = (&parsed.flow, &parsed.packet.body) else { continue };
            if parsed.context.handshake != 0 {
                events.approach_repeated(parsed.context.handshake);
            }
            // The first packet of either side is told of; later ones only when the flow ends.
            if known >> place & 1 != 0 {
                let (hot, _) = self.flows.look(flow.near);
                let way = usize::from((hot.mark & mark::CLIENT_LOW != 0) != flow.source_low);
                if hot.last[way] != 0 {
                    continue;
                }
                self.flows.approach_flow(flow.near, true);
            }
            let Context { network, link, .. } = parsed.context;
            let sighting = Sighting { network, mac: parsed.packet.src_mac, ip: Some(ip.src) };
            let _ = rows.push(events.approach(&sighting, &link));
        }
        rows.iter().for_each(|hash| events.approach_row(*hash));
    }

    /// Counts a frame and lets it be read.
    fn process(&mut self, parsed: &Parsed<'_>, events: &mut impl Events) {
        let Parsed { packet, context, flow, digest } = parsed;
        let Context { network, link, time, number, .. } = *context;
        if let Some(outer) = &packet.outer {
            let link = Link { vlan: outer.vlan, inner_vlan: outer.inner_vlan, ttl: outer.ttl, tunnel: None };
            if let Some(sighting) = Sighting::new(network, outer.src_mac, Some(outer.src)) {
                self.presence.note(sighting, link, time, number, events);
            }
        }
        match (&packet.body, flow) {
            (Body::Ip(ip), Some(flow)) => {
                let known = digest.as_ref();
                if let Some(kind) = known.and_then(|of| self.copies.recognise(packet, of, time)) {
                    self.stats.copy(kind);
                    return self.copy(kind, context, packet, flow, events);
                }
                self.ip(context, packet, ip, flow, events);
            }
            (body, _) => {
                self.stats.other += 1;
                self.stats.other_malformed += u64::from(packet.malformed);
                if let Some(sighting) = Sighting::new(network, packet.src_mac, None) {
                    self.presence.note(sighting, link, time, number, events);
                }
                let found = match body {
                    Body::EtherType(kind, bytes) => self.dispatch.ethertype(*kind).map(|at| (at, *bytes)),
                    Body::Snap(oui, pid, bytes) => self.dispatch.snap(*oui, *pid).map(|at| (at, *bytes)),
                    _ => None,
                };
                if let Some((index, bytes)) = found {
                    let meta = Meta { cut: context.cut, ..meta(context, packet, None) };
                    self.message(index, context, &meta, bytes, events);
                }
            }
        }
    }

    /// Lets time pass: flows that have been silent end, and what was counted before a
    /// boundary is told. For frames a little of this is done with each; live sources
    /// call it every 100 ms or so besides.
    pub fn tick(&mut self, now: Time, events: &mut impl Events) {
        self.sweep.look_again(now, events);
        self.pass_time(now, sweep::TICK_STEPS, events);
    }

    fn pass_time(&mut self, time: Time, sweep_steps: usize, events: &mut impl Events) {
        let Worker { flows, pool, dispatch, stats, presence, sweep, .. } = self;
        if sweep.is_due(time) {
            sweep.step(time, sweep_steps, flows, dispatch, presence, events);
        }
        let now = tick(time.0);
        if now == self.tick && flows.live() == 0 {
            return;
        }
        self.tick = now;
        let ahead = |hot: &Hot, state: &FlowState, events: &_| state.approach(hot, events);
        flows.expire(now, EXPIRE_STEPS, events, ahead, |hot, state, over, events| {
            if over {
                end_flow(hot, state, dispatch, pool, stats, events);
            } else {
                state.tell(hot, dispatch, events);
            }
        });
    }

    /// The end of the input: every flow tells what it has.
    pub fn finish(&mut self, events: &mut impl Events) {
        let Worker { flows, pool, dispatch, stats, presence, .. } = self;
        let ahead = |hot: &Hot, state: &FlowState, events: &_| state.approach(hot, events);
        flows.drain(events, ahead, |hot, state, events| end_flow(hot, state, dispatch, pool, stats, events));
        presence.flush(events);
    }

    fn count_layers(&mut self, link: u16, packet: &Packet<'_>) {
        if packet.malformed {
            self.stats.malformed += 1;
        }
        if matches!(packet.body, Body::None) && !packet::supported(link) {
            *self.stats.unknown_links.entry(link).or_default() += 1;
        }
        if packet.stripped != Stripped::default() {
            for (count, (layer, _)) in self.stats.stripped.iter_mut().zip(Stripped::NAMES) {
                *count += u64::from(packet.stripped.has(layer));
            }
        }
        let outer = packet.outer.and_then(|outer| outer.vlan);
        for vlan in [packet.vlan, outer].into_iter().flatten() {
            *self.stats.vlans.entry(vlan).or_default() += 1;
        }
    }

    /// A message outside any flow: a frame of its own type, ICMPv6, or a handshake.
    fn message(
        &mut self,
        index: usize,
        context: &Context,
        meta: &Meta,
        bytes: &[u8],
        events: &mut impl Events,
    ) {
        let Some(protocol) = dissect::protocol(index) else { return };
        let Context { network, number: frame, handshake: digest, .. } = *context;
        let mut saying = Saying { events, meta, network, frame, sides: None, digest };
        inspect::parse(protocol, bytes, &mut Scratch::default(), &mut saying, &mut self.stats);
    }

    fn ip(
        &mut self,
        context: &Context,
        packet: &Packet<'_>,
        ip: &Ip<'_>,
        flow: &FlowOf,
        events: &mut impl Events,
    ) {
        let FlowOf { key, source_low, near, .. } = *flow;
        self.stats.ip += 1;
        let found = self.flows.find_near(key, near, context.time.0);
        let (slot, way) = match (found, &ip.transport) {
            (Some(slot), Transport::Tcp(tcp)) if direction::starts_anew(self.flows.both(slot), tcp) => {
                let Worker { flows, pool, dispatch, stats, .. } = self;
                flows.close(slot, |hot, state| end_flow(hot, state, dispatch, pool, stats, events));
                self.open(context, packet, ip, flow, events)
            }
            (Some(slot), _) => {
                let client_low = self.flows.hot(slot).mark & mark::CLIENT_LOW != 0;
                (slot, usize::from(client_low != source_low))
            }
            (None, _) => self.open(context, packet, ip, flow, events),
        };
        self.count(slot, way, context, packet, events);
        if flow.client_port != 0 && way == 0 {
            let (_, state) = self.flows.both(slot);
            let port = u32::from(flow.client_port);
            let before = core::mem::replace(&mut state.begun, port);
            state.flows += u32::from(before != port);
        }
        match &ip.transport {
            Transport::Tcp(tcp) => self.tcp(slot, way, context, packet, ip, tcp, events),
            Transport::Udp(udp) => {
                let hot = self.flows.hot(slot);
                if way == 1 {
                    hot.state |= Hot::ESTABLISHED;
                }
                if !udp.payload.is_empty() && hot.mark & mark::DONE[way] == 0 {
                    let whole = udp.payload.len() as u32 == udp.payload_len && ip.fragment == Fragment::Whole;
                    let Worker { flows, dispatch, stats, .. } = self;
                    let mut reader = Reader { dispatch, stats, events, frame: context.number };
                    let meta = Meta { way: towards(way), cut: !whole, ..meta(context, packet, Some(ip)) };
                    reader.datagram(flows.both(slot), way, &meta, udp.payload);
                }
            }
            Transport::Other => {
                if let (58, Fragment::Whole, Some(kind)) = (ip.protocol, ip.fragment, ip.payload.first())
                    && let Some(index) = self.dispatch.icmpv6(*kind)
                {
                    let cut = (ip.payload.len() as u64) < u64::from(ip.payload_len);
                    let meta = Meta { cut, ..meta(context, packet, Some(ip)) };
                    self.message(index, context, &meta, ip.payload, events);
                }
            }
        }
    }

    /// Source and destination port; those of later fragments are remembered from the first.
    fn ports(&mut self, network: NetworkId, ip: &Ip<'_>) -> [u16; 2] {
        let ports = match (&ip.transport, ip.payload) {
            (Transport::Tcp(tcp), _) => [tcp.sport, tcp.dport],
            (Transport::Udp(udp), _) => [udp.sport, udp.dport],
            // SCTP, DCCP and UDP-Lite start with their ports too.
            (Transport::Other, [s0, s1, d0, d1, ..])
                if matches!(ip.protocol, 33 | 132 | 136) && ip.fragment != Fragment::Later =>
            {
                [u16::from_be_bytes([*s0, *s1]), u16::from_be_bytes([*d0, *d1])]
            }
            _ => [0, 0],
        };
        if ip.fragment == Fragment::Whole {
            return ports;
        }
        let datagram = mix(key::datagram(network, ip), u64::from(ip.id));
        if ip.fragment == Fragment::First {
            self.fragments.first(datagram, ports);
            return ports;
        }
        self.fragments.later(datagram).unwrap_or(ports)
    }

    /// A copy is counted beside its flow, not in it.
    fn copy(
        &mut self,
        kind: packet::Copy,
        context: &Context,
        packet: &Packet<'_>,
        &FlowOf { key, source_low, .. }: &FlowOf,
        events: &mut impl Events,
    ) {
        if let Some(slot) = self.flows.find(key, context.time.0) {
            let (hot, state) = self.flows.both(slot);
            let way = usize::from((hot.mark & mark::CLIENT_LOW != 0) != source_low);
            state.copies[way] = state.copies[way].saturating_add(1);
            state.copy_bytes[way] = state.copy_bytes[way].saturating_add(context.wire_len);
        }
        if kind == packet::Copy::Routed
            && let Some(mac) = packet.src_mac.filter(|mac| mac.is_host())
        {
            events.take(Event::Forwards {
                network: context.network,
                mac,
                time: context.time,
                frame: context.number,
            });
        }
    }

    /// Starts a flow and says who is the client: by the handshake, else by a port
    /// that is known for a service, else whoever is heard first.
    fn open(
        &mut self,
        context: &Context,
        packet: &Packet<'_>,
        ip: &Ip<'_>,
        flow: &FlowOf,
        events: &mut impl Events,
    ) -> (Slot, usize) {
        let &FlowOf { key, source_low, client_port, .. } = flow;
        let [source, target] = flow.ends(ip);
        let from_server = match &ip.transport {
            Transport::Tcp(tcp) if tcp.flags & Tcp::SYN != 0 => tcp.flags & Tcp::ACK != 0,
            Transport::Other => false,
            _ => direction::serves(&self.dispatch, ip.protocol, source, target),
        };
        let Worker { flows, pool, dispatch, stats, .. } = self;
        let slot = flows.open(key, context.time.0, |hot, state| {
            end_flow(hot, state, dispatch, pool, stats, events);
        });
        let (hot, state) = flows.both(slot);
        if from_server != source_low {
            hot.mark |= mark::CLIENT_LOW;
        }
        hot.last = [0; 2];
        let side = |end: End, mac| Side::new(end, mac, context.link);
        let (source, target) = (side(source, packet.src_mac), side(target, packet.dst_mac));
        *state = FlowState {
            network: context.network,
            transport: ip.protocol,
            sides: if from_server { [target, source] } else { [source, target] },
            first: context.time,
            frame: context.number,
            begun: u32::from(client_port),
            ..FlowState::default()
        };
        (slot, usize::from(from_server))
    }

    /// What every packet costs: counters, and a look whether its sender's link changed.
    #[inline]
    fn count(
        &mut self,
        slot: Slot,
        way: usize,
        context: &Context,
        packet: &Packet<'_>,
        events: &mut impl Events,
    ) {
        let digest = link_digest(packet, context);
        let hot = self.flows.hot(slot);
        let fresh = hot.last[way] == 0;
        let belated = self.sweep.is_before(hot);
        if belated || hot.packets[way] >= u32::MAX - 1 || hot.bytes[way] >= u32::MAX - context.wire_len {
            let (hot, state) = self.flows.both(slot);
            state.tell(hot, &self.dispatch, events);
            if belated {
                // What is told from here on began with this packet.
                (state.first, state.frame) = (context.time, context.number);
            }
        }
        let hot = self.flows.hot(slot);
        hot.packets[way] += 1;
        hot.bytes[way] += context.wire_len;
        hot.last[way] = context.time.0.max(1);
        if fresh && hot.last[1 - way] != 0 {
            hot.state |= Hot::ANSWERED;
            self.flows.keep(slot, true);
        }
        let hot = self.flows.hot(slot);
        if hot.link_digest[way] != digest {
            hot.link_digest[way] = digest;
            let (hot, state) = self.flows.both(slot);
            // What was counted under the old link is told first.
            let count = (hot.packets[way] - 1).saturating_sub(state.told[way]);
            if count != 0 {
                state.tell_side(way, count, context.time, 0, events);
            }
            state.sides[way].moved(packet.src_mac, context.link);
            state.told[way] = hot.packets[way];
            state.tell_side(way, 1, context.time, context.number, events);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one call, all of it at hand")]
    fn tcp(
        &mut self,
        slot: Slot,
        way: usize,
        context: &Context,
        packet: &Packet<'_>,
        ip: &Ip<'_>,
        tcp: &Tcp<'_>,
        events: &mut impl Events,
    ) {
        let hot = self.flows.hot(slot);
        let syn = tcp.flags & Tcp::SYN != 0;
        let last = tcp.flags & (Tcp::FIN | Tcp::RST) != 0;
        if !syn && tcp.flags & Tcp::RST == 0 {
            hot.mark |= mark::TALKS;
        }
        if tcp.flags & Tcp::FIN != 0 {
            hot.mark |= mark::FIN[way];
        }
        if tcp.flags & Tcp::RST != 0
            || hot.mark & (mark::FIN[0] | mark::FIN[1]) == mark::FIN[0] | mark::FIN[1]
        {
            hot.state |= Hot::CLOSED;
            self.flows.keep(slot, false);
        }
        let hot = self.flows.hot(slot);
        let start = tcp.seq.wrapping_add(u32::from(syn));
        let expected = core::mem::replace(
            &mut hot.next_seq[way],
            start.wrapping_add(tcp.payload_len).wrapping_add(u32::from(tcp.flags & Tcp::FIN != 0)),
        );
        if expected != 0 && !syn {
            let ahead = tcp.seq.wrapping_sub(expected) as i32;
            if ahead > 0 && ahead < 1 << 24 && tcp.flags & Tcp::RST == 0 {
                let (_, state) = self.flows.both(slot);
                state.missing[way] = state.missing[way].saturating_add(ahead as u32);
                self.stats.gap_bytes += ahead as u64;
            } else if ahead < 0 && tcp.payload_len <= ahead.unsigned_abs() {
                // An old segment: what is expected stays. It may be what was missing.
                let (hot, state) = self.flows.both(slot);
                hot.next_seq[way] = expected;
                let late = tcp.payload_len.min(state.missing[way]);
                state.missing[way] -= late;
                self.stats.gap_bytes -= u64::from(late);
            }
        }
        let hot = self.flows.hot(slot);
        if way == 1 && (tcp.payload_len > 0 || syn) && tcp.flags & Tcp::RST == 0 {
            hot.state |= Hot::ESTABLISHED;
        }
        if syn {
            let (_, state) = self.flows.both(slot);
            if way == 0 {
                state.begun = tcp.seq;
            }
            state.streams[way].start(start);
            if let Some(index) = self.handshake {
                self.message(index, context, &meta(context, packet, Some(ip)), tcp.header, events);
            }
        }
        // A keep-alive repeats one byte, often a made-up zero (RFC 9293 §3.8.4): not a beginning.
        let again = expected == 0 || tcp.seq.wrapping_add(1) == expected;
        let keep_alive = tcp.payload == [0] && again && !syn;
        if tcp.payload_len > 0 && !keep_alive && self.flows.hot(slot).mark & mark::DONE[way] == 0 {
            let whole = tcp.payload.len() as u32 == tcp.payload_len;
            let payload = Payload { bytes: tcp.payload, seq: start, whole, last };
            let Worker { flows, pool, dispatch, stats, .. } = self;
            let mut reader = Reader { dispatch, stats, events, frame: context.number };
            reader.segment(flows.both(slot), way, &meta(context, packet, Some(ip)), &payload, pool);
        }
    }
}

/// A flow's end: its buffers go back, its counters to the tracker.
fn end_flow(
    hot: &mut Hot,
    state: &mut FlowState,
    dispatch: &Dispatch,
    pool: &mut Pool,
    stats: &mut Stats,
    events: &mut impl Events,
) {
    if state.transport == 6 {
        Reader { dispatch, stats, events, frame: 0 }.finish(hot, state, pool);
    }
    if state.transport == 6 && hot.mark & mark::TALKS != 0 {
        let vlan = state.sides[0].link().vlan.unwrap_or(0xffff);
        let [all, one_way] = stats.tcp_flows.entry(vlan).or_default();
        *all += 1;
        *one_way += u64::from(hot.state & Hot::ANSWERED == 0);
    }
    state.tell(hot, dispatch, events);
}
