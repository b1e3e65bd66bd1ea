//! The flow table: sets of eight flows, evicting inside the set.
//!
//! What every packet touches is one 64-byte line ([`Hot`]); what only a flow's
//! beginning, end and inspection need is beside it, in the caller's `State`. A
//! flow is known by a 96-bit hash of its key: among a million live flows two
//! share one with a chance below 10⁻¹⁶, so the key itself is not compared.

use core::ops::Range;

use crate::wheel::{self, Wheel};

/// Flows in a set.
const WAYS: usize = 8;

/// Flows looked at before their turn when all end.
const AHEAD: usize = 8;

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
    /// State bit: the server answered, with a SYN-ACK or with payload.
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
        Timeouts { unanswered: 600, answered: 1_800, closed: 30 }
    }
}

/// What is needed to find a flow in its set and to choose who has to go: half a
/// cache line, so that neither looks at the flows themselves.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(32))]
struct Set {
    /// A part of each flow's key; 0: free.
    tags: [u16; WAYS],
    /// Low seven bits: the tick each was last found, modulo 128; high bit: worth keeping.
    worth: [u8; WAYS],
}

impl Set {
    const KEEP: u8 = 0x80;

    /// The places of a tag, a bit each: all compared at once, since a search that ends
    /// at another place each time cannot be foreseen by the processor.
    #[inline]
    fn places_of(&self, tag: u16) -> u32 {
        (0..WAYS).fold(0, |places, way| places | u32::from(self.tags[way] == tag) << way)
    }

    fn used(&mut self, way: usize, now: u32) {
        self.worth[way] = self.worth[way] & Set::KEEP | now as u8 & !Set::KEEP;
    }

    /// A free place, or the flow least worth keeping: the longest silent of those
    /// that nobody answered, else the longest silent.
    fn place_for_new(&self, now: u32) -> usize {
        // Value above place, so that the least of eight numbers tells both: all at once.
        let values: [u16; WAYS] = core::array::from_fn(|way| {
            let worth = self.worth[way];
            let heard = 0x7f - ((now as u8).wrapping_sub(worth) & !Set::KEEP);
            let value = u16::from(worth & Set::KEEP | heard) + 1;
            let value = if self.tags[way] == 0 { 0 } else { value };
            value * WAYS as u16 + way as u16
        });
        usize::from(values.into_iter().fold(u16::MAX, u16::min)) % WAYS
    }
}

/// The place of a flow, valid until the next [`Table::open`] or [`Table::expire`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot(u32);

/// Where a slice lies.
pub fn addresses<T>(slice: &[T]) -> Range<usize> {
    let Range { start, end } = slice.as_ptr_range();
    start as usize..end as usize
}

