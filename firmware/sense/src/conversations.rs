//! Flows rolled up into conversations, in a table of their own; names that were
//! looked up shortly before.

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;

use flow::{Table, Timeouts};
use model::{Conversation, Hint, HintKind, KnownBy, MAX_HINTS, NetworkId, Time};

use crate::event::{FlowDelta, Talk};
use crate::key;

/// Longest hint that is kept, in bytes (a host name is at most 253).
const HINT: usize = 96;

type Text = heapless::String<HINT>;

/// Appends as many whole characters as fit.
fn write(text: &mut Text, value: &str) {
    if text.push_str(value).is_err() {
        value.chars().take_while(|c| text.push(*c).is_ok()).for_each(drop);
    }
}

/// One conversation while it is counted; what every flow adds to comes first, in
/// one cache line.
#[derive(Clone, Debug, Default)]
#[repr(C, align(64))]
struct State {
    flows: u64,
    packets: [u64; 2],
    bytes: [u64; 2],
    first: Time,
    last: Time,
    frame: u64,
    talk: Option<Talk>,
    copies: [u64; 2],
    copy_bytes: [u64; 2],
    protocol: &'static str,
    known_by: KnownBy,
    answered: bool,
    /// Place in `hints` plus one; 0 without.
    hints: u32,
}

type Hints = heapless::Vec<(HintKind, Text), MAX_HINTS>;

/// Sums of conversations that made room for others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// How many times a conversation was folded away.
    pub conversations: u64,
    /// Flows in them.
    pub flows: u64,
    /// Packets, both ways, and the copies left out.
    pub packets: u64,
    /// See `packets`.
    pub copies: u64,
    /// Bytes, both ways.
    pub bytes: u64,
}

const RESOLVED: usize = 4_096;

/// All conversations.
pub struct Conversations {
    table: Table<State>,
    hints: Vec<Hints>,
    resolved: Box<[(u64, Text)]>,
    /// Time of the latest delta, in nanoseconds.
    now: u64,
    /// What made room.
    pub others: Others,
}

impl Conversations {
    /// Room for that many; half of them may carry hints.
    pub fn new(count: usize) -> Conversations {
        let timeouts = Timeouts { unanswered: u32::MAX, answered: u32::MAX, closed: u32::MAX };
        Conversations {
            table: Table::new(count, State::default(), timeouts),
            hints: Vec::with_capacity(count / 2),
            resolved: vec![(0, Text::new()); RESOLVED].into(),
            now: 0,
            others: Others::default(),
        }
    }

    /// Addresses of its memory.
    pub fn regions(&self) -> impl Iterator<Item = Range<usize>> {
        self.table.regions().into_iter().chain([flow::addresses(&self.resolved)])
    }

    /// Brings where a conversation will be looked up towards the processor.
    #[inline]
    pub fn approach(&self, talk: &Talk) {
        self.table.approach(key::talk(talk));
    }

    /// Brings what [`Conversations::approach`] has led to towards the processor.
    #[inline]
    pub fn approach_row(&self, talk: &Talk) {
        self.table.approach_held(key::talk(talk));
    }

    /// Adds what a flow counted.
    pub fn add(&mut self, delta: &FlowDelta) {
        self.now = self.now.max(delta.last.0);
        let key = key::talk(&delta.talk);
        let slot = match self.table.find(key, self.now) {
            Some(slot) => slot,
            // A probe that nobody answered is no reason to end another's count.
            None if !delta.answered && delta.packets[1] == 0 && self.table.is_full_for(key) => {
                self.others.conversations += u64::from(delta.flows);
                self.others.flows += u64::from(delta.flows);
                self.others.packets += delta.packets.iter().map(|count| u64::from(*count)).sum::<u64>();
                self.others.copies += delta.copies.iter().map(|count| u64::from(*count)).sum::<u64>();
                self.others.bytes += delta.bytes.iter().map(|count| u64::from(*count)).sum::<u64>();
                return;
            }
            None => self.open(key, delta),
        };
        if delta.answered {
            self.table.keep(slot, true);
        }
        let (_, state) = self.table.both(slot);
        state.flows += u64::from(delta.flows);
        for way in 0..2 {
            state.packets[way] += u64::from(delta.packets[way]);
            state.bytes[way] += u64::from(delta.bytes[way]);
            state.copies[way] += u64::from(delta.copies[way]);
            state.copy_bytes[way] += u64::from(delta.copy_bytes[way]);
        }
        if (delta.first, delta.frame) < (state.first, state.frame) {
            (state.first, state.frame) = (delta.first, delta.frame);
        }
        state.last = state.last.max(delta.last);
        state.answered |= delta.answered;
        // Better knowledge wins; of equal knowledge, the first name in the alphabet.
        if (delta.known_by, core::cmp::Reverse(delta.protocol))
            > (state.known_by, core::cmp::Reverse(state.protocol))
        {
            (state.known_by, state.protocol) = (delta.known_by, delta.protocol);
        }
    }

