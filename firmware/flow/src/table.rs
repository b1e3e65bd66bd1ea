//! The flow table: sets of eight flows, evicting inside the set.
//!
//! What every packet touches is one 64-byte line ([`Hot`]); what only a flow's
//! beginning, end and inspection need is beside it, in the caller's `State`. A
//! flow is known by a 96-bit hash of its key: among a million live flows two
//! share one with a chance below 10⁻¹⁶, so the key itself is not compared.

use crate::wheel::{self, Wheel};

/// Flows in a set.
const WAYS: usize = 8;

/// A 96-bit hash of a flow's key, never all zeros. The low bits of the first word
/// choose the set, the high bits of the second tell its members apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, packed(4))]
pub struct Key(pub u64, pub u32);

/// The unit of the wheel: 2³⁰ ns, a little over a second.
pub const fn tick(nanos: u64) -> u32 {
    (nanos >> 30) as u32
}

/// What a packet reads and writes of its flow. One cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Hot {
    key: Key,
    link: u32,
    /// Time of the last packet by direction, in nanoseconds since the epoch; 0 before the first.
    pub last: [u64; 2],
    /// Packets since the counters were last taken, by direction (0: from the client).
    pub packets: [u32; 2],
    /// Bytes, likewise.
    pub bytes: [u32; 2],
    /// TCP: the sequence number expected next, by direction; 0 before the first.
    pub next_seq: [u32; 2],
    /// A digest of the sender's link addresses by direction: a change is looked into.
    pub link_digest: [u16; 2],
    /// Where the flow stands, see [`Hot::CLOSED`] and its neighbours.
    pub state: u8,
    /// The caller's, zero at the start.
    pub mark: u8,
    filed: bool,
}

impl Hot {
    /// State bit: a FIN or RST was seen.
    pub const CLOSED: u8 = 1;
    /// State bit: both sides sent something.
    pub const ANSWERED: u8 = 2;
    /// State bit: the three-way handshake, or its SYN-ACK, was seen.
    pub const ESTABLISHED: u8 = 4;

    const EMPTY: Hot = Hot {
        key: Key(0, 0),
        last: [0; 2],
        packets: [0; 2],
        bytes: [0; 2],
        next_seq: [0; 2],
        link: wheel::NONE,
        link_digest: [0; 2],
        state: 0,
        mark: 0,
        filed: false,
    };

    /// Tick of the last packet of either direction.
    fn last_tick(&self) -> u32 {
        tick(self.last[0].max(self.last[1]))
    }

    fn used(&self) -> bool {
        self.key != Key(0, 0)
    }
}

/// Ticks (see [`tick`]) of silence after which a flow ends.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Only one side has been heard.
    pub unanswered: u32,
    /// Both have.
    pub answered: u32,
    /// After FIN or RST.
    pub closed: u32,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts { unanswered: 60, answered: 600, closed: 15 }
    }
}

/// The place of a flow, valid until the next [`Table::open`] or [`Table::expire`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(u32);

/// The table, over memory taken at the start.
pub struct Table<S> {
    tags: Box<[[u16; WAYS]]>,
    hot: Box<[Hot]>,
    cold: Box<[S]>,
    wheel: Wheel,
    timeouts: Timeouts,
    live: usize,
    evicted: u64,
}

impl<S: Clone> Table<S> {
    /// A table for `flows` flows (rounded up to a power of two, at least 64);
    /// `empty` is the state of a flow that has none yet.
    pub fn new(flows: usize, empty: S, timeouts: Timeouts) -> Table<S> {
        let flows = flows.next_power_of_two().max(64);
        Table {
            tags: vec![[0; WAYS]; flows / WAYS].into(),
            hot: vec![Hot::EMPTY; flows].into(),
            cold: vec![empty; flows].into(),
            wheel: Wheel::new(),
            timeouts,
            live: 0,
            evicted: 0,
        }
    }

    /// Flows in the table.
    pub fn live(&self) -> usize {
        self.live
    }