/// The table, over memory taken at the start.
pub struct Table<S> {
    sets: Box<[Set]>,
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
            sets: vec![Set::default(); flows / WAYS].into(),
            hot: vec![Hot::EMPTY; flows].into(),
            cold: vec![empty; flows].into(),
            wheel: Wheel::new(),
            timeouts,
            live: 0,
            evicted: 0,
        }
    }

    /// Addresses of the table's memory, for whoever may ask the kernel to back it by huge pages.
    pub fn regions(&self) -> [Range<usize>; 3] {
        [addresses(&self.sets), addresses(&self.hot), addresses(&self.cold)]
    }

    /// Flows in the table.
    pub fn live(&self) -> usize {
        self.live
    }

    /// Flows that had to make room for others before their time.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    #[inline]
    fn place(&self, key: Key) -> (usize, u16) {
        let set = key.0 as usize & (self.sets.len() - 1);
        (set, (key.1 >> 16) as u16 | 1)
    }

    #[inline]
    fn held(&self, key: Key) -> Option<usize> {
        let (set, tag) = self.place(key);
        let mut places = self.sets[set].places_of(tag);
        while places != 0 {
            let slot = set * WAYS + places.trailing_zeros() as usize;
            if self.hot[slot].key == key {
                return Some(slot);
            }
            places &= places - 1;
        }
        None
    }

    /// The flow with this key (never all zeros), if it is there; `now` in
    /// nanoseconds keeps it from being the next to make room.
    #[inline]
    pub fn find(&mut self, key: Key, now: u64) -> Option<Slot> {
        let slot = self.held(key)?;
        self.sets[slot / WAYS].used(slot % WAYS, tick(now));
        Some(Slot(slot as u32))
    }

    /// [`Table::find`], with the place that [`Table::likely`] gave for the key shortly before.
    #[inline]
    pub fn find_near(&mut self, key: Key, near: Slot, now: u64) -> Option<Slot> {
        let slot = near.0 as usize;
        if self.hot[slot].key != key {
            return self.find(key, now);
        }
        self.sets[slot / WAYS].used(slot % WAYS, tick(now));
        Some(near)
    }

    /// True when [`Table::open`] would have to end another flow for this key.
    #[inline]
    pub fn is_full_for(&self, key: Key) -> bool {
        self.sets[self.place(key).0].tags.iter().all(|tag| *tag != 0)
    }

    /// Marks a flow as worth keeping when others need room, or as no longer so.
    #[inline]
    pub fn keep(&mut self, slot: Slot, worth: bool) {
        let slot = slot.0 as usize;
        let worth_of = &mut self.sets[slot / WAYS].worth[slot % WAYS];
        *worth_of = *worth_of & !Set::KEEP | if worth { Set::KEEP } else { 0 };
    }

    /// Brings the set of a key towards the processor, without waiting for it.
    #[inline]
    pub fn approach(&self, key: Key) {
        sys::memory::prefetch(&self.sets[self.place(key).0]);
    }

    /// The place where [`Table::find`] would find the key (true), or [`Table::open`]
    /// would put it (false), as far as the set alone tells.
    #[inline]
    pub fn likely(&self, key: Key, now: u64) -> (Slot, bool) {
        let (set, tag) = self.place(key);
        let places = self.sets[set].places_of(tag);
        let way = match places {
            0 => self.sets[set].place_for_new(tick(now)),
            _ => places.trailing_zeros() as usize,
        };
        (Slot((set * WAYS + way) as u32), places != 0)
    }

    /// Brings a flow that is there, as far as its set tells, towards the processor; of
    /// its state the first cache lines.
    #[inline]
    pub fn approach_held(&self, key: Key, lines: usize) {
        let (set, tag) = self.place(key);
        let places = self.sets[set].places_of(tag);
        if places != 0 {
            let slot = set * WAYS + places.trailing_zeros() as usize;
            sys::memory::prefetch(&self.hot[slot]);
            sys::memory::prefetch_lines(&self.cold[slot], lines);
        }
    }

    /// Both parts of what is in a place now.
    #[inline]
    pub fn look(&self, slot: Slot) -> (&Hot, &S) {
        (&self.hot[slot.0 as usize], &self.cold[slot.0 as usize])
    }

    /// Brings both parts of a flow towards the processor, without waiting for them;
    /// of its state all, or the start alone.
    #[inline]
    pub fn approach_flow(&self, slot: Slot, all: bool) {
        sys::memory::prefetch(&self.hot[slot.0 as usize]);
        if all {
            sys::memory::prefetch(&self.cold[slot.0 as usize]);
        } else {
            sys::memory::prefetch_start(&self.cold[slot.0 as usize]);
        }
    }

    /// Makes room for a flow in its set and starts it. When one that lives has to
    /// go, `end` is told before it is overwritten: the least valuable of the set, one
    /// not marked by [`Table::keep`] before one that is, the longest silent first.
    pub fn open(&mut self, key: Key, now: u64, end: impl FnOnce(&mut Hot, &mut S)) -> Slot {
        let (set, tag) = self.place(key);
        let way = self.sets[set].place_for_new(tick(now));
        let slot = set * WAYS + way;
        let hot = &mut self.hot[slot];
        if hot.used() {
            self.evicted += 1;
            self.live -= 1;
            end(hot, &mut self.cold[slot]);
        }
        *hot = Hot { key, last: [now, 0], link: hot.link, filed: hot.filed, ..Hot::EMPTY };
        self.sets[set].tags[way] = tag;
        self.sets[set].worth[way] = tick(now) as u8 & !Set::KEEP;
        self.live += 1;
        if !hot.filed {
            hot.filed = true;
            hot.link = self.wheel.file(slot as u32, tick(now).saturating_add(self.timeouts.unanswered));
        }
        Slot(slot as u32)
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
    /// flows a call, `now` in ticks. `visit` gets the flow, its state, and whether this
    /// is its end; `ahead` before that the flow whose turn is next, if it is known.
    pub fn expire<E>(
        &mut self,
        now: u32,
        steps: usize,
        events: &mut E,
        ahead: impl Fn(&Hot, &S, &E),
        mut visit: impl FnMut(&mut Hot, &mut S, bool, &mut E),
    ) {
        for _ in 0..steps {
            let hot = &mut self.hot;
            let Some(slot) = self.wheel.due(now, |slot| hot[slot as usize].link) else {
                return;
            };
            // While this one is worked on, what the next needs is on its way, and the
            // one behind that itself.
            if let Some(next) = self.wheel.next() {
                let (hot, state) = self.look(Slot(next));
                ahead(hot, state, events);
                if hot.link != wheel::NONE {
                    self.approach_flow(Slot(hot.link), true);
                }
            }
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
            visit(flow, &mut self.cold[slot as usize], over, events);
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
        self.sets[slot / WAYS].tags[slot % WAYS] = 0;
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

    /// Places for flows, used or free; for [`Table::visit`].
    pub fn places(&self) -> usize {
        self.hot.len()
    }

    /// Looks in on every flow that has one of these places, in table order; one for
    /// which `visit` gives true ends.
    pub fn visit(&mut self, places: Range<usize>, mut visit: impl FnMut(&mut Hot, &mut S) -> bool) {
        for slot in places.start..places.end.min(self.hot.len()) {
            if self.hot[slot].used() && visit(&mut self.hot[slot], &mut self.cold[slot]) {
                self.remove(slot as u32);
            }
        }
    }

    /// Ends every flow, in table order; `ahead` gets a flow some time before `end` does.
    pub fn drain<E>(
        &mut self,
        events: &mut E,
        ahead: impl Fn(&Hot, &S, &E),
        mut end: impl FnMut(&mut Hot, &mut S, &mut E),
    ) {
        for slot in 0..self.hot.len() {
            if let Some(hot) = self.hot.get(slot + AHEAD).filter(|hot| hot.used()) {
                ahead(hot, &self.cold[slot + AHEAD], events);
            }
            if self.hot[slot].used() {
                end(&mut self.hot[slot], &mut self.cold[slot], events);
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
        assert_eq!(size_of::<Set>(), 32);
    }

    #[test]
    fn finds_what_it_was_given_and_counts_what_it_drops() {
        let mut table = Table::new(64, 0u64, Timeouts::default());
        let mut ended = 0;
        for n in 1..=1_000 {
            let slot = table.open(key(n), 0, |_, _| ended += 1);
            *table.both(slot).1 = n;
            assert_eq!(table.find(key(n), 0), Some(slot));
        }
        assert_eq!((table.live() as u64 + table.evicted(), table.evicted()), (1_000, ended));
        let mut left = Vec::new();
        table.drain(&mut left, |_, _, _| (), |_, state, left| left.push(*state));
        assert_eq!(left.len() as u64, 1_000 - ended);
        assert_eq!(table.live(), 0);
    }

    #[test]
    fn an_established_flow_outlives_a_scan() {
        let mut table = Table::new(64, (), Timeouts::default());
        let slot = table.open(key(7), 0, |_, _| {});
        table.keep(slot, true);
        for n in 100..5_000 {
            table.open(key(n), TICK, |_, _| {});
        }
        assert!(table.find(key(7), TICK).is_some());
    }

    #[test]
    fn a_visit_sees_each_flow_once_and_may_end_it() {
        let mut table = Table::new(64, 0u64, Timeouts::default());
        for n in 1..=20 {
            let slot = table.open(key(n), 0, |_, _| {});
            *table.both(slot).1 = n;
        }
        let mut seen = Vec::new();
        for start in (0..table.places()).step_by(10) {
            table.visit(start..start + 10, |_, state| {
                seen.push(*state);
                *state % 2 == 0
            });
        }
        seen.sort_unstable();
        assert_eq!((seen, table.live()), ((1..=20).collect(), 10));
        assert!(table.find(key(3), 0).is_some() && table.find(key(4), 0).is_none());
    }

    #[test]
    fn silence_ends_a_flow_and_traffic_keeps_it() {
        let mut table = Table::new(64, (), Timeouts { unanswered: 5, answered: 100, closed: 2 });
        let quiet = table.open(key(1), 0, |_, _| {});
        let busy = table.open(key(2), 0, |_, _| {});
        let mut ends = Vec::new();
        for now in 0..20 {
            table.hot(busy).last[1] = u64::from(now) * TICK;
            table.expire(
                now,
                10,
                &mut ends,
                |_, _, _| (),
                |hot, _, over, ends| ends.push((now, hot.key, over)),
            );
        }
        assert!(ends.contains(&(5, key(1), true)));
        assert!(table.find(key(1), 0).is_none() && table.find(key(2), 0).is_some());
        assert_ne!(quiet, busy);
        table.expire(1_000, 10, &mut (), |_, _, ()| (), |_, _, over, ()| assert!(over));
        assert_eq!(table.live(), 0);
    }
}