    fn open(&mut self, key: flow::Key, delta: &FlowDelta) -> flow::Slot {
        let Conversations { table, others, now, .. } = self;
        let slot = table.open(key, *now, |_, state| {
            others.conversations += 1;
            others.flows += state.flows;
            others.packets += state.packets.iter().sum::<u64>();
            others.copies += state.copies.iter().sum::<u64>();
            others.bytes += state.bytes.iter().sum::<u64>();
        });
        let (_, state) = table.both(slot);
        *state = State {
            talk: Some(delta.talk),
            first: delta.first,
            last: delta.last,
            frame: delta.frame,
            protocol: delta.protocol,
            known_by: delta.known_by,
            ..State::default()
        };
        let Talk { network, client, server, .. } = delta.talk;
        let hash = key::resolved(network, client, server);
        let (held, name) = &self.resolved[hash as usize % RESOLVED];
        if *held == hash {
            let name = name.clone();
            self.hint(&delta.talk, HintKind::DnsName, &name);
        }
        slot
    }

    /// A hint on what a conversation's application is. Comes before the first
    /// counters of its flow: the conversation is made for it.
    pub fn hint(&mut self, talk: &Talk, kind: HintKind, value: &str) {
        let key = key::talk(talk);
        let slot = self.table.find(key, self.now).unwrap_or_else(|| {
            let nothing = FlowDelta {
                talk: *talk,
                flows: 0,
                packets: [0; 2],
                bytes: [0; 2],
                copies: [0; 2],
                copy_bytes: [0; 2],
                first: Time(u64::MAX),
                last: Time(0),
                frame: 0,
                protocol: "",
                known_by: KnownBy::Nothing,
                answered: false,
            };
            self.open(key, &nothing)
        });
        let Conversations { table, hints, .. } = self;
        let (_, state) = table.both(slot);
        if state.hints == 0 {
            if hints.len() == hints.capacity() {
                return;
            }
            hints.push(Hints::new());
            state.hints = hints.len() as u32;
        }
        let held = &mut hints[state.hints as usize - 1];
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

    /// Ends the count: every conversation, in no particular order.
    pub fn drain(&mut self) -> Vec<Conversation> {
        let Conversations { table, hints, .. } = self;
        let mut all = Vec::with_capacity(table.live());
        table.drain(
            &mut (),
            |_, _, ()| (),
            |_, state, ()| {
                // One that was only hinted at, and never counted, was not.
                let counted = state.flows != 0 || state.packets != [0; 2] || state.copies != [0; 2];
                let Some(talk) = state.talk.filter(|_| counted) else { return };
                let mut known: Vec<Hint> = match state.hints {
                    0 => Vec::new(),
                    at => hints[at as usize - 1]
                        .iter()
                        .map(|(kind, text)| Hint { kind: *kind, value: text.as_str().into() })
                        .collect(),
                };
                known.sort();
                all.push(Conversation {
                    network: talk.network,
                    client: talk.client,
                    server: talk.server,
                    port: talk.port,
                    transport: talk.transport,
                    flows: state.flows,
                    packets: state.packets,
                    bytes: state.bytes,
                    copies: state.copies,
                    copy_bytes: state.copy_bytes,
                    first: state.first,
                    last: state.last,
                    frame: state.frame,
                    protocol: Cow::Borrowed(state.protocol),
                    known_by: state.known_by,
                    answered: state.answered,
                    hints: known,
                });
            },
        );
        self.hints.clear();
        all
    }
}
