//! Flows rolled up into conversations, in a table of their own; names that were
//! looked up shortly before.
//!
//! A sensor that runs on ends the count at boundaries of UTC (`closing.rs`).

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;

use flow::{Key, Table, Timeouts};
use model::{Conversation, Hint, HintKind, KnownBy, MAX_HINTS, NetworkId, Time};

use crate::clock::Clock;
use crate::counters::{Counters, Others};
use crate::event::{FlowDelta, Talk};
use crate::key;
use crate::slab::Slab;
use crate::waiting::Queue;

/// Longest hint that is kept, in bytes (a host name is at most 253).
const HINT: usize = 96;

pub type Text = heapless::String<HINT>;

/// Appends as many whole characters as fit.
fn write(text: &mut Text, value: &str) {
    if text.push_str(value).is_err() {
        value.chars().take_while(|c| text.push(*c).is_ok()).for_each(drop);
    }
}

/// What is known of a conversation beside its counters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    pub protocol: &'static str,
    pub by: KnownBy,
    pub answered: bool,
}

impl Known {
    /// Better knowledge wins; of equal knowledge, the first name in the alphabet.
    pub fn join(&mut self, other: Known) {
        self.answered |= other.answered;
        if (other.by, core::cmp::Reverse(other.protocol)) > (self.by, core::cmp::Reverse(self.protocol)) {
            (self.by, self.protocol) = (other.by, other.protocol);
        }
    }
}

/// One conversation while it is counted; what every flow of a whole capture adds to
/// comes first, in two cache lines.
#[derive(Clone, Debug, Default)]
#[repr(C, align(64))]
pub struct State {
    pub now: Counters,
    pub known: Known,
    /// From here on another period may have begun; the end of all time for a
    /// capture that is counted as a whole.
    pub until: Time,
    pub talk: Option<Talk>,
    /// Place among the hints; 0 without.
    pub hints: u32,
    /// Place of what was counted before `since` and has not been looked at yet; 0 without.
    pub before: u32,
    /// All that was counted before this moment is in `before`, or told.
    pub since: Time,
    /// Time of the latest packet of any period; zero before the first. Not kept for a
    /// capture that is counted as a whole.
    pub heard: Time,
}

/// What a new conversation writes.
const _: () = assert!(size_of::<State>() <= 4 * 64 && core::mem::offset_of!(State, until) == 2 * 64);

pub type Hints = heapless::Vec<(HintKind, Text), MAX_HINTS>;

const RESOLVED: usize = 4_096;

/// All conversations.
pub struct Conversations {
    pub(crate) table: Table<State>,
    pub(crate) hints: Slab<Hints>,
    pub(crate) before: Slab<Counters>,
    pub(crate) waiting: Queue,
    resolved: Box<[(u64, Text)]>,
    /// Periods; `None` for a capture that is counted as a whole.
    pub(crate) clock: Option<Clock>,
    /// All that was counted before this moment has been told of already.
    pub(crate) closed: Time,
    /// Time of the latest delta, in nanoseconds.
    pub(crate) now: u64,
    /// What made room.
    pub others: Others,
}

impl Conversations {
    /// Room for that many; half of them may carry hints.
    pub fn new(count: usize) -> Conversations {
        let timeouts = Timeouts { unanswered: u32::MAX, answered: u32::MAX, closed: u32::MAX };
        Conversations {
            table: Table::new(count, State::default(), timeouts),
            hints: Slab::new(count / 2),
            before: Slab::new(0),
            waiting: Queue::new(0),
            resolved: vec![(0, Text::new()); RESOLVED].into(),
            clock: None,
            closed: Time(0),
            now: 0,
            others: Others::default(),
        }
    }

    /// The same for a sensor that runs on: half as many may be counted in two periods
    /// at once, and a quarter as many may wait to be told of.
    pub fn running(count: usize, clock: Clock) -> Conversations {
        Conversations { waiting: Queue::new(count / 4), clock: Some(clock), ..Conversations::new(count) }
    }

    /// Addresses of its memory.
    pub fn regions(&self) -> impl Iterator<Item = Range<usize>> {
        let rest = [
            flow::addresses(&self.resolved),
            self.hints.region(),
            self.before.region(),
            self.waiting.region(),
        ];
        self.table.regions().into_iter().chain(rest)
    }

    /// Brings where a conversation will be looked up towards the processor.
    #[inline]
    pub fn approach(&self, talk: &Talk) {
        self.table.approach(key::talk(talk));
    }

    /// Brings what [`Conversations::approach`] has led to towards the processor.
    #[inline]
    pub fn approach_row(&self, talk: &Talk) {
        // All of it is in use only in a sensor that runs on.
        let lines = if self.clock.is_some() { size_of::<State>() / sys::memory::LINE } else { 2 };
        self.table.approach_held(key::talk(talk), lines);
    }