    /// Flows that had to make room for others before their time.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    fn place(&self, key: Key) -> (usize, u16) {
        let set = key.0 as usize & (self.tags.len() - 1);
        (set, (key.1 >> 16) as u16 | 1)
    }

    /// The flow with this key (never all zeros), if it is there.
    #[inline]
    pub fn find(&self, key: Key) -> Option<Slot> {
        let (set, tag) = self.place(key);
        for (way, held) in self.tags[set].iter().enumerate() {
            if *held == tag {
                let slot = set * WAYS + way;
                if self.hot[slot].key == key {
                    return Some(Slot(slot as u32));
                }
            }
        }
        None
    }

    /// Makes room for a flow in its set and starts it. When one that lives has to
    /// go, `end` is told before it is overwritten: the least valuable of the set, an
    /// unanswered or closed one before an established one, the longest silent first.
    pub fn open(&mut self, key: Key, now: u64, end: impl FnOnce(&Hot, &mut S)) -> Slot {
        let (set, tag) = self.place(key);
        let way = match self.tags[set].iter().position(|held| *held == 0) {
            Some(free) => free,
            None => self.worst(set),
        };
        let slot = set * WAYS + way;
        let hot = &mut self.hot[slot];
        if hot.used() {
            self.evicted += 1;
            self.live -= 1;
            end(hot, &mut self.cold[slot]);
        }
        *hot = Hot { key, last: [now, 0], link: hot.link, filed: hot.filed, ..Hot::EMPTY };
        self.tags[set][way] = tag;
        self.live += 1;
        if !hot.filed {
            hot.filed = true;
            hot.link = self.wheel.file(slot as u32, tick(now).saturating_add(self.timeouts.unanswered));
        }
        Slot(slot as u32)
    }

    fn worst(&self, set: usize) -> usize {
        let worth = |way: &usize| {
            let hot = &self.hot[set * WAYS + way];
            let kept = hot.state & Hot::ANSWERED != 0 && hot.state & Hot::CLOSED == 0;
            (kept, hot.last_tick())
        };
        (0..WAYS).min_by_key(worth).unwrap_or(0)
    }

    /// What every packet touches of a flow.
    #[inline]
    pub fn hot(&mut self, slot: Slot) -> &mut Hot {
        &mut self.hot[slot.0 as usize]
    }

    /// Both parts of a flow.
    #[inline]
    pub fn both(&mut self, slot: Slot) -> (&mut Hot, &mut S) {
        (&mut self.hot[slot.0 as usize], &mut self.cold[slot.0 as usize])
    }

    /// Ends flows whose time has come and looks in on long ones: at most `steps`
    /// flows a call, `now` in ticks. `visit` gets the flow, its state, and whether this is its end.
    pub fn expire(&mut self, now: u32, steps: usize, mut visit: impl FnMut(&mut Hot, &mut S, bool)) {
        for _ in 0..steps {
            let hot = &mut self.hot;
            let Some(slot) = self.wheel.due(now, |slot| hot[slot as usize].link) else {
                return;
            };
            let flow = &mut self.hot[slot as usize];
            flow.filed = false;
            if !flow.used() {
                continue;
            }
            let quiet = match flow.state {
                state if state & Hot::CLOSED != 0 => self.timeouts.closed,
                state if state & Hot::ANSWERED != 0 => self.timeouts.answered,
                _ => self.timeouts.unanswered,
            };
            let deadline = flow.last_tick().saturating_add(quiet);
            let over = deadline <= now;
            visit(flow, &mut self.cold[slot as usize], over);
            if over {
                self.remove(slot);
            } else {
                let flow = &mut self.hot[slot as usize];
                flow.filed = true;
                flow.link = self.wheel.file(slot, deadline);
            }
        }
    }

    fn remove(&mut self, slot: u32) {
        let slot = slot as usize;
        self.tags[slot / WAYS][slot % WAYS] = 0;
        let hot = &mut self.hot[slot];
        // The link and its mark stay: the flow may still stand in a list.
        *hot = Hot { link: hot.link, filed: hot.filed, ..Hot::EMPTY };
        self.live -= 1;
    }

    /// Ends one flow now.
    pub fn close(&mut self, slot: Slot, end: impl FnOnce(&mut Hot, &mut S)) {
        let (hot, state) = self.both(slot);
        end(hot, state);
        self.remove(slot.0);
    }

    /// Ends every flow, in table order.
    pub fn drain(&mut self, mut end: impl FnMut(&mut Hot, &mut S)) {
        for slot in 0..self.hot.len() {
            if self.hot[slot].used() {
                end(&mut self.hot[slot], &mut self.cold[slot]);
                self.remove(slot as u32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> Key {
        Key(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), (n as u32).wrapping_mul(0x9e37_79b9))
    }

    const TICK: u64 = 1 << 30;

    #[test]
    fn a_hot_entry_is_one_cache_line() {
        assert_eq!(size_of::<Hot>(), 64);
        assert_eq!(align_of::<Hot>(), 64);
    }

    #[test]
    fn finds_what_it_was_given_and_counts_what_it_drops() {
        let mut table = Table::new(64, 0u64, Timeouts::default());
        let mut ended = 0;
        for n in 1..=1_000 {
            let slot = table.open(key(n), 0, |_, _| ended += 1);
            *table.both(slot).1 = n;
            assert_eq!(table.find(key(n)), Some(slot));
        }
        assert_eq!((table.live() as u64 + table.evicted(), table.evicted()), (1_000, ended));
        let mut left = Vec::new();
        table.drain(|_, state| left.push(*state));
        assert_eq!(left.len() as u64, 1_000 - ended);
        assert_eq!(table.live(), 0);
    }

    #[test]
    fn an_established_flow_outlives_a_scan() {
        let mut table = Table::new(64, (), Timeouts::default());
        let slot = table.open(key(7), 0, |_, _| {});
        table.hot(slot).state = Hot::ANSWERED | Hot::ESTABLISHED;
        for n in 100..5_000 {
            table.open(key(n), TICK, |_, _| {});
        }
        assert!(table.find(key(7)).is_some());
    }

    #[test]
    fn silence_ends_a_flow_and_traffic_keeps_it() {
        let mut table = Table::new(64, (), Timeouts { unanswered: 5, answered: 100, closed: 2 });
        let quiet = table.open(key(1), 0, |_, _| {});
        let busy = table.open(key(2), 0, |_, _| {});
        let mut ends = Vec::new();
        for now in 0..20 {
            table.hot(busy).last[1] = u64::from(now) * TICK;
            table.expire(now, 10, |hot, _, over| ends.push((now, hot.key, over)));
        }
        assert!(ends.contains(&(5, key(1), true)));
        assert!(table.find(key(1)).is_none() && table.find(key(2)).is_some());
        assert_ne!(quiet, busy);
        table.expire(1_000, 10, |_, _, over| assert!(over));
        assert_eq!(table.live(), 0);
    }
}