    /// Adds what a flow counted.
    pub fn add(&mut self, delta: &FlowDelta) {
        self.now = self.now.max(delta.last.0);
        let key = key::talk(&delta.talk);
        let slot = match self.table.find(key, self.now) {
            Some(slot) => slot,
            // A probe that nobody answered is no reason to end another's count.
            None if !delta.answered && delta.packets[1] == 0 && self.table.is_full_for(key) => {
                self.others.turn_away(delta);
                return;
            }
            None => self.open(key, delta.talk, delta.first),
        };
        if delta.answered {
            self.table.keep(slot, true);
        }
        let Conversations { table, before, clock, .. } = self;
        let (_, state) = table.both(slot);
        let counters = match clock {
            Some(clock) => state.period(delta, clock, before),
            None => &mut state.now,
        };
        counters.add(delta);
        state.known.join(Known { protocol: delta.protocol, by: delta.known_by, answered: delta.answered });
    }

    /// Starts a conversation with what was counted from some moment on; one that has to
    /// make room waits to be told of.
    fn open(&mut self, key: Key, talk: Talk, from: Time) -> flow::Slot {
        let Conversations { table, others, now, waiting, hints, before, closed, clock, .. } = self;
        let clock = *clock;
        let longest = |time: Time| clock.map_or(Time(0), |clock| clock.floor(time, clock.known));
        let slot = table.open(key, *now, |_, state| {
            let counted = before.get(state.before).into_iter().chain([&state.now]);
            for counters in counted.filter(|counters| !counters.is_empty()) {
                let fits = state.talk.is_some_and(|talk| {
                    let who = (key::talk(&talk), talk);
                    waiting.push(who, longest(counters.start), counters, state.known, hints.get(state.hints))
                });
                if !fits {
                    others.add(counters);
                }
            }
            before.free(&mut state.before);
            hints.free(&mut state.hints);
        });
        let (_, state) = table.both(slot);
        *state = State { talk: Some(talk), until: Time(u64::MAX), since: *closed, ..State::default() };
        let Talk { network, client, server, .. } = talk;
        let hash = key::resolved(network, client, server);
        let (held, name) = &self.resolved[hash as usize % RESOLVED];
        if *held == hash {
            let name = name.clone();
            self.hint(&talk, HintKind::DnsName, &name);
        }
        // It made room in this period already: it goes on where it was.
        if let Some(clock) = clock
            && let Some(held) = self.waiting.take(key, longest(from.max(self.closed)))
        {
            let (_, state) = self.table.both(slot);
            (state.now, state.known) = (held.counters, held.known);
            state.until = clock.ceil(held.counters.last, clock.new);
            held.hints.iter().for_each(|(kind, text)| self.hint(&talk, *kind, text));
        }
        slot
    }

    /// A hint on what a conversation's application is. Comes before the first
    /// counters of its flow: the conversation is made for it.
    pub fn hint(&mut self, talk: &Talk, kind: HintKind, value: &str) {
        let key = key::talk(talk);
        let slot = self.table.find(key, self.now).unwrap_or_else(|| self.open(key, *talk, Time(self.now)));
        let Conversations { table, hints, .. } = self;
        let (_, state) = table.both(slot);
        if state.hints == 0 {
            state.hints = hints.put(Hints::new());
        }
        let Some(held) = hints.get_mut(state.hints) else { return };
        let mut text = Text::new();
        write(&mut text, value);
        if held.iter().any(|(held_kind, held_text)| *held_kind == kind && *held_text == text) {
            return;
        }
        // A full set keeps what names the application best, whatever came first.
        if held.push((kind, text.clone())).is_err()
            && let Some(last) = held.iter_mut().max()
            && (kind, &text) < (last.0, &last.1)
        {
            *last = (kind, text);
        }
    }

    /// A name was looked up.
    pub fn resolved(&mut self, network: NetworkId, client: IpAddr, server: IpAddr, name: &str) {
        let hash = key::resolved(network, client, server);
        let (held, text) = &mut self.resolved[hash as usize % RESOLVED];
        *held = hash;
        text.clear();
        write(text, name);
    }

    /// Forgets every name that was looked up.
    pub fn forget_names(&mut self) {
        for (held, text) in &mut self.resolved {
            *held = 0;
            text.clear();
        }
    }

    /// Ends the count: every conversation, in no particular order.
    pub fn drain(&mut self) -> Vec<Conversation> {
        let Conversations { table, hints, .. } = self;
        let mut all = Vec::with_capacity(table.live());
        table.drain(
            &mut (),
            |_, _, ()| (),
            |_, state, ()| {
                // One that was only hinted at, and never counted, was not.
                let Some(talk) = state.talk.filter(|_| !state.now.is_empty()) else { return };
                all.push(conversation(&talk, &state.now, state.known, hints.get(state.hints)));
            },
        );
        self.hints.clear();
        all
    }
}

/// A conversation as it is reported.
pub fn conversation(talk: &Talk, counters: &Counters, known: Known, hints: Option<&Hints>) -> Conversation {
    let hints = hints.into_iter().flatten();
    let mut hints: Vec<Hint> =
        hints.map(|(kind, text)| Hint { kind: *kind, value: text.as_str().into() }).collect();
    hints.sort();
    Conversation {
        network: talk.network,
        client: talk.client,
        server: talk.server,
        port: talk.port,
        transport: talk.transport,
        flows: counters.flows,
        packets: counters.packets,
        bytes: counters.bytes,
        copies: counters.copies,
        copy_bytes: counters.copy_bytes,
        first: counters.first,
        last: counters.last,
        frame: counters.frame,
        protocol: Cow::Borrowed(known.protocol),
        known_by: known.by,
        answered: known.answered,
        hints,
    }
}
